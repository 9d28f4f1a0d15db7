"""A salon's time as it stands, read once and kept while its version is the same.

One number says whether anything changed: `Salon.version`, which grows in the transaction of every change of shifts, services or of
what is taken. It is read before the rows are, so that what is kept is never older than the version it is kept under. What is held for
somebody becomes free by itself, without a change: what is kept is good until the first hold ends.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from kaeru.appointments.slots import rules
from kaeru.appointments.slots.rules import Need
from kaeru.core import scope, sql

KEPT_SALONS = 5_000
"""In each process; two weeks of eight people and six chairs are about 15 kB."""
LEAST_DAYS = 14
"""So many days are read at least."""
MOST_DAYS = 100
"""So many are kept together at most."""


class NotThere(LookupError):
    """There is no such salon, service or staff member in the organization in scope."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the salon lets its clients choose among."""

    version: int
    zone: str
    grid_minutes: int
    days_ahead: int
    notice_minutes: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A service with what it needs of each who can do it, in the salon's order."""

    is_online: bool
    is_active: bool
    needs: dict[int, Need]


@dataclass(slots=True)
class Time:
    """One salon's time between two days, a bit for each five minutes."""

    terms: Terms
    first: date
    days: int
    base: int
    """The step of bit 0."""
    count: int
    shifts: dict[int, int]
    """By active resource: when it can be booked at all."""
    free: dict[int, int]
    """By active resource: what is left of that."""
    chairs: dict[str, tuple[int, ...]]
    """Resources by kind (`chair`, `room`), in the salon's order."""
    good_until: datetime | None
    services: dict[int, Offered] = field(default_factory=dict)
    answers: dict[Any, Any] = field(default_factory=dict)
    """What was worked out from it."""

    def covers(self, first: date, days: int) -> bool:
        """Whether these days lie within."""
        return self.first <= first and first + timedelta(days=days) <= self.first + timedelta(days=self.days)


_kept: OrderedDict[int, Time] = OrderedDict()
_lock = threading.Lock()


def forget(shop_id: int | None = None) -> None:
    """Keep nothing of this salon, or of any: for tests and benches."""
    with _lock:
        if shop_id is None:
            _kept.clear()
        else:
            _kept.pop(shop_id, None)


def look(shop_id: int, service_id: int, first: date, days: int, now: datetime) -> tuple[Time, Offered]:
    """The salon's time of these days as it stands, and the service. Raises NotThere.

    One statement where it is kept and stands; two where nothing is kept.
    """
    time = _kept.get(shop_id)
    offered = time.services.get(service_id) if time else None
    is_good = time is not None and time.covers(first, days) and (time.good_until is None or now < time.good_until)
    if is_good and time is not None and offered is not None and _version(shop_id) == time.terms.version:
        return time, offered
    terms, offered = _read_service(shop_id, service_id)
    if time is None or not is_good or time.terms.version != terms.version:
        time = _read_time(shop_id, terms, *_window(time, first, days), now)
        with _lock:
            _kept[shop_id] = time
            _kept.move_to_end(shop_id)
            while len(_kept) > KEPT_SALONS:
                _kept.popitem(last=False)
    time.services[service_id] = offered
    return time, offered


def zone_of(shop_id: int) -> str:
    """The salon's time zone, which never changes. Raises NotThere."""
    time = _kept.get(shop_id)
    if time is not None:
        return time.terms.zone
    wall, values = _wall("organization_id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT timezone FROM tenants_shop WHERE id = %s{wall}", [shop_id, *values])
        row = cursor.fetchone()
    if row is None:
        raise NotThere(f"shop {shop_id}")
    return str(row[0])


