"""What can go wrong with a visit, by what to do next."""


class Taken(Exception):
    """Somebody was faster, or the time is taken: offer the nearest other starts. `code`: staff | chair, whichever is missing."""

    def __init__(self, code: str = "staff") -> None:
        super().__init__(code)
        self.code = code


class NotOffered(Exception):
    """The salon does not offer this; another wish may do.

    `code`: service (not this shop's, or no more) · staff (nobody who can, or not this one) · closed (nobody works then) · online (not
    for clients to book) · notice (too soon) · far (too many days ahead) · past · grid (not on five minutes).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotAllowed(Exception):
    """The visit is not in a state for this deed: show how it stands.

    `code`: ended (cancelled, missed or done) · held (kept only, not booked yet) · lapsed (the hold ran out) · past (its time has begun) ·
    not_yet (its time has not come) · open (there is nothing to undo).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
