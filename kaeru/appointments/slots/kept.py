"""A salon's time as it stands, read once and kept while its version is the same.

One number says whether anything changed: `Salon.version`, which grows in the transaction of every change of shifts, services or of
what is taken. It is read before the rows are, so that what is kept is never older than the version it is kept under. What is held for
somebody becomes free by itself, without a change: what is kept is good until the first hold ends.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from kaeru.appointments.salons import menu as menus
from kaeru.appointments.salons.menu import Member, Menu
from kaeru.appointments.slots import rules
from kaeru.appointments.slots.rules import Need
from kaeru.core import scope, sql

KEPT_SALONS = 5_000
"""In each process; two weeks of eight people and six chairs are about 15 kB."""
LEAST_DAYS = 14
"""So many days are read at least."""
MOST_DAYS = 100
"""So many are kept together at most."""

MOST_MOMENTS = 50_000
"""Whose steps are remembered."""
LONGEST_SHIFT = 2 * 24 * 60 // rules.STEP_MINUTES
"""In steps: no shift is longer than two days."""


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
    kinds: frozenset[str]
    """What it takes: staff, and chair or room."""


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
    kinds: frozenset[str] = frozenset({"staff"})
    """What was read: chairs and rooms only when a service asked for them."""
    services: dict[int, Offered] = field(default_factory=dict)
    answers: dict[Any, Any] = field(default_factory=dict)
    """What was worked out from it."""

    def covers(self, first: date, days: int, kinds: frozenset[str]) -> bool:
        """Whether these days lie within, and these resources were read."""
        return (
            kinds <= self.kinds
            and self.first <= first
            and first + timedelta(days=days) <= self.first + timedelta(days=self.days)
        )


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
    if time is not None and time.good_until is not None and time.good_until <= now:
        time = None
    offered = time.services.get(service_id) if time else None
    if time and offered and time.covers(first, days, offered.kinds) and _version(shop_id) == time.terms.version:
        return time, offered
    menu = menus.read(shop_id, service_id)
    if menu is None:
        raise NotThere(f"service {service_id} of shop {shop_id}")
    terms = Terms(menu.version, menu.zone, menu.grid_minutes, menu.days_ahead, menu.notice_minutes)
    offered = _offered(menu)
    if time is None or time.terms.version != terms.version or not time.covers(first, days, offered.kinds):
        kinds = offered.kinds | time.kinds if time else offered.kinds
        places = [one for one in menu.members if one.kind in kinds]
        time = _read_time(shop_id, terms, *_window(time, first, days), kinds, places, now)
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
    wall, values = _wall("organization_id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1, resource_id, {_moment('starts_at')}, {_moment('ends_at')}, NULL FROM appointments_occupancy"
            f" WHERE booking_id = %s{wall} AND ends_at > %s AND starts_at < %s",
            [booking_id, *values, *(sql.moment(rules.moment_of(step)) for step in (time.base, time.base + time.count))],
        )
        rows = cursor.fetchall()
    _, taken, _ = _spread(rows, time.shifts, time.base, time.count, 0)
    return {resource: bits & time.shifts[resource] for resource, bits in taken.items() if bits}


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


def _offered(menu: Menu) -> Offered:
    usual = rules.need(menu.stages, menu.cleanup_minutes, menu.needs)
    needs = {
        one.id: rules.need(one.stages, menu.cleanup_minutes, menu.needs) if one.stages else usual
        for one in menu.members
        if one.can
    }
    return Offered(menu.is_online, menu.is_active, needs, frozenset({"staff", menu.needs} - {""}))


class _Steps(dict[str, int]):
    """Moments as SQLite keeps them, in steps: the same few thousand quarter hours again and again."""

    def __init__(self, step: Callable[[datetime], int]) -> None:
        super().__init__()
        self._step = step

    def __missing__(self, text: str) -> int:
        if len(self) > MOST_MOMENTS:
            self.clear()
        found = self[text] = self._step(sql.read_moment(text))
        return found


_down, _up = _Steps(rules.step_of), _Steps(rules.step_after)


def _moment(column: str) -> str:
    """A moment as it is read most quickly: seconds since 1970, or SQLite's own text (of a bare column Django makes a moment)."""
    return f"date_part('epoch', {column})::bigint" if sql.is_postgres() else f"+{column}"


def _read_time(
    shop_id: int, terms: Terms, first: date, days: int, kinds: frozenset[str], places: Sequence[Member], now: datetime
) -> Time:
    base = rules.midnight(first, terms.zone)
    count = (
        rules.midnight(first + timedelta(days=days), terms.zone) - base + rules.LONGEST_MINUTES // rules.STEP_MINUTES
    )
    edges = base, base + count, base + count + LONGEST_SHIFT
    after, before, longest = (sql.moment(rules.moment_of(step)) for step in edges)
    starts, ends = _moment("starts_at"), _moment("ends_at")
    with connection.cursor() as cursor:
        among, ids = sql.among("+resource_id", [one.id for one in places])
        cursor.execute(
            f"SELECT 0, resource_id, {starts}, {ends}, NULL FROM appointments_shift"
            f" WHERE shop_id = %s AND ends_at BETWEEN %s AND %s AND starts_at < %s AND {among}"
            f" UNION ALL SELECT 1, resource_id, {starts}, {ends}, {_moment('hold_until')} FROM appointments_occupancy"
            f" WHERE shop_id = %s AND ends_at > %s AND starts_at < %s AND {among}",
            [shop_id, after, longest, before, *ids, shop_id, after, before, *ids],
        )
        rows = cursor.fetchall()
    shifts, taken, ending = _spread(rows, [one.id for one in places], base, count, now.timestamp())
    free = {one: found & ~taken[one] for one, found in shifts.items()}
    chairs = {name: tuple(one.id for one in places if one.kind == name) for name in kinds}
    until = None if ending is None else datetime.fromtimestamp(ending, UTC)
    return Time(terms, first, days, base, count, shifts, free, chairs, until, kinds)


def _spread(
    rows: Iterable[tuple[Any, ...]], resources: Iterable[int], base: int, count: int, now: float
) -> tuple[dict[int, int], dict[int, int], float | None]:
    """Shifts and what is taken as bits, by resource, and when the first hold ends (seconds since 1970).

    Rows are (0 for a shift or 1, resource, from, to, held until). A shift counts with the steps that lie wholly within it, what is
    taken with all that it touches.
    """
    shifts = dict.fromkeys(resources, 0)
    taken = dict.fromkeys(shifts, 0)
    ending: float | None = None
    down: Callable[[Any], int]
    up: Callable[[Any], int]
    if sql.is_postgres():
        size = rules.STEP_SECONDS
        down, up = (lambda seconds: seconds // size), (lambda seconds: -(-seconds // size))
    else:
        down, up = _down.__getitem__, _up.__getitem__
    for is_taken, resource, starts_at, ends_at, hold in rows:
        if resource not in shifts:
            continue
        if hold is not None:
            until = hold if sql.is_postgres() else sql.read_moment(hold).timestamp()
            if until <= now:
                continue
            ending = until if ending is None else min(ending, until)
        if is_taken:
            start, end, home = down(starts_at) - base, up(ends_at) - base, taken
        else:
            start, end, home = up(starts_at) - base, down(ends_at) - base, shifts
        if start < 0:
            start = 0
        if end > count:
            end = count
        if start < end:
            home[resource] |= (1 << end) - (1 << start)
    return shifts, taken, ending