def own(booking_id: int, time: Time) -> dict[int, int]:
    """What a visit itself takes, by resource: free for somebody who moves it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT resource_id, {_seconds('starts_at')}, {_seconds('ends_at')} FROM appointments_occupancy WHERE booking_id = %s",
            [booking_id],
        )
        rows = cursor.fetchall()
    found: dict[int, int] = {}
    for resource, start, end in rows:
        found[resource] = found.get(resource, 0) | rules.bits(_clipped([(start, end)], time.base, time.count))
    return {resource: taken & time.shifts.get(resource, 0) for resource, taken in found.items()}


def _window(time: Time | None, first: date, days: int) -> tuple[date, int]:
    """What to read: the days asked for, with those that were kept as long as they are not too many together."""
    days = max(days, LEAST_DAYS)
    if time is None:
        return first, days
    start = min(first, time.first)
    end = max(first + timedelta(days=days), time.first + timedelta(days=time.days))
    return (start, (end - start).days) if (end - start).days <= MOST_DAYS else (first, days)


def _wall(column: str) -> tuple[str, list[Any]]:
    owner = scope.current()
    return ("", []) if owner is None else (f" AND {column} = %s", [owner])


def _version(shop_id: int) -> int | None:
    wall, values = _wall("organization_id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT version FROM appointments_salon WHERE shop_id = %s{wall}", [shop_id, *values])
        row = cursor.fetchone()
    return row[0] if row else None


def _read_service(shop_id: int, service_id: int) -> tuple[Terms, Offered]:
    wall, values = _wall("a.organization_id")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.version, p.timezone, a.grid_minutes, a.days_ahead, a.notice_minutes, s.is_online, s.is_active, s.stages,"
            " s.cleanup_minutes, s.needs, k.staff_id, k.stages FROM appointments_salon a JOIN tenants_shop p ON p.id = a.shop_id"
            " JOIN appointments_service s ON s.shop_id = a.shop_id LEFT JOIN (appointments_skill k JOIN appointments_resource r"
            " ON r.id = k.staff_id AND r.is_active) ON k.service_id = s.id"
            f" WHERE a.shop_id = %s AND s.id = %s{wall} ORDER BY r.position, r.id",
            [shop_id, service_id, *values],
        )
        rows = cursor.fetchall()
    if not rows:
        raise NotThere(f"service {service_id} of shop {shop_id}")
    *terms, is_online, is_active, stages, cleanup, kind, _, _ = rows[0]
    usual = rules.need(json.loads(stages), cleanup, kind)
    needs = {
        row[10]: usual if row[11] in {None, "null"} else rules.need(json.loads(row[11]), cleanup, kind)
        for row in rows
        if row[10] is not None
    }
    return Terms(*terms), Offered(bool(is_online), bool(is_active), needs)


def _seconds(column: str) -> str:
    """Seconds since 1970 of a moment, as a whole number."""
    return (
        f"extract(epoch from {column})::bigint" if sql.is_postgres() else f"CAST(strftime('%%s', {column}) AS INTEGER)"
    )


def _read_time(shop_id: int, terms: Terms, first: date, days: int, now: datetime) -> Time:
    base = rules.midnight(first, terms.zone)
    count = (
        rules.midnight(first + timedelta(days=days), terms.zone) - base + rules.LONGEST_MINUTES // rules.STEP_MINUTES
    )
    after, before = (sql.moment(rules.moment_of(step)) for step in (base, base + count))
    starts, ends = _seconds("starts_at"), _seconds("ends_at")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, id, position, CAST(NULL AS bigint), CAST(NULL AS bigint) FROM appointments_resource WHERE shop_id = %s AND is_active"
            f" UNION ALL SELECT '', resource_id, {starts}, {ends}, CAST(NULL AS bigint) FROM appointments_shift"
            " WHERE shop_id = %s AND ends_at > %s AND starts_at < %s"
            f" UNION ALL SELECT '-', resource_id, {starts}, {ends}, {_seconds('hold_until')} FROM appointments_occupancy"
            " WHERE shop_id = %s AND ends_at > %s AND starts_at < %s",
            [shop_id, shop_id, after, before, shop_id, after, before],
        )
        rows = cursor.fetchall()
    return _time(terms, first, days, base, count, rows, now)


def _time(
    terms: Terms, first: date, days: int, base: int, count: int, rows: Iterable[tuple[Any, ...]], now: datetime
) -> Time:
    told = now.timestamp()
    places: list[tuple[int, int, str]] = []
    shifts: dict[int, list[tuple[int, int]]] = {}
    taken: dict[int, list[tuple[int, int]]] = {}
    ending: int | None = None
    for kind, resource, start, end, hold in rows:
        if kind == "":
            shifts.setdefault(resource, []).append((start, end))
        elif kind != "-":
            places.append((start, resource, kind))
        elif hold is None or hold > told:
            taken.setdefault(resource, []).append((start, end))
            if hold is not None and (ending is None or hold < ending):
                ending = hold
    places.sort()
    open_bits = {one: rules.bits(_inside(shifts.get(one, ()), base, count)) for _, one, _ in places}
    free = {one: found & ~rules.bits(_clipped(taken.get(one, ()), base, count)) for one, found in open_bits.items()}
    chairs = {name: tuple(one for _, one, kind in places if kind == name) for name in ("chair", "room")}
    until = None if ending is None else rules.moment_of(0) + timedelta(seconds=ending)
    return Time(terms, first, days, base, count, open_bits, free, chairs, until)


def _inside(spans: Iterable[tuple[int, int]], base: int, count: int) -> list[tuple[int, int]]:
    """Shifts, in steps that lie wholly within them."""
    found = []
    for start, end in spans:
        span = max(0, -(-start // rules.STEP_SECONDS) - base), min(count, end // rules.STEP_SECONDS - base)
        if span[0] < span[1]:
            found.append(span)
    return found


def _clipped(spans: Iterable[tuple[int, int]], base: int, count: int) -> list[tuple[int, int]]:
    """What is taken, in all steps that it touches."""
    found = []
    for start, end in spans:
        span = max(0, start // rules.STEP_SECONDS - base), min(count, -(-end // rules.STEP_SECONDS) - base)
        if span[0] < span[1]:
            found.append(span)
    return found
