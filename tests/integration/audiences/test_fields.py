"""What conditions can ask: each field's value, in sets, with a constant number of queries, and nothing of strangers."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.audiences import registry
from kaeru.audiences.rules import Subject
from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import clock, scope
from kaeru.customers import actions
from kaeru.customers.actions import Tagging
from kaeru.customers.models import Customer
from kaeru.orders.models import Order, OrderLine
from tests import builders
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""A Monday noon in Tokyo, and a public holiday (勤労感謝の日)."""
EVERYTHING = [f"{field.name}/30" if field.has_days else field.name for field in registry.fields()]


@pytest.fixture(autouse=True)
def _noon() -> None:
    clock.set_clock(clock.Clock(real=time.time(), shown=NOW, speed=1e-9))


def subject(of: Order | CancellationRequest | Customer, at: datetime = NOW) -> Subject:
    if isinstance(of, Customer):
        return Subject(of.organization_id, of.shop_id, of.id, None, None, at)
    if isinstance(of, Order):
        return Subject(of.organization_id, of.shop_id, of.customer_id, of.id, None, at)
    return Subject(of.organization_id, of.shop_id, of.customer_id, of.order_id, of.id, at)


def ask(about: Subject, *needs: str) -> Any:
    """The value of the one need, or those of all."""
    with scope.everyone():
        (found,) = registry.values([about], needs)
    return found.get(needs[0]) if len(needs) == 1 else found


def test_it_knows_an_order(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori)
    order = builders.order(
        cast.kotori, buyer, lines=[("湯のみ", 2, 1500), ("箸", 3, 500)], sales_channel="online", payment_kind="card"
    )
    with scope.everyone():
        OrderLine.objects.filter(order=order, position=1).update(tags=["sale", "木"])
    about = subject(order)
    assert ask(about, "order.value") == 4500
    assert ask(about, "order.items") == 5
    assert ask(about, "order.product") == {"sku-0", "sku-1", "p0", "p1"}
    assert ask(about, "order.product_tag") == {"sale", "木"}
    assert ask(about, "order.sales_channel") == "online"
    assert ask(about, "order.payment_kind") == "card"


def test_it_says_not_known_rather_than_guess(cast: Cast) -> None:
    """Nothing was told of the channel, the currency is not the shop's, nobody bought, no lines came, no rules were written."""
    order = builders.order(cast.kotori, None, lines=[], total=99, currency="USD")
    known = ask(subject(order), *EVERYTHING)
    clocks = {"order.minutes", "order.is_shipped"}
    assert set(known) == {"moment.time", "moment.weekday", "moment.is_open", "moment.is_holiday"} | clocks
    stranger = Subject(cast.organization.id, 1, 2, 3, 4, NOW)
    assert ask(stranger, "order.value", "moment.time", "cancellation.reason", "customer.language") == {}


def test_it_knows_how_old_an_order_is_and_whether_it_had_left_by_then(cast: Cast) -> None:
    order = builders.order(
        cast.kotori, None, placed_at=NOW - timedelta(minutes=90, seconds=59), shipped_at=NOW - timedelta(minutes=10)
    )
    assert ask(subject(order), "order.minutes") == 90
    assert ask(subject(order, NOW - timedelta(days=1)), "order.minutes") == 0
    assert ask(subject(order), "order.is_shipped") is True
    assert ask(subject(order, NOW - timedelta(minutes=11)), "order.is_shipped") is False


def test_it_knows_the_cutoff_by_the_shops_newest_policy_on_the_days_it_is_open(cast: Cast) -> None:
    """23 November is a public holiday and the 21st and 22nd are a weekend: Friday's orders after 14:00 wait until Tuesday."""
    friday = datetime(2026, 11, 20, 4, 59, tzinfo=UTC)
    early, late = (builders.order(cast.kotori, None, placed_at=friday + timedelta(minutes=by)) for by in (0, 1))
    assert ask(subject(early), "order.passed_cutoff") is None
    for number, cutoff in enumerate((None, "09:00", "14:00"), start=1):
        builders.policy(cast.kotori, {"cutoff": cutoff}, number=number)
    assert ask(subject(early, friday), "order.passed_cutoff") is False
    assert ask(subject(early, friday + timedelta(minutes=1)), "order.passed_cutoff") is True
    assert ask(subject(late), "order.passed_cutoff") is False
    assert ask(subject(late, datetime(2026, 11, 24, 4, 59, tzinfo=UTC)), "order.passed_cutoff") is False
    assert ask(subject(late, datetime(2026, 11, 24, 5, 0, tzinfo=UTC)), "order.passed_cutoff") is True


