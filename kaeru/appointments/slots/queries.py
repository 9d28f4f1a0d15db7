"""Free starts as a client, a stylist or a program asks for them.

What is shown is real at the moment it is read; who takes a start is settled by `bookings.actions.book`, which asks the database.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from kaeru.appointments.slots import kept, rules
from kaeru.appointments.slots.kept import NotThere as NotThere
from kaeru.appointments.slots.kept import Offered, Time
from kaeru.appointments.slots.rules import Need
from kaeru.core import clock

MOST_DAYS = kept.MOST_DAYS
MOST_ANSWERS = 500
"""Of one salon, kept together."""
_REACHES = (2, 7, 21, 49)
"""So many days to both sides are looked at for the nearest starts, one after another until there are enough."""
_AFTER = [timedelta(minutes=rules.STEP_MINUTES * step) for step in range(60 * 60 // rules.STEP_MINUTES)]
"""So long after midnight each step of a day begins; the longest day of a clock has 50 hours."""


class Start(NamedTuple):
    """One free start."""

    at: datetime
    """UTC."""
    staff: tuple[int, ...]
    """Who can (`Resource.id`), the fairest first: who has least to do that day."""


class Free(NamedTuple):
    """All free starts of some days, in order."""

    version: int
    """`Salon.version`: while it stands, so does this."""
    starts: tuple[Start, ...]


class Fit(NamedTuple):
    """Who and what is free for one start."""

    staff: tuple[int, ...]
    """As in Start."""
    chairs: tuple[int, ...]
    """Chairs or rooms that are free throughout, in the salon's order; empty also when the service needs none."""


