"""Taking time and giving it back, behind the salon's lock: the only place that writes what is taken.

The exclusion constraint (SQLite: triggers) is the judge, INSERT … ON CONFLICT DO NOTHING is the way to ask it, and the number of rows
written is the answer. The lock only keeps writers of one salon from waiting for each other in a circle: code that forgets it is slower,
not wrong.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from kaeru.appointments.bookings.models import Booking, BookingState, Occupancy
from kaeru.appointments.bookings.rules import Candidate
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
    values: list[Any] = []
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
            among, chosen = sql.among("id", keys)
            cursor.execute(f"DELETE FROM {_TABLE} WHERE {among}", chosen)
    return False


_TABLE = Occupancy._meta.db_table


def free(booking_ids: Sequence[int]) -> int:
    """Give back all that these visits take; returns how many rows. Under `lock`."""
    among, chosen = sql.among("booking_id", booking_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_TABLE} WHERE {among}", chosen)
        return int(cursor.rowcount)


def keep(booking_id: int) -> None:
    """What the visit takes is taken for good. Under `lock`."""
    Occupancy.objects.filter(booking_id=booking_id).update(hold_until=None)


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
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE appointments_salon SET version = version + %s WHERE shop_id = %s",
            [1 + secrets.randbelow(1 << 16), shop_id],
        )


def write(row: Booking, fields: Mapping[str, Any]) -> None:
    """Change these columns of the visit, in the row and in the database. Under `lock`."""
    columns, values = [], []
    for name, value in fields.items():
        setattr(row, name, value)
        column = Booking._meta.get_field(name.removesuffix("_id") if name in ("staff_id", "chair_id") else name)
        columns.append(f"{column.attname} = %s")  # type: ignore[union-attr]
        values.append(column.get_db_prep_save(value, connection))  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE appointments_booking SET {', '.join(columns)} WHERE id = %s", [*values, row.id])


def still(row: Booking) -> Booking:
    """The visit behind its salon's lock: as it was read, or as it stands now when somebody changed it meanwhile.

    Raises Booking.DoesNotExist. The row stays so until the transaction ends.
    """
    lock(row.shop_id)
    own = " FOR NO KEY UPDATE" if sql.is_postgres() else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, starts_at, staff_id, changes, hold_until, customer_id, confirmed_at IS NULL FROM appointments_booking"
            f" WHERE id = %s{own}",
            [row.id],
        )
        found = cursor.fetchone()
    if found is None:
        raise Booking.DoesNotExist
    state, starts_at, staff, changes, hold_until, customer, is_open = found
    now = (
        state,
        sql.read_moment(starts_at),
        staff,
        changes,
        hold_until and sql.read_moment(hold_until),
        customer,
        bool(is_open),
    )
    was = row.state, row.starts_at, row.staff_id, row.changes, row.hold_until, row.customer_id, row.confirmed_at is None
    return row if now == was else Booking.objects.get(id=row.id)
