"""Fills a database with enrolments: buyers who agreed to advertising, an order and its cancellation each, one frozen revision."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from kaeru.tenants.models import Shop

START = datetime(2026, 11, 1, tzinfo=UTC)
DUE = START + timedelta(hours=1)
WAIT_SECONDS = 86_400
BATCH = 20_000


def fill(count: int, waiting: int = 0) -> None:
    """`count` enrolments due at DUE, and `waiting` more that are due weeks later."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from kaeru.core import clock, scope, sql
    from kaeru.tenants import actions

    call_command("migrate", verbosity=0)
    clock.set_clock(clock.Clock(real=time.time(), shown=START, speed=1e-9))
    owner = actions.create_organization("bench", "Bench")
    shop = actions.add_shop(owner, "bench", "Bench", sender_name="Bench", contact="bench@example.com")
    with scope.organization(owner.id):
        revision = _revision(owner.id, shop)
    tables = list(_tables(owner.id, shop.id, revision, count, waiting))
    for table, columns, rows in tables:
        with transaction.atomic():
            while batch := list(islice(rows, BATCH)):
                sql.insert_many(table, columns, batch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


TEXTS = {"ja": {"subject": "件名", "body": "本文"}}
BUDGET = 10**9
FLOW = [
    {"kind": "message", "purpose": "notice", "channels": ["mail"], "texts": TEXTS},
    {"kind": "wait", "hours": 24, "days": 0},
    {"kind": "branch", "if": {"field": "order.value", "op": "at_least", "value": 3000}, "then": [
        {"kind": "split", "id": "split", "weight_a": 50, "weight_b": 50,
         "a": [{"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 0, "budget": BUDGET}],
         "b": [{"kind": "coupon", "coupon": "percent", "percent": 10, "days": 14, "minimum": 0, "budget": BUDGET}]},
    ], "else": []},
    {"kind": "wait", "hours": 24, "days": 0},
    {"kind": "message", "purpose": "advertisement", "channels": ["mail"], "texts": TEXTS},
]  # fmt: skip
"""Every kind of decision: a condition on the order, a split by chance, consent, budgets, one incentive in four weeks."""
CHEAP, DEAR = 1980, 3980
"""Minor units: every fifth order is cheap and gets no coupon."""


def _revision(organization_id: int, shop: "Shop") -> int:
    from kaeru.scenarios import actions

    scenario = actions.begin(shop, actor="bench", name="bench", flow={"steps": FLOW})
    revision = actions.publish(scenario.id, actor="bench").id
    actions.switch(scenario.id, is_on=True, actor="bench")
    return revision


def _tables(
    owner: int, shop: int, revision: int, count: int, waiting: int
) -> Iterator[tuple[str, tuple[str, ...], Iterator[tuple[object, ...]]]]:
    from kaeru.core import sql

    everyone = range(count + waiting)
    start, due, weeks = (
        sql.moment(START),
        sql.moment(DUE),
        [sql.moment(DUE + timedelta(days=14 + day)) for day in range(28)],
    )
    base = {
        name: (index + 1) << 40
        for index, name in enumerate(("customer", "identity", "consent", "order", "request", "enrollment"))
    }
    yield (
        "customers_customer", ("id", "organization_id", "shop_id", "source_id", "name", "language", "created_at"),
        ((base["customer"] + i, owner, shop, f"c{i}", "山田 花子", "ja", start) for i in everyone),
    )  # fmt: skip
    yield (
        "customers_identity", ("id", "organization_id", "shop_id", "customer_id", "kind", "value"),
        ((base["identity"] + i, owner, shop, base["customer"] + i, "mail", f"c{i}@example.com") for i in everyone),
    )  # fmt: skip
    yield (
        "customers_consent", ("id", "organization_id", "customer_id", "channel", "basis", "source", "granted_at"),
        ((base["consent"] + i, owner, base["customer"] + i, "mail", "opt_in", "import", start) for i in everyone),
    )  # fmt: skip
    yield (
        "orders_order",
        ("id", "organization_id", "shop_id", "customer_id", "source_id", "number", "placed_at", "source_updated_at", "currency", "total",
         "shipping_fee", "discount", "payment_kind", "sales_channel", "cancel_reason", "cancel_side", "coupon_codes", "reorder_ref",
         "is_history", "digest", "wished_slot", "mall_state", "is_reserved"),
        ((base["order"] + i, owner, shop, base["customer"] + i, f"o{i}", f"o{i}", start, start, "JPY",
          DEAR if i % 5 else CHEAP, 0, 0, "", "", "", "", "[]", "",
          False, b"", "", "", False) for i in everyone),
    )  # fmt: skip
    yield (
        "cancellations_cancellationrequest",
        ("id", "organization_id", "shop_id", "order_id", "customer_id", "side", "origin", "state", "is_whole", "value", "currency",
         "is_history", "requested_at", "created_at"),
        ((base["request"] + i, owner, shop, base["order"] + i, base["customer"] + i, "customer", "page", "cancelled", True, 3980, "JPY",
          False, start, start) for i in everyone),
    )  # fmt: skip
    yield (
        "scenarios_enrollment",
        ("id", "organization_id", "shop_id", "revision_id", "trigger", "subject_id", "about", "cancellation_id", "order_id", "customer_id",
         "arm", "step", "state", "awaiting", "heard", "due_at", "entered_at", "end_reason", "attempts"),
        ((base["enrollment"] + i, owner, shop, revision, "cancellation.requested", base["request"] + i, "cancellation",
          base["request"] + i, base["order"] + i, base["customer"] + i, "treated", 0, "waiting", "", "",
          due if i < count else weeks[i % 28], start, "", 0) for i in everyone),
    )  # fmt: skip


def reorder(count: int) -> None:
    """Three of ten buyers have ordered again after their coupon."""
    from django.db import transaction

    from kaeru.core import sql

    placed = sql.moment(DUE + timedelta(seconds=WAIT_SECONDS, hours=1))
    columns = (
        "id", "organization_id", "shop_id", "customer_id", "source_id", "number", "placed_at", "source_updated_at", "currency", "total",
        "shipping_fee", "discount", "payment_kind", "sales_channel", "cancel_reason", "cancel_side", "coupon_codes", "reorder_ref",
        "is_history", "digest", "wished_slot", "mall_state", "is_reserved",
    )  # fmt: skip
    with transaction.atomic():
        from kaeru.core import scope
        from kaeru.orders.models import Order

        with scope.everyone():
            owner, shop = Order.objects.values_list("organization_id", "shop_id")[0]
        rows = [
            (((9 << 40) + i), owner, shop, (1 << 40) + i, f"r{i}", f"r{i}", placed, placed, "JPY", 4200, 0, 0, "", "", "", "", "[]", "",
             False, b"", "", "", False)
            for i in range(count) if i % 10 < 3
        ]  # fmt: skip
        sql.insert_many("orders_order", columns, rows)


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    from bench.stage import result

    result(filled=True)
