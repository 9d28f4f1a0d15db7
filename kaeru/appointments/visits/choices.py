"""Which other times are shown first: the nearest, but not three quarters of one hour."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.slots import queries as slots
from kaeru.appointments.slots.queries import Start
from kaeru.tenants.models import Shop

APART = timedelta(minutes=30)
MOST_A_DAY = 2
LOOKED_AT = 60


def nearest(booking: Booking, most: int) -> list[Start]:
    """Other starts for a visit, nearest first: with the same person when they were asked for. Raises NotThere."""
    staff = booking.staff_id if booking.is_nominated else None
    found = slots.nearest(
        booking.shop_id, booking.service_id, booking.starts_at, LOOKED_AT, staff_id=staff, ignoring=booking.id
    )  # fmt: skip
    return spread(found, booking.shop, most)


def spread(found: Sequence[Start], shop: Shop, most: int) -> list[Start]:
    """The first `most` of these with half an hour between them and two a day; what is missing then is filled up in their order."""
    zone = ZoneInfo(shop.timezone)
    chosen: list[Start] = []
    for one in found:
        same = [other for other in chosen if other.at.astimezone(zone).date() == one.at.astimezone(zone).date()]
        if len(same) < MOST_A_DAY and all(abs(other.at - one.at) >= APART for other in same):
            chosen.append(one)
    chosen += [one for one in found if one not in chosen]
    return chosen[:most]
