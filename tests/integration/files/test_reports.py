"""Rates and returns, on a shop small enough to count by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kaeru.cancellations.models import CancellationLine, CancellationRequest, RequestState
from kaeru.cancellations.reports import COUNTS, Rate, cancellation_rate
from kaeru.cancellations.repurchase import reasons, repurchase
from kaeru.core import scope
from kaeru.customers.models import Customer
from kaeru.orders.models import Order, OrderLine, Refund
from tests import builders
from tests.cast import Cast

START = datetime(2026, 3, 1, 3, tzinfo=UTC)  # noon in Tokyo


@pytest.fixture(autouse=True)
def _inside(cast: Cast):  # type: ignore[no-untyped-def]
    with scope.organization(cast.organization.id):
        yield


def order(cast: Cast, day: float, buyer: Customer | None = None, lines: int = 2) -> Order:
    told = [(f"品{place}", 2, 1000) for place in range(lines)]
    return builders.order(cast.kotori, buyer, lines=told, placed_at=START + timedelta(days=day))


def cancel(
    of: Order, day: float, *, lines: int | None = None, quantity: int = 2, state: RequestState = RequestState.CANCELLED
) -> CancellationRequest:
    """Cancel the order whole, or so many of its lines."""
    at = START + timedelta(days=day)
    request = builders.cancellation(
        of,
        state=state,
        requested_at=at,
        is_whole=lines is None,
        value=of.total if lines is None else lines * 1000 * quantity,
    )
    CancellationLine.objects.bulk_create(
        CancellationLine(
            organization_id=of.organization_id, request=request, order_line=line, quantity=quantity, amount=0
        )
        for line in OrderLine.objects.filter(order=of).order_by("position")[:lines]
    )
    return request


def rate(cast: Cast, count: str, **options: object) -> list[tuple[int, int]]:
    report = cancellation_rate(cast.kotori, count=count, **options)  # type: ignore[arg-type]
    return [(row.orders, row.cancelled) for row in report.rows]


def test_it_counts_what_it_says(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori)
    one, two, three, _ = (order(cast, day, buyer) for day in range(4))
    cancel(one, 1)
    cancel(two, 3, lines=1)
    cancel(two, 20, lines=1, quantity=1)
    cancel(three, 9, lines=1)
    cancel(three, 9.5, lines=2, state=RequestState.KEPT)
    assert rate(cast, "requests") == [(4, 4)]
    assert rate(cast, "orders_any") == [(4, 3)]
    assert rate(cast, "orders_full") == [(4, 1)]
    assert rate(cast, "lines") == [(8, 5)]
    assert rate(cast, "value") == [(16_000, 4000 + 2000 + 1000 + 2000)]
    assert rate(cast, "orders_any", within=2) == [(4, 2)]
    assert rate(cast, "orders_full", within=0) == [(4, 0)]


def test_it_calls_an_order_whole_when_its_parts_add_up(cast: Cast) -> None:
    whole, part = order(cast, 0), order(cast, 1)
    for quantity in (1, 1):
        cancel(whole, 2, lines=2, quantity=quantity)
    cancel(part, 2, lines=2, quantity=1)
    assert rate(cast, "orders_full") == [(2, 1)]


def test_it_follows_the_months_of_the_shops_clock(cast: Cast) -> None:
    before, after = datetime(2026, 3, 31, 14, 59, tzinfo=UTC), datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
    march, april = (builders.order(cast.kotori, placed_at=at) for at in (before, after))
    builders.cancellation(march, state=RequestState.CANCELLED, requested_at=after)
    report = cancellation_rate(cast.kotori, by_month=True)
    assert report.rows == [Rate("2026-03", 1, 0), Rate("2026-04", 1, 1)]
    assert rate(cast, "orders_any", by_month=True) == [(1, 1), (1, 0)]
    only_april = cancellation_rate(cast.kotori, since=date(2026, 4, 1), until=date(2026, 5, 1))
    assert only_april.rows == [Rate("2026-04-01/2026-05-01", 1, 1)]
    assert april.placed_at == after


def test_it_divides_by_nothing_without_falling(cast: Cast) -> None:
    for count in COUNTS:
        (row,) = cancellation_rate(cast.kotori, count=count).rows
        assert (row.orders, row.cancelled, row.rate) == (0, 0, None)
    assert cancellation_rate(cast.kotori, by_month=True).rows == []
    assert [(window.units, window.rate) for window in repurchase(cast.kotori, [1, 7]).windows] == [(0, None), (0, None)]
    assert reasons(cast.kotori) == []


def test_it_leaves_out_unknown_buyers_only_where_slips_name_no_order(cast: Cast) -> None:
    order(cast, 0)
    order(cast, 1, builders.customer(cast.kotori))
    assert rate(cast, "orders_any") == [(2, 0)]
    Refund.objects.create(
        organization_id=cast.organization.id,
        shop=cast.kotori,
        source_id="C1",
        refunded_at=START,
        currency="JPY",
        amount=1,
    )
    assert rate(cast, "orders_any") == [(1, 0)]
    assert "known customer" in cancellation_rate(cast.kotori, count="orders_any").definition


def test_it_counts_returns_only_where_the_whole_window_was_seen(cast: Cast) -> None:
    fast, slow, gone = (builders.customer(cast.kotori, email=None) for _ in range(3))
    for buyer in (fast, slow, gone):
        cancel(order(cast, 0, buyer), 1)
    order(cast, 1.5, fast)
    order(cast, 6, slow)
    order(cast, 20)
    late = order(cast, 18, gone)
    cancel(late, 19)
    windows = repurchase(cast.kotori, [1, 7, 30]).windows
    assert [(window.units, window.returned) for window in windows] == [(4, 1), (3, 2), (0, 0)]
    firsts = repurchase(cast.kotori, [1, 7], "first").windows
    assert [(window.units, window.returned) for window in firsts] == [(3, 1), (3, 2)]
    everybody = repurchase(cast.kotori, [7], "orders").windows
    assert [(window.units, window.returned) for window in everybody] == [(5, 2)]
    assert [window.units for window in repurchase(cast.kotori, [7], "never_cancelled").windows] == [0]


def test_it_does_not_take_the_cancelled_order_for_the_return(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori)
    cancel(order(cast, 0, buyer), 0)
    order(cast, 40)
    assert [window.returned for window in repurchase(cast.kotori, [30]).windows] == [0]


def test_it_shares_out_the_reasons(cast: Cast) -> None:
    why = builders.reason(cast.kotori)
    for number in range(3):
        builders.cancellation(order(cast, number), why if number else None, side="customer" if number else "unknown")
    assert [(row.reason, row.side, row.requests, round(row.share, 2)) for row in reasons(cast.kotori)] == [
        ("change_address", "customer", 2, 0.67), ("", "unknown", 1, 0.33),
    ]  # fmt: skip


def test_it_sees_nothing_of_other_shops(cast: Cast) -> None:
    with scope.organization(cast.other_organization.id):
        theirs = builders.order(cast.other_shop)
        builders.cancellation(theirs)
    assert rate(cast, "requests") == [(0, 0)]
