"""What is kept of one day: counts fine enough that every reading of the rules can be answered from them. Pure.

A day is a flat table of whole numbers, and days are added by adding their tables. `o` are the orders placed that day, `p` those of them
known to be paid. A cancellation is counted twice, by the day of its order and by its own:

    "o w s p 6 0": by the day of the order (o; c: of the cancellation), an order cancelled whole (w; g: a credit slip with goods on it,
    f: one over fees only), by the shop (s; c: customer, u: unknown), paid (p; -: not known), within 6 hours begun, 0 calendar days after.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal

from kaeru.marketplaces.reading import MOST_DAYS, MOST_GRACE_HOURS, Reading
from kaeru.marketplaces.rules import Count

Counts = Mapping[str, int]
Basis = Literal["o", "c"]
What = Literal["w", "g", "f"]
ORDERS: Final = "o"
PAID: Final = "p"
LATE_HOURS: Final = MOST_GRACE_HOURS + 1
LATE_DAYS: Final = MOST_DAYS + 1
_WHAT = {"orders": "w", "slips": "gf", "product_slips": "g"}
_BASIS = {"order": "o", "cancel": "c"}
_SIDE = {"shop": "s", "customer": "c"}
_HOUR = timedelta(hours=1)


def key(basis: Basis, what: What, side: str, *, is_paid: bool, age: tuple[int, int]) -> str:
    """The name under which such a cancellation is counted; `side` as the order tells it, `age` from `age_of`."""
    return f"{basis} {what} {_SIDE.get(side, 'u')} {'p' if is_paid else '-'} {age[0]} {age[1]}"


@lru_cache(maxsize=65_536)
def _parts(name: str) -> tuple[str, str, str, str, int, int]:
    """What a name says; the same few names come again and again."""
    basis, what, side, paid, hours, days = name.split(" ")
    return basis, what, side, paid, int(hours), int(days)


def age_of(placed_at: datetime | None, cancelled_at: datetime, zone: tzinfo) -> tuple[int, int]:
    """Begun hours and calendar days from the order to its cancellation; exactly 6 hours are 6. Unknown is late."""
    if placed_at is None:
        return LATE_HOURS, LATE_DAYS
    hours = math.ceil((cancelled_at - placed_at) / _HOUR)
    days = (cancelled_at.astimezone(zone).date() - placed_at.astimezone(zone).date()).days
    return min(max(hours, 0), LATE_HOURS), min(max(days, 0), LATE_DAYS)


def add(days: Iterable[Counts]) -> dict[str, int]:
    """The counts of several days together."""
    total: dict[str, int] = {}
    for counts in days:
        for name, number in counts.items():
            total[name] = total.get(name, 0) + number
    return total


def count(total: Counts, reading: Reading) -> Count:
    """What counts in these days as the mall's rule is read.

    Where no order of the period tells its payment, all count: a list without that column is not a list of unpaid orders.
    """
    by_payment = reading.only_paid and total.get(PAID, 0) > 0
    orders = total.get(PAID if by_payment else ORDERS, 0)
    counted = spared = 0
    basis, kinds, sides = (
        _BASIS[reading.month_of],
        _WHAT[reading.cancels],
        {_SIDE.get(side, "u") for side in reading.sides},
    )
    for name, number in total.items():
        if len(name) < 2:
            continue
        of, what, side, paid, hours, days = _parts(name)
        if by_payment and paid == "-":
            continue
        in_grace = reading.grace_hours > 0 and hours <= reading.grace_hours
        if of == "o" and what == "w" and in_grace:
            spared += number
        if of != basis or what not in kinds or side not in sides or in_grace:
            continue
        if reading.within_days is not None and days > reading.within_days:
            continue
        counted += number
    return Count(counted, orders - spared if reading.grace_leaves_orders else orders)
