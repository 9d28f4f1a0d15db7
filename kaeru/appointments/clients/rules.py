"""What follows from a client's visits, which pack a visit is taken off, and whether a free time is one that was waited for. Pure."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from statistics import median
from zoneinfo import ZoneInfo

from kaeru.core import calendar

GAPS_LOOKED_AT = 6
FEWEST_GAPS = 2
VISITS_LOOKED_AT = 5
ALMOST_LOST, LOST = 1.5, 3.0
"""From so many usual intervals after the last visit on a client is about to be lost; from then on, lost."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit that took place."""

    at: datetime
    nominated: int | None = None
    """The staff member (`Resource.id`) whom the client asked for; None: nobody."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the salon's former system said of the time before."""

    visits: int = 0
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a card says."""

    first_visit_at: datetime | None
    last_visit_at: datetime | None
    visits: int
    usual_interval_days: int | None
    nominated_staff: int | None


def count(visits: Iterable[Visit], told: Told, zone: ZoneInfo) -> Counted:
    """What the card of a client with these visits says; the former system's visits come before those known singly.

    Visits up to `told.last_on` that are known singly, too, are taken for the same ones: the larger number of both counts.
    """
    known = sorted(visits, key=lambda visit: visit.at)
    days = {visit.at.astimezone(zone).date() for visit in known}
    before = [visit for visit in known if told.last_on and visit.at.astimezone(zone).date() <= told.last_on]
    moments = [visit.at for visit in known]
    moments += [
        datetime.combine(day, time(12), zone) for day in {told.first_on, told.last_on} if day and day not in days
    ]
    return Counted(
        min(moments, default=None),
        max(moments, default=None),
        max(told.visits, len(before)) + len(known) - len(before),
        usual_interval(sorted(days | ({told.last_on} if told.last_on else set()))),
        nominee(known),
    )


def usual_interval(days: Sequence[date]) -> int | None:
    """Median of the last six gaps between these days (rising, each once), in days; None when fewer than two gaps are known."""
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)][-GAPS_LOOKED_AT:]
    return round(median(gaps)) if len(gaps) >= FEWEST_GAPS else None


def nominee(visits: Sequence[Visit]) -> int | None:
    """Whom the client asked for most often in their last five visits; of several the one asked for last. None: nobody."""
    asked = [visit.nominated for visit in visits[-VISITS_LOOKED_AT:] if visit.nominated is not None]
    times = Counter(asked)
    return max(asked, key=lambda staff: (times[staff], len(asked) - asked[::-1].index(staff)), default=None)


def counts_since(now: datetime, months: int, zone: str) -> datetime:
    """No-shows before this moment are forgotten."""
    return calendar.later(now, zone, months=-months)


@dataclass(frozen=True, slots=True)
class Pack:
    """A ticket pack, as far as it matters for which is used."""

    id: int
    services: frozenset[int]
    left: int
    bought_on: date
    expires_on: date | None
    is_withdrawn: bool = False

    def is_good(self, service: int, day: date) -> bool:
        """Whether a visit for this service on this day can be taken off it."""
        fits = not self.services or service in self.services
        in_time = self.bought_on <= day and (self.expires_on is None or day <= self.expires_on)
        return self.left > 0 and not self.is_withdrawn and fits and in_time


def pack_for(packs: Iterable[Pack], service: int, day: date) -> Pack | None:
    """The pack that a visit is taken off: of those that are good the one that expires first, then the one for fewest services."""
    good = [pack for pack in packs if pack.is_good(service, day)]
    return min(
        good, key=lambda one: (one.expires_on or date.max, not one.services, len(one.services), one.id), default=None
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody on the waitlist waits for."""

    service: int
    staff: int | None
    first_day: date
    until: date
    weekdays: frozenset[int] = field(default_factory=frozenset)
    """0 is Monday; empty: any."""
    not_before: time | None = None
    not_after: time | None = None


def fits(wanted: Wanted, starts_at: datetime, service: int, staff: Collection[int], zone: ZoneInfo) -> bool:
    """Whether a start at this moment, for this service with one of these people, is one that was waited for."""
    local = starts_at.astimezone(zone)
    return (
        wanted.service == service
        and (wanted.staff is None or wanted.staff in staff)
        and wanted.first_day <= local.date() <= wanted.until
        and (not wanted.weekdays or local.weekday() in wanted.weekdays)
        and (wanted.not_before is None or local.time() >= wanted.not_before)
        and (wanted.not_after is None or local.time() <= wanted.not_after)
    )


def standing(days_since: int | None, interval: int | None, *, has_next: bool) -> str:
    """New | regular | due | almost_lost | lost: where a client stands, by the days since the last visit and the interval.

    `interval` is the client's own, or the salon's where theirs is not known yet.
    """
    if days_since is None:
        return "new"
    if has_next or interval is None or days_since <= interval:
        return "regular"
    if days_since <= interval * ALMOST_LOST:
        return "due"
    return "almost_lost" if days_since <= interval * LOST else "lost"
