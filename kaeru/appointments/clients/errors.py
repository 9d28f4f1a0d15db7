"""What can be wrong with what the salon wants to write down, by what to do next."""


class NotPossible(ValueError):
    """It is not written down: say why, and let it be put right.

    `code`: total (a pack has 1 to 500 tickets) · dates (it ends before it begins) · service (not this salon's) · staff (not this
    salon's) · empty (nothing is left of the pack) · not_good (expired, or taken back) · ended (the entry does not wait any more) ·
    times (the latest start is before the earliest) · past (the last day is over) · name
    (there is none).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
