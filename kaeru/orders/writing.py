"""New orders and their lines, written many at a time: COPY on PostgreSQL, one prepared statement on SQLite.

An import writes half a million lines; model instances and bulk_create would take five times as long for the same rows.
"""

import json
from collections.abc import Sequence
from operator import attrgetter

from kaeru.core import ids, sql
from kaeru.orders.models import Order
from kaeru.orders.rules import LineRecord

_ORDER = (
    "id", "organization_id", "shop_id", "customer_id", "source_id", "number", "placed_at", "source_updated_at", "currency", "total",
    "subtotal", "shipping_fee", "discount", "payment_kind", "sales_channel", "cancelled_at", "cancel_reason", "cancel_side",
    "shipped_at", "coupon_codes", "reorder_ref", "is_history", "digest",
)  # fmt: skip
_LINE_FIELDS = ("source_id", "sku", "product_id", "variant_id", "title", "variant", "quantity", "unit_price")
_LINE = ("id", "organization_id", "order_id", "position", *_LINE_FIELDS)
_MOST = (100, 100, 100, 100, 300, 200)
"""Characters that the texts among the line's fields may have."""
_TEXTS, _SHORTEST = len(_MOST), min(_MOST)
_order_values = attrgetter(*_ORDER)
_line_values = attrgetter(*_LINE_FIELDS)


def insert_orders(orders: Sequence[Order]) -> None:
    """Write new orders."""
    moments = [place for place, name in enumerate(_ORDER) if name.endswith("_at")]
    codes = _ORDER.index("coupon_codes")
    rows = []
    for order in orders:
        row = list(_order_values(order))
        for place in moments:
            row[place] = sql.moment(row[place])
        row[codes] = json.dumps(row[codes])
        rows.append(row)
    sql.insert_many("orders_order", _ORDER, rows)


def insert_lines(told: Sequence[tuple[Order, Sequence[LineRecord]]]) -> None:
    """Write the lines of orders that had none."""
    keys = iter(ids.new_ids(sum(len(lines) for _, lines in told)))
    rows = []
    for order, lines in told:
        owner, order_id = order.organization_id, order.id
        for position, line in enumerate(lines):
            values = _line_values(line)
            if max(map(len, values[:_TEXTS])) > _SHORTEST:
                values = tuple(value[:most] for value, most in zip(values, _MOST, strict=False)) + values[_TEXTS:]
            rows.append((next(keys), owner, order_id, position, *values))
    sql.insert_many("orders_orderline", _LINE, rows)
