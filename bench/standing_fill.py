"""Fills a database for the standing: one shop with very many orders of the last nine months, and very many shops whose days are counted."""

import json
import random
import sys
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import django

BATCH = 50_000
ON = date(2026, 10, 1)
"""The night that is judged: month, quarter and the quarters in a row."""
DAYS = 184


def fill(orders: int, shops: int) -> None:
    """The rows, as the house itself would have written them."""
    from django.core.management import call_command

    from kaeru.core import scope
    from kaeru.marketplaces import actions as malls
    from kaeru.tenants import actions

    call_command("migrate", verbosity=0)
    owner = actions.create_organization("bench", "Bench")
    with scope.organization(owner.id):
        large = actions.add_shop(owner, "large", "Large", sender_name="Bench", contact="bench@example.com")
        malls.join(large, "qoo10", actor="bench")
    _orders(owner.id, large.id, orders)
    _shops(owner.id, shops)


def _orders(owner: int, shop: int, orders: int) -> None:
    """Evenly over 270 days; one in twenty is cancelled, mostly within two days."""
    from django.db import transaction

    from kaeru.core import ids, sql

    columns = (
        "id", "organization_id", "shop_id", "source_id", "number", "placed_at", "source_updated_at", "currency", "total", "shipping_fee", "discount",
        "payment_kind", "sales_channel", "cancelled_at", "cancel_reason", "cancel_side", "coupon_codes", "reorder_ref", "is_history", "digest",
        "paid_at", "wished_slot", "mall_state", "is_reserved",
    )  # fmt: skip
    luck, start = random.Random(1), datetime.fromisoformat("2026-01-03T00:00:00+00:00")

    def row(number: int) -> tuple[Any, ...]:
        at = start + timedelta(seconds=int(number * 270 * 86_400 / orders))
        gone = at + timedelta(minutes=int(luck.expovariate(1 / 1500))) if luck.random() < 0.05 else None
        side = luck.choice(["shop", "customer", ""]) if gone else ""
        return (
            ids.new_id(), owner, shop, f"o{number}", f"o{number}", sql.moment(at), sql.moment(at), "JPY", 3000, 0, 0, "", "qoo10", sql.moment(gone),
            "", side, "[]", "", True, b"", sql.moment(at), "", "", False,
        )  # fmt: skip

    rows = map(row, range(orders))
    while batch := list(islice(rows, BATCH)):
        with transaction.atomic():
            sql.insert_many("orders_order", columns, batch)


def _shops(owner: int, shops: int) -> None:
    """Shops with 184 counted days, of which most have a cancellation or two."""
    from django.db import transaction

    from kaeru.core import clock, ids, scope, sql
    from kaeru.marketplaces.counting import bounds
    from kaeru.marketplaces.counts import key
    from kaeru.marketplaces.models import MallTerms, Tally
    from kaeru.marketplaces.programme import load
    from kaeru.tenants.models import Shop

    luck, now = random.Random(2), clock.now()
    with scope.everyone():
        made = [
            Shop(
                id=ids.new_id(),
                organization_id=owner,
                slug=f"s{number}",
                name=f"S{number}",
                public_key=f"k{number}",
                created_at=now,
            )
            for number in range(shops)
        ]
        Shop.objects.bulk_create(made, batch_size=500)
        MallTerms.objects.bulk_create(
            [
                MallTerms(
                    id=ids.new_id(),
                    organization_id=owner,
                    shop=shop,
                    programme="qoo10",
                    counted_at=now,
                    judged_on=ON - timedelta(days=1),
                )
                for shop in made
            ],
            batch_size=500,
        )
    columns = ("id", "organization_id", "shop_id", "day", "starts_at", "ends_at", "counts", "is_stale")
    days = [
        (day, bounds(day, load("qoo10").zone)) for day in (ON - timedelta(days=back) for back in range(1, DAYS + 1))
    ]
    assert Tally._meta.db_table == "marketplaces_tally"
    for shop in made:
        rows = []
        for day, (starts_at, ends_at) in days:
            counts = {"o": luck.randint(5, 40), "p": 0}
            counts["p"] = counts["o"]
            for basis in ("o", "c"):
                counts[
                    key(
                        basis,
                        "w",
                        luck.choice(["shop", "customer"]),
                        is_paid=True,
                        age=(luck.randint(0, 40), luck.randint(0, 2)),
                    )
                ] = 1
            rows.append(
                (
                    ids.new_id(),
                    owner,
                    shop.id,
                    str(day),
                    sql.moment(starts_at),
                    sql.moment(ends_at),
                    json.dumps(counts),
                    False,
                )
            )
        with transaction.atomic():
            sql.insert_many("marketplaces_tally", columns, rows)


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]), int(sys.argv[2]))
    print("{}", flush=True)
