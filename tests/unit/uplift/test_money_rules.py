"""Coupons that pay, budgets, splits that learn, many comparisons, how many to ask."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.uplift import bandit, filling, several
from kaeru.uplift.money import Coupon, Segment, allocate


@given(st.floats(0.01, 0.9), st.floats(100, 9000), st.floats(0, 0.9), st.floats(0, 50))
def test_it_earns_nothing_at_break_even(p0: float, margin: float, share: float, sending: float) -> None:
    one = Coupon(p0, margin, margin * share, sending)
    assert one.net(one.break_even) == pytest.approx(0, abs=1e-6 * margin)
    assert one.net(one.break_even + 0.05) > 0


def test_it_knows_coupons_that_cannot_pay() -> None:
    assert Coupon(0.6, 1500, 500).break_even == pytest.approx(0.3)
    assert Coupon(0.6, 500, 500).break_even == inf and Coupon(0.6, 500, 500).pays((0.1, 0.2)) is False
    assert [Coupon(0.6, 1500, 500).pays(each) for each in ((0.31, 0.5), (-0.1, 0.2), (0.1, 0.5))] == [True, False, None]


def test_it_spends_a_budget_where_it_brings_most() -> None:
    some = [Segment("a", 10, 0.3, Coupon(0.2, 1000, 200)), Segment("b", 10, 0.2, Coupon(0.2, 1000, 200))]
    found = allocate([*some, Segment("never", 99, 0.0, Coupon(0.5, 1000, 200))], 1100)
    assert found.units == {"a": 10, "b": 1} and found.spend == pytest.approx(1080)
    assert allocate([], 100).units == {} and allocate(some, 0).units == {}


def test_it_knows_which_way_is_best() -> None:
    coupon, mail = bandit.Way(1500, 500, 3, a=701, b=301), bandit.Way(1500, 0, 3, a=601, b=401)
    assert bandit.p_best([coupon, mail])[1] > 0.999  # fewer come back, more is left
    assert bandit.p_best([mail]) == pytest.approx([1])
    alike = bandit.p_best([bandit.Way(1000), bandit.Way(1000), bandit.Way(1000)])
    assert alike == pytest.approx([1 / 3] * 3, abs=1e-3)
    loses = bandit.Way(500, 800)
    assert bandit.p_best([loses, bandit.Way(500)])[1] > 0.9
    with pytest.raises(ValueError, match="no ways"):
        bandit.p_best([])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda told: sum(told) > 0))
def test_it_starves_no_way(told: list[float]) -> None:
    shares = np.array(told) / sum(told)
    found = bandit.floored(shares, 0.05)
    assert found.sum() == pytest.approx(1) and found.min() >= 0.05 - 1e-12
    with pytest.raises(ValueError, match="cannot have"):
        bandit.floored(shares, 1.01)


def test_it_sends_each_bucket_one_way() -> None:
    ways = [bandit.chosen([0.5, 0.2, 0.3], bucket) for bucket in range(10_000)]
    assert np.bincount(ways).tolist() == [5000, 2000, 3000]


def test_it_waits_for_answers() -> None:
    young = bandit.learned(1, np.array([0.1] * 10))
    assert young == pytest.approx((2, 1))
    assert bandit.learned(1, np.ones(10)) == pytest.approx((2, 10))
    known = bandit.delay([1.0] * 500, window=14)
    assert known.share(0.5) < 0.1 < 0.9 < known.share(1.5) and known.share(14) == known.share(99) == 1
    assert bandit.delay([], window=14).share(4.0) == pytest.approx(0.65, abs=0.01)


def test_it_calls_few_of_many_shown() -> None:
    assert several.ebh([40, 3, 0.5, 25, 1, 130]) == [5]
    assert several.ebh([]) == [] == several.bh([])
    assert several.shown([800.0, 0.0, 4.0]) == [0, 2]


def test_it_asks_enough() -> None:
    assert filling.fill([1, 0.5], [1, 1]) == 1 and filling.fill([], []) == 0
    number = filling.invites(0.12, 0.8)
    assert filling.fill([0.12] * number, [1] * number) >= 0.8 > filling.fill([0.12] * (number - 1), [1] * (number - 1))
    with pytest.raises(ValueError, match="strictly"):
        filling.invites(0, 0.5)
