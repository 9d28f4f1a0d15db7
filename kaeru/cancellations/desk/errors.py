"""What can go wrong at the desk, by what to do next."""

from datetime import datetime


class DeskRefused(Exception):
    """The case cannot be decided, taken or put off as asked."""


class SomebodyWasFirst(DeskRefused):
    """Another person decided or took the case, or it has settled by itself, since this one looked."""

    def __init__(self, by: str, outcome: str, at: datetime | None = None) -> None:
        super().__init__(outcome)
        self.by, self.outcome, self.at = by, outcome, at
        """Who: a member's name, or empty when it settled by itself. Outcome: see `Case.outcome`; `taken` when it is in their hands."""


class NotNow(DeskRefused):
    """The deed does not fit the case as it stands. `code`: shipped | cancelled | not_here | no_phone | no_words | no_substitute."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SnoozeRefused(DeskRefused):
    """The case cannot be put off until then. `code`: past | too_far."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSuchMember(DeskRefused, LookupError):
    """The case is to be given to somebody who has no place in the organization, or may not decide."""


class TooLate(DeskRefused):
    """The decision cannot be taken back any more: the buyer has been told, or the shop's system."""


class LetterRefused(DeskRefused, ValueError):
    """The letter cannot be sent as it is; `problems` are sentences in the reader's language."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"{len(problems)} problems in the letter")
        self.problems = problems
