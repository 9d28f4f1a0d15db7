"""The week at a glance: everybody on seven days, with how many visits, how full, who is away, and what has to move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kaeru.appointments.bookings.models import BookingState
from kaeru.appointments.calendar import rules
from kaeru.appointments.calendar.queries import Days
from kaeru.appointments.salons.models import Resource
from kaeru.console.calendar_board import exception_words


@dataclass(frozen=True, slots=True)
class Cell:
    """One person on one day of the week's overview."""

    day: date
    count: int
    share: float | None
    note: str
    hours: str
    """From when to when, of a day off that is not all day."""
    openings: int
    clashes: int = 0

    @property
    def bar(self) -> int:
        """The share in whole per cent, for the drawn bar."""
        return round(100 * min(1.0, self.share or 0.0))


def overview(
    found: Days, resources: Sequence[Resource], zone: ZoneInfo, clashing: set[int]
) -> list[tuple[Resource, list[Cell]]]:
    """The week at a glance: how many visits each has on each day, and how full it is."""
    return [(one, [_cell(found, one, day, zone, clashing) for day in found.days]) for one in resources]


def _cell(found: Days, resource: Resource, day: date, zone: ZoneInfo, clashing: set[int]) -> Cell:
    is_staff = resource.kind == "staff"
    shifts = [row for row in found.shifts if row.resource_id == resource.id and row.day == day]
    mine = [
        row for row in found.bookings
        if resource.id == (row.staff_id if is_staff else row.chair_id) and row.starts_at.astimezone(zone).date() == day
        and row.state != BookingState.NO_SHOW
    ]  # fmt: skip

    def ticks(starts: datetime, ends: datetime) -> tuple[int, int]:
        return rules.ticks(starts, day, zone), rules.ticks(ends, day, zone)

    taken = [ticks(row.starts_at, row.ends_at) for row in found.blocks if row.resource_id == resource.id]
    for row in mine:
        parts = rules.pieces(row.stages, row.cleanup_minutes, row.starts_at) if is_staff else ()
        taken += [ticks(one.starts_at, one.ends_at) for one in parts if one.kind != "gap"]
        taken += [] if is_staff else [ticks(row.starts_at, row.ends_at)]
    exceptions = [row for row in found.exceptions if row.day == day and row.resource_id in (None, resource.id)]
    is_part = bool(exceptions) and exceptions[0].starts is not None and exceptions[0].kind in ("leave", "break")
    away = exception_words(exceptions[0]) if exceptions else ("" if shifts else _("off"))
    return Cell(
        day=day,
        count=len(mine),
        share=rules.load([ticks(row.starts_at, row.ends_at) for row in shifts], taken),
        note=_("Part of the day off") if is_part else away,
        hours=away if is_part else "",
        openings=sum(
            1 for row in found.openings if row.staff_id == resource.id and row.starts_at.astimezone(zone).date() == day
        ),
        clashes=sum(1 for row in mine if row.id in clashing),
    )
