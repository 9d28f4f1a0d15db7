"""Looking without a lock: who could have this visit, on which chair, as things stand. A few statements, however large the salon.

Most who come too late are told so by the first glance, which is one short statement, and never queue. What is seen may be old a moment
later: the judge in the database decides.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from kaeru.appointments.bookings import rules
from kaeru.appointments.bookings.rules import Candidate, Span
from kaeru.appointments.errors import NotOffered, Taken
from kaeru.appointments.salons import menu as menus
from kaeru.appointments.salons.menu import Menu
from kaeru.appointments.slots import rules as steps
from kaeru.core import clock, sql

LONGEST_SHIFT = timedelta(hours=48)


def menu(shop_id: int, service_id: int) -> Menu:
    """The service as this shop offers it now. Raises NotOffered("service"); one that is taken off the menu is told by `is_active`."""
    found = menus.read(shop_id, service_id)
    if found is None:
        raise NotOffered("service")
    return found


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


_GLANCE = """SELECT r.id, COALESCE(k.stages, se.stages), se.stages, se.cleanup_minutes, o.starts_at, o.ends_at, o.hold_until
FROM appointments_service se
JOIN appointments_skill k ON k.service_id = se.id
JOIN appointments_resource r ON r.id = k.staff_id AND r.is_active
LEFT JOIN appointments_occupancy o ON o.id =
  (SELECT n.id FROM appointments_occupancy n WHERE n.resource_id = k.staff_id AND n.ends_at > %s ORDER BY n.ends_at LIMIT 1)
