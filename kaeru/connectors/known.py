"""What Kaeru knows already of a mall's orders: a poller asks for the whole of an order only where the mall's state is another one.

Malls tell no "changed since", so their lists are compared with the mirror. Within the organization's scope; reads only.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from kaeru.orders.models import Order

_AT_ONCE = 500


def states(shop_id: int, numbers: Iterable[str]) -> dict[str, str]:
    """The mall's state by number as it was told last; numbers that nobody knows are missing. One statement for each 500."""
    asked = list(dict.fromkeys(numbers))
    found: dict[str, str] = {}
    for start in range(0, len(asked), _AT_ONCE):
        some = Order.objects.filter(shop_id=shop_id, source_id__in=asked[start : start + _AT_ONCE])
        found.update(some.values_list("source_id", "mall_state"))
    return found


def changed(shop_id: int, told: dict[str, str]) -> list[str]:
    """Of these (state by number), the numbers that nobody knows or that stood otherwise, in the order told."""
    before = states(shop_id, told)
    return [number for number, state in told.items() if before.get(number) != state]


def in_states(shop_id: int, states: Collection[str], since: datetime, most: int) -> list[str]:
    """Numbers of orders placed since then that stood so when they were told last, oldest first."""
    rows = Order.objects.filter(shop_id=shop_id, mall_state__in=states, placed_at__gte=since).order_by(
        "placed_at", "id"
    )
    return list(rows.values_list("source_id", flat=True)[:most])
