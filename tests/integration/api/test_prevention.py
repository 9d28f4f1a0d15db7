"""Late orders, causes and stock over REST."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kaeru.core import clock, ids, scope
from kaeru.marketplaces.dispatch import actions
from kaeru.marketplaces.dispatch.actions import Delay
from kaeru.marketplaces.models import Finding, MallTerms, Stock
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System
from tests.integration.marketplaces.parcel_stage import set_time


@pytest.fixture(autouse=True)
def wednesday() -> None:
    set_time(datetime(2026, 11, 25, 1, 30, tzinfo=UTC))


@pytest.fixture
def system(cast: Cast) -> System:
    return System(cast.kotori)


def late(cast: Cast, **fields: Any) -> Order:
    at = clock.now() - timedelta(days=12)
    buyer = builders.customer(cast.kotori)
    return builders.order(cast.kotori, buyer, placed_at=at, **{"paid_at": at, "source_id": "o-1", **fields})


def test_it_lists_late_orders(cast: Cast, system: System) -> None:
    with scope.organization(cast.organization.id):
        MallTerms.objects.create(organization_id=cast.organization.id, shop=cast.kotori, programme="qoo10")
    order = late(cast, wished_on=date(2026, 12, 24), wished_slot="14:00~16:00")
    [told] = system.get("/late-orders")["orders"]
    assert (told["order_id"], told["level"], told["days_late"]) == ("o-1", "late", 6)
    assert [line["effect"] for line in told["crossed"]] == ["points", "stop"]
    assert told["crossed"][0]["points"] == 2
    assert told["wished_on"] == "2026-12-24"
    assert (told["stop"], told["told_on"], told["asks_to_cancel"]) == ("yes", None, False)
    with scope.organization(cast.organization.id):
        MallTerms.objects.all().delete()
        Order.objects.filter(id=order.id).update(dispatch_by=date(2026, 11, 24))
        actions.tell_delay([order.id], Delay(date(2026, 11, 27)), actor="member:1")
    [told] = system.get("/late-orders")["orders"]
    assert told["told_on"] == "2026-11-27"
    assert system.call("GET", "/late-orders?level=late").status_code == 422


def test_it_takes_the_days_that_an_order_is_about(cast: Cast, system: System) -> None:
    told = {
        "placed_at": "2026-11-24T10:00:00+09:00", "paid_at": "2026-11-24T10:05:00+09:00", "total": 1980, "dispatch_by": "2026-11-24",
        "wished_on": "2026-11-26", "wished_slot": "午前中", "lines": [{"title": "皿", "quantity": 1, "unit_price": 1980}],
    }  # fmt: skip
    assert system.call("PUT", "/orders/w-1", told).status_code in (200, 201)
    with scope.organization(cast.organization.id):
        order = Order.objects.get(source_id="w-1")
    assert (order.dispatch_by, order.wished_on, order.wished_slot) == (date(2026, 11, 24), date(2026, 11, 26), "午前中")
    assert [one["order_id"] for one in system.get("/late-orders")["orders"]] == ["w-1"]
    for wrong in ("2026-11-24T10:00:00+09:00", "24.11.2026", 20261124, "2026-13-01", "0001-01-01"):
        assert system.call("PUT", "/orders/w-1", {**told, "dispatch_by": wrong}).status_code == 422


def test_it_takes_stock(cast: Cast, system: System) -> None:
    items = [{"sku": "A-1", "quantity": 3, "cost": 700}, {"sku": "A-2", "price": 1980}]
    assert system.post("/stock", {"items": items}) == {"kept": 2, "stale": 0, "discrepancies": 0}
    old = {"sku": "A-1", "quantity": 9, "told_at": "2026-11-01T00:00:00+09:00"}
    assert system.post("/stock", {"items": [old]})["stale"] == 1
    with scope.organization(cast.organization.id):
        assert Stock.objects.get(sku="A-1").quantity == 3
    for wrong in ([], [{"sku": "A-1"}], [{"sku": ""}], [{"sku": "A", "cost": -1}], [{"sku": "A", "quantity": "3"}]):
        assert system.call("POST", "/stock", {"items": wrong}).status_code == 422


def test_it_lists_causes(cast: Cast, system: System) -> None:
    assert system.get("/findings") == {"week": None, "findings": []}
    with scope.organization(cast.organization.id):
        Finding.objects.create(
            id=ids.new_id(), organization_id=cast.organization.id, shop=cast.kotori, week_on=date(2026, 11, 23), kind="product",
            subject="sku-0", title="手ぬぐい", orders=40, cancelled=12, rest_orders=400, rest_cancelled=8, cost=47_520, median=3_960,
            reason="mistaken_order", with_reason=9, fix="option_notice", made_at=clock.now(),
        )  # fmt: skip
    told = system.get("/findings")
    assert told["week"] == "2026-11-23"
    [one] = told["findings"]
    assert (one["share"]["cancelled"], one["share"]["rate"], one["is_proven"], one["trend"]) == (12, 0.3, True, "new")
    assert one["option_notice"]["choice"]["ja"] == "確認しました"
    assert system.get("/findings?week=2026-11-16")["findings"] == []
    assert system.call("GET", "/findings?weeks=x").status_code == 422
