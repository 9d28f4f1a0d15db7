"""Fills a database for the results: one shop with very many assignments of a year, and very many shops with some."""

import json
import random
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import django

BATCH = 50_000
DAYS = 400
REASONS = 6
COLUMNS = (
    "id", "organization_id", "assignment_id", "shop_id", "scenario_id", "customer_id", "reason_id", "channel", "is_treated", "pi", "first_at",
    "lost", "is_first_in_shop", "is_first_of_reason", "is_first_of_channel", "matured", "counted", "due_at", "again",
)  # fmt: skip


def fill(units: int, shops: int, each: int) -> None:
    """The rows, as the house itself would have written them: every window that is over is filled in, none is in a figure."""
    from django.core.management import call_command

    from kaeru.core import clock, scope
    from kaeru.tenants import actions

    call_command("migrate", verbosity=0)
    owner = actions.create_organization("bench", "Bench")
    with scope.organization(owner.id):
        large = actions.add_shop(owner, "large", "Large", sender_name="Bench")
        some = _shops(owner.id, shops)
        _write(owner.id, large.id, units, clock.now())
        for shop_id in some:
            _write(owner.id, shop_id, each, clock.now(), reasons=3)


def _shops(owner: int, count: int) -> list[int]:
    from kaeru.core import clock, ids
    from kaeru.tenants.models import Shop

    made = [
        Shop(id=ids.new_id(), organization_id=owner, slug=f"s{number}", name="S", public_key=f"s{number}", created_at=clock.now())
        for number in range(count)
    ]  # fmt: skip
    Shop.objects.bulk_create(made, batch_size=1000)
    return [shop.id for shop in made]


def _write(owner: int, shop_id: int, count: int, now: datetime, reasons: int = REASONS) -> None:
    """Customers who cancelled, each once, evenly over DAYS; a tenth is held back, half come back, a few more of the treated."""
    from django.db import transaction

    from kaeru.cancellations.models import Reason
    from kaeru.core import ids, sql
    from kaeru.recoveries.windows import WINDOWS, matured, next_over
    from kaeru.scenarios.models import Revision, Scenario

    luck = random.Random(shop_id)
    keys = ids.new_ids(3 * reasons)
    why = [
        Reason(id=keys[n], organization_id=owner, shop_id=shop_id, code=f"r{n}", labels={"ja": "x"})
        for n in range(reasons)
    ]
    Reason.objects.bulk_create(why)
    scenarios = [
        Scenario(id=keys[reasons + n], organization_id=owner, shop_id=shop_id, reason=one, name="S", created_at=now)
        for n, one in enumerate(why)
    ]
    Scenario.objects.bulk_create(scenarios)
    revisions = [
        Revision(
            id=keys[2 * reasons + n],
            organization_id=owner,
            scenario=one,
            number=1,
            flow={},
            program=[],
            published_at=now,
            published_by="b",
        )
        for n, one in enumerate(scenarios)
    ]
    Revision.objects.bulk_create(revisions)
    windows = [f"{name}_{days}" for days in WINDOWS for name in ("back", "value", "coupons", "sends")]

    def rows(key: int, number: int) -> tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]:
        at = now - timedelta(days=DAYS) + timedelta(seconds=int(number * DAYS * 86_400 / count))
        which, is_treated = luck.randrange(reasons), luck.random() < 0.9
        came = luck.expovariate(1 / 12) if luck.random() < (0.55 if is_treated else 0.5) else 999.0
        value, over, due = luck.randrange(1000, 9000), matured(at, now), next_over(at, now)
        is_done = over == len(WINDOWS)
        if not is_done:
            came = 999.0  # there are no orders: what the next night fills in must agree with what is counted
        told: list[Any] = []
        for place, days in enumerate(WINDOWS):
            back = came <= days
            told += [back if place < over else None, value if back and place < over else 0, 0, 0]
        moment = sql.moment(at)
        return (
            (key, owner, shop_id, f"c{key}", "", "ja", moment),
            (key, owner, shop_id, scenarios[which].id, key, "treated" if is_treated else "held", 0.9, 5000, revisions[which].id, moment),
            (
                key, owner, key, shop_id, scenarios[which].id, key, why[which].id, ("mail", "line")[which % 2], is_treated, 0.9, moment, 4000,
                True, True, True, over, 0, sql.moment(due), int(is_done and luck.random() < 0.1) if over > 2 else None, *told,
            ),
        )  # fmt: skip

    made = (rows(key, number) for number, key in enumerate(ids.new_ids(count)))
    while batch := list(islice(made, BATCH)):
        people, assignments, outcomes = _columns(batch)
        with transaction.atomic():
            sql.insert_many(
                "customers_customer",
                ("id", "organization_id", "shop_id", "source_id", "name", "language", "created_at"),
                people,
            )
            sql.insert_many(
                "scenarios_assignment",
                (
                    "id",
                    "organization_id",
                    "shop_id",
                    "scenario_id",
                    "customer_id",
                    "arm",
                    "pi",
                    "bucket",
                    "revision_id",
                    "at",
                ),
                assignments,
            )
            sql.insert_many("recoveries_outcome", (*COLUMNS, *windows), outcomes)


def _columns(batch: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple([row[place] for row in batch] for place in range(3))


if __name__ == "__main__":
    django.setup()
    fill(*(int(value) for value in sys.argv[1:4]))
    print(json.dumps({}))
