"""The chance to end above a line, held to sums over every case."""

from collections.abc import Iterator
from dataclasses import replace
from math import comb, exp, lgamma, log
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kaeru.marketplaces.forecast.chance import orders_at_end, p_over, p_over_each, too_many
from kaeru.marketplaces.forecast.errors import NotAShare, NotPossible
from kaeru.marketplaces.forecast.lines import Bar
from kaeru.marketplaces.forecast.outlook import Outlook
from kaeru.marketplaces.rules import Few, Line, Share

HALF = Few(10, Line("half", share=Share(1, 2)))
MONTH, TEN, FIFTEEN = (Bar(Line("line", share=Share(percent, 100)), HALF) for percent in (7, 10, 15))
BARS = [
    MONTH,
    TEN,
    FIFTEEN,
    Bar(Line("from", share=Share(1, 10), is_strict=False)),
    Bar(Line("least", share=Share(2, 100), least=5)),
    Bar(Line("points", amount=35, is_strict=False), each=15),
    Bar(Line("heavy", severity="stop", share=Share(1, 10)), HALF),
    Bar(Line("unknown")),
    Bar(Line("enough", share=Share(7, 100)), least_orders=30),
]
MIDDLE = Outlook(
    orders=200, counted=12, pending=3, q=0.8, open=40, r_open=0.5, future_mean=60.0, future_size=20.0, r_future=0.6, a=8.0, b=120.0
)  # fmt: skip


def _future(mean: float, size: float, most: int) -> Iterator[tuple[int, float]]:
    if mean == 0:
        yield 0, 1.0
        return
    share = size / (size + mean)
    for count in range(most):
        ways = lgamma(count + size) - lgamma(size) - lgamma(count + 1)
        yield count, exp(ways + size * log(share) + count * log(1 - share))


def _choose(of: int, number: int, chance: float) -> float:
    return comb(of, number) * chance**number * (1 - chance) ** (of - number)


def _of_all(of: int, number: int, a: float, b: float) -> float:
    """Beta-binomial."""
    return comb(of, number) * exp(
        lgamma(number + a) + lgamma(of - number + b) - lgamma(of + a + b) - lgamma(a) - lgamma(b) + lgamma(a + b)
    )


def enumerated(outlook: Outlook, bar: Bar, most: int = 60) -> float:
    """Every case there is, where all cancellations come in time or none does (r of 0 or 1 makes the sum exact)."""
    found = 0.0
    for future, mass in _future(outlook.future_mean, outlook.future_size, most):
        of = outlook.open * int(outlook.r_open) + future * int(outlook.r_future)
        for asked in range(outlook.pending + 1):
            for more in range(of + 1):
                if bar.is_over(outlook.orders + future, outlook.counted + asked + more):
                    found += (
                        mass
                        * _choose(outlook.pending, asked, outlook.q)
                        * _of_all(of, more, outlook.a, outlook.b)
                    )  # fmt: skip
    return found


@settings(max_examples=60, deadline=None)
@given(
    orders=st.integers(0, 40), counted=st.integers(0, 5), pending=st.integers(0, 4), q=st.floats(0, 1),
    open_=st.integers(0, 12), r_open=st.sampled_from([0.0, 1.0]), r_future=st.sampled_from([0.0, 1.0]),
    mean=st.sampled_from([0.0, 0.5, 3.0, 6.0]), size=st.sampled_from([3.0, 10.0, 200.0]),
    a=st.floats(0.5, 20), b=st.floats(2, 200), bar=st.sampled_from(BARS),
)  # fmt: skip
def test_it_is_the_sum_over_every_case(
    orders: int, counted: int, pending: int, q: float, open_: int, r_open: float, r_future: float, mean: float, size: float,
    a: float, b: float, bar: Bar,
) -> None:  # fmt: skip
    outlook = Outlook(orders, counted, pending, q, open_, r_open, mean, size, r_future, a, b)
    assert p_over(outlook, bar) == pytest.approx(enumerated(outlook, bar), abs=2e-4)


def _drawn(outlook: Outlook, bar: Bar, draws: int, seed: int) -> float:
    """By throwing dice, without any formula."""
    import numpy as np

    dice = np.random.default_rng(seed)
    rate = dice.beta(outlook.a, outlook.b, draws)
    future = dice.poisson(dice.gamma(outlook.future_size, outlook.future_mean / outlook.future_size, draws))
    counted = (
        outlook.counted
        + dice.binomial(outlook.pending, outlook.q, draws)
        + dice.binomial(outlook.open, rate * outlook.r_open)
        + dice.binomial(future, rate * outlook.r_future)
    )
    return float((counted >= too_many(bar, outlook.orders + future)).mean())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"orders": 0, "counted": 0, "pending": 0, "open": 0, "future_mean": 300.0, "a": 14.0, "b": 200.0},
        {"orders": 2_000, "counted": 130, "pending": 12, "open": 400, "future_mean": 700.0, "a": 60.0, "b": 900.0},
        {"orders": 9_000, "counted": 500, "pending": 40, "open": 1_500, "future_mean": 9_000.0, "a": 90.0, "b": 1_400.0},
        {"orders": 90_000, "counted": 5_000, "pending": 40, "open": 9_500, "future_mean": 30_000.0, "a": 900.0, "b": 13_400.0},
        {"orders": 30, "counted": 2, "pending": 1, "open": 12, "future_mean": 9.0, "future_size": 0.8},
        {"orders": 4, "counted": 2, "pending": 1, "open": 2, "future_mean": 5.0, "future_size": 2.0, "a": 3.0, "b": 5.0},
        {"orders": 600, "counted": 20, "pending": 0, "open": 100, "future_mean": 600.0, "future_size": 4.0, "a": 2.0, "b": 38.0},
    ],
)  # fmt: skip
def test_it_agrees_with_dice(changes: dict[str, Any]) -> None:
    outlook = replace(MIDDLE, **changes)
    draws = 200_000
    for bar in (MONTH, TEN):
        found = p_over(outlook, bar)
        assert found == pytest.approx(_drawn(outlook, bar, draws, 7), abs=4 * 0.5 / draws**0.5)


