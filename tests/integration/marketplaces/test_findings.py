"""What causes the cancellations, counted on Monday: by item, page, promise and stock, with cost, trend and the repair proposed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.cancellations.models import CancellationLine, RequestState
from kaeru.core import clock, ids, scope
from kaeru.marketplaces.findings import actions, passes, queries
from kaeru.marketplaces.models import Finding
from kaeru.orders.models import Order, OrderLine
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast
from tests.integration.marketplaces.parcel_stage import mall, set_time, shop

__all__ = ["mall", "shop"]
MONDAY = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday() -> None:
    set_time(MONDAY)


def sold(shop: Shop, days_ago: float, count: int, *, gone: int = 0, why: str = "mistaken_order", **fields: Any) -> None:
    """So many orders of sku-0, of which `gone` were cancelled."""
    side = "shop" if why == "out_of_stock" else "customer"
    reason = builders.reason(shop, why, side=side) if why else None
    for number in range(count):
        at = clock.now() - timedelta(days=days_ago, minutes=number)
        order = builders.order(shop, placed_at=at, **fields)
        if number < gone:
            request = builders.cancellation(order, reason, state=RequestState.CANCELLED, side=side)
            CancellationLine.objects.bulk_create(
                CancellationLine(
                    id=ids.new_id(), organization_id=shop.organization_id, request=request, order_line=line,
                    quantity=line.quantity, amount=line.quantity * line.unit_price,
                )
                for line in OrderLine.objects.filter(order=order)
            )  # fmt: skip


def make(shop: Shop) -> dict[tuple[str, str], Finding]:
    actions.make(shop, clock.now())
    return {(row.kind, row.subject): row for row in Finding.objects.filter(shop=shop)}


def test_it_finds_the_item_that_is_cancelled_most(mall: Shop) -> None:
    sold(mall, 10, 40, gone=12)
    sold(mall, 40, 40, gone=2)
    builders_other(mall, 200, gone=4)
    found = make(mall)
    row = found["product", "sku-0"]
    assert (row.orders, row.cancelled, row.orders_before, row.cancelled_before) == (40, 12, 40, 2)
    assert (row.cost, row.median, row.reason, row.with_reason) == (12 * 3960, 3960, "mistaken_order", 12)
    assert (row.fix, row.programme, row.week_on) == ("option_notice", "qoo10", date(2026, 11, 30))
    card = queries.card(row)
    assert (card.is_proven, card.trend, card.is_small) == (True, "up", False)
    assert card.rest.cancelled == 4
    assert ("page", "p0") not in found, "the page says what its only item says"
    assert queries.of_week([mall.id], row.week_on)[0].it == row


def builders_other(shop: Shop, count: int, gone: int) -> None:
    """Orders of other items, each its own."""
    reason = builders.reason(shop, "changed_mind")
    for number in range(count):
        order = builders.order(shop, placed_at=clock.now() - timedelta(days=9), lines=[("小鳥の皿", 1, 1000)])
        OrderLine.objects.filter(order=order).update(sku=f"other-{number}", product_id=f"q{number}")
        if number < gone:
            builders.cancellation(order, reason, state=RequestState.CANCELLED)


def test_it_says_that_small_numbers_are_small(shop: Shop) -> None:
    sold(shop, 10, 5, gone=2)
    row = make(shop)["product", "sku-0"]
    card = queries.card(row)
    assert (card.is_small, card.is_proven, card.trend) == (True, False, "new")


def test_it_lists_no_accident(shop: Shop) -> None:
    sold(shop, 10, 5, gone=1)
    assert make(shop) == {}


def test_it_blames_the_promise(mall: Shop) -> None:
    today = clock.now().date()
    sold(mall, 10, 20, gone=8, why="delivery_too_late", dispatch_by=today + timedelta(days=2))
    sold(mall, 11, 60, gone=2, why="delivery_too_late", dispatch_by=today - timedelta(days=10))
    found = make(mall)
    slow = queries.card(found["promise", "8+"])
    assert (slow.it.orders, slow.it.cancelled, slow.it.fix, slow.is_proven) == (20, 8, "earlier_date", True)
    assert ("promise", "0-1") not in found, "it is no worse than the others"
    assert found["product", "sku-0"].fix == "earlier_date"


def test_it_blames_the_stock_record(shop: Shop) -> None:
    sold(shop, 10, 30, gone=4, why="out_of_stock")
    found = make(shop)
    assert set(found) == {("stock", "sku-0")}
    assert found["stock", "sku-0"].fix == "stock_sync"


def test_it_counts_what_was_cancelled_with_orders_of_the_window_only(shop: Shop) -> None:
    sold(shop, 60, 30, gone=20)
    sold(shop, -0.5, 5, gone=5)  # this week has only begun
    assert make(shop) == {}


def test_it_is_made_once_a_week(shop: Shop) -> None:
    sold(shop, 10, 5, gone=3)
    assert actions.make(shop, clock.now()) == 1
    assert actions.make(shop, clock.now()) == 0
    set_time(MONDAY + timedelta(days=6))
    assert actions.make(shop, clock.now()) == 0
    set_time(MONDAY + timedelta(days=7))
    assert actions.make(shop, clock.now()) == 1
    assert queries.weeks([shop.id]) == [date(2026, 12, 7), date(2026, 11, 30)]


def test_it_remembers_what_was_done_about_it(shop: Shop) -> None:
    sold(shop, 10, 5, gone=3)
    row = make(shop)["product", "sku-0"]
    assert actions.answer(row.id, "done", actor="member:1")
    set_time(MONDAY + timedelta(days=7))
    actions.make(shop, clock.now())
    newest = Finding.objects.get(shop=shop, week_on=date(2026, 12, 7))
    assert (newest.answer, newest.answered_by) == ("done", "member:1")
    assert actions.answer(newest.id, "", actor="member:1")
    assert not actions.answer(7, "done", actor="member:1")


def test_it_goes_round_all_shops_on_monday(cast: Cast, shop: Shop, mall: Shop) -> None:
    sold(mall, 10, 5, gone=3)
    set_time(datetime(2026, 11, 29, 14, 59, tzinfo=UTC))  # Sunday night in Tokyo
    assert passes.make(20) == 3, "their first"
    assert passes.make(20) == 0
    set_time(datetime(2026, 11, 29, 15, 1, tzinfo=UTC))
    assert passes.make(2) == 2
    assert passes.make(2) == 1
    assert passes.make(2) == 0
    with scope.organization(cast.other_organization.id):
        assert not Finding.objects.exists()


def test_it_counts_a_thousand_as_it_counts_one(
    shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sold(shop, 10, 4, gone=3)
    sold(shop, 12, 60, gone=40, dispatch_by=date(2026, 11, 20))
    with django_assert_max_num_queries(22):
        actions.make(shop, clock.now())
    assert Order.objects.count() == 64
