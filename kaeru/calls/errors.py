"""What can go wrong with a call, by what to do next."""

from datetime import datetime


class CallRefused(Exception):
    """The call cannot be told of, taken or given away as asked."""


class AlreadyClosed(CallRefused):
    """Nothing more is to be done: somebody was faster, the deadline passed, or the customer ordered again."""

    def __init__(self, outcome: str, by: str, at: datetime | None) -> None:
        super().__init__(outcome)
        self.outcome, self.at = outcome, at
        self.by = by
        """Who closed it: a member's name, or empty when it closed by itself."""


class SomebodyWasFaster(CallRefused):
    """Another person told a try, or took the call, since this one looked."""

    def __init__(self, by: str, at: datetime | None = None) -> None:
        super().__init__("somebody was faster")
        self.by, self.at = by, at


class NextTryRefused(CallRefused):
    """The time of the next try cannot be. `code`: past | too_far | after_deadline."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSuchMember(CallRefused, LookupError):
    """The call is to be given to somebody who has no place in the organization, or may not call."""
