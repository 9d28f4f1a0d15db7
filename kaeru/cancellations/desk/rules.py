"""When waiting begins to cost, which case is looked at first, and what may be done with it. Pure decisions.

A case has one clock: the earliest of the warehouse's cut-off (after it the parcel is packed), the day that was promised to the
buyer, the answer that is owed within some opening hours, and what a mall counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from kaeru.cancellations.policy.rules import Cutoffs
from kaeru.core.calendar import Calendar, NeverOpen

SOON = timedelta(hours=1)
"""A clock with less than this left is shown as running."""
UNDO = timedelta(seconds=20)
"""So long a decision may be taken back, and the letter about it waits."""
FURTHEST_SNOOZE = timedelta(days=14)
LONGEST_NOTE = 2000


class Why(StrEnum):
    """What the clock of a case counts down to."""

    CUTOFF = "cutoff"
    PROMISED = "promised"
    OPENING = "opening"
    MALL = "mall"


@dataclass(frozen=True, slots=True)
class Clock:
    """When waiting begins to cost, and why."""

    at: datetime
    why: Why


Tells = Literal["at_once", "morning", "none"]
TELLS: tuple[Tells, ...] = ("at_once", "morning", "none")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a shop's desk works; see `models.DeskTerms`."""

    reply_hours: int = 2
    tells: Tells = "at_once"
    soon_minutes: int = 120
    value_from: int = 10_000
    approves_free: bool = False
    """Rightful wishes of a mall's buyers are approved by themselves as long as the mall does not count them."""


def answer_owed(now: datetime, hours: Calendar, reply_hours: int) -> datetime:
    """Until when the buyer is answered: so many opening hours; a shop that never opens counts every hour."""
    try:
        return hours.add_open(now, reply_hours * 3600)
    except NeverOpen:
        return now + timedelta(hours=reply_hours)


def clock(
    now: datetime, hours: Calendar, terms: Terms, *, cutoff: time | None = None, others: Iterable[Clock] = ()
) -> Clock:
    """When waiting begins to cost for a case that is opened now: the earliest of all that count.

    `others` are what connectors and malls count (`clocks.register_clocks`): the promised date, a mall's deadline. One that has passed
    already presses now. Of equal moments the outer one is named: mall, promise, cut-off, opening hours.
    """
    found = [Clock(max(one.at, now), one.why) for one in others]
    closes = Cutoffs(cutoff, hours).after(now) if cutoff is not None else None
    if closes is not None:
        found.append(Clock(closes, Why.CUTOFF))
    found.append(Clock(answer_owed(now, hours, terms.reply_hours), Why.OPENING))
    rank = (Why.MALL, Why.PROMISED, Why.CUTOFF, Why.OPENING)
    return min(found, key=lambda one: (one.at, rank.index(one.why)))


def place(due_at: datetime, value: int, case_id: int) -> tuple[datetime, int, int]:
    """Sorts the queue: whose waiting costs first; of equal clocks the more valuable; then the older. The database sorts alike."""
    return due_at, -value, case_id


class Pressure(StrEnum):
    """How the clock of a case stands."""

    CALM = "calm"
    SOON = "soon"
    OVER = "over"


def pressure(due_at: datetime, now: datetime) -> Pressure:
    """For the words and the colour on the screen."""
    if due_at <= now:
        return Pressure.OVER
    return Pressure.SOON if due_at - now <= SOON else Pressure.CALM


def tells_now(terms: Terms, clock: Clock, value: int, now: datetime) -> bool:
    """Whether the staff get a mail of a new case at once."""
    is_soon = clock.at - now <= timedelta(minutes=terms.soon_minutes)
    return terms.tells == "at_once" and (is_soon or value >= terms.value_from)


def is_morning(terms: Terms, hours: Calendar, told_on: date | None, now: datetime) -> bool:
    """Whether the summary of the day is due: the shop is open, and nobody was told today."""
    today = now.astimezone(ZoneInfo(hours.zone)).date()
    return terms.tells == "morning" and told_on != today and hours.is_open(now)


Kind = Literal["decide", "cancel", "refuse", "repair", "change", "swap", "inquiry"]
KINDS: tuple[Kind, ...] = ("decide", "cancel", "refuse", "repair", "change", "swap", "inquiry")

Deed = Literal["approve", "decline", "substitute", "call", "done", "cannot", "let_go", "drop", "answer"]


@dataclass(frozen=True, slots=True)
class Matter:
    """What a case is about, as it stands now."""

    kind: str
    is_open: bool
    request_state: str = ""
    """Of the wish to cancel, "" without one."""
    is_shipped: bool = False
    is_cancelled: bool = False
    """The order, in the shop's system."""
    change_state: str = ""
    """Of the change at the gate, for kind `change`."""
    has_customer: bool = True
    may_write: bool = True
    """False: a mall's buyer, to whom the shop may only answer on the mall."""
    can_answer: bool = False
    """For kind `inquiry`: Kaeru can answer it on the mall."""


def deeds(matter: Matter) -> frozenset[Deed]:
    """What may be done with the case now; nothing with one that is closed."""
    if not matter.is_open:
        return frozenset()
    call: frozenset[Deed] = frozenset({"call"} if matter.has_customer else ())
    stands = not (matter.is_shipped or matter.is_cancelled)
    match matter.kind:
        case "decide" if matter.request_state == "asked":
            offer: frozenset[Deed] = frozenset({"substitute"} if matter.may_write else ())
            return call | offer | {"approve", "decline"} if stands else call | {"decline"}
        case "cancel" | "refuse":
            return call | {"done"}
        case "inquiry":
            return frozenset({"answer", "done"} if matter.can_answer else {"done"})
        case "repair":
            return call | {"done", "cannot"}
        case "change":
            return call | ({"let_go", "drop"} if matter.change_state == "held" else {"done"})
        case "swap":
            return call | {"done"}
        case _:
            return call | {"drop"}


def proposal(rule: str, ground: str, rule_name: str = "") -> dict[str, str]:
    """What Kaeru would answer to a wish that a rule of the policy left to a person: no, where the rule names a ground, else yes.

    Nobody is kept against their wish without a ground.
    """
    verdict = "decline" if ground else "approve"
    return {"verdict": verdict, "ground": ground, "rule": rule, "rule_name": rule_name}


SnoozeProblem = Literal["past", "too_far", ""]


def check_snooze(until: datetime, now: datetime) -> SnoozeProblem:
    """Why a case cannot be put off until then; "" when it can."""
    if until <= now:
        return "past"
    return "too_far" if until - now > FURTHEST_SNOOZE else ""
