"""What cannot be forecast; a mistake of the caller, never of a shop's data."""


class ForecastError(ValueError):
    """A number that means nothing here."""


class NotAShare(ForecastError):
    """A share outside of 0 to 1."""


class NotPossible(ForecastError):
    """Counts below zero, or a belief without weight."""
