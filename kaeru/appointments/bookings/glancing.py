"""A glance at what is kept of the salon's time: one short statement, and most who come too late know it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from kaeru.appointments.errors import NotOffered, Taken
from kaeru.appointments.slots import kept
from kaeru.appointments.slots import rules as steps
from kaeru.appointments.slots.kept import Time
from kaeru.appointments.slots.queries import Fit
from kaeru.appointments.slots.rules import Need
from kaeru.core import clock


def glance(shop_id: int, service_id: int, starts_at: datetime, staff_id: int | None) -> Fit | None:
    """Who could take the visit, by what is kept while the salon's version stands. None: this is no time to say it of.

    Raises Taken when it lies inside the shifts of somebody who can and nobody of them is free; NotOffered("service").
    """
    now = clock.now()
    step = steps.step_of(starts_at)
    if starts_at <= now or steps.moment_of(step) != starts_at:
        return None
    try:
        day = starts_at.astimezone(ZoneInfo(kept.zone_of(shop_id))).date()
        time, offered = kept.look(shop_id, service_id, day, 1, now)
    except kept.NotThere:
        raise NotOffered("service") from None
    place = step - time.base
    needs = {one: need for one, need in offered.needs.items() if staff_id in (None, one)}
    able = [one for one, need in needs.items() if _fits(time.free, time, one, need, place)]
    if able:
        need = needs[able[0]]
        chairs = tuple(seat for seat in _seats(time, need) if _has(time.free[seat], place, need.chair))
        ((_, begin, end),) = steps.days_of(day, 1, time.terms.zone)
        low, whole = begin - time.base, (1 << (end - begin)) - 1
        sold = {one: ((time.shifts[one] & ~time.free[one]) >> low & whole).bit_count() for one in able}
        return Fit(tuple(steps.fairest(able, sold, day)), chairs)
    if any(_fits(time.shifts, time, one, need, place) for one, need in needs.items()):
        raise Taken
    return None


def _seats(time: Time, need: Need) -> tuple[int, ...]:
    return time.chairs[need.kind] if need.chair else ()


def _fits(left: dict[int, int], time: Time, one: int, need: Need, place: int) -> bool:
    """Whether these bits have room for the visit: for the staff member, and on one seat throughout."""
    return all(_has(left.get(one, 0), place + start, end - start) for start, end in need.busy) and (
        not need.chair or any(_has(left.get(seat, 0), place, need.chair) for seat in _seats(time, need))
    )


def _has(bits: int, place: int, length: int) -> bool:
    wanted = (1 << length) - 1
    return bits >> place & wanted == wanted
