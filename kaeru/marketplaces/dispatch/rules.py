"""Which parcels will be late, since when, and what each day costs. Pure: days in, decisions out.

A parcel has up to three clocks: the day that was promised (発送予定日), the mall's lines, and the day on which it must leave to be there
on the day the buyer wished for. The earliest that still lies ahead is the one to keep; what is behind is late already.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from kaeru.core.calendar import Calendar, NeverOpen
from kaeru.marketplaces.dispatch import days
from kaeru.marketplaces.dispatch.book import COSTLY, Mall, Rule, Step

CARRIERS_KEEP = 7
"""Days for which the large Japanese carriers keep a parcel for a wished day, counted from its dispatch."""
_NEVER = date.max


class Level(StrEnum):
    """How a parcel stands, the most pressing first."""

    LATE = "late"  #: a promise or a line is behind
    MISSES = "misses"  #: not late yet, but no working day is left before it will be
    TODAY = "today"  #: today is the last working day
    SOON = "soon"  #: after today one working day is left
    CALM = "calm"


RANK = tuple(Level)
Conflict = Literal["", "plan_after_wish", "wish_lost", "line_before_wish"]
"""plan_after_wish: the planned day is too late for the wished one · wish_lost: it cannot be there on the wished day any more ·
line_before_wish: the wished day lies so far ahead that the mall's line passes before."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One order that has not left; days in the mall's zone."""

    placed_on: date
    paid_on: date | None = None
    """None: not paid, or nobody told."""
    dispatch_by: date | None = None
    """発送予定日."""
    wished_on: date | None = None
    is_reserved: bool = False
    mall_state: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A consequence of the mall's for one parcel."""

    rule: Rule
    step: Step
    safe_until: date
    """The last day on which sending it prevents this."""
    falls_on: date

    @property
    def is_costly(self) -> bool:
        """Everything but a reminder."""
        return self.step.effect in COSTLY


def lines(mall: Mall | None, parcel: Parcel, calendar: Calendar = days.TOKYO) -> tuple[Line, ...]:
    """The mall's lines for this parcel, the first to fall first. `calendar` has the mall's working days."""
    found = [one for rule in (mall.rules if mall else ()) for one in _of_rule(rule, parcel, calendar)]
    return tuple(sorted(found, key=lambda one: (one.safe_until, one.falls_on, one.rule.id)))


def _of_rule(rule: Rule, parcel: Parcel, calendar: Calendar) -> Iterable[Line]:
    kind = "reserved" if parcel.is_reserved else "general"
    if rule.parcels not in ("every", kind):
        return
    if rule.while_state and parcel.mall_state not in rule.while_state:
        return
    start = {"paid_at": parcel.paid_on, "placed_at": parcel.placed_on, "dispatch_by": parcel.dispatch_by}[
        rule.counts_from
    ]
    if start is None or not rule.is_in_force(start):
        return
    for step in rule.steps:
        yield Line(rule, step, _count(rule, start, step.within, calendar), _count(rule, start, step.falls, calendar))


def _count(rule: Rule, start: date, count: int, calendar: Calendar) -> date:
    if rule.counts == "business_days":
        return days.after(start, count, calendar)
    return start + timedelta(days=count)


@dataclass(frozen=True, slots=True)
class Watch:
    """What is to be known of one parcel today."""

    level: Level
    due_on: date | None
    """Until then it must leave; None: nothing is known that it could miss."""
    last_chance: date | None
    """The last working day of the shop until then; None: there is none any more, or nothing is due."""
    why: str
    """What `due_on` is about: promise · wish · the effect of a mall's line. Of a late one: what was missed first."""
    next: Line | None
    """The mall's next line, a reminder counts."""
    crossed: tuple[Line, ...]
    """Lines that are behind, reminders left out."""
    leave_by: date | None
    """When it must leave to be there on the wished day."""
    conflict: Conflict = ""
    days_late: int = 0


