"""What moves here by itself: holds whose time is over, and visits that were over some hours ago without a word from anybody."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from kaeru.appointments.bookings.models import Booking, BookingState, Occupancy
from kaeru.appointments.bookings.telling import Deed, tell
from kaeru.core import clock, scope, sql
from kaeru.core.passes import Pass

CLOSES_AFTER = timedelta(hours=6)
"""A visit that ended so long ago and was not marked as missed took place. Staff can still say otherwise."""


def _due(where: str, moment: datetime, order: str, limit: int) -> list[Booking]:
    found = sql.claim_ids("appointments_booking", where, [sql.moment(moment)], order, limit)
    return list(Booking.objects.filter(id__in=found).order_by("id")) if found else []


def lapse(limit: int) -> int:
    """Up to `limit` holds whose time is over let go; returns how many.

    No salon's lock is needed to give time back: nothing that is free can overlap. Whoever wanted the time did not wait for this.
    """
    with scope.everyone(), transaction.atomic():
        rows = _due("state = 'held' AND hold_until <= %s", clock.now(), "hold_until", limit)
        keys = [row.id for row in rows]
        Booking.objects.filter(id__in=keys).update(state=BookingState.LAPSED, ended_at=clock.now(), ended_by="time")
        Occupancy.objects.filter(booking_id__in=keys).delete()
        tell([Deed(row, "lapsed", "system", "pass", "system") for row in rows])
    return len(rows)


def close(limit: int) -> int:
    """Up to `limit` visits that are over count as done; returns how many."""
    with scope.everyone(), transaction.atomic():
        rows = _due("state = 'booked' AND ends_at <= %s", clock.now() - CLOSES_AFTER, "ends_at", limit)
        keys = [row.id for row in rows]
        Booking.objects.filter(id__in=keys).update(state=BookingState.DONE, ended_at=clock.now(), ended_by="time")
        tell([Deed(row, "done", "system", "pass", "system") for row in rows])
    return len(rows)


def next_lapse() -> datetime | None:
    """When the next hold ends."""
    with scope.everyone():
        found: datetime | None = Booking.objects.filter(state=BookingState.HELD).aggregate(at=Min("hold_until"))["at"]
        return found


PASSES = [
    Pass("holds of visits", lapse, limit=1000, next_due=next_lapse),
    Pass("visits that are over", close, limit=1000, every_seconds=60.0),
]