@pytest.mark.parametrize("bar", BARS)
def test_it_counts_many_as_it_counts_one(bar: Bar) -> None:
    import numpy as np

    assert too_many(bar, np.arange(2000)).tolist() == [bar.too_many(orders) for orders in range(2000)]


def test_it_says_the_same_of_several_lines_as_of_each() -> None:
    assert p_over_each(MIDDLE, [MONTH, TEN, FIFTEEN]) == [p_over(MIDDLE, bar) for bar in (MONTH, TEN, FIFTEEN)]


def test_it_is_sure_of_what_has_happened() -> None:
    over = replace(MIDDLE, orders=100, counted=8, pending=0, open=0, future_mean=0.0)
    assert p_over(over, MONTH) == 1.0
    assert p_over(replace(over, counted=7), MONTH) == 0.0


def test_it_knows_that_more_orders_can_bring_a_shop_back_below() -> None:
    over = replace(MIDDLE, orders=100, counted=8, pending=0, open=0, future_mean=80.0, r_future=0.0)
    assert 0.0 < p_over(over, MONTH) < 1.0


STANDS = st.builds(
    Outlook,
    orders=st.integers(0, 3000), counted=st.integers(0, 150), pending=st.integers(0, 20), q=st.floats(0, 1), open=st.integers(0, 400),
    r_open=st.floats(0, 1), future_mean=st.floats(0, 2000), future_size=st.floats(0.5, 500), r_future=st.floats(0, 1),
    a=st.floats(0.5, 60), b=st.floats(5, 900),
)  # fmt: skip
SLACK = 2e-3
"""Where bins and the normal begin, the figure may step by so much."""


@settings(max_examples=60, deadline=None)
@given(STANDS)
def test_it_is_a_chance(outlook: Outlook) -> None:
    assert 0.0 <= p_over(outlook, MONTH) <= 1.0


@settings(max_examples=60, deadline=None)
@given(STANDS, st.integers(1, 5))
def test_it_never_falls_with_another_cancellation(outlook: Outlook, more: int) -> None:
    assert p_over(replace(outlook, counted=outlook.counted + more), MONTH) >= p_over(outlook, MONTH) - SLACK


@settings(max_examples=60, deadline=None)
@given(STANDS, st.integers(1, 5))
def test_it_never_falls_with_another_request_or_open_order(outlook: Outlook, more: int) -> None:
    found = p_over(outlook, MONTH)
    assert p_over(replace(outlook, pending=outlook.pending + more), MONTH) >= found - SLACK
    assert p_over(replace(outlook, open=outlook.open + more), MONTH) >= found - SLACK


@settings(max_examples=60, deadline=None)
@given(STANDS, st.floats(0, 1))
def test_it_never_falls_with_likelier_cancellations(outlook: Outlook, share: float) -> None:
    found = p_over(outlook, MONTH)
    higher = replace(
        outlook, q=outlook.q + (1 - outlook.q) * share, r_open=outlook.r_open + (1 - outlook.r_open) * share
    )
    assert p_over(higher, MONTH) >= found - SLACK
    assert p_over(replace(outlook, a=outlook.a + 10 * share), MONTH) >= found - SLACK


@settings(max_examples=40, deadline=None)
@given(STANDS)
def test_it_is_likelier_to_cross_a_lower_line(outlook: Outlook) -> None:
    at_seven, at_ten, at_fifteen = p_over_each(
        outlook, [Bar(Line("line", share=Share(percent, 100))) for percent in (7, 10, 15)]
    )
    assert at_seven + SLACK >= at_ten >= at_fifteen - SLACK


ONLY_THE_ORDERS_ARE_UNSURE = Outlook(
    orders=0, counted=1, pending=0, q=1.0, open=0, r_open=0.0, future_mean=38.0, future_size=1.0, r_future=0.0, a=1.0, b=5.0
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(STANDS)
@example(ONLY_THE_ORDERS_ARE_UNSURE)
def test_it_lies_between_what_a_request_may_become(outlook: Outlook) -> None:
    """A pending request counts or not; unsettled, the chance is the mean of the two."""
    waiting = replace(outlook, pending=outlook.pending + 1)
    counts, not_so = p_over(waiting.after(1, of_pending=1), MONTH), p_over(waiting.after(0, of_pending=1), MONTH)
    assert p_over(waiting, MONTH) == pytest.approx(outlook.q * counts + (1 - outlook.q) * not_so, abs=SLACK)


def test_it_says_how_many_orders_there_will_be() -> None:
    low, middle, high = (orders_at_end(MIDDLE, quantile) for quantile in (0.1, 0.5, 0.9))
    assert 200 < low < middle < high
    assert orders_at_end(replace(MIDDLE, future_mean=0.0), 0.1) == 200


def test_it_refuses_what_means_nothing() -> None:
    with pytest.raises(NotAShare):
        replace(MIDDLE, q=1.2)
    with pytest.raises(NotPossible):
        replace(MIDDLE, counted=-1)
    with pytest.raises(NotPossible):
        replace(MIDDLE, a=0.0)


def test_it_is_the_same_each_time() -> None:
    order = list(range(20))
    Random(3).shuffle(order)
    assert {index: p_over(replace(MIDDLE, counted=index), MONTH) for index in order} == {
        index: p_over(replace(MIDDLE, counted=index), MONTH) for index in range(20)
    }
