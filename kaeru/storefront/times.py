"""Free times as a page shows them: a week of days with how much is free on each, and the times of one day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import pgettext

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.slots import queries as slots
from kaeru.appointments.slots.queries import Start
from kaeru.appointments.visits.telling import moment, stamp
from kaeru.core import clock
from kaeru.tenants.models import Shop

WEEK = 7
FURTHEST_WEEKS = 26


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week that is shown."""

    on: date
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Time:
    """One free start."""

    at: datetime
    stamp: int
    clock: str
    """On the salon's clock: 9:30."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day."""

    label: str
    times: tuple[Time, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """A week, and the times of the chosen day."""

    days: tuple[Day, ...]
    chosen: date
    parts: tuple[Part, ...]
    earlier: date | None
    """The week before begins here; None: that is past."""
    later: date | None


def times(
    shop: Shop, service_id: int, asked: str, *, staff_id: int | None = None, moving: Booking | None = None
) -> Times:
    """The week with the day that is asked for (ISO; empty or wrong: from today on). `moving`: its own time counts as free, and is not
    shown as another. A constant number of queries. Raises NotThere.
    """
    zone = ZoneInfo(shop.timezone)
    today = clock.now().astimezone(zone).date()
    wanted = _day(asked)
    if wanted is None or not today <= wanted < today + timedelta(days=WEEK * FURTHEST_WEEKS):
        wanted = None
    first = today if wanted is None else today + timedelta(days=(wanted - today).days // WEEK * WEEK)
    found = slots.free(
        shop.id, service_id, first, WEEK, staff_id=staff_id, ignoring=moving.id if moving else None
    ).starts
    by_day: dict[date, list[Start]] = {first + timedelta(days=n): [] for n in range(WEEK)}
    for one in found:
        if moving is None or one.at != moving.starts_at:
            by_day[one.at.astimezone(zone).date()].append(one)
    chosen = wanted or next((day for day, some in by_day.items() if some), first)
    return Times(
        days=tuple(Day(day, len(some), day == chosen) for day, some in by_day.items()),
        chosen=chosen,
        parts=_parts(by_day[chosen], zone),
        earlier=first - timedelta(days=WEEK) if first > today else None,
        later=first + timedelta(days=WEEK) if (first - today).days < WEEK * (FURTHEST_WEEKS - 1) else None,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _parts(found: list[Start], zone: ZoneInfo) -> tuple[Part, ...]:
    rows: dict[str, list[Time]] = {}
    labels = {
        "morning": pgettext("times", "Morning"),
        "afternoon": pgettext("times", "Afternoon"),
        "evening": pgettext("times", "Evening"),
    }
    for one in found:
        local = one.at.astimezone(zone)
        part = "morning" if local.hour < 12 else "afternoon" if local.hour < 17 else "evening"
        rows.setdefault(part, []).append(Time(one.at, stamp(one.at), f"{local.hour}:{local.minute:02d}"))
    return tuple(Part(labels[part], tuple(some)) for part, some in rows.items())


def read_start(text: str) -> datetime | None:
    """The start that a form sends back, or None."""
    return moment(int(text)) if text.isascii() and text.isdigit() and len(text) <= 9 else None