def watch(
    parcel: Parcel,
    found: tuple[Line, ...],
    *,
    today: date,
    shop: Calendar,
    today_counts: bool,
    delivery_days: int,
) -> Watch:
    """How the parcel stands. `today_counts`: the shop can still send today. `delivery_days`: from the dispatch to the door."""
    arrive = parcel.wished_on - timedelta(days=delivery_days) if parcel.wished_on else None
    leave_by = days.last_working(arrive, shop, arrive - timedelta(days=30)) if arrive else None
    clocks = _clocks(parcel, found, leave_by or arrive)
    crossed = tuple(one for one in found if one.is_costly and one.safe_until < today)
    behind = [(on, why) for on, why in clocks if on < today and why != "wish"]
    ahead = [(on, why) for on, why in clocks if on >= today]
    due_on, why = min(ahead, key=lambda one: one[0], default=(None, ""))
    first = today if today_counts and not shop.is_closed_all_day(today) else today + timedelta(days=1)
    last_chance = days.last_working(due_on, shop, first) if due_on else None
    level = _level(due_on, last_chance, today, first, shop)
    days_late = 0
    if behind:
        missed, why = min(behind, key=lambda one: one[0])
        level, days_late = Level.LATE, (today - missed).days
    upcoming = next((one for one in found if one.safe_until >= today), None)
    conflict = _conflict(parcel, found, arrive, leave_by, today)
    if conflict == "wish_lost" and level is Level.CALM:
        level, why = Level.SOON, "wish"
    return Watch(level, due_on, last_chance, why, upcoming, crossed, leave_by, conflict, days_late)


def _clocks(parcel: Parcel, found: tuple[Line, ...], leave_by: date | None) -> list[tuple[date, str]]:
    """Every day until which it must leave, and what for; the promise before the line that says the same."""
    clocks = [(parcel.dispatch_by, "promise")] if parcel.dispatch_by else []
    clocks += [(one.safe_until, one.step.effect) for one in found if one.is_costly]
    return [*clocks, (leave_by, "wish")] if leave_by else clocks


def _level(due_on: date | None, last_chance: date | None, today: date, first: date, shop: Calendar) -> Level:
    if due_on is None:
        return Level.CALM
    if last_chance is None:
        return Level.MISSES
    if last_chance == today:
        return Level.TODAY
    return Level.SOON if days.working_days(first, last_chance, shop, 3) <= 2 else Level.CALM


def _conflict(
    parcel: Parcel, found: tuple[Line, ...], arrive: date | None, leave_by: date | None, today: date
) -> Conflict:
    if arrive is None or parcel.wished_on is None:
        return ""
    last = leave_by or arrive
    if last < today:
        return "wish_lost"
    if parcel.dispatch_by is not None and parcel.dispatch_by > last:
        return "plan_after_wish"
    ahead = [one.safe_until for one in found if one.is_costly and one.rule.counts_from != "dispatch_by"]
    too_far = any((parcel.wished_on - on).days > CARRIERS_KEEP for on in ahead if on >= today)
    return "line_before_wish" if too_far else ""


@dataclass(frozen=True, slots=True)
class Sent:
    """How many orders of some days were paid, and how many of them have left."""

    paid: int = 0
    sent: int = 0

    def is_at_most(self, percent: int) -> bool:
        """Whether at most so many percent have left; without any order nothing is said. In integers: 95 of 100 is at most 95."""
        return self.paid > 0 and self.sent * 100 <= percent * self.paid


StopRisk = Literal["yes", "possible", "no"]


def stop_risk(same_day: Sent, lately: Sent, at_most: int) -> StopRisk:
    """Whether a mall's stop would fall. Over which orders the mall takes the rate is not written: those paid on the same day, or those
    paid lately; where the two readings differ it is `possible`.
    """
    told = [same_day.is_at_most(at_most), lately.is_at_most(at_most)]
    return "yes" if all(told) else "possible" if any(told) else "no"


def first_new_date(today: date, shop: Calendar) -> date:
    """The day that is proposed as the new one: the shop's next working day after today; of a shop that never opens, tomorrow."""
    try:
        return days.next_working(today + timedelta(days=1), shop)
    except NeverOpen:
        return today + timedelta(days=1)
