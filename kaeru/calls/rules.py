"""What comes of a call, when to try again, and which call to make next. Pure decisions.

A call ends in one of four ways (`Outcome`): somebody was spoken to, nobody was reached, the deadline passed, or there was no
need any more. What the caller tells (`Answer`) decides which, or that it is tried again. A wrong number counts as not
reached: the customer has heard nothing.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from kaeru.calls.errors import NextTryRefused
from kaeru.core.calendar import NeverOpen

RETRY_OPEN_SECONDS = 2 * 3600
"""Nobody answered: the next try is after so much opening time, unless the caller says otherwise."""
SOONEST_RETRY = timedelta(minutes=15)
"""A try that can only be made sooner than this is no try: the call closes as unreached, and the flow goes on at once."""
FURTHEST_RETRY = timedelta(days=30)
"""How far ahead a customer may ask to be called."""
PROMISE_GRACE = timedelta(hours=1)
"""A promised call may be made until so long after its time; the deadline moves with it."""
LATE_AFTER = timedelta(minutes=10)
"""A promised call that was not made so long after its time is overdue."""
SOON = timedelta(hours=1)
"""A deadline that is nearer than this is shown as a running clock."""
ONE_CALL = timedelta(minutes=10)
"""What one call takes: deadlines nearer than this press equally."""


class Outcome(StrEnum):
    """How a call ended; the flow reads it."""

    REACHED = "reached"
    UNREACHED = "unreached"
    EXPIRED = "expired"
    NOT_NEEDED = "not_needed"


BY_ITSELF = frozenset({Outcome.EXPIRED, Outcome.NOT_NEEDED})
"""Nobody told that it ended."""


class Answer(StrEnum):
    """What the caller tells of one try."""

    WILL_REORDER = "will_reorder"
    WANTS_MESSAGE = "wants_message"
    NOT_INTERESTED = "not_interested"
    NEEDS_TIME = "needs_time"  #: was reached, asks to be called again at another time
    WRONG_NUMBER = "wrong_number"
    UNREACHED = "unreached"


SPOKEN = frozenset({Answer.WILL_REORDER, Answer.WANTS_MESSAGE, Answer.NOT_INTERESTED})
"""The customer was spoken to, and that was all."""
LATER = frozenset({Answer.UNREACHED, Answer.NEEDS_TIME})
"""It is tried again, if there is time."""


class OpeningHours(Protocol):
    """The part of `core.calendar.Calendar` that decides about calls."""

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself when open, else the next opening."""

    def add_open(self, moment: datetime, seconds: float) -> datetime:
        """So much opening time later."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the rules need to know of a waiting call."""

    tries: int
    most_tries: int
    deadline_at: datetime
    can_dial: bool = True
    """False: there is no number, or it must not be called; nobody will be reached by trying again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a told try makes of the call: closed with an outcome, or waiting for the next try."""

    tries: int
    deadline_at: datetime
    outcome: Outcome | None = None
    next_try_at: datetime | None = None
    stops_number: bool = False
    """Nobody is to call this number again."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is to be done."""
        return self.outcome is not None


def told(call: Call, answer: Answer, now: datetime, hours: OpeningHours, asked: datetime | None = None) -> Verdict:
    """What follows from `answer`; `asked` is the time the caller chose for the next try, None lets the rule choose.

    Raises NextTryRefused when that time is over, too far ahead, or (nobody answered) not before the deadline.
    """
    tries = call.tries + (answer in {Answer.UNREACHED, Answer.WRONG_NUMBER})
    if answer in SPOKEN:
        return Verdict(tries, call.deadline_at, Outcome.REACHED)
    if answer == Answer.WRONG_NUMBER:
        return Verdict(tries, call.deadline_at, Outcome.UNREACHED, stops_number=True)
    if asked is not None:
        _check(call, answer, now, asked)
    if answer == Answer.NEEDS_TIME:
        promised = asked or after_open_hours(now, hours)
        return Verdict(tries, max(call.deadline_at, promised + PROMISE_GRACE), next_try_at=promised)
    again = None if tries >= call.most_tries or not call.can_dial else asked or next_try(call, now, hours)
    return Verdict(tries, call.deadline_at, None if again else Outcome.UNREACHED, again)


