"""Verb: note cancellations that were told without the rest of the order."""

from collections.abc import Sequence

from django.db import transaction

from kaeru.core import events, sql
from kaeru.core.events import News
from kaeru.orders.days import touched
from kaeru.orders.models import Order
from kaeru.orders.rules import CancelledRecord
from kaeru.tenants.models import Shop


def mirror_cancelled(shop: Shop, records: Sequence[CancelledRecord], *, is_history: bool = False) -> list[str]:
    """Take over these cancellations in one transaction; returns the order ids nobody knows yet, to be told again later.

    A whole state of the order that is newer than the telling wins. `is_history`: from a file; counted, never acted on.
    """
    with transaction.atomic():
        sql.one_at_a_time(shop.id)
        known = {
            o.source_id: o for o in Order.objects.filter(shop=shop, source_id__in={r.order_source_id for r in records})
        }
        for record in sorted(records, key=lambda record: record.told_at):
            order = known.get(record.order_source_id)
            if order is None or order.cancelled_at is not None or record.told_at < order.source_updated_at:
                continue
            order.cancelled_at, order.source_updated_at = record.cancelled_at, record.told_at
            Order.objects.filter(id=order.id).update(
                cancelled_at=record.cancelled_at, cancel_reason=record.reason[:100], cancel_side=record.side,
                source_updated_at=record.told_at, digest=b"",
            )  # fmt: skip
            payload = {"customer": order.customer_id, "history": is_history}
            told = News("order.cancelled", order.organization_id, order.id, payload, record.cancelled_at)
            events.emit([told, *touched(shop, [order.placed_at, record.cancelled_at], [order.id])])
    return [r.order_source_id for r in records if r.order_source_id not in known]
