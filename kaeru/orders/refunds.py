"""Verbs: mirror refunds and credit slips, each once, and find what they give back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from kaeru.core import events, ids, sql
from kaeru.core.events import News
from kaeru.customers import actions as customers
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.matching import Purchase, Slip, match
from kaeru.orders.models import Order, OrderLine, Refund
from kaeru.orders.rules import RefundLineRecord, RefundRecord
from kaeru.tenants.models import Shop

_REFUND = (
    "id", "organization_id", "shop_id", "order_id", "customer_id", "source_id", "refunded_at", "currency", "amount", "is_cancellation",
    "is_history",
)  # fmt: skip
_LINE = ("id", "organization_id", "refund_id", "order_line_id", "sku", "title", "quantity", "amount")


@dataclass(slots=True)
class RefundReport:
    """What a mirroring did; `unknown_orders` are named by a slip and not known yet: tell them again later."""

    created: int = 0
    unchanged: int = 0
    lines_matched: int = 0
    lines_unmatched: int = 0
    unknown_orders: list[str] = field(default_factory=list)


def mirror_refunds(shop: Shop, records: Sequence[RefundRecord], *, is_history: bool = False) -> RefundReport:
    """Take over these refunds in one transaction; one that is known stays as it is."""
    report = RefundReport()
    wanted = {record.source_id: record for record in records}
    with transaction.atomic():
        sql.one_at_a_time(shop.id)
        known = set(Refund.objects.filter(shop=shop, source_id__in=wanted).values_list("source_id", flat=True))
        report.unchanged = len(known)
        orders = {
            order.source_id: order
            for order in Order.objects.filter(
                shop=shop, source_id__in={r.order_source_id for r in wanted.values() if r.order_source_id}
            )
        }
        fresh = []
        for record in wanted.values():
            if record.source_id in known:
                continue
            if record.order_source_id and record.order_source_id not in orders:
                report.unknown_orders.append(record.order_source_id)
                continue
            fresh.append(record)
        _write(shop, fresh, orders, report, is_history)
    return report


def foresee(shop: Shop, records: Sequence[RefundRecord]) -> dict[str, int]:
    """How many of these refunds would be new, and how many are known: for a rehearsal that writes nothing."""
    wanted = {record.source_id for record in records}
    known = Refund.objects.filter(shop=shop, source_id__in=wanted).count()
    return {"created": len(wanted) - known, "unchanged": known}


def _write(
    shop: Shop, fresh: list[RefundRecord], orders: dict[str, Order], report: RefundReport, is_history: bool
) -> None:
    people = customers.upsert(
        shop, [r.customer or CustomerRecord() for r in fresh], source="import" if is_history else "shop_system"
    )
    refunds, pairs, news = [], [], []
    for record, customer_id in zip(fresh, people, strict=True):
        order = orders.get(record.order_source_id)
        refund = Refund(
            id=ids.new_id(), organization_id=shop.organization_id, shop=shop, order=order, source_id=record.source_id,
            customer_id=order.customer_id if order else customer_id, refunded_at=record.refunded_at, currency=record.currency,
            amount=record.amount, is_cancellation=record.is_cancellation, is_history=is_history,
        )  # fmt: skip
        refunds.append(refund)
        pairs += [(refund, line) for line in record.lines]
        if record.is_cancellation:
            news.append(
                News("refund.created", shop.organization_id, refund.id, {"history": is_history}, record.refunded_at)
            )
    matched = _matched(pairs)
    sql.insert_many("orders_refund", _REFUND, [_row(refund) for refund in refunds])
    keys = ids.new_ids(len(pairs))
    rows = [
        (key, shop.organization_id, refund.id, line_id, line.sku[:100], line.title[:300], line.quantity, line.amount)
        for key, (refund, line), line_id in zip(keys, pairs, matched, strict=True)
    ]
    sql.insert_many("orders_refundline", _LINE, rows)
    events.emit(news)
    report.created += len(refunds)
    report.lines_matched += sum(line_id is not None for line_id in matched)
    report.lines_unmatched += sum(line_id is None for line_id in matched)


def _row(refund: Refund) -> tuple[Any, ...]:
    moment = sql.moment(refund.refunded_at)
    return (
        refund.id, refund.organization_id, refund.shop_id, refund.order_id, refund.customer_id, refund.source_id, moment,
        refund.currency, refund.amount, refund.is_cancellation, refund.is_history,
    )  # fmt: skip


def _matched(pairs: list[tuple[Refund, RefundLineRecord]]) -> list[int | None]:
    """The order line of each refund line: by its own id within the named order, else by customer and item."""
    by_order = _lines_of_orders({refund.order_id for refund, _ in pairs if refund.order_id})
    loose = [(i, refund, line) for i, (refund, line) in enumerate(pairs) if not refund.order_id and refund.customer_id]
    loose.sort(key=lambda entry: (entry[1].refunded_at, entry[0]))
    slips = [Slip((refund.customer_id or 0, line.sku), refund.refunded_at, line.quantity) for _, refund, line in loose]
    purchases = _purchases({slip.key for slip in slips})
    by_index = dict(zip((i for i, _, _ in loose), match(slips, purchases), strict=True))
    return [
        by_order.get((refund.order_id, line.line_source_id or line.sku)) if refund.order_id else by_index.get(i)
        for i, (refund, line) in enumerate(pairs)
    ]


def _lines_of_orders(order_ids: set[int]) -> dict[tuple[int | None, str], int]:
    found: dict[tuple[int | None, str], int] = {}
    for line_id, order_id, source_id, sku in OrderLine.objects.filter(order_id__in=order_ids).values_list(
        "id", "order_id", "source_id", "sku"
    ):
        found.setdefault((order_id, sku), line_id)
        if source_id:
            found[order_id, source_id] = line_id
    return found


def _purchases(keys: set[tuple[int, str]]) -> dict[tuple[int, str], list[Purchase]]:
    """What these customers bought of these items, less what earlier slips already gave back."""
    wanted, values = sql.pairs("customer", "sku", sorted(keys))
    statement = f"""
        SELECT line.id, o.customer_id, line.sku, o.placed_at, line.quantity
               - COALESCE((SELECT SUM(back.quantity) FROM orders_refundline back WHERE back.order_line_id = line.id), 0)
          FROM orders_order o JOIN orders_orderline line ON line.order_id = o.id
         WHERE o.customer_id IN (SELECT customer FROM ({wanted}) AS w)
           AND (o.customer_id, line.sku) IN (SELECT customer, sku FROM ({wanted}) AS w)
         ORDER BY o.placed_at, line.position
    """  # noqa: S608 the house's own text
    found: dict[tuple[int, str], list[Purchase]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *values])
        for line_id, customer, sku, placed_at, left in cursor.fetchall():
            found[customer, sku].append(Purchase(line_id, sql.read_moment(placed_at), left))
    return found
