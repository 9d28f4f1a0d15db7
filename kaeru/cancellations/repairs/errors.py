"""What can go wrong with a repair, by what to do next."""


class NotRepairable(Exception):
    """Nothing can be put right any more. `code`: shipped | cancelled | decided | gone (the offer is not open)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnknownRepair(LookupError):
    """No such kind, or not for this reason in this shop."""
