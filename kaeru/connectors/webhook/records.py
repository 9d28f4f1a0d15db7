"""From Kaeru's own JSON to Kaeru's records."""

from datetime import UTC, datetime

from kaeru.connectors.webhook.words import CustomerIn, EventIn, LineIn, OrderState, RefundIn
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.own_events import OwnEvent
from kaeru.orders.rules import LineRecord, OrderRecord, RefundLineRecord, RefundRecord


def order_record(source_id: str, order: OrderState, told_at: datetime) -> OrderRecord:
    """The order; `told_at` stands in for a missing `updated_at`."""
    return OrderRecord(
        source_id=source_id,
        number=order.number,
        placed_at=order.placed_at.astimezone(UTC),
        updated_at=(order.updated_at or told_at).astimezone(UTC),
        currency=order.currency,
        total=order.total,
        subtotal=order.subtotal,
        shipping_fee=order.shipping_fee,
        discount=order.discount,
        payment_kind=order.payment_kind,
        sales_channel=order.sales_channel,
        customer=customer_record(order.customer),
        lines=tuple(_line(line) for line in order.lines),
        cancelled_at=order.cancelled_at.astimezone(UTC) if order.cancelled_at else None,
        cancel_reason=order.cancel_reason if order.cancelled_at else "",
        cancel_side=order.cancel_side if order.cancelled_at else "",
        shipped_at=order.shipped_at.astimezone(UTC) if order.shipped_at else None,
        tracking=(order.tracking.carrier, order.tracking.number) if order.tracking else None,
        coupon_codes=tuple(code for code in order.coupon_codes if code),
        reorder_ref=order.reorder_ref,
        paid_at=order.paid_at.astimezone(UTC) if order.paid_at else None,
        dispatch_by=order.dispatch_by,
        wished_on=order.wished_on,
        wished_slot=order.wished_slot,
        is_reserved=order.is_reserved,
    )


def _line(line: LineIn) -> LineRecord:
    return LineRecord(
        title=line.title,
        quantity=line.quantity,
        unit_price=line.unit_price,
        source_id=line.id,
        sku=line.sku,
        product_id=line.product_id,
        variant_id=line.variant_id,
        variant=line.variant,
        tags=tuple(dict.fromkeys(line.tags)),
    )


def customer_record(customer: CustomerIn | None) -> CustomerRecord | None:
    """The customer, or None when neither id nor mail says who it is."""
    if customer is None or not (customer.id or customer.email):
        return None
    begin = customer.locale.lower()[:2]
    return CustomerRecord(
        source_id=customer.id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        locale=begin if begin in {"ja", "en"} else "",
        accepts_advertising=customer.accepts_advertising,
    )


def refund_record(refund: RefundIn) -> RefundRecord:
    """The refund."""
    return RefundRecord(
        source_id=refund.id,
        order_source_id=refund.order_id,
        refunded_at=refund.refunded_at.astimezone(UTC),
        currency=refund.currency,
        amount=refund.amount,
        customer=customer_record(refund.customer),
        lines=tuple(
            RefundLineRecord(
                quantity=line.quantity, amount=line.amount, line_source_id=line.line_id, sku=line.sku, title=line.title
            )
            for line in refund.lines
        ),
        is_cancellation=refund.is_cancellation,
    )


def own_event(event: EventIn, told_at: datetime) -> OwnEvent:
    """The shop's own event; `told_at` stands in for a missing `occurred_at`."""
    return OwnEvent(
        name=event.name,
        occurred_at=(event.occurred_at or told_at).astimezone(UTC),
        order=event.order or "",
        customer=event.customer or "",
        data=dict(event.data),
    )