def free(
    shop_id: int,
    service_id: int,
    first: date,
    days: int,
    *,
    staff_id: int | None = None,
    ignoring: int | None = None,
    is_online: bool = True,
) -> Free:
    """Free starts on these days of the salon's wall clock (`first` included, up to MOST_DAYS), on its grid, from now on.

    `staff_id`: with this person only. `ignoring`: a visit (`Booking.id`) whose own time counts as free, for moving it.
    `is_online`: as clients may choose: with the salon's notice, days ahead, and only services that are offered online.
    Raises NotThere, and ValueError for other numbers of days.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"1 to {MOST_DAYS} days")
    now = clock.now()
    time, offered = kept.look(shop_id, service_id, first, days, now)
    if not _is_offered(offered, is_online=is_online):
        return Free(time.terms.version, ())
    key = service_id, staff_id, first, days
    known: tuple[Start, ...] | None = None if ignoring is not None else time.answers.get(key)
    if known is None:
        known = work_out(time, service_id, offered, first, days, staff_id=staff_id, ignoring=ignoring)
        if ignoring is None:
            if len(time.answers) >= MOST_ANSWERS:
                time.answers.clear()
            time.answers[key] = known
    after, before = _limits(time, now, is_online=is_online)
    low, high = (bisect_left(known, moment, key=_at) for moment in (after, before))
    return Free(time.terms.version, known if high - low == len(known) else known[low:high])


def nearest(
    shop_id: int,
    service_id: int,
    around: datetime,
    most: int,
    *,
    staff_id: int | None = None,
    ignoring: int | None = None,
    is_online: bool = True,
) -> list[Start]:
    """Up to `most` free starts nearest in time to `around`, nearest first, from now on; of equally near ones another day first.

    With `ignoring` the very time `around` is left out: whoever moves a visit wants another. Raises NotThere.
    """
    chosen: list[Start] = []
    zone = ZoneInfo(kept.zone_of(shop_id))
    middle = around.astimezone(zone).date()
    for reach in _REACHES:
        first = max(middle - timedelta(days=reach), clock.now().astimezone(zone).date())
        last = max(middle, first) + timedelta(days=reach)
        found = free(
            shop_id,
            service_id,
            first,
            (last - first).days + 1,
            staff_id=staff_id,
            ignoring=ignoring,
            is_online=is_online,
        ).starts
        chosen = choose_nearest([one for one in found if ignoring is None or one.at != around], around, most)
        if len(chosen) >= most and abs(chosen[-1].at - around) <= timedelta(days=reach):
            break
    return chosen


def choose_nearest(found: Sequence[Start], around: datetime, most: int) -> list[Start]:
    """Of these starts the `most` nearest; of equally near ones that on a day (of UTC) from which fewer were chosen, then the earlier."""
    waiting = sorted(found, key=lambda one: (abs(one.at - around), one.at))
    chosen: list[Start] = []
    while waiting and len(chosen) < most:
        distance = abs(waiting[0].at - around)
        equal = [one for one in waiting[:4] if abs(one.at - around) == distance]
        best = min(equal, key=lambda one: sum(1 for was in chosen if was.at.date() == one.at.date()))
        waiting.remove(best)
        chosen.append(best)
    return chosen


def fit(
    shop_id: int,
    service_id: int,
    starts_at: datetime,
    *,
    staff_id: int | None = None,
    ignoring: int | None = None,
    is_online: bool = True,
) -> Fit | None:
    """Who could take a visit at this start, or None: a look without a lock.

    Without `is_online` every minute within shifts is a start; one that is no multiple of five minutes counts with all the steps of five
    minutes that it touches, so that it may be refused although it would just fit. Raises NotThere.
    """
    now = clock.now()
    day = starts_at.astimezone(ZoneInfo(kept.zone_of(shop_id))).date()
    time, offered = kept.look(shop_id, service_id, day, 1, now)
    if not _is_offered(offered, is_online=is_online):
        return None
    limits = _limits(time, now, is_online=is_online)
    return _fit(time, offered, _free(time, ignoring), starts_at, limits, staff_id=staff_id, is_online=is_online)


def _fit(
    time: Time,
    offered: Offered,
    free_now: dict[int, int],
    starts_at: datetime,
    limits: tuple[datetime, datetime],
    *,
    staff_id: int | None,
    is_online: bool,
) -> Fit | None:
    if not limits[0] <= starts_at < limits[1]:
        return None
    place = rules.step_of(starts_at) - time.base
    late = int(rules.moment_of(place + time.base) != starts_at)
    """1: it begins within the step, so everything reaches into one step more."""
    if is_online and (late or not _grid(time) >> place & 1):
        return None
    able: list[int] = []
    chairs: tuple[int, ...] = ()
    for one, need in offered.needs.items():
        if staff_id not in {None, one} or not all(
            _has(free_now.get(one, 0), place + start, end - start + late) for start, end in need.busy
        ):
            continue
        seats = tuple(c for c in time.chairs.get(need.kind, ()) if _has(free_now[c], place, need.chair + late))
        if need.chair and not seats:
            continue
        able.append(one)
        chairs = chairs or seats
    day = starts_at.astimezone(ZoneInfo(time.terms.zone)).date()
    return Fit(tuple(rules.fairest(able, _sold(time, offered, day), day)), chairs) if able else None


def still_free(
    shop_id: int, service_id: int, wanted: Sequence[tuple[datetime, int]]
) -> frozenset[tuple[datetime, int]]:
    """Which of these (start, `Resource.id` of the staff member) a client could take now, in one look. Raises NotThere.

    Starts that lie more than MOST_DAYS after the first of them are left out.
    """
    if not wanted:
        return frozenset()
    now = clock.now()
    zone = ZoneInfo(kept.zone_of(shop_id))
    first = min(at for at, _ in wanted).astimezone(zone).date()
    days = {at: at.astimezone(zone).date() for at, _ in wanted}
    near = [one for one in wanted if (days[one[0]] - first).days < MOST_DAYS]
    time, offered = kept.look(shop_id, service_id, first, (max(days[at] for at, _ in near) - first).days + 1, now)
    if not _is_offered(offered, is_online=True):
        return frozenset()
    limits = _limits(time, now, is_online=True)
    return frozenset(
        (at, staff) for at, staff in near if _fit(time, offered, time.free, at, limits, staff_id=staff, is_online=True)
    )


def is_free(
    shop_id: int,
    service_id: int,
    starts_at: datetime,
    *,
    staff_id: int | None = None,
    ignoring: int | None = None,
    is_online: bool = True,
) -> bool:
    """Whether somebody could take a visit at this start: a look without a lock. Raises NotThere."""
    found = fit(shop_id, service_id, starts_at, staff_id=staff_id, ignoring=ignoring, is_online=is_online)
    return found is not None


def work_out(
    time: Time,
    service_id: int,
    offered: Offered,
    first: date,
    days: int,
    *,
    staff_id: int | None = None,
    ignoring: int | None = None,
) -> tuple[Start, ...]:
    """All free starts of these days in what was read, whatever the hour is now."""
    return tuple(_starts(time, _masks(time, service_id, offered, staff_id, ignoring), first, days))


def _at(start: Start) -> datetime:
    return start.at


def _has(free_bits: int, place: int, length: int) -> bool:
    wanted = (1 << length) - 1
    return free_bits >> place & wanted == wanted


def _is_offered(offered: Offered, *, is_online: bool) -> bool:
    return offered.is_active and (offered.is_online or not is_online)


def _limits(time: Time, now: datetime, *, is_online: bool) -> tuple[datetime, datetime]:
    """From when to before when starts are shown."""
    if not is_online:
        return now, datetime.max.replace(tzinfo=UTC)
    terms = time.terms
    today = now.astimezone(ZoneInfo(terms.zone)).date()
    end = rules.midnight(today + timedelta(days=terms.days_ahead), terms.zone)
    return now + timedelta(minutes=terms.notice_minutes), rules.moment_of(end)


def _grid(time: Time) -> int:
    return rules.grid(time.base, time.count, time.terms.grid_minutes, time.terms.zone)


def _free(time: Time, ignoring: int | None) -> dict[int, int]:
    if ignoring is None:
        return time.free
    own = kept.own(ignoring, time)
    return {one: left | own.get(one, 0) for one, left in time.free.items()}


def _masks(time: Time, service_id: int, offered: Offered, staff_id: int | None, ignoring: int | None) -> dict[int, int]:
    """The starts of each who can, with a chair and on the grid, as bits of `time`."""
    if ignoring is None and staff_id is None and service_id in time.answers:
        kept_masks: dict[int, int] = time.answers[service_id]
        return kept_masks
    free_now, grid = _free(time, ignoring), _grid(time)
    seats: dict[Need, int] = {}
    found = {}
    for one, need in offered.needs.items():
        if staff_id in {None, one} and one in free_now:
            starts = rules.fitting(free_now[one], need.busy) & grid
            if need.chair:
                if need not in seats:
                    seats[need] = rules.seated((free_now[c] for c in time.chairs[need.kind]), need.chair)
                starts &= seats[need]
            found[one] = starts
    if ignoring is None and staff_id is None:
        time.answers[service_id] = found
    return found


def _starts(time: Time, masks: dict[int, int], first: date, days: int) -> Iterator[Start]:
    people = list(masks)
    sold = {one: time.shifts[one] & ~time.free[one] for one in people}
    for day, begin, end in rules.days_of(first, days, time.terms.zone):
        low, size = begin - time.base, (1 << (end - begin)) - 1
        of_day = {one: mask >> low & size for one, mask in masks.items()}
        every = 0
        for mask in of_day.values():
            every |= mask
        if not every:
            continue
        order = rules.fairest(people, {one: (sold[one] >> low & size).bit_count() for one in people}, day)
        able = [(one, of_day[one]) for one in order if of_day[one]]
        midnight = rules.moment_of(begin)
        while every:
            bit = every & -every
            every ^= bit
            at = midnight + _AFTER[bit.bit_length() - 1]
            yield Start(at, tuple([one for one, mask in able if mask & bit]))


def _sold(time: Time, offered: Offered, day: date) -> dict[int, int]:
    """How many steps each has sold on this day."""
    ((_, begin, end),) = rules.days_of(day, 1, time.terms.zone)
    low, size = begin - time.base, (1 << (end - begin)) - 1
    people = [one for one in offered.needs if one in time.shifts]
    return {one: ((time.shifts[one] & ~time.free[one]) >> low & size).bit_count() for one in people}
