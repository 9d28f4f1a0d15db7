"""Fills a database with a shop's past: buyers with several orders, lines with product tags, some wishes to cancel; and a policy."""

import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import django

BATCH = 20_000
DAYS = 80
"""The orders lie within so many days."""
Row = tuple[object, ...]

POLICY: dict[str, Any] = {
    "cutoff": "14:00",
    "rules": [
        {"id": "made_to_order", "when": {"field": "order.product_tag", "op": "has_any", "value": ["made-to-order"]}, "result": "ask"},
        {"id": "often", "when": {"field": "customer.cancellations", "op": "at_least", "value": 3, "days": 90}, "result": "ask"},
        {"id": "fresh", "when": {"field": "order.minutes", "op": "less_than", "value": 15}, "result": "accept"},
        {"id": "late_large", "result": "refuse", "ground": "passed_cutoff", "when": {"all": [
            {"field": "order.passed_cutoff", "op": "is", "value": True}, {"field": "order.value", "op": "at_least", "value": 20_000}]}},
        {"id": "cod", "when": {"all": [{"field": "order.payment_kind", "op": "one_of", "value": ["cod", "konbini"]},
                                       {"not": {"field": "order.product_tag", "op": "has_any", "value": ["sale"]}}]}, "result": "ask"},
        {"id": "first", "when": {"all": [{"field": "order.is_first", "op": "is", "value": True},
                                         {"field": "order.value", "op": "more_than", "value": 35_000}]}, "result": "ask"},
        {"id": "sale", "when": {"any": [{"field": "order.product", "op": "has_any", "value": ["sku-1"]},
                                        {"field": "order.items", "op": "more_than", "value": 8}]}, "result": "repair_only", "ground": "other"},
        {"id": "weekend", "when": {"all": [{"field": "moment.weekday", "op": "one_of", "value": ["sat", "sun"]},
                                           {"field": "order.value", "op": "more_than", "value": 38_000}]}, "result": "ask"},
        {"id": "channel", "when": {"field": "order.sales_channel", "op": "is", "value": "outlet"}, "result": "refuse", "ground": "other"},
        {"id": "changed", "when": {"all": [{"field": "cancellation.reason", "op": "is", "value": "changed_mind"},
                                           {"field": "customer.orders", "op": "less_than", "value": 2}]}, "result": "ask"},
    ],
    "otherwise": "accept",
}  # fmt: skip
"""Ten rules with every kind of question: time, money, tags, payment, history, the cut-off."""


def fill(orders: int) -> None:
    """So many orders of half as many buyers."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from kaeru.cancellations.policy import actions as policies
    from kaeru.cancellations.seeds import seed_reasons
    from kaeru.core import clock, scope, sql
    from kaeru.tenants import actions

    call_command("migrate", verbosity=0)
    owner = actions.create_organization("bench", "Bench")
    shop = actions.add_shop(owner, "bench", "Bench", sender_name="Bench", contact="bench@example.com")
    with scope.organization(owner.id):
        seed_reasons(shop)
        policies.save(shop, POLICY, actor="bench")
    for table, columns, rows in _tables(owner.id, shop.id, orders, clock.now()):
        while batch := list(islice(rows, BATCH)):
            with transaction.atomic():
                sql.insert_many(table, columns, batch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _tables(owner: int, shop: int, orders: int, now: datetime) -> Iterator[tuple[str, tuple[str, ...], Iterator[Row]]]:
    from kaeru.core import sql

    base = {name: (index + 1) << 40 for index, name in enumerate(("customer", "order", "line", "request"))}
    start = sql.moment(now - timedelta(days=DAYS))
    chance = random.Random(11)
    placed = [now - timedelta(days=DAYS) * chance.random() - timedelta(hours=2) for _ in range(orders)]
    moments = [sql.moment(one) for one in placed]
    yield (
        "customers_customer", ("id", "organization_id", "shop_id", "source_id", "name", "language", "created_at"),
        ((base["customer"] + i, owner, shop, f"c{i}", "山田 花子", "ja", start) for i in range(orders // 2 + 1)),
    )  # fmt: skip
    kinds = ("card", "card", "card", "konbini", "bank", "cod", "wallet")
    yield (
        "orders_order",
        ("id", "organization_id", "shop_id", "customer_id", "source_id", "number", "placed_at", "source_updated_at", "currency", "total",
         "shipping_fee", "discount", "payment_kind", "sales_channel", "cancel_reason", "cancel_side", "coupon_codes", "reorder_ref",
         "is_history", "digest", "wished_slot", "mall_state", "is_reserved"),
        ((base["order"] + i, owner, shop, base["customer"] + i // 2, f"o{i}", f"o{i}", moments[i], moments[i], "JPY",
          1_000 + (i * 7919) % 39_000, 0, 0, kinds[i % 7], "outlet" if i % 97 == 0 else "online", "", "", "[]", "", False, b"", "", "", False)
         for i in range(orders)),
    )  # fmt: skip
    tags = ('["sale"]', '["new", "sale"]', "[]", '["made-to-order"]', "[]")
    yield (
        "orders_orderline",
        ("id", "organization_id", "order_id", "position", "source_id", "sku", "product_id", "variant_id", "title", "variant", "quantity",
         "unit_price", "tags"),
        ((base["line"] + i * 2 + j, owner, base["order"] + i, j, f"l{i}-{j}", f"sku-{i % 500}", f"p{i % 500}", f"v{i % 500}", "手ぬぐい", "",
          1 + i % 3, 1_980, tags[(i + j) % 5 if i % 10 == 0 else 2]) for i in range(orders) for j in range(1 + i % 2)),
    )  # fmt: skip
    yield (
        "cancellations_cancellationrequest",
        ("id", "organization_id", "shop_id", "order_id", "customer_id", "side", "origin", "state", "is_whole", "value", "currency",
         "is_history", "requested_at", "created_at"),
        ((base["request"] + i, owner, shop, base["order"] + i, base["customer"] + i // 2, "customer", "page",
          "cancelled" if i % 3 else "kept", True, 3_980, "JPY", False, sql.moment(placed[i] + timedelta(minutes=40)), start)
         for i in range(0, orders, 20)),
    )  # fmt: skip


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]))
    from bench.stage import result

    result(filled=True)
