"""Who is asked about an opening, in which order, and when. Pure: moments go in, moments come out.

Asked one by one, most openings stay empty; asked all at once, many tap in vain and each message costs. So people are asked in waves:
each half as large again as the one before, the last not later than half of the time that is left, none after somebody has taken it.
When little time is left everybody is asked at once. Nobody is asked outside of the salon's offer hours, and a time in which nobody
may be asked does not count as time that is left.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from typing import NamedTuple
from zoneinfo import ZoneInfo

from kaeru.core.calendar import at_local

AT_ONCE = timedelta(hours=3)
"""With less time than this everybody is asked at once."""
GROWTH = 1.5
"""Each wave is so many times the one before."""
FIRST_PART = 8
"""The first wave is one of so many parts of all, and"""
FIRST_LEAST = 4
"""so many people at least."""
BY = 0.4
"""The last wave goes when this part of the time is over: before half of it, as later ones are often not read in time."""
GAPS = 2.0
"""Waves begin close together and draw apart: the n-th of k goes when (n/k) to this power of that part is over."""
SHORTEST = timedelta(minutes=15)
"""Free time shorter than this is no opening."""
LATE_DAYS = 60
"""Who tapped too late is asked first for so long."""
EXPIRES_SOON_DAYS = 30
"""Tickets that expire within so many days count as expiring."""
WHY = ("waits", "was_late", "nominates", "tickets", "interval", "segment")
"""Why somebody is asked, the strongest first."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when people may be asked, on the clock of the zone; over midnight when it ends earlier, all day when equal."""

    opens: time
    closes: time
    zone: str


class Wave(NamedTuple):
    """So many people at that moment."""

    at: datetime
    people: int


def spans(now: datetime, until: datetime, hours: Hours) -> list[tuple[datetime, datetime]]:
    """The parts of the time from `now` to `until` in which people may be asked."""
    if until <= now:
        return []
    if hours.opens == hours.closes:
        return [(now, until)]
    day, found = now.astimezone(ZoneInfo(hours.zone)).date() - timedelta(days=1), []
    while (opens := at_local(day, hours.opens, hours.zone)) < until:
        last = day if hours.closes > hours.opens else day + timedelta(days=1)
        start, end = max(opens, now), min(at_local(last, hours.closes, hours.zone), until)
        if start < end:
            found.append((start, end))
        day += timedelta(days=1)
    return found


def time_left(now: datetime, deadline: datetime, hours: Hours) -> timedelta:
    """How long people may still be asked."""
    return sum((end - start for start, end in spans(now, deadline, hours)), timedelta(0))


def sizes(people: int) -> list[int]:
    """How many are asked in each wave: growing by half, the rest in the last.

    >>> sizes(60), sizes(12), sizes(3), sizes(0)
    ([8, 12, 18, 22], [4, 6, 2], [3], [])
    """
    found: list[int] = []
    size = float(max(FIRST_LEAST, ceil(people / FIRST_PART)))
    while people > 0:
        found.append(min(people, int(size)))
        people -= found[-1]
        size *= GROWTH
    return found


def plan(people: int, now: datetime, deadline: datetime, hours: Hours) -> tuple[Wave, ...]:
    """When how many are asked, the first as soon as it may be. Nobody when no time is left in which people may be asked."""
    parts = spans(now, deadline, hours)
    left = sum((end - start for start, end in parts), timedelta(0))
    if people <= 0 or not parts:
        return ()
    if left < AT_ONCE:
        return (Wave(parts[0][0], people),)
    each = sizes(people)
    last = max(len(each) - 1, 1)
    return tuple(Wave(_into(parts, left * BY * (number / last) ** GAPS), size) for number, size in enumerate(each))


def _into(parts: Sequence[tuple[datetime, datetime]], offset: timedelta) -> datetime:
    """The moment when so much of the parts is over."""
    for start, end in parts:
        if offset < end - start:
            return start + offset
        offset -= end - start
    return parts[-1][1]


def next_allowed(now: datetime, deadline: datetime, hours: Hours) -> datetime | None:
    """`now` when people may be asked now, else the next moment; None when there is none before the deadline."""
    parts = spans(now, deadline, hours)
    return parts[0][0] if parts else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client who could be asked about one opening."""

    customer_id: int
    channel: str
    """line | mail"""
    service_id: int
    segment_id: int | None = None
    segment_rank: int = 0
    """Of the first segment they are in; the smallest is asked first."""
    waits: bool = False
    """They asked for a time like this one."""
    was_late: bool = False
    """They tapped too late not long ago."""
    nominates: bool = False
    """They ask for this staff member."""
    tickets_expire_in: int | None = None
    """Days until the first of their tickets expires; None: no tickets, or none that expire."""
    beyond_days: int | None = None
    """Days since they should have come again by their usual interval; None: not known. Negative: not yet."""

    @property
    def has_expiring(self) -> bool:
        """Tickets of theirs expire soon."""
        return self.tickets_expire_in is not None and self.tickets_expire_in <= EXPIRES_SOON_DAYS

    @property
    def why(self) -> str:
        """The strongest reason to ask them: one of `WHY`."""
        told = (
            self.waits,
            self.was_late,
            self.nominates,
            self.has_expiring,
            self.beyond_days is not None and self.beyond_days >= 0,
        )
        return next((why for why, holds in zip(WHY, told, strict=False) if holds), "segment")


def ranked(candidates: Sequence[Candidate], seed: int) -> list[Candidate]:
    """Who is asked first: who waits, who was late last time, the salon's first segment; within it who nominates the staff member, whose
    tickets expire first, who is longest overdue. Among equals the seed decides, so that it is not always the same ones.
    """
    return sorted(candidates, key=lambda one: (_weight(one), _lot(seed, one.customer_id)))


def _weight(one: Candidate) -> tuple[object, ...]:
    beyond = one.beyond_days if one.beyond_days is not None and one.beyond_days >= 0 else -1
    return (
        not one.waits,
        not one.was_late,
        one.segment_rank,
        not one.nominates,
        one.tickets_expire_in if one.has_expiring else EXPIRES_SOON_DAYS + 1,
        -beyond,
    )


def _lot(seed: int, customer_id: int) -> bytes:
    return hashlib.blake2b(f"{seed}:{customer_id}".encode(), digest_size=8).digest()


def within_budget(order: Sequence[Candidate], pushes: int) -> list[Candidate]:
    """Those who can be asked when so many LINE messages may be spent; mail costs none."""
    kept, left = [], pushes
    for one in order:
        if one.channel != "line":
            kept.append(one)
        elif left > 0:
            kept.append(one)
            left -= 1
    return kept


def cost(pushes: int, yen_per_push: int) -> int:
    """What so many LINE messages cost, in yen."""
    return pushes * yen_per_push
