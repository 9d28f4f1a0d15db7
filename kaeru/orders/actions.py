"""Verbs: mirror what the shop's system tells. The newest state of an order wins; what is told twice changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from kaeru.core import events, ids, sql
from kaeru.core.events import News
from kaeru.customers import actions as customers
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.digest import digest
from kaeru.orders.models import Order, OrderLine, Shipment
from kaeru.orders.rules import LineRecord, OrderRecord, ShipmentRecord
from kaeru.orders.writing import insert_lines, insert_orders
from kaeru.tenants.models import Shop


@dataclass(slots=True)
class MirrorReport:
    """What a mirroring did; `stale` orders were told in an older state than the one already known."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    order_ids: dict[str, int] = field(default_factory=dict)


def mirror(shop: Shop, records: Sequence[OrderRecord], *, is_history: bool = False, dry_run: bool = False) -> MirrorReport:
    """Take over the state of these orders in one transaction and emit what changed.

    `is_history`: from a file of the past; it is counted, but nobody is to be written to because of it.
    `dry_run`: compare with what is known and report, but write nothing.
    """
    report = MirrorReport()
    newest: dict[str, OrderRecord] = {}
    for record in records:
        known = newest.get(record.source_id)
        if known is None or record.updated_at >= known.updated_at:
            newest[record.source_id] = record
    with transaction.atomic():
        sql.one_at_a_time(shop.id)
        existing = {order.source_id: order for order in Order.objects.filter(shop=shop, source_id__in=newest)}
        to_write: list[tuple[OrderRecord, Order | None, bytes]] = []
        for record in newest.values():
            before, state = existing.get(record.source_id), digest(record)
            if before is not None:
                report.order_ids[record.source_id] = before.id
            if before is not None and record.updated_at < before.source_updated_at:
                report.stale += 1
            elif before is not None and bytes(before.digest) == state:
                report.unchanged += 1
            else:
                to_write.append((record, before, state))
        if dry_run:
            report.updated = sum(before is not None for _, before, _ in to_write)
            report.created = len(to_write) - report.updated
        else:
            _write(shop, to_write, report, is_history)
    return report


def _write(shop: Shop, to_write: list[tuple[OrderRecord, Order | None, bytes]], report: MirrorReport, is_history: bool) -> None:
    people = customers.upsert(
        shop, [record.customer or CustomerRecord() for record, _, _ in to_write], source="import" if is_history else "shop_system"
    )
    fresh: list[tuple[Order, Sequence[LineRecord]]] = []
    changed, lines, shipments, news = [], [], [], []
    for (record, before, state), customer_id in zip(to_write, people, strict=True):
        order = before or Order(
            id=ids.new_id(), organization_id=shop.organization_id, shop=shop, source_id=record.source_id, is_history=is_history
        )
        was_cancelled, was_shipped = order.cancelled_at, order.shipped_at
        _fill(order, record, state, customer_id)
        report.order_ids[record.source_id] = order.id
        if before is None:
            fresh.append((order, record.lines))
        else:
            changed.append(order)
            lines += _lines(order, record)
        if record.tracking and record.shipped_at:
            shipments.append(_shipment(order, ShipmentRecord(record.source_id, record.tracking[1], record.shipped_at, *record.tracking)))
        news += _news(order, before is None, was_cancelled is not None, was_shipped is not None, is_history)
    insert_orders([order for order, _ in fresh])
    insert_lines(fresh)
    if changed:
        Order.objects.bulk_update(changed, _WRITTEN)
        _drop_vanished_lines(changed, lines)
        OrderLine.objects.bulk_create(
            lines, update_conflicts=True, unique_fields=["order_id", "position"], update_fields=_LINE_WRITTEN
        )
    Shipment.objects.bulk_create(shipments, ignore_conflicts=True)
    events.emit(news)
    report.created, report.updated = report.created + len(fresh), report.updated + len(changed)


_WRITTEN = [
    "customer", "number", "placed_at", "source_updated_at", "currency", "total", "subtotal", "shipping_fee", "discount", "payment_kind",
    "sales_channel", "cancelled_at", "cancel_reason", "cancel_side", "shipped_at", "coupon_codes", "reorder_ref", "digest",
]  # fmt: skip
_LINE_WRITTEN = ["source_id", "sku", "product_id", "variant_id", "title", "variant", "quantity", "unit_price"]


