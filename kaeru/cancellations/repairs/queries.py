"""Reads for the buyer's page and the desk: the stage of a wish, its repair, what the shop sells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from kaeru.cancellations.models import CancellationRequest, Repair, RepairState, Swap
from kaeru.cancellations.repairs.base import Stage
from kaeru.cancellations.repairs.terms import terms_of
from kaeru.connectors.base import Capabilities
from kaeru.connectors.gate import queries as gate
from kaeru.core import clock
from kaeru.offers import queries as offers
from kaeru.orders.models import Order, OrderLine
from kaeru.tenants.models import Shop

OPEN = (RepairState.OFFERED, RepairState.ASKED, RepairState.BY_HAND)
"""Something is still to come of it."""
LATELY = timedelta(days=90)
NEWEST = 500
"""So many of the newest orders tell what a shop sells and what is often bought: enough, and quick in a large shop, too."""


@dataclass(frozen=True, slots=True)
class Sold:
    """One variant that the shop sells, as it was told with the newest order that has it."""

    variant_id: str
    product_id: str
    sku: str
    title: str
    variant: str
    unit_price: int
    bought: int
    """In how many of the newest orders."""


def capabilities_now(shop: Shop) -> Capabilities:
    """What Kaeru does by itself in the shop's system now: nothing in a dry run."""
    return gate.capabilities(shop) if gate.is_live(shop.id) else Capabilities()


def stage_of(request: CancellationRequest, order: Order, language: str) -> Stage:
    """What the kinds look at; five queries. `order` comes with its shop."""
    return Stage(
        request=request,
        order=order,
        lines=list(OrderLine.objects.filter(order=order, quantity__gt=0).order_by("position")),
        capabilities=capabilities_now(order.shop),
        terms=terms_of(order.shop_id),
        shipping=offers.shipping_terms(order.shop_id),
        language=language,
        now=clock.now(),
    )


def newest(request_id: int) -> Repair | None:
    """The newest repair of this wish, or None."""
    return Repair.objects.filter(request_id=request_id).order_by("-id").first()


def open_of(request_ids: Iterable[int]) -> dict[int, Repair]:
    """The open repair of each of these wishes that has one."""
    return {row.request_id: row for row in Repair.objects.filter(request_id__in=set(request_ids), state__in=OPEN)}


def is_under_way(request_id: int) -> bool:
    """Whether a repair of this wish is being carried out, by the shop's system or by staff."""
    states = (RepairState.ASKED, RepairState.BY_HAND)
    return Repair.objects.filter(request_id=request_id, state__in=states).exists()


def swap_of(request_id: int) -> Swap | None:
    """The safe swap of this wish, or None."""
    return Swap.objects.select_related("new_order").filter(request_id=request_id).first()


def sold(shop_id: int, currency: str) -> list[Sold]:
    """What the shop sells, from its newest orders of the last 90 days; two queries. The newest price counts."""
    recent = Order.objects.filter(shop_id=shop_id, currency=currency, placed_at__gte=clock.now() - LATELY)
    ids = list(recent.order_by("-placed_at").values_list("id", flat=True)[:NEWEST])
    place = {order_id: position for position, order_id in enumerate(ids)}
    found: dict[str, Sold] = {}
    seen: dict[str, set[int]] = {}
    lines = OrderLine.objects.filter(order_id__in=ids, quantity__gt=0).exclude(variant_id="")
    rows = lines.values_list("order_id", "variant_id", "product_id", "sku", "title", "variant", "unit_price")
    for order_id, variant_id, product_id, sku, title, variant, price in sorted(rows, key=lambda row: -place[row[0]]):
        seen.setdefault(variant_id, set()).add(order_id)
        found[variant_id] = Sold(variant_id, product_id, sku, title, variant, price, len(seen[variant_id]))
    return list(found.values())


def others_open(order: Order) -> Sequence[Order]:
    """Other orders of the same customer that could leave in the same parcel, the newest first."""
    if order.customer_id is None:
        return []
    rows = Order.objects.filter(
        shop_id=order.shop_id, customer_id=order.customer_id, cancelled_at=None, shipped_at=None, is_history=False,
        currency=order.currency, placed_at__gte=clock.now() - timedelta(days=14),
    )  # fmt: skip
    return list(rows.exclude(id=order.id).order_by("-placed_at")[:3])
