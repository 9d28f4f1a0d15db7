"""What a client may do alone with a visit, and when a reminder goes. Pure: no Django, `now` comes in.

A code says why not; empty means yes. The pages and LINE word it and always say how to reach the salon.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kaeru.core.calendar import later, next_local

DAY_BEGINS, DAY_ENDS = time(8), time(21)
"""Nobody is reminded at night, on the salon's clock."""
LATEST_NOTICE = timedelta(hours=1)
"""A reminder later than so long before the visit is of no use."""
UNDO_FOR = timedelta(minutes=30)
"""So long a change or a cancellation can be taken back, while the old time is free."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the salon allows; see `models.VisitTerms`."""

    change_until_hours: int = 2
    cancel_until_hours: int = 2
    most_changes: int = 3
    no_show_months: int = 12
    no_shows_most: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit as far as it decides what may be done with it."""

    is_booked: bool
    """Neither held, ended, nor past in the salon's books."""
    starts_at: datetime
    changes: int = 0


def may_change(visit: Standing, limits: Limits, now: datetime) -> str:
    """Why not: ended | past | too_late | too_often. At the very minute of the limit it is still yes."""
    if code := _stands(visit, now):
        return code
    if visit.starts_at - now < timedelta(hours=limits.change_until_hours):
        return "too_late"
    return "too_often" if limits.most_changes and visit.changes >= limits.most_changes else ""


def may_cancel(visit: Standing, limits: Limits, now: datetime) -> str:
    """Why not: ended | past | too_late."""
    if code := _stands(visit, now):
        return code
    return "too_late" if visit.starts_at - now < timedelta(hours=limits.cancel_until_hours) else ""


def may_confirm(visit: Standing, now: datetime) -> str:
    """Why not: ended | past."""
    return _stands(visit, now)


def _stands(visit: Standing, now: datetime) -> str:
    if not visit.is_booked:
        return "ended"
    return "past" if visit.starts_at <= now else ""


def may_book(missed: Iterable[datetime], limits: Limits, zone: str, now: datetime) -> str:
    """Why not: no_shows. `missed`: when this client did not come; what is longer ago than the salon looks back counts not."""
    if not limits.no_shows_most:
        return ""
    since = later(now, zone, months=-limits.no_show_months)
    counted = sum(1 for at in missed if at > since)
    return "no_shows" if counted >= limits.no_shows_most else ""


def next_round(now: datetime, zone: str, at: time) -> datetime:
    """The next moment, strictly later than `now`, at which the salon's clock shows `at`."""
    return next_local(now, zone, at)


def day_reminded(round_at: datetime, zone: str, days_before: int) -> tuple[datetime, datetime]:
    """From when until when the visits begin that a round tells of: one whole day of the salon's own, which may have 23 or 25 hours."""
    place = ZoneInfo(zone)
    day = round_at.astimezone(place).date() + timedelta(days=days_before)
    first = datetime.combine(day, time(), place).astimezone(UTC)
    return first, datetime.combine(day + timedelta(days=1), time(), place).astimezone(UTC)


def goes_at(wanted: datetime, starts_at: datetime, zone: str) -> datetime | None:
    """When a reminder wanted at this moment goes: not at night. None: it would come too late to be of use.

    What would go before the morning goes in the morning; what would go after the evening goes the next morning.
    """
    local = wanted.astimezone(ZoneInfo(zone))
    if local.time() < DAY_BEGINS:
        local = datetime.combine(local.date(), DAY_BEGINS, local.tzinfo)
    elif local.time() >= DAY_ENDS:
        local = datetime.combine(local.date() + timedelta(days=1), DAY_BEGINS, local.tzinfo)
    moment = local.astimezone(UTC)
    return moment if starts_at - moment >= LATEST_NOTICE else None


def nudge_at(first_at: datetime, starts_at: datetime, zone: str, hours: int) -> datetime | None:
    """When the silent are asked once more: so many hours before, in waking hours, and never within an hour after the first.

    None: there is no such moment; an early visit has been told of in the evening, which must do.
    """
    moment = goes_at(starts_at - timedelta(hours=hours), starts_at, zone)
    return moment if moment is not None and moment - first_at >= timedelta(hours=1) else None