def _fill(order: Order, record: OrderRecord, state: bytes, customer_id: int | None) -> None:
    order.customer_id = customer_id or order.customer_id
    order.number = (record.number or record.source_id)[:100]
    order.placed_at, order.source_updated_at = record.placed_at, record.updated_at
    order.currency, order.total, order.subtotal = record.currency, record.total, record.subtotal
    order.shipping_fee, order.discount = record.shipping_fee, record.discount
    order.payment_kind, order.sales_channel = record.payment_kind[:20], record.sales_channel[:40]
    order.cancelled_at, order.cancel_reason = record.cancelled_at, record.cancel_reason[:100]
    order.cancel_side, order.shipped_at = record.cancel_side, record.shipped_at
    order.coupon_codes, order.reorder_ref = list(record.coupon_codes), record.reorder_ref[:40]
    order.digest = state


def _lines(order: Order, record: OrderRecord) -> list[OrderLine]:
    return [
        OrderLine(
            id=ids.new_id(), organization_id=order.organization_id, order_id=order.id, position=position, source_id=line.source_id,
            sku=line.sku[:100], product_id=line.product_id, variant_id=line.variant_id, title=line.title[:300],
            variant=line.variant[:200], quantity=line.quantity, unit_price=line.unit_price,
        )  # fmt: skip
        for position, line in enumerate(record.lines)
    ]


def _drop_vanished_lines(changed: list[Order], lines: list[OrderLine]) -> None:
    """A line that the shop took out stays as a row of quantity 0: cancellations may point to it."""
    kept = {(line.order_id, line.position) for line in lines}
    gone = [
        line_id
        for line_id, order_id, position in OrderLine.objects.filter(order__in=changed).values_list("id", "order_id", "position")
        if (order_id, position) not in kept
    ]
    if gone:
        OrderLine.objects.filter(id__in=gone).update(quantity=0)


def _shipment(order: Order, record: ShipmentRecord) -> Shipment:
    return Shipment(
        id=ids.new_id(), organization_id=order.organization_id, order_id=order.id, source_id=record.source_id[:100],
        carrier=record.carrier[:60], tracking_number=record.tracking_number[:100], shipped_at=record.shipped_at,
    )  # fmt: skip


def _news(order: Order, is_new: bool, was_cancelled: bool, was_shipped: bool, is_history: bool) -> list[News]:
    """What the rooms above want to know; of the past only that it was cancelled, so that it is counted."""
    told = []
    payload = {"customer": order.customer_id, "history": is_history}
    if is_new and not is_history:
        told.append(("order.placed", order.placed_at))
    if order.cancelled_at and not was_cancelled:
        told.append(("order.cancelled", order.cancelled_at))
    if was_cancelled and not order.cancelled_at:
        told.append(("order.restored", order.source_updated_at))
    if order.shipped_at and not was_shipped and not is_history:
        told.append(("order.shipped", order.shipped_at))
    return [News(name, order.organization_id, order.id, payload, at) for name, at in told]


def mirror_shipments(shop: Shop, records: Sequence[ShipmentRecord]) -> list[str]:
    """Note parcels that left; returns the order ids nobody knows yet, to be told again later."""
    with transaction.atomic():
        sql.one_at_a_time(shop.id)
        known = {o.source_id: o for o in Order.objects.filter(shop=shop, source_id__in={r.order_source_id for r in records})}
        told = [(known[r.order_source_id], r) for r in records if r.order_source_id in known]
        Shipment.objects.bulk_create([_shipment(order, record) for order, record in told], ignore_conflicts=True)
        for order, record in told:
            if order.shipped_at is None:
                order.shipped_at = record.shipped_at
                Order.objects.filter(id=order.id).update(shipped_at=record.shipped_at)
                events.emit([News("order.shipped", order.organization_id, order.id, {"customer": order.customer_id}, record.shipped_at)])
    return [r.order_source_id for r in records if r.order_source_id not in known]