def test_it_counts_a_line_taken_out_as_gone(cast: Cast) -> None:
    order = builders.order(cast.kotori, None, lines=[("湯のみ", 0, 1500), ("箸", 3, 500)])
    assert ask(subject(order), "order.items") == 3
    assert ask(subject(order), "order.product") == {"sku-1", "p1"}


def test_it_knows_a_first_order(cast: Cast) -> None:
    buyer, other = builders.customer(cast.kotori), builders.customer(cast.kotori, email="jiro@example.com")
    first = builders.order(cast.kotori, buyer, placed_at=NOW - timedelta(days=9), cancelled_at=NOW - timedelta(days=8))
    second = builders.order(cast.kotori, buyer, placed_at=NOW)
    elsewhere = builders.order(cast.kotori, other, placed_at=NOW)
    assert [ask(subject(order), "order.is_first") for order in (first, second, elsewhere)] == [True, False, True]


def test_it_counts_orders_up_to_the_moment_asked_about(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori)
    for days in (0, 10, 29, 30, 31, 400):
        builders.order(cast.kotori, buyer, placed_at=NOW - timedelta(days=days))
    builders.order(cast.kotori, buyer, placed_at=NOW + timedelta(days=1))
    newcomer = builders.customer(cast.kotori, email="jiro@example.com")
    assert ask(subject(buyer), "customer.orders") == 6
    assert ask(subject(buyer), "customer.orders/30") == 3
    assert ask(subject(buyer, NOW - timedelta(days=30)), "customer.orders/30") == 2
    assert ask(subject(newcomer), "customer.orders") == 0


def test_it_counts_cancellations_that_stand(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori)
    states = [
        RequestState.REQUESTED,
        RequestState.CANCELLED,
        RequestState.KEPT,
        RequestState.RESTORED,
        RequestState.CONSIDERING,
        RequestState.ASKED,
        RequestState.DECLINED,
    ]
    for state in states:
        builders.cancellation(builders.order(cast.kotori, buyer), state=state)
    old = builders.cancellation(
        builders.order(cast.kotori, buyer), state=RequestState.CANCELLED, requested_at=NOW - timedelta(40)
    )
    assert ask(subject(buyer), "customer.cancellations") == 3
    assert ask(subject(buyer), "customer.cancellations/30") == 2
    assert ask(subject(old, old.requested_at), "customer.cancellations/30") == 1


def test_it_knows_a_cancellation(cast: Cast) -> None:
    order = builders.order(cast.kotori, builders.customer(cast.kotori), placed_at=NOW - timedelta(minutes=90))
    told = builders.cancellation(
        order, builders.reason(cast.kotori, "mistaken_order"), requested_at=NOW - timedelta(seconds=30)
    )
    about = subject(told)
    assert ask(about, "cancellation.reason") == "mistaken_order"
    assert ask(about, "cancellation.side") == "customer"
    assert ask(about, "cancellation.value") == order.total
    assert ask(about, "cancellation.minutes_since_order") == 89
    silent = builders.cancellation(builders.order(cast.kotori), None, side="unknown")
    assert ask(subject(silent), "cancellation.reason") == "none"
    assert ask(subject(silent), "cancellation.side") == "unknown"


def test_it_knows_tags_consent_and_language(cast: Cast) -> None:
    willing = builders.customer(cast.kotori, consents=True, language="en")
    silent = builders.customer(cast.kotori, email="jiro@example.com")
    with scope.organization(cast.organization.id):
        actions.tag([Tagging(willing.organization_id, willing.shop_id, willing.id, "vip")], actor="test")
    assert ask(subject(willing), "customer.tag") == {"vip"}
    assert ask(subject(silent), "customer.tag") == frozenset()
    assert [ask(subject(who), "customer.consent.mail") for who in (willing, silent)] == [True, False]
    assert [ask(subject(who), "customer.language") for who in (willing, silent)] == ["en", "ja"]
    with scope.organization(cast.organization.id):
        actions.opt_out(cast.kotori.id, "mail", "hanako@example.com")
    assert ask(subject(willing), "customer.consent.mail") is False


