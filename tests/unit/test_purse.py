"""Budgets and incentives in memory: what is given, what is not and why."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from kaeru.offers.rules import Ask, Purse, ShopTerms, budget_key, exposure, settle

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TERMS = {1: ShopTerms()}


def ask(
    customer: int | None = 7, cost: int = 500, budget: int | None = 1000, at: datetime = NOW, key: str = "k"
) -> Ask:
    return Ask(1, customer, key, budget, cost, at)


def test_it_stops_at_the_budget() -> None:
    asks = [ask(n) for n in range(3)]
    assert settle(asks, Purse(), TERMS) == ["", "", "budget_spent"]


def test_it_gives_a_cheaper_one_that_still_fits() -> None:
    assert settle([ask(1, 600), ask(2, 600), ask(3, 400)], Purse(), TERMS) == ["", "budget_spent", ""]


def test_it_begins_anew_each_month_of_the_shops_zone() -> None:
    before = datetime(2026, 11, 30, 23, 59, tzinfo=ZoneInfo("Asia/Tokyo"))
    purse = Purse()
    asks = [ask(1, 1000, at=before), ask(2, 1000, at=before), ask(3, 1000, at=before + timedelta(minutes=1))]
    assert settle(asks, purse, TERMS) == ["", "budget_spent", ""]
    assert purse.spent == {(1, "k", date(2026, 11, 1)): 1000, (1, "k", date(2026, 12, 1)): 1000}


def test_it_gives_a_customer_one_in_four_weeks() -> None:
    purse = Purse()
    weeks = [settle([ask(at=NOW + timedelta(weeks=n), budget=None)], purse, TERMS)[0] for n in range(6)]
    assert weeks == ["", "had_incentive", "had_incentive", "had_incentive", "", "had_incentive"]


def test_it_lets_a_shop_give_as_many_as_it_likes() -> None:
    assert settle([ask(budget=None)] * 3, Purse(), {1: ShopTerms(incentive_weeks=0)}) == ["", "", ""]


def test_it_charges_nothing_for_what_is_not_given() -> None:
    purse = Purse()
    assert settle([ask(), ask()], purse, TERMS) == ["", "had_incentive"]
    assert purse.spent == {budget_key(ask(), "Asia/Tokyo"): 500}


def test_it_does_not_know_guests() -> None:
    assert settle([ask(None, budget=None)] * 3, Purse(), TERMS) == ["", "", ""]


def test_it_says_what_a_coupon_may_cost() -> None:
    assert exposure("amount", 500, order_value=3980) == 500
    assert exposure("percent", 10, order_value=3985) == 398
    assert exposure("free_shipping", 0, order_value=3980, shipping_fee=600) == 600


asks = some.builds(
    Ask,
    shop_id=some.just(1),
    customer_id=some.none() | some.integers(1, 4),
    budget_key=some.sampled_from(["a", "b"]),
    budget=some.just(5000),
    cost=some.integers(0, 3000),
    at=some.datetimes(datetime(2026, 10, 1), datetime(2027, 3, 1), timezones=some.just(UTC)),
)


@given(some.lists(asks, max_size=40))
def test_it_never_overspends_and_never_gives_two(told: list[Ask]) -> None:
    told.sort(key=lambda one: one.at)
    purse = Purse()
    answers = settle(told, purse, TERMS)
    given = [one for one, answer in zip(told, answers, strict=True) if not answer]
    assert all(spent <= 5000 for spent in purse.spent.values())
    assert sum(purse.spent.values()) == sum(one.cost for one in given)
    for customer in range(1, 5):
        times = [one.at for one in given if one.customer_id == customer]
        assert all(b - a >= timedelta(weeks=4) for a, b in pairwise(times))


def test_it_gives_none_while_the_shop_is_stopped() -> None:
    purse = Purse()
    ask = Ask(1, None, "k", None, 500, NOW)
    assert purse.give(ask, ShopTerms(stopped="farming")) == "farming"
    assert purse.spent == {}
    assert purse.give(ask, ShopTerms()) == ""
