"""What is learned from the past: ages, days, other shops."""

from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.marketplaces.forecast import ages, arrivals, prior
from kaeru.marketplaces.forecast.ages import Ages, Lot
from kaeru.marketplaces.forecast.prior import Belief


def test_it_learns_how_old_orders_are_when_they_are_cancelled() -> None:
    dice = Random(1)
    learned = ages.learned([dice.expovariate(1 / 50) for _ in range(5000)])
    assert learned.share(24) == pytest.approx(0.38, abs=0.02)
    assert learned.share(168) == pytest.approx(0.965, abs=0.02)
    assert learned.share(0) == 0 and learned.share(10_000) == 1


@given(st.lists(st.floats(0, 2000), max_size=60), st.floats(0, 800), st.floats(0, 800))
def test_it_rises_from_none_to_all(delays: list[float], one: float, other: float) -> None:
    learned = ages.learned(delays)
    assert 0 <= learned.share(min(one, other)) <= learned.share(max(one, other)) <= 1
    assert learned.upto[-1] == 1


def test_it_leaves_out_the_first_hours_where_the_mall_does() -> None:
    later = ages.without_first(Ages(), 6)
    assert later.share(6) == 0
    assert later.share(720) == 1
    assert later.share(24) == pytest.approx((0.53 - 0.27) / 0.73)


def test_it_counts_young_orders_in_part() -> None:
    told = Ages()
    assert ages.seen(told, [Lot(-2000, -1900, 10)]) == pytest.approx(10)
    assert 0 < ages.seen(told, [Lot(-6, 0, 10)]) < 3
    assert ages.seen(told, [Lot(0, 24, 10)]) == 0


def test_it_gives_old_orders_less_of_a_chance_to_be_cancelled() -> None:
    told = Ages()
    young, old = (ages.still_open(told, [Lot(-start - 24, -start, 5)], 240, 0.05) for start in (0, 200))
    assert 1 > young > old > 0
    assert ages.still_open(told, [Lot(-24, 0, 5)], 0, 0.05) == pytest.approx(0, abs=1e-9)
    assert ages.still_open(told, [], 10, 0.05) == 0


def test_it_gives_orders_of_the_last_day_little_time() -> None:
    told = Ages()
    first, last = (ages.still_to_come(told, [Lot(start, start + 24, 5)], 240) for start in (0, 216))
    assert first > 0.85 and last < 0.5
    assert ages.still_to_come(told, [], 240) == 0


def _weeks(number: int, *, seed: int, wild: float = 0.0) -> list[int]:
    dice = Random(seed)
    swing = (8, 8, 9, 10, 12, 20, 17)
    days = []
    for day in range(number * 7):
        mean = swing[day % 7] * (dice.gammavariate(1 / wild, wild) if wild else 1.0)
        days.append(max(0, round(dice.gauss(mean, sqrt(mean)))))
    return days


def test_it_learns_the_swing_of_the_week() -> None:
    learned = arrivals.learned(_weeks(10, seed=1), last_weekday=6)
    assert learned.mean([(day, 1.0) for day in range(7)]) == pytest.approx(84, rel=0.1)
    assert learned.by_weekday[5] > 1.4 * learned.by_weekday[0]


def test_it_is_less_sure_of_a_shop_with_bursts() -> None:
    calm, wild = (arrivals.learned(_weeks(10, seed=2, wild=wild), last_weekday=6) for wild in (0.0, 0.8))
    assert wild.spread > 3 * calm.spread
    assert wild.size(100) < calm.size(100)


@pytest.mark.parametrize("days", [[], [0], [0] * 30, [5], [3, 0, 1]])
def test_it_has_an_answer_for_a_shop_without_a_past(days: list[int]) -> None:
    learned = arrivals.learned(days, last_weekday=2)
    assert learned.mean([(0, 1.0), (1, 0.5)]) >= 0
    assert learned.size(learned.mean([(0, 1.0)])) > 0


def test_it_learns_from_other_shops() -> None:
    dice = Random(4)
    tallies = []
    for _ in range(400):
        rate, orders = dice.betavariate(6, 94), dice.randint(20, 600)
        tallies.append((sum(dice.random() < rate for _ in range(orders)), orders))
    learned = prior.among_shops(tallies)
    assert learned.mean == pytest.approx(0.06, abs=0.005)
    assert 60 < learned.a + learned.b < 160


def test_it_learns_nothing_from_too_few() -> None:
    assert prior.among_shops([(5, 100)] * 3) == prior.USUAL
    assert prior.among_shops([(0, 3)] * 300) == prior.USUAL


def test_it_believes_shops_that_are_all_alike() -> None:
    learned = prior.among_shops([(5, 100)] * 100)
    assert learned.a + learned.b == pytest.approx(prior.MOST_WEIGHT)


def test_it_weighs_the_past_less_than_the_present() -> None:
    past = Belief(50, 950).worth(100)
    assert (past.a, past.b) == pytest.approx((5, 95))
    assert past.having_seen(3, 10.5) == Belief(8, 102.5)
    assert Belief(2, 38).worth(100) == Belief(2, 38)


def test_it_is_less_sure_where_cancellations_come_in_lots() -> None:
    belief = Belief(6, 94)
    assert belief.blurred(1.0, 50) == belief
    assert belief.blurred(2.0, 0) == belief
    blurred = belief.blurred(2.0, 100)
    assert blurred.mean == pytest.approx(belief.mean)
    assert blurred.a + blurred.b == pytest.approx(50)
