"""Coupons: single use, for one shop, safe when two checkouts ask at once."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from kaeru.core import clock, scope
from kaeru.offers import actions
from kaeru.offers.errors import CouponExpired, CouponNotFit, CouponNotFound, CouponUsed
from kaeru.offers.models import Coupon
from tests import builders
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _inside(cast: Cast):  # type: ignore[no-untyped-def]
    with scope.organization(cast.organization.id):
        yield


def test_it_is_taken_by_one_order_which_may_ask_again(cast: Cast) -> None:
    builders.coupon(cast.kotori, code="ABCDEFGH23456", minimum=1000)
    first = actions.redeem(cast.kotori.id, "abcd-efgh-23456", "o1", subtotal=3000)
    again = actions.redeem(cast.kotori.id, "ABCDEFGH23456", "o1", subtotal=3000)
    assert (first.discount, again.discount, again.is_used) == (500, 500, True)
    with pytest.raises(CouponUsed):
        actions.redeem(cast.kotori.id, "ABCDEFGH23456", "o2", subtotal=3000)


def test_it_is_refused_when_it_does_not_fit(cast: Cast) -> None:
    builders.coupon(cast.kotori, code="SMALL", minimum=5000)
    builders.coupon(cast.kotori, code="OLD", expires_at=clock.now() - timedelta(seconds=1))
    for code, error in (("SMALL", CouponNotFit), ("OLD", CouponExpired), ("NOBODY", CouponNotFound)):
        with pytest.raises(error):
            actions.redeem(cast.kotori.id, code, "o1", subtotal=3000)
    assert not Coupon.objects.exclude(redeemed_at=None).exists()


def test_it_belongs_to_its_shop(cast: Cast) -> None:
    with scope.organization(cast.other_organization.id):
        builders.coupon(cast.other_shop, code="THEIRS")
    with pytest.raises(CouponNotFound):
        actions.check(cast.kotori.id, "THEIRS")


@pytest.mark.django_db(transaction=True)
def test_it_is_won_by_one_of_many_checkouts(cast: Cast) -> None:
    builders.coupon(cast.kotori, code="ONCE")
    outcomes: list[str] = []

    def check_out(number: int) -> None:
        try:
            with scope.organization(cast.organization.id):
                actions.redeem(cast.kotori.id, "ONCE", f"o{number}", subtotal=3000)
            outcomes.append("won")
        except CouponUsed:
            outcomes.append("late")
        finally:
            connections.close_all()

    buyers = [threading.Thread(target=check_out, args=(number,)) for number in range(8)]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    assert sorted(outcomes) == ["late"] * 7 + ["won"]
