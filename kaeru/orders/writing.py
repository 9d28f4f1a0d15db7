"""New orders and their lines, written many at a time: COPY on PostgreSQL, one prepared statement on SQLite.

An import writes half a million lines; model instances and bulk_create would take five times as long for the same rows.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import count, islice, repeat
from typing import Any

from kaeru.core import ids, sql
from kaeru.orders.rules import LineRecord, OrderRecord
from kaeru.tenants.models import Shop

_ORDER = (
    "id", "organization_id", "shop_id", "customer_id", "source_id", "number", "placed_at", "source_updated_at", "currency", "total",
    "subtotal", "shipping_fee", "discount", "payment_kind", "sales_channel", "cancelled_at", "cancel_reason", "cancel_side",
    "shipped_at", "coupon_codes", "reorder_ref", "is_history", "paid_at", "dispatch_by", "wished_on", "wished_slot", "mall_state",
    "cancel_asked_at", "is_reserved", "digest",
)  # fmt: skip
_LINE = ("id", "organization_id", "order_id", "position", *LineRecord._fields)


def order_row(
    shop: Shop, order_id: int, customer_id: int | None, told: OrderRecord, state: bytes, *, is_history: bool
) -> tuple[Any, ...]:
    """The database's row of a new order."""
    moment = sql.moment
    return (
        order_id, shop.organization_id, shop.id, customer_id, told.source_id, (told.number or told.source_id)[:100],
        moment(told.placed_at), moment(told.updated_at), told.currency, told.total, told.subtotal, told.shipping_fee, told.discount,
        told.payment_kind[:20], told.sales_channel[:40], moment(told.cancelled_at), told.cancel_reason[:100], told.cancel_side,
        moment(told.shipped_at), json.dumps(told.coupon_codes), told.reorder_ref[:40], is_history,
        moment(told.paid_at), _day(told.dispatch_by), _day(told.wished_on), told.wished_slot[:20], told.mall_state[:20],
        moment(told.cancel_asked_at), told.is_reserved, state,
    )  # fmt: skip


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def insert_orders(rows: Sequence[tuple[Any, ...]]) -> None:
    """Write new orders; see order_row."""
    sql.insert_many("orders_order", _ORDER, rows)


_CHANGES = tuple(name for name in _ORDER if name not in ("id", "organization_id", "shop_id", "source_id", "is_history"))
_UPDATE = f"UPDATE orders_order SET {', '.join(f'{name} = %s' for name in _CHANGES)} WHERE id = %s"  # noqa: S608 the house's own text


def update_orders(rows: Sequence[tuple[Any, ...]]) -> None:
    """Write orders that are known already, as they are told now; see order_row."""
    if not rows:
        return
    told = [dict(zip(_ORDER, row, strict=True)) for row in rows]
    sql.execute_many(_UPDATE, [[*(row[name] for name in _CHANGES), row["id"]] for row in told])


def insert_lines(shop: Shop, told: Sequence[tuple[int, Sequence[LineRecord]]]) -> None:
    """Write the lines of orders that had none: (the order's id, its lines)."""
    keys = iter(ids.new_ids(sum(len(lines) for _, lines in told)))
    owner = shop.organization_id
    rows: list[tuple[Any, ...]] = []
    for order_id, lines in told:
        rows += zip(
            islice(keys, len(lines)),
            repeat(owner),
            repeat(order_id),
            count(),
            *_columns(fitting(lines)),
            strict=False,
        )
    sql.insert_many("orders_orderline", _LINE, rows)


def _columns(lines: Sequence[LineRecord]) -> Iterator[Iterable[Any]]:
    """The lines' columns as the database takes them; most lines have no tags."""
    if not lines:
        return
    *columns, tags = zip(*lines, strict=True)
    yield from columns
    yield map(json.dumps, tags) if any(tags) else repeat("[]")


def fitting(lines: Sequence[LineRecord]) -> Sequence[LineRecord]:
    """The lines with texts cut to what their columns hold."""
    if not lines:
        return lines
    titles, _, _, *texts, variants, _tags = zip(*lines, strict=True)
    if _longest(titles) <= 300 and _longest(variants) <= 200 and all(_longest(column) <= 100 for column in texts):
        return lines
    return [
        LineRecord(
            line.title[:300], line.quantity, line.unit_price, line.source_id[:100], line.sku[:100], line.product_id[:100],
            line.variant_id[:100], line.variant[:200], line.tags,
        )
        for line in lines
    ]  # fmt: skip


def _longest(texts: Sequence[str]) -> int:
    return max(map(len, texts))
