"""What can go wrong with a wish to cancel, by what to do next."""


class NotCancellable(Exception):
    """The order cannot be cancelled any more. `code`: already_cancelled | shipped."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AlreadyDecided(Exception):
    """Somebody has decided otherwise meanwhile. `state`: where the wish stands now."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class UnknownReason(LookupError):
    """The shop has no active reason of this code."""
