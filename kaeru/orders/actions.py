"""Verbs: mirror what the shop's system tells. The newest state of an order wins; what is told twice changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from django.db import transaction

from kaeru.core import events, ids, sql
from kaeru.core.events import News
from kaeru.customers import actions as customers
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.days import touched
from kaeru.orders.digest import digest
from kaeru.orders.models import Order, OrderLine, Shipment
from kaeru.orders.rules import LineRecord, OrderRecord, ShipmentRecord
from kaeru.orders.writing import fitting, insert_lines, insert_orders, order_row, update_orders
from kaeru.tenants.models import Shop


@dataclass(slots=True)
class MirrorReport:
    """What a mirroring did; `stale` orders were told in an older state than the one already known."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    order_ids: dict[str, int] = field(default_factory=dict)


def mirror(
    shop: Shop, records: Sequence[OrderRecord], *, is_history: bool = False, dry_run: bool = False
) -> MirrorReport:
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


def _write(
    shop: Shop, to_write: list[tuple[OrderRecord, Order | None, bytes]], report: MirrorReport, is_history: bool
) -> None:
    people = customers.upsert(
        shop,
        [record.customer or CustomerRecord() for record, _, _ in to_write],
        source="import" if is_history else "shop_system",
    )
    fresh: list[tuple[int, OrderRecord]] = []
    changed: list[tuple[Order, OrderRecord]] = []
    rows, changes, shipments, news = [], [], [], []
    for (record, before, state), told_id in zip(to_write, people, strict=True):
        customer_id = told_id or (before.customer_id if before else None)
        if before is None:
            order_id, was = ids.new_id(), _Was()
            rows.append(order_row(shop, order_id, customer_id, record, state, is_history=is_history))
            fresh.append((order_id, record))
        else:
            order_id, was = before.id, _Was.of(before)
            changes.append(order_row(shop, order_id, customer_id, record, state, is_history=before.is_history))
            changed.append((before, record))
        report.order_ids[record.source_id] = order_id
        if record.tracking and record.shipped_at:
            parcel = ShipmentRecord(record.source_id, record.tracking[1], record.shipped_at, *record.tracking)
            shipments.append(_shipment(shop.organization_id, order_id, parcel))
        payload = {"customer": customer_id, "history": is_history}
        news += [News(name, shop.organization_id, order_id, payload, at) for name, at in _told(record, was, is_history)]
    insert_orders(rows)
    insert_lines(shop, [(order_id, record.lines) for order_id, record in fresh])
    update_orders(changes)
    _change_lines(changed)
    Shipment.objects.bulk_create(shipments, ignore_conflicts=True)
    events.emit([*news, *_touched(shop, to_write)])
    report.created, report.updated = report.created + len(fresh), report.updated + len(changed)


def _touched(shop: Shop, written: list[tuple[OrderRecord, Order | None, bytes]]) -> list[News]:
    moments = [at for told, was, _ in written for one in (told, was) if one for at in (one.placed_at, one.cancelled_at)]
    return touched(shop, moments, [was.id for _, was, _ in written if was is not None])


def _change_lines(changed: list[tuple[Order, OrderRecord]]) -> None:
    """The lines of orders that were known in another state."""
    if not changed:
        return
    lines = [line for order, record in changed for line in _lines(order, record)]
    _drop_vanished_lines([order for order, _ in changed], lines)
    OrderLine.objects.bulk_create(
        lines, update_conflicts=True, unique_fields=["order_id", "position"], update_fields=LineRecord._fields
    )


def _lines(order: Order, record: OrderRecord) -> list[OrderLine]:
    return [
        OrderLine(
            id=ids.new_id(),
            organization_id=order.organization_id,
            order_id=order.id,
            position=position,
            **line._asdict(),
        )
        for position, line in enumerate(fitting(record.lines))
    ]


def _drop_vanished_lines(changed: list[Order], lines: list[OrderLine]) -> None:
    """A line that the shop took out stays as a row of quantity 0: cancellations may point to it."""
    kept = {(line.order_id, line.position) for line in lines}
    gone = [
        line_id
        for line_id, order_id, position in OrderLine.objects.filter(order__in=changed).values_list(
            "id", "order_id", "position"
        )
        if (order_id, position) not in kept
    ]
    if gone:
        OrderLine.objects.filter(id__in=gone).update(quantity=0)


def _shipment(organization_id: int, order_id: int, record: ShipmentRecord) -> Shipment:
    return Shipment(
        id=ids.new_id(), organization_id=organization_id, order_id=order_id, source_id=record.source_id[:100],
        carrier=record.carrier[:60], tracking_number=record.tracking_number[:100], shipped_at=record.shipped_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Was:
    """What of an order was known before."""

    is_new: bool = True
    is_history: bool = False
    cancelled: bool = False
    shipped: bool = False
    asked: bool = False
    planned: bool = False

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(
            is_new=False,
            is_history=order.is_history,
            cancelled=order.cancelled_at is not None,
            shipped=order.shipped_at is not None,
            asked=order.cancel_asked_at is not None,
            planned=order.dispatch_by is not None,
        )


def _told(record: OrderRecord, was: _Was, is_history: bool) -> Iterator[tuple[str, datetime]]:
    """What the rooms above want to know; of the past only that it was cancelled, so that it is counted."""
    if was.is_new and not is_history:
        yield "order.placed", record.placed_at
    if record.cancelled_at and not was.cancelled:
        yield "order.cancelled", record.cancelled_at
    if was.cancelled and not record.cancelled_at:
        yield "order.restored", record.updated_at
    if record.shipped_at and not was.shipped and not is_history:
        yield "order.shipped", record.shipped_at
    is_live = not (is_history or was.is_history or record.cancelled_at)
    if record.cancel_asked_at and not was.asked and is_live:
        yield "order.cancel_asked", record.cancel_asked_at
    if record.dispatch_by and not was.planned and is_live and not record.shipped_at:
        yield "order.dispatch_planned", record.updated_at
    if was.asked and not record.cancel_asked_at and is_live and not record.shipped_at:
        yield "order.cancel_withdrawn", record.updated_at


def mirror_shipments(shop: Shop, records: Sequence[ShipmentRecord]) -> list[str]:
    """Note parcels that left; returns the order ids nobody knows yet, to be told again later."""
    with transaction.atomic():
        sql.one_at_a_time(shop.id)
        known = {
            o.source_id: o for o in Order.objects.filter(shop=shop, source_id__in={r.order_source_id for r in records})
        }
        told = [(known[r.order_source_id], r) for r in records if r.order_source_id in known]
        Shipment.objects.bulk_create(
            [_shipment(order.organization_id, order.id, record) for order, record in told], ignore_conflicts=True
        )
        for order, record in told:
            if order.shipped_at is None:
                order.shipped_at = record.shipped_at
                Order.objects.filter(id=order.id).update(shipped_at=record.shipped_at)
                events.emit(
                    [
                        News(
                            "order.shipped",
                            order.organization_id,
                            order.id,
                            {"customer": order.customer_id},
                            record.shipped_at,
                        )
                    ]
                )
    return [r.order_source_id for r in records if r.order_source_id not in known]