def _check(call: Call, answer: Answer, now: datetime, asked: datetime) -> None:
    if asked <= now:
        raise NextTryRefused("past")
    if asked - now > FURTHEST_RETRY:
        raise NextTryRefused("too_far")
    if answer == Answer.UNREACHED and asked >= call.deadline_at:
        raise NextTryRefused("after_deadline")


def after_open_hours(now: datetime, hours: OpeningHours) -> datetime:
    """Two opening hours later; a shop that never opens counts every hour."""
    try:
        return hours.add_open(now, RETRY_OPEN_SECONDS)
    except NeverOpen:
        return now + timedelta(seconds=RETRY_OPEN_SECONDS)


def next_try(call: Call, now: datetime, hours: OpeningHours) -> datetime | None:
    """When to try again after nobody answered; None when no try is left before the deadline.

    Two opening hours later. If that is too late, in the middle of what is left: another time of day than now, and still
    time to act on it.
    """
    usual = after_open_hours(now, hours)
    if usual < call.deadline_at:
        return usual
    try:
        middle = hours.next_open(now + (call.deadline_at - now) / 2)
    except NeverOpen:
        middle = now + (call.deadline_at - now) / 2
    return middle if now + SOONEST_RETRY <= middle < call.deadline_at else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What decides the place of a call in the list."""

    value: int
    """What is at stake, in minor units. A yen and a cent are near enough to each other for a list of calls."""
    deadline_at: datetime
    next_try_at: datetime | None = None
    is_promised: bool = False
    """The customer was told that they are called at `next_try_at`."""
    can_dial: bool = True


def place(call: Waiting, now: datetime) -> tuple[int, float, float]:
    """Sorts the list: smaller is called first.

    1. A promised call whose time has come: somebody is waiting for it.
    2. What waiting costs: the value divided by the time that is left. Each minute that goes by takes as much of the chance
       with it, so 3,000 yen with a quarter of an hour left go before 100,000 yen with a day left, and among equal deadlines the
       expensive one is first. What is past its deadline presses like what ends now.
    3. Calls that nobody can make, for lack of a number: to be read and closed.
    4. Calls whose time has not come yet, the next one first.
    """
    deadline = call.deadline_at.timestamp()
    if call.next_try_at is not None and call.next_try_at > now:
        return 3, call.next_try_at.timestamp(), deadline
    if not call.can_dial:
        return 2, deadline, 0.0
    if call.is_promised and call.next_try_at is not None:
        return 0, call.next_try_at.timestamp(), deadline
    left = max(call.deadline_at - now, ONE_CALL)
    return 1, -(max(call.value, 0) + 1) / left.total_seconds(), deadline


class Pressure(StrEnum):
    """How the clock of a call stands."""

    LATER = "later"  #: its time has not come
    CALM = "calm"
    SOON = "soon"  #: the deadline is near
    LATE = "late"  #: a promise was not kept
    OVER = "over"  #: the deadline has passed


def pressure(call: Waiting, now: datetime) -> Pressure:
    """How the clock stands, for the words and the colour on the screen."""
    if call.deadline_at <= now:
        return Pressure.OVER
    if call.next_try_at is not None and call.next_try_at > now:
        return Pressure.LATER
    if call.is_promised and call.next_try_at is not None and now - call.next_try_at > LATE_AFTER:
        return Pressure.LATE
    return Pressure.SOON if call.deadline_at - now <= SOON else Pressure.CALM


def minutes_left(until: datetime, now: datetime) -> int:
    """Whole minutes until then, rounded up so that 59 seconds are a minute; never negative."""
    return max(0, math.ceil((until - now).total_seconds() / 60))
