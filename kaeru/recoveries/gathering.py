"""What is known about many assignments at once: orders, coupons, messages, cancellations of their customers. A constant number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models.functions import Coalesce

from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import sql
from kaeru.messages.models import Message, MessageState
from kaeru.offers.models import Redemption
from kaeru.orders.models import Order
from kaeru.recoveries.costs import costs_of
from kaeru.recoveries.models import Outcome
from kaeru.recoveries.windows import (
    DECIDES,
    WINDOWS,
    Bought,
    Spent,
    cancelled_again,
    first_back,
    matured,
    next_over,
    window,
)
from kaeru.scenarios.models import Enrollment

GONE = (RequestState.REQUESTED, RequestState.CANCELLED, RequestState.RESTORED)
"""Wishes that were carried out, also where it was taken back later: what was counted must not change."""
HANDED = (MessageState.SENT, MessageState.UNKNOWN)
Key = tuple[int, int]
"""Scenario and customer."""


@dataclass(slots=True)
class Known:
    """What happened to customers since their first assignments."""

    orders: dict[int, list[Bought]] = field(default_factory=lambda: defaultdict(list))
    """By customer."""
    off: dict[tuple[Key, int], int] = field(default_factory=lambda: defaultdict(int))
    """What coupons of the scenario took off an order."""
    coupons: dict[Key, list[Spent]] = field(default_factory=lambda: defaultdict(list))
    sends: dict[Key, list[Spent]] = field(default_factory=lambda: defaultdict(list))
    cancelled: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    """By customer."""

    def orders_of(self, key: Key) -> list[Bought]:
        """The customer's orders, with what this scenario's coupons took off them."""
        return [
            order
            if (key, order.id) not in self.off
            else Bought(
                order.id, order.placed_at, order.total, order.cancelled_at, order.paid_at, order.shipped_at,
                order.payment_kind, self.off[key, order.id],
            )
            for order in self.orders.get(key[1], [])
        ]  # fmt: skip


def gather(rows: Sequence[Outcome]) -> Known:
    """What is known about the customers of these rows. Seven queries, however many rows."""
    known = Known()
    if not rows:
        return known
    customers = sql.keys({row.customer_id for row in rows})
    since = min(row.first_at for row in rows)
    columns = ("id", "placed_at", "total", "cancelled_at", "paid_at", "shipped_at", "payment_kind")
    placed = Order.objects.filter(customer_id__in=customers, placed_at__gt=since)
    for customer_id, *told in placed.values_list("customer_id", *columns):
        known.orders[int(customer_id or 0)].append(Bought(*told))
    asked = CancellationRequest.objects.filter(customer_id__in=customers, state__in=GONE, is_whole=True)
    moments = asked.annotate(at=Coalesce("decided_at", "requested_at")).filter(at__gt=since)
    for customer_id, at in moments.values_list("customer_id", "at"):
        known.cancelled[int(customer_id or 0)].append(at)
    _costs(rows, known)
    return known


def _costs(rows: Sequence[Outcome], known: Known) -> None:
    """What coupons and messages of these scenarios cost for these customers."""
    wanted = {(row.scenario_id, row.customer_id) for row in rows}
    ways = Enrollment.objects.filter(customer_id__in=sql.keys({row.customer_id for row in rows}))
    keys: dict[int, Key] = {
        key: (scenario_id, int(customer_id or 0))
        for key, scenario_id, customer_id in ways.values_list("id", "revision__scenario_id", "customer_id")
        if (scenario_id, customer_id) in wanted
    }
    if not keys:
        return
    used = Redemption.objects.filter(coupon__enrollment_id__in=sql.keys(keys))
    for way, order_id, discount, at in used.values_list("coupon__enrollment_id", "order_id", "discount", "redeemed_at"):
        if way is not None:
            known.coupons[keys[way]].append(Spent(at, discount))
            known.off[keys[way], order_id] += discount
    prices = costs_of({row.shop_id for row in rows})
    sent = Message.objects.filter(source="enrollment", source_id__in=sql.keys(keys), state__in=HANDED)
    for way, shop_id, channel, handed in sent.values_list("source_id", "shop_id", "channel", "handed_at"):
        if handed is not None and (price := prices[shop_id].of_message(channel)):
            known.sends[keys[way]].append(Spent(handed, price))


def fill(row: Outcome, known: Known, now: datetime) -> None:
    """Write into the row all that follows from what is known now."""
    key = (row.scenario_id, row.customer_id)
    orders, coupons, sends = known.orders_of(key), known.coupons.get(key, []), known.sends.get(key, [])
    row.matured, row.due_at = matured(row.first_at, now), next_over(row.first_at, now)
    for days in WINDOWS[: row.matured]:
        for name, value in _columns(row.first_at, days, orders, coupons, sends).items():
            setattr(row, name, value)
    back = first_back(row.first_at, orders, now)
    row.returned_at, row.order_id = (back.placed_at, back.id) if back else (None, None)
    if row.matured > WINDOWS.index(DECIDES):
        row.again = cancelled_again(row.first_at, known.cancelled.get(row.customer_id, []))


def _columns(
    first_at: datetime, days: int, orders: Sequence[Bought], coupons: Sequence[Spent], sends: Sequence[Spent]
) -> Mapping[str, bool | int]:
    told = window(first_at, days, orders, coupons, sends)
    return {
        f"back_{days}": told.back,
        f"value_{days}": told.value,
        f"coupons_{days}": told.coupons,
        f"sends_{days}": told.sends,
    }


def counted(row: Outcome) -> tuple[object, ...]:
    """What of the row stands in figures already."""
    names = [f"{name}_{days}" for days in WINDOWS[: row.counted] for name in ("back", "value", "coupons", "sends")]
    return tuple(getattr(row, name) for name in names) + ((row.again,) if row.counted > WINDOWS.index(DECIDES) else ())
