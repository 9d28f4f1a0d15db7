"""Orders: tell them, ask for them, get the buyer's own link; refunds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from ninja import Path, Router, Status

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import caller_of
from kaeru.api.v1.schemas import LineOut, LinkOut, OrderLink, OrderOut, OrdersIn, OrdersTold, OrderTold, Ref, RefundTold
from kaeru.connectors.webhook.records import order_record, refund_record
from kaeru.connectors.webhook.words import Id, OrderState, RefundIn
from kaeru.core import clock, links
from kaeru.core.models import Link
from kaeru.orders import actions
from kaeru.orders.models import Order
from kaeru.orders.refunds import mirror_refunds
from kaeru.tenants.models import Shop

router = Router(tags=["orders"])
LINK_LIVES = timedelta(days=180)
RENEW_BEFORE = timedelta(days=30)


def order_of(shop: Shop, source_id: str) -> Order:
    """The shop's order of its own id. Raises Refused (404)."""
    found = Order.objects.select_related("customer").filter(shop=shop, source_id=source_id).first()
    if found is None:
        raise not_found("order")
    return found


def cancel_urls(organization_id: int, order_ids: Sequence[int]) -> dict[int, str]:
    """The buyer's own page of each order; links that do not exist yet are made."""
    tokens = links.publish("cancel", organization_id, order_ids, clock.now() + LINK_LIVES)
    return {order_id: f"{settings.KAERU_BASE_URL}/c/{token}" for order_id, token in tokens.items()}


def order_out(order: Order) -> OrderOut:
    """The order as the API shows it. History has no buyer's page."""
    return OrderOut(
        id=order.source_id,
        number=order.number,
        placed_at=order.placed_at,
        updated_at=order.source_updated_at,
        currency=order.currency,
        total=order.total,
        subtotal=order.subtotal,
        shipping_fee=order.shipping_fee,
        discount=order.discount,
        customer_id=order.customer.source_id if order.customer else None,
        cancelled_at=order.cancelled_at,
        cancel_reason=order.cancel_reason,
        cancel_side=order.cancel_side,
        shipped_at=order.shipped_at,
        coupon_codes=order.coupon_codes,
        reorder_ref=order.reorder_ref,
        cancel_url=None if order.is_history else cancel_urls(order.organization_id, [order.id])[order.id],
        lines=[
            LineOut(
                id=line.source_id,
                title=line.title,
                variant=line.variant,
                sku=line.sku,
                product_id=line.product_id,
                variant_id=line.variant_id,
                quantity=line.quantity,
                unit_price=line.unit_price,
                tags=line.tags,
            )
            for line in order.lines.order_by("position")
        ],
    )


@router.put(
    "/orders/{source_id}",
    response={200: OrderTold, 201: OrderTold},
    operation_id="put_order",
    summary="Tell the newest state of one order",
)
def put_order(request: HttpRequest, source_id: Path[Id], payload: OrderState) -> Status[OrderTold]:
    """The whole state; what is left out counts as empty. The newest `updated_at` wins, whatever comes last."""
    shop = caller_of(request).shop
    report = actions.mirror(shop, [order_record(source_id, payload, clock.now())])
    result = next(word for word in ("created", "updated", "unchanged", "stale") if getattr(report, word))
    told = OrderTold(**order_out(order_of(shop, source_id)).dict(), result=result)
    return Status(201 if result == "created" else 200, told)


@router.post("/orders", response=OrdersTold, operation_id="post_orders", summary="Tell up to 500 orders at once")
def post_orders(request: HttpRequest, payload: OrdersIn) -> OrdersTold:
    """All or none: a field that is wrong refuses the whole request and names the order."""
    shop, moment = caller_of(request).shop, clock.now()
    records = [order_record(order.id, order, moment) for order in payload.orders]
    report = actions.mirror(shop, records, is_history=payload.is_history)
    urls = {} if payload.is_history else cancel_urls(shop.organization_id, list(report.order_ids.values()))
    return OrdersTold(
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        stale=report.stale,
        orders=[
            OrderLink(id=source_id, cancel_url=urls.get(order_id)) for source_id, order_id in report.order_ids.items()
        ],
    )


@router.get("/orders/{source_id}", response=OrderOut, operation_id="get_order", summary="One order")
def get_order(request: HttpRequest, source_id: Path[Ref]) -> OrderOut:
    """At its newest known state."""
    return order_out(order_of(caller_of(request).shop, source_id))


@router.post(
    "/orders/{source_id}/cancel-link",
    response=LinkOut,
    operation_id="post_cancel_link",
    summary="The buyer's own page, for at least 30 days",
)
def post_cancel_link(request: HttpRequest, source_id: Path[Ref]) -> LinkOut:
    """The same address each time; its life is prolonged when it nears its end."""
    order = order_of(caller_of(request).shop, source_id)
    url = cancel_urls(order.organization_id, [order.id])[order.id]
    link = Link.objects.get(purpose="cancel", subject_id=order.id)
    if link.revoked_at is not None:
        raise Refused(409, "link_revoked", "This order's link was closed.")
    return LinkOut(cancel_url=url, expires_at=_prolonged(link))


def _prolonged(link: Link) -> datetime:
    moment = clock.now()
    if link.expires_at < moment + RENEW_BEFORE:
        link.expires_at = moment + LINK_LIVES
        Link.objects.filter(id=link.id, revoked_at=None).update(expires_at=link.expires_at)
    return link.expires_at


@router.post(
    "/refunds",
    response={200: RefundTold, 201: RefundTold},
    operation_id="post_refund",
    summary="Tell a refund or credit slip",
    tags=["orders"],
)
def post_refund(request: HttpRequest, payload: RefundIn) -> Status[RefundTold]:
    """A refund of goods that had not left is a cancellation in part. One that is known stays as it is."""
    report = mirror_refunds(caller_of(request).shop, [refund_record(payload)])
    if report.unknown_orders:
        raise not_found("order")
    result = "created" if report.created else "unchanged"
    return Status(201 if report.created else 200, RefundTold(id=payload.id, result=result))