WHERE se.id = %s AND se.shop_id = %s AND se.is_active"""


def glance(shop_id: int, service_id: int, starts_at: datetime, staff_id: int | None) -> None:
    """Raises Taken when everybody who can is busy as the visit begins: most who come too late, for the price of one short statement."""
    text, values = _GLANCE, [sql.moment(starts_at), service_id, shop_id]
    if staff_id is not None:
        text, values = f"{text} AND k.staff_id = %s", [*values, staff_id]
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows = cursor.fetchall()
    now = clock.now()
    for _, own, usual, cleanup, begins, ends, hold_until in rows:
        if begins is None or (hold_until is not None and sql.read_moment(hold_until) <= now):
            return
        stages = _json(own) or _json(usual)
        taken = Span(sql.read_moment(begins), sql.read_moment(ends))
        if not any(taken.overlaps(span) for span in rules.spans(stages, cleanup, starts_at).staff):
            return
    if rows:
        raise Taken


def check_wish(menu: Menu, starts_at: datetime) -> None:
    """What binds clients, and not the salon: notice, days ahead, on five minutes, what can be booked online. Raises NotOffered."""
    now = clock.now()
    if not menu.is_active:
        raise NotOffered("service")
    if not menu.is_online:
        raise NotOffered("online")
    if starts_at <= now:
        raise NotOffered("past")
    if starts_at.minute % 5 or starts_at.second or starts_at.microsecond:
        raise NotOffered("grid")
    if starts_at < now + timedelta(minutes=menu.notice_minutes):
        raise NotOffered("notice")
    zone = ZoneInfo(menu.zone)
    if starts_at.astimezone(zone).date() >= now.astimezone(zone).date() + timedelta(days=menu.days_ahead):
        raise NotOffered("far")


Ways = Sequence[tuple[Candidate, int | None]]
"""Who could have the visit on which chair (None: it needs none), in the order in which to try."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is possible, and the visits held there whose time to settle is over: they are to be cleared away first."""

    ways: Ways
    dead: frozenset[int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit to find a place for."""

    shop_id: int
    candidates: tuple[Candidate, ...]
    chairs: tuple[int, ...] | None
    is_bound: bool
    """Shifts bind it."""
    day: tuple[date, datetime, datetime] | None = None
    """Several could do it and nobody is asked for: the one with the least to do on this day (from, to) first."""
    ignoring: int | None = None
    """Key of a visit whose own time counts as free."""


def ask(
    menu: Menu, starts_at: datetime, staff: Sequence[int] | None, *, is_bound: bool, kept: tuple[int, rules.Stages, int] | None = None,
    ignoring: int | None = None,
) -> Asked:  # fmt: skip
    """Candidates for the visit: `staff` in this order, or whoever can. `kept` is (staff, stages, clean-up) of the visit as it was booked.

    Raises NotOffered: staff (nobody, or not these), service (no chair of the kind).
    """
    if staff is None:
        chosen = [one for one in menu.members if one.kind == "staff" and one.can]
    else:
        found = [menu.member(key) for key in staff]
        chosen = [
            one for one in found if one and one.kind == "staff" and (one.can or not is_bound or (kept and kept[0] == one.id))
        ]  # fmt: skip
    if not chosen:
        raise NotOffered("staff")
    candidates = []
    for one in chosen:
        is_same = kept is not None and kept[0] == one.id
        stages = kept[1] if kept and is_same else one.stages or menu.stages
        cleanup = kept[2] if kept and is_same else menu.cleanup_minutes
        candidates.append(Candidate(one.id, stages, rules.spans(stages, cleanup, starts_at)))
    if menu.chairs == ():
        raise NotOffered("service")
    day = _day(starts_at, menu.zone) if staff is None and len(candidates) > 1 else None
    return Asked(menu.shop_id, tuple(candidates), menu.chairs, is_bound, day, ignoring)


def _day(moment: datetime, zone: str) -> tuple[date, datetime, datetime]:
    day = moment.astimezone(ZoneInfo(zone)).date()
    ((_, begin, end),) = steps.days_of(day, 1, zone)
    return day, steps.moment_of(begin), steps.moment_of(end)


def look(asked: Asked) -> Seen:
    """As things stand now. Raises Taken, NotOffered("closed")."""
    first = min(one.takes.whole.starts_at for one in asked.candidates)
    last = max(one.takes.reach.ends_at for one in asked.candidates)
    keys = [one.staff_id for one in asked.candidates] + list(asked.chairs or ())
    begin, end = (min(first, asked.day[1]), max(last, asked.day[2])) if asked.day else (first, last)
    taken, dead, shifts = _times(keys, begin, end, asked)
    candidates = asked.candidates
    if asked.day:
        day, *span = asked.day
        sold = {one.staff_id: rules.minutes_taken(taken[one.staff_id], Span(*span)) for one in candidates}
        by_key = {one.staff_id: one for one in candidates}
        candidates = tuple(by_key[key] for key in steps.fairest(list(by_key), sold, day))
    found, why = rules.possible(candidates, asked.chairs, shifts, taken)
    if why == "closed":
        raise NotOffered("closed")
    if why:
        raise Taken(why)
    return Seen(tuple(found), frozenset(key for key, span in dead if span.overlaps(Span(first, last))))


_TIMES = """SELECT 0, resource_id, starts_at, ends_at, booking_id, hold_until FROM appointments_occupancy
  WHERE {among} AND ends_at > %s AND ends_at <= %s
UNION ALL
SELECT 0, resource_id, starts_at, ends_at, booking_id, hold_until FROM appointments_occupancy WHERE id IN
  (SELECT (SELECT o.id FROM appointments_occupancy o WHERE o.resource_id = r.id AND o.ends_at > %s ORDER BY o.ends_at LIMIT 1)
   FROM appointments_resource r WHERE {among_r}) AND starts_at < %s"""
"""What is taken between two moments: spans that end inside, and of each resource the first that ends later, if it begins before
(spans of one resource do not overlap). Both walk the index on (resource, end)."""
_SHIFTS = """ UNION ALL SELECT 1, resource_id, starts_at, ends_at, NULL, NULL FROM appointments_shift
  WHERE {among} AND starts_at < %s AND starts_at > %s AND ends_at > %s"""


def _times(
    keys: list[int], first: datetime, last: datetime, asked: Asked
) -> tuple[dict[int, list[Span]], list[tuple[int, Span]], dict[int, list[Span]] | None]:
    """Taken spans by resource, dead holds (booking, span), shifts by resource (None: they do not bind)."""
    among, chosen = sql.among("resource_id", keys)
    among_r, _ = sql.among("r.id", keys)
    low, high = sql.moment(first), sql.moment(last)
    text, values = _TIMES.format(among=among, among_r=among_r), [*chosen, low, high, high, *chosen, high]
    if asked.is_bound:
        text += _SHIFTS.format(among=among)
        values += [*chosen, high, sql.moment(first - LONGEST_SHIFT), low]
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows = cursor.fetchall()
    now = clock.now()
    taken: dict[int, list[Span]] = defaultdict(list)
    shifts: dict[int, list[Span]] = defaultdict(list)
    dead: list[tuple[int, Span]] = []
    for kind, key, begins, ends, booking_id, hold_until in rows:
        span = Span(sql.read_moment(begins), sql.read_moment(ends))
        if kind:
            shifts[key].append(span)
        elif booking_id is not None and booking_id == asked.ignoring:
            continue
        elif hold_until is not None and sql.read_moment(hold_until) <= now:
            dead.append((booking_id, span))
        else:
            taken[key].append(span)
    return taken, dead, shifts if asked.is_bound else None
