"""Notices that go by themselves, where the shop wants them: the dispatch date was set, the parcel is ready, it has left."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from kaeru.core import clock
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.marketplaces.dispatch import notices
from kaeru.marketplaces.dispatch.ground import grounds, reached_by_mail
from kaeru.marketplaces.dispatch.models import NoticeKind
from kaeru.marketplaces.dispatch.notices import Told
from kaeru.marketplaces.dispatch.terms import terms_of
from kaeru.orders.models import Order, Shipment

READY = "custom:order.ready"
"""What a shop's own system tells of when a parcel is packed (POST /events)."""
PATIENCE = timedelta(hours=2)
"""So long the notice about a parcel waits for its tracking number."""
BY = "parcel"


@receiver("order.dispatch_planned")
def tell_the_date(told: list[Event]) -> None:
    """A planned dispatch date was set."""
    orders = _wanted([event.subject_id for event in told], NoticeKind.DATE_SET)
    notices.write(
        [Told(order, NoticeKind.DATE_SET) for order in orders if order.dispatch_by and order.shipped_at is None], actor=BY
    )  # fmt: skip


@receiver("shop.event")
def tell_that_it_is_ready(told: list[Event]) -> None:
    """The shop's own system says that a parcel is packed."""
    named = [event.payload for event in told if event.payload.get("name") == READY and not event.payload.get("late")]
    orders = _wanted([one["order_id"] for one in named if one.get("order_id")], NoticeKind.READY)
    notices.write([Told(order, NoticeKind.READY) for order in orders if order.shipped_at is None], actor=BY)


@receiver("order.shipped")
def tell_that_it_left(told: list[Event]) -> None:
    """It has left: at once with its tracking number; without one it waits a little, and goes without."""
    orders = _wanted([event.subject_id for event in told], NoticeKind.SHIPPED)
    tracked = set(
        Shipment.objects.filter(order__in=orders).exclude(tracking_number="").values_list("order_id", flat=True)
    )
    later = clock.now() + PATIENCE
    notices.write(
        [
            Told(order, NoticeKind.SHIPPED, due_at=None if order.id in tracked else later)
            for order in orders
            if order.shipped_at is not None
        ],
        actor=BY,
    )


def _wanted(order_ids: Collection[int], kind: str) -> Sequence[Order]:
    """Live orders of shops that want this notice, whose buyers may be written to; at most eleven queries."""
    if not order_ids:
        return []
    rows = Order.objects.filter(id__in=set(order_ids), cancelled_at=None, is_history=False).select_related("shop")
    found = list(rows.order_by("id"))
    terms = terms_of({order.shop_id for order in found})
    found = [order for order in found if kind in terms[order.shop_id].notices and order.customer_id is not None]
    if not found:
        return []
    here = grounds({order.shop_id for order in found}, with_rates=False)
    reached = reached_by_mail(found)
    return [order for order in found if here[order.shop_id].may_write and order.customer_id in reached]
