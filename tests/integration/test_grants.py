"""Coupons that may be given: budgets and incentives, also with several workers at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from kaeru.core import clock, scope
from kaeru.offers import actions, queries
from kaeru.offers.grants import grant
from kaeru.offers.models import Budget, Coupon
from kaeru.offers.rules import Ask
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def ask(shop: Shop, customer_id: int | None, budget: int | None = 1000, cost: int = 500, at: datetime = NOW) -> Ask:
    return Ask(shop.id, customer_id, "rainy", budget, cost, at)


def give(asks: list[Ask]) -> list[str]:
    """Ask, and write the coupons that may be given, as the engine does."""
    with transaction.atomic():
        answers = grant(asks)
        for one, answer in zip(asks, answers, strict=True):
            if not answer:
                shop = Shop.objects.get(id=one.shop_id)
                builders.coupon(shop, None, customer_id=one.customer_id, issued_at=one.at, cost=one.cost)
    return answers


def test_it_stops_at_the_budget_and_remembers(cast: Cast) -> None:
    shop = cast.kotori
    buyers = [builders.customer(shop, email=f"{n}@example.com").id for n in range(4)]
    with scope.organization(cast.organization.id):
        assert give([ask(shop, buyers[0])]) == [""]
        assert give([ask(shop, buyers[1]), ask(shop, buyers[2])]) == ["", "budget_spent"]
        [row] = queries.budgets(shop.id, NOW.date().replace(day=1))
        assert (row.key, row.limit, row.spent) == ("rainy", 1000, 1000)
        assert give([ask(shop, buyers[3], budget=1500)]) == [""], "a larger budget counts at once"
        assert give([ask(shop, buyers[2], at=NOW + timedelta(days=9))]) == [""], "December's own"
        assert Budget.objects.count() == 2


def test_it_gives_one_in_four_weeks_or_as_the_shop_says(cast: Cast) -> None:
    shop = cast.kotori
    buyer = builders.customer(shop).id
    with scope.organization(cast.organization.id):
        assert give([ask(shop, buyer, None), ask(shop, buyer, None)]) == ["", "had_incentive"]
        assert give([ask(shop, buyer, None, at=NOW + timedelta(weeks=4, seconds=-1))]) == ["had_incentive"]
        assert queries.incentive_weeks(shop.id) == 4
        actions.set_incentive_limit(shop, 1, actor="test")
        assert give([ask(shop, buyer, None, at=NOW + timedelta(weeks=1))]) == [""]
        actions.set_incentive_limit(shop, 0, actor="test")
        assert give([ask(shop, buyer, None, at=NOW + timedelta(weeks=1))] * 2) == ["", ""]
        with pytest.raises(ValueError, match="weeks"):
            actions.set_incentive_limit(shop, -1, actor="test")


def test_it_rolls_back_with_the_caller(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori).id
    with scope.organization(cast.organization.id):
        with transaction.atomic():
            assert grant([ask(cast.kotori, buyer)]) == [""]
            transaction.set_rollback(True)
        assert not Budget.objects.exists()


def test_it_asks_a_constant_number_of_questions(cast: Cast) -> None:
    buyers = [builders.customer(cast.kotori, email=f"{n}@example.com").id for n in range(60)]
    counts = []
    with scope.everyone():
        for size in (1, 50):
            asks = [ask(cast.kotori, buyers.pop(), 10**6) for _ in range(size)]
            with CaptureQueriesContext(connection) as seen, transaction.atomic():
                grant(asks)
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 10
        assert grant([]) == []


def test_it_knows_no_shop_of_somebody_else(cast: Cast) -> None:
    with scope.organization(cast.other_organization.id), pytest.raises(Shop.DoesNotExist):
        grant([ask(cast.kotori, None)])


@pytest.mark.django_db(transaction=True)
def test_it_never_overspends_nor_gives_two_with_several_workers(cast: Cast) -> None:
    """Four workers ask for the same twelve customers, in different orders, from a budget for ten coupons."""
    shop, size = cast.kotori, 12
    buyers = [builders.customer(shop, email=f"{n}@example.com").id for n in range(size)]
    ready, failures = threading.Barrier(4), list[BaseException]()
    given: list[int] = []

    def work(number: int) -> None:
        try:
            ready.wait(10)
            with scope.everyone():
                for turn in range(6):
                    some = sorted(buyers, key=lambda key: hash((key, number, turn)))[:8]
                    asks = [ask(shop, key, 5000, at=clock.now()) for key in some]
                    with transaction.atomic():
                        answers = grant(asks)
                        told = [one for one, answer in zip(asks, answers, strict=True) if not answer]
                        Coupon.objects.bulk_create(
                            _coupon(shop, one.customer_id, f"C{number}{turn}{index}", one.at)
                            for index, one in enumerate(told)
                        )
                    given.extend(one.customer_id or 0 for one in told)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert len(given) == len(set(given)) == 10
    with scope.everyone():
        assert Budget.objects.get().spent == 5000
        assert Coupon.objects.count() == 10


def _coupon(shop: Shop, customer_id: int | None, code: str, at: datetime) -> Coupon:
    return Coupon(
        organization_id=shop.organization_id, shop=shop, customer_id=customer_id, code=code, kind="amount", value=500,
        cost=500, currency="JPY", issued_at=at, expires_at=at + timedelta(days=14),
    )  # fmt: skip