@pytest.mark.parametrize(
    ("at", "hour", "weekday", "is_open", "is_holiday"),
    [
        (NOW, "12:00", "mon", False, True),
        (NOW + timedelta(days=1), "12:00", "tue", True, False),
        (NOW + timedelta(days=1, hours=13), "01:00", "wed", False, False),
    ],
)
def test_it_knows_the_moment_where_the_shop_is(
    cast: Cast, at: datetime, hour: str, weekday: str, is_open: bool, is_holiday: bool
) -> None:
    about = Subject(cast.organization.id, cast.kotori.id, None, None, None, at)
    assert ask(about, "moment.time", "moment.weekday", "moment.is_open", "moment.is_holiday") == {
        "moment.time": hour, "moment.weekday": weekday, "moment.is_open": is_open, "moment.is_holiday": is_holiday,
    }  # fmt: skip


def test_it_asks_each_shop_for_its_own_clock(cast: Cast) -> None:
    abroad = builders.shop(cast.organization, "far", "Far", timezone="America/New_York", currency="USD")
    assert ask(Subject(1, abroad.id, None, None, None, NOW), "moment.time") == "22:00"
    assert ask(subject(builders.order(abroad, total=250)), "order.value") == 250


def crowd(cast: Cast, size: int) -> list[Subject]:
    """Customers with one to three orders each, every other one cancelled, some of them guests."""
    found = []
    for number in range(size):
        buyer = (
            builders.customer(cast.kotori, email=f"c{number}@example.com", consents=number % 2 == 0)
            if number % 5
            else None
        )
        for back in range(1 + number % 3):
            order = builders.order(
                cast.kotori, buyer, placed_at=NOW - timedelta(days=17 * back + number), sales_channel="web"
            )
            found.append(subject(order, NOW - timedelta(days=number % 4)))
        if number % 2:
            found.append(subject(builders.cancellation(order), NOW))
    return found


def asked(subjects: Sequence[Subject]) -> tuple[list[dict[str, Any]], int]:
    with (
        scope.everyone(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        found = registry.values(subjects, EVERYTHING)
    return found, len(queries)


def test_it_reads_any_number_with_the_same_few_queries(cast: Cast) -> None:
    few, many = crowd(cast, 4), crowd(cast, 23)
    (_, queries_for_few), (_, queries_for_many) = asked(few), asked(many)
    assert queries_for_few == queries_for_many <= len(EVERYTHING)


def test_it_answers_one_as_it_answers_many(cast: Cast) -> None:
    subjects = crowd(cast, 12)
    together, _ = asked(subjects)
    assert together == [asked([subject])[0][0] for subject in subjects]
    assert asked(subjects[::-1])[0] == together[::-1]


def test_it_asks_for_nothing_that_nobody_needs(cast: Cast) -> None:
    with scope.everyone(), CaptureQueriesContext(connection) as queries:
        assert registry.values(crowd(cast, 0), EVERYTHING) == []
        assert registry.values([Subject(1, 2, None, None, None, NOW)], []) == [{}]
    assert len(queries) == 0


def test_it_shows_nobody_elses_values_inside_an_organization(cast: Cast) -> None:
    theirs = builders.cancellation(builders.order(cast.other_shop, builders.customer(cast.other_shop)))
    with scope.organization(cast.organization.id):
        (known,) = registry.values([subject(theirs)], EVERYTHING)
    assert {name: value for name, value in known.items() if value not in (0, False, frozenset())} == {}


def test_it_offers_what_the_shop_has(cast: Cast) -> None:
    order = builders.order(cast.kotori, sales_channel="yahoo", payment_kind="points")
    buyer = builders.customer(cast.kotori)
    builders.reason(cast.kotori, "mistaken_order")
    with scope.organization(cast.organization.id):
        OrderLine.objects.filter(order=order).update(tags=["限定"])
        actions.tag([Tagging(buyer.organization_id, buyer.shop_id, buyer.id, "常連")], actor="test")
        offered = {f.name: dict(f.choices(cast.kotori.id)) for f in registry.fields() if f.choices}
    assert offered["order.sales_channel"] == {"yahoo": "yahoo"}
    assert offered["order.payment_kind"].keys() >= {"card", "points"}
    assert offered["order.product"] == {"sku-0": "sku-0"}
    assert offered["order.product_tag"] == {"限定": "限定"}
    assert offered["customer.tag"] == {"常連": "常連"}
    assert list(offered["moment.weekday"]) == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert list(offered["cancellation.reason"]) == ["mistaken_order", "none"]
