"""How fast is a rehearsal? One year with 100,000 cancellations, beside a bare loop over the same rows as the limit.

    python -m bench.rehearsal [--count 100000] [--only sqlite|postgres]

The scenario: a notice, a branch by value, a call for the large orders, a coupon with budget a day later, its mail under quiet hours and
caps, a second mail three days later. The bare loop reads the same tables, makes one object for each cancellation, and puts as many
entries through a heap as the scenario has turns, deciding nothing. Wanted: at most 60 s on two cores.
"""

import argparse
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import islice
from pathlib import Path
from typing import Any

from bench.stage import databases, play, result

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
DAYS = 365
BATCH = 20_000
TEXTS = {"ja": {"subject": "件名", "body": "本文 {{ customer.name }}"}}
COUPON_TEXTS = {"ja": {"subject": "クーポン", "body": "{{ coupon.code }} {{ coupon.value }} {{ coupon.expires_on }}"}}


def steps() -> list[dict[str, Any]]:
    """The scenario."""
    call = {"kind": "call", "script": {"ja": "お電話"}, "hours": 8, "tries": 2, "reached": [], "unreached": []}
    return [
        {"kind": "message", "purpose": "notice", "texts": TEXTS},
        {"kind": "branch", "if": {"field": "order.value", "op": "at_least", "value": 9000}, "then": [call], "else": []},
        {"kind": "wait", "days": 1},
        {"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 0, "budget": 2_000_000},
        {"kind": "message", "purpose": "advertisement", "texts": COUPON_TEXTS},
        {"kind": "wait", "days": 3},
        {"kind": "branch", "if": {"field": "customer.cancellations", "op": "at_least", "value": 2}, "then": [],
         "else": [{"kind": "message", "purpose": "advertisement", "texts": TEXTS}]},
    ]  # fmt: skip


def fill(count: int) -> None:
    """`count` cancellations over a year by half as many customers; three of ten order again, one in twenty ships after all."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from kaeru.core import clock, sql
    from kaeru.tenants import actions

    call_command("migrate", verbosity=0)
    clock.set_clock(clock.Clock(real=time.time(), shown=NOW, speed=1e-9))
    owner = actions.create_organization("bench", "Bench")
    shop = actions.add_shop(
        owner, "bench", "Bench", sender_name="Bench", contact="bench@example.com", postal_address="Tokyo"
    )
    for table, columns, rows in _tables(owner.id, shop.id, count):
        with transaction.atomic():
            while batch := list(islice(rows, BATCH)):
                sql.insert_many(table, columns, batch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _tables(owner: int, shop: int, count: int) -> Any:
    from kaeru.core import sql

    people, start = count // 2, sql.moment(NOW - timedelta(days=400))
    base = {
        name: (index + 1) << 40
        for index, name in enumerate(("customer", "mail", "phone", "consent", "order", "again", "request"))
    }

    def at(index: int) -> datetime:
        return NOW - timedelta(days=DAYS) + timedelta(seconds=1 + index * (DAYS * 86_400 - 60) / count)

    order = (
        "id", "organization_id", "shop_id", "customer_id", "source_id", "number", "placed_at", "source_updated_at", "currency", "total",
        "shipping_fee", "discount", "payment_kind", "sales_channel", "cancelled_at", "shipped_at", "cancel_reason", "cancel_side",
        "coupon_codes", "reorder_ref", "is_history", "digest", "wished_slot", "mall_state", "is_reserved",
    )  # fmt: skip

    def orders(name: str, delay: timedelta, which: Any) -> Any:
        for i in which:
            placed = at(i) + delay
            is_first = name == "order"
            yield (
                base[name] + i, owner, shop, base["customer"] + i % people, f"{name}{i}", f"{name}{i}", sql.moment(placed),
                sql.moment(placed), "JPY", 1000 + i % 97 * 100, 0, 0, "", "",
                sql.moment(at(i) + timedelta(minutes=5)) if is_first and i % 20 else None,
                sql.moment(at(i) + timedelta(hours=30)) if is_first and not i % 20 else None, "", "", "[]", "", False, b"", "", "", False,
            )  # fmt: skip

    yield (
        "customers_customer", ("id", "organization_id", "shop_id", "source_id", "name", "language", "created_at"),
        ((base["customer"] + i, owner, shop, f"c{i}", "山田 花子", "ja", start) for i in range(people)),
    )  # fmt: skip
    identity = ("id", "organization_id", "shop_id", "customer_id", "kind", "value")
    yield (
        "customers_identity",
        identity,
        ((base["mail"] + i, owner, shop, base["customer"] + i, "mail", f"c{i}@example.com") for i in range(people)),
    )
    yield (
        "customers_identity", identity,
        ((base["phone"] + i, owner, shop, base["customer"] + i, "phone", f"090{10_000_000 + i}") for i in range(0, people, 2)),
    )  # fmt: skip
    yield (
        "customers_consent", ("id", "organization_id", "customer_id", "channel", "basis", "source", "granted_at"),
        ((base["consent"] + i, owner, base["customer"] + i, "mail", "opt_in", "import", start) for i in range(people) if i % 10 < 7),
    )  # fmt: skip
    yield "orders_order", order, orders("order", timedelta(hours=-2), range(count))
    yield "orders_order", order, orders("again", timedelta(hours=20), (i for i in range(count) if i % 10 < 3))
    yield (
        "cancellations_cancellationrequest",
        ("id", "organization_id", "shop_id", "order_id", "customer_id", "side", "origin", "state", "is_whole", "value", "currency",
         "is_history", "requested_at", "decided_at", "created_at"),
        ((base["request"] + i, owner, shop, base["order"] + i, base["customer"] + i % people, "customer", "page", "cancelled", True,
          1000 + i % 97 * 100, "JPY", True, sql.moment(at(i)), sql.moment(at(i)), sql.moment(at(i))) for i in range(count)),
    )  # fmt: skip


def product() -> None:
    """The rehearsal."""
    from kaeru.core import scope
    from kaeru.scenarios.flow import flow_of
    from kaeru.scenarios.rehearsal import Candidate, rehearse

    shop = _shop()
    with scope.organization(shop.organization_id):
        found = rehearse(shop, Candidate(flow_of(steps())), days=DAYS + 1)
    told = found.figures()
    result(
        seconds=found.seconds,
        cpu=time.process_time(),
        **{name: told[name] for name in ("enrolled", "messages", "deferred", "blocked", "coupons", "calls", "cost")},
    )


def bare() -> None:
    """The limit: the same rows read, an object each, as many entries through a heap."""
    from django.db import connection

    from kaeru.core.sql import read_moment

    begun, shop = time.monotonic(), _shop()
    queue: list[tuple[datetime, int, int]] = []
    counted: Counter[int] = Counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM customers_customer WHERE shop_id = %s", [shop.id])
        people = {row[0]: row for row in cursor.fetchall()}
        for table in ("customers_identity", "customers_consent"):
            cursor.execute(f"SELECT customer_id, id FROM {table}")
            counted.update(row[0] for row in cursor.fetchall())
        cursor.execute(
            "SELECT customer_id, placed_at FROM orders_order WHERE shop_id = %s ORDER BY placed_at", [shop.id]
        )
        later = [(row[0], read_moment(row[1])) for row in cursor.fetchall()]
        cursor.execute(
            "SELECT c.id, c.customer_id, c.decided_at, o.total, o.number, o.shipped_at, o.cancelled_at FROM cancellations_cancellationrequest c "
            "JOIN orders_order o ON o.id = c.order_id WHERE c.shop_id = %s ORDER BY c.decided_at", [shop.id],
        )  # fmt: skip
        cases = [
            {"id": row[0], "customer": people[row[1]], "at": read_moment(row[2]), "total": row[3]}
            for row in cursor.fetchall()
        ]
    for number, case in enumerate(cases):
        heappush(queue, (case["at"], number, 0))
    turns = 0
    while queue:
        at, number, turn = heappop(queue)
        turns += 1
        if turn < 6:
            heappush(queue, (at + timedelta(days=turn % 3), number, turn + 1))
    result(
        seconds=time.monotonic() - begun, cpu=time.process_time(), enrolled=len(cases), turns=turns, later=len(later)
    )


def _shop() -> Any:
    from kaeru.core import clock, scope
    from kaeru.tenants.models import Shop

    clock.set_clock(clock.Clock(real=time.time(), shown=NOW, speed=1e-9))
    with scope.everyone():
        return Shop.objects.select_related("organization").get(slug="bench")


def measure(kind: str, count: int) -> None:
    """Print the figures of one database."""

    def ready(url: str, home: Path) -> object:
        return play("bench.rehearsal", "--play", "fill", "--count", str(count), database_url=url, home=home)

    with databases(kind, ready) as stage:
        ours = play("bench.rehearsal", "--play", "product", database_url=stage.original, home=stage.folder)
        limit = play("bench.rehearsal", "--play", "bare", database_url=stage.original, home=stage.folder)
    assert ours["enrolled"] == limit["enrolled"] == count, (ours, limit)
    print(
        f"{kind}: {count:,} cancellations in {ours['seconds']:.1f} s (wanted <= 60; {ours['cpu']:.1f} s of one core), bare loop "
        f"{limit['seconds']:.1f} s ({limit['cpu']:.1f} s), ratio {ours['cpu'] / limit['cpu']:.1f}, "
        f"memory {ours['memory_mb']:.0f} MB (bare {limit['memory_mb']:.0f})"
    )
    print(
        f"{kind}: "
        + ", ".join(f"{name} {ours[name]:,}" for name in ("messages", "deferred", "blocked", "coupons", "calls"))
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--play", choices=["fill", "product", "bare"])
    chosen = parser.parse_args()
    if chosen.play:
        import django

        django.setup()
        if chosen.play == "fill":
            fill(chosen.count)
            result(filled=True)
        else:
            {"product": product, "bare": bare}[chosen.play]()
        return
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgres"]:
        measure(kind, chosen.count)


if __name__ == "__main__":
    main()
