"""Whether a change may go out by itself, and what follows an answer. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

PAUSES = (
    timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30),
    timedelta(hours=1), timedelta(hours=3),
)  # fmt: skip
"""Waits after the first, second, … try that came to nothing: nine tries within five hours."""
PENDING_PAUSE = timedelta(seconds=3)
"""How soon a change that the system is working on is looked at again."""

Verdict = Literal["go", "dry_run", "over_order", "over_day", "no_reason", "cannot"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a shop allows; see `models.GateTerms`."""

    is_live: bool = False
    most_per_order: int = 30_000
    most_per_day: int = 100_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a change matters here."""

    money: int
    """Minor units that it may move."""
    why: str
    can_be_done: bool
    """Whether the connected system has the capability."""
    is_released: bool = False
    """A person has let it go over the caps."""


def judge(wish: Wish, terms: Terms, moved_today: int) -> Verdict:
    """Whether it may be called now. `moved_today`: minor units of the shop's other changes of this day that went or go out."""
    if not wish.why.strip():
        return "no_reason"
    if not wish.can_be_done:
        return "cannot"
    if not terms.is_live:
        return "dry_run"
    if wish.is_released:
        return "go"
    if wish.money > terms.most_per_order:
        return "over_order"
    if wish.money and moved_today + wish.money > terms.most_per_day:
        return "over_day"
    return "go"


def next_try(attempts: int) -> timedelta | None:
    """How long to wait after try number `attempts` (from 1) that came to nothing; None: give up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
