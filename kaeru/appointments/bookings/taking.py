"""Taking time and giving it back, behind the salon's lock: the only place that writes what is taken.

The exclusion constraint (SQLite: triggers) is the judge, INSERT … ON CONFLICT DO NOTHING is the way to ask it, and the number of rows
written is the answer. The lock only keeps writers of one salon from waiting for each other in a circle: code that forgets it is slower,
not wrong.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import F

from kaeru.appointments.bookings.models import Booking, BookingState, Occupancy
from kaeru.appointments.bookings.rules import Candidate
from kaeru.appointments.salons.models import Salon
from kaeru.core import ids, sql

_LOCK = 1 << 62
"""Added to the shop's key, so that the lock is the salon's alone (keys reach this bit in the year 2059)."""
_COLUMNS = "id, organization_id, shop_id, resource_id, booking_id, starts_at, ends_at, hold_until, note"
Row = tuple[int, datetime, datetime]
"""Resource, from, to."""


def lock(shop_id: int) -> None:
    """Until the transaction ends nobody else books, moves or frees in this salon. Salons do not wait for each other."""
    sql.one_at_a_time(shop_id | _LOCK)


def rows_of(way: tuple[Candidate, int | None]) -> list[Row]:
    """What the visit takes of its staff member and of its chair, in the order in which everybody writes: resource, start."""
    one, chair = way
    rows = [(one.staff_id, span.starts_at, span.ends_at) for span in one.takes.staff]
    if chair is not None:
        rows.append((chair, one.takes.whole.starts_at, one.takes.whole.ends_at))
    return sorted(rows)


def take(
    organization_id: int, shop_id: int, booking_id: int | None, rows: Sequence[Row], hold_until: datetime | None = None, note: str = ""
) -> bool:  # fmt: skip
    """Take all of the rows or none; returns whether they are taken. Under `lock`."""
    values: list[object] = []
    for key, (resource, starts_at, ends_at) in zip(ids.new_ids(len(rows)), sorted(rows), strict=True):
        values += [
            key, organization_id, shop_id, resource, booking_id, sql.moment(starts_at), sql.moment(ends_at), sql.moment(hold_until), note,
        ]  # fmt: skip
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES {marks} ON CONFLICT DO NOTHING", values)
        if cursor.rowcount == len(rows):
            return True
        if cursor.rowcount:
            keys = values[0::9]
            among, chosen = sql.among("id", keys)  # type: ignore[arg-type]
            cursor.execute(f"DELETE FROM {_TABLE} WHERE {among}", chosen)
    return False


_TABLE = Occupancy._meta.db_table


def free(booking_ids: Iterable[int]) -> int:
    """Give back all that these visits take; returns how many rows. Under `lock`."""
    return Occupancy.objects.filter(booking_id__in=list(booking_ids)).delete()[0]


def lapse(booking_ids: Iterable[int], now: datetime) -> list[Booking]:
    """Of these visits, those that are held and whose time to settle is over lose their time; returns them. Under `lock`."""
    held = Booking.objects.filter(id__in=list(booking_ids), state=BookingState.HELD, hold_until__lte=now)
    over = list(held.select_for_update(no_key=True).order_by("id"))
    if over:
        keys = [one.id for one in over]
        Booking.objects.filter(id__in=keys).update(state=BookingState.LAPSED, ended_at=now, ended_by="time")
        Occupancy.objects.filter(booking_id__in=keys).delete()
    return over


def changed(shop_id: int) -> None:
    """The salon's calendar is another one now: what was worked out before is worked out anew.

    It grows by more than one, so that a number which a transaction saw and took back is hardly ever given again: what was kept under
    it would pass for what stands.
    """
    Salon.objects.filter(shop_id=shop_id).update(version=F("version") + 1 + secrets.randbelow(1 << 16))
