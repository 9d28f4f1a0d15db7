"""Until when a decision about a mall's order makes a difference, and which difference. Pure: the order's times in, deadlines out.

The malls' own clocks are data (`malls/*.toml`), each with the day from which it counts and where it was read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from kaeru.core.calendar import at_local

Means = Literal["uncounted", "buyer_alone", "held", "buyer_asks", "buyer_free", "answer"]
"""uncounted: settled before it, a cancellation does not count · buyer_alone: until then the buyer cancels without the shop · held:
until then the mall keeps the order · buyer_asks: until then the buyer may ask · buyer_free: from then on the buyer cancels freely ·
answer: until then the shop answers."""
MEANS: Final[tuple[Means, ...]] = get_args(Means)
Starts = Literal["placed", "asked", "dispatch_by"]
"""placed: the order · asked: the buyer's request · dispatch_by: the end of the planned dispatch day in the mall's zone."""
STARTS: Final[tuple[Starts, ...]] = get_args(Starts)
Certainty = Literal["official", "several", "one_source", "unchecked"]
"""unchecked: written from knowledge, read nowhere; for addresses of screens only."""
CERTAINTIES: Final[tuple[Certainty, ...]] = get_args(Certainty)

PRESSES_STILL: Final = frozenset({"buyer_free", "answer"})
"""What presses on when it is over. After the others waiting costs nothing more."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One clock of a mall."""

    mall: str
    code: str
    means: Means
    starts: Starts
    minutes: int = 0
    """From its start; 0 for `dispatch_by`."""
    since: date | None = None
    """Counts for orders from this day on, in the mall's zone; None: always."""
    until: date | None = None
    """The first day on which it does not count any more."""
    zone: str = "Asia/Tokyo"
    certainty: Certainty = "one_source"
    sources: tuple[str, ...] = ()
    seen: date | None = None
    """When it was looked up."""
    says: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The rule in a sentence: {"ja": …, "en": …}."""


@dataclass(frozen=True, slots=True)
class Times:
    """What is known of an order's times."""

    placed_at: datetime
    asked_at: datetime | None = None
    dispatch_by: date | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A clock of one order."""

    at: datetime
    rule: Rule

    def is_over(self, now: datetime) -> bool:
        """Whether it has passed; at the moment itself it has."""
        return self.at <= now

    def presses(self, now: datetime) -> bool:
        """Whether somebody should hurry because of it."""
        return not self.is_over(now) or self.rule.means in PRESSES_STILL


def deadlines(rules: Iterable[Rule], times: Times) -> list[Deadline]:
    """The clocks of an order that has not left and stands, the earliest first; a clock whose start is not known has none."""
    found = []
    for rule in rules:
        ordered_on = times.placed_at.astimezone(ZoneInfo(rule.zone)).date()
        if (rule.since and ordered_on < rule.since) or (rule.until and ordered_on >= rule.until):
            continue
        at = _end(rule, times)
        if at is not None:
            found.append(Deadline(at, rule))
    return sorted(found, key=lambda one: (one.at, one.rule.code))


def _end(rule: Rule, times: Times) -> datetime | None:
    if rule.starts == "dispatch_by":
        day = times.dispatch_by
        return at_local(day + timedelta(days=1), time(0), rule.zone) if day else None
    start = times.placed_at if rule.starts == "placed" else times.asked_at
    return start + timedelta(minutes=rule.minutes) if start else None


def read_as(rules: Iterable[Rule], *, grace_hours: int | None, counts_buyers: bool) -> tuple[Rule, ...]:
    """The clocks as a shop reads its mall's rules: so many hours do not count (None: as the mall says), and where what a buyer wished
    never counts, no hours do.
    """
    found = []
    for rule in rules:
        if rule.means != "uncounted":
            found.append(rule)
        elif counts_buyers and grace_hours != 0:
            found.append(rule if grace_hours is None else replace(rule, minutes=grace_hours * 60))
    return tuple(found)


def is_free(found: Iterable[Deadline], now: datetime) -> bool:
    """Whether a cancellation that is settled now stays out of the mall's count; False where no rule says so."""
    return any(one.rule.means == "uncounted" and not one.is_over(now) for one in found)
