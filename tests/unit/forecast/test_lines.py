"""Above means strictly more, in whole numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.marketplaces.forecast.lines import NEVER, Bar
from kaeru.marketplaces.rules import Count, Few, Line, Share, judge

SEVEN, HALF = Line("seven", share=Share(7, 100)), Line("half", share=Share(1, 2))
MONTH = Bar(SEVEN, Few(10, HALF))


@pytest.mark.parametrize(
    ("orders", "counted", "over"),
    [
        (100, 7, False), (100, 8, True), (101, 8, True), (200, 14, False), (200, 15, True),
        (10, 0, False), (10, 1, True), (9, 4, False), (9, 5, True), (8, 4, False), (8, 5, True), (1, 0, False), (1, 1, True),
        (0, 0, False), (0, 1, True),
    ],
)  # fmt: skip
def test_it_knows_each_side_of_the_line(orders: int, counted: int, over: bool) -> None:
    assert MONTH.is_over(orders, counted) is over


def test_it_says_how_many_may_still_be_lost() -> None:
    assert MONTH.may_lose(100, 4) == 3
    assert MONTH.may_lose(100, 7) == 0
    assert MONTH.may_lose(100, 20) == 0
    assert MONTH.may_lose(9, 1) == 3


def test_it_adds_up_points() -> None:
    points = Bar(Line("violation", amount=35, is_strict=False), each=15)
    assert points.too_many(0) == points.too_many(10_000) == 3
    assert points.may_lose(0, 1) == 1


def test_it_never_crosses_a_line_that_does_not_hold() -> None:
    assert Bar(Line("unknown")).too_many(100) == NEVER
    stop = Bar(Line("stop", severity="stop", share=Share(7, 100)), Few(10, HALF))
    assert stop.too_many(9) == NEVER and stop.too_many(10) == 1


@given(st.integers(0, 10**7), st.integers(0, 1000), st.integers(1, 1000))
def test_it_is_the_smallest_that_is_strictly_more(orders: int, part: int, whole: int) -> None:
    found = Bar(Line("line", share=Share(part, whole))).too_many(orders)
    assert found * whole > part * orders >= (found - 1) * whole


@given(st.integers(0, 10**6), st.integers(0, 1000))
def test_it_may_lose_exactly_so_many(orders: int, counted: int) -> None:
    left = MONTH.may_lose(orders, counted)
    assert MONTH.is_over(orders, counted + left + 1)
    assert left == 0 or not MONTH.is_over(orders, counted + left)


@given(st.integers(0, 300), st.integers(0, 60))
def test_it_agrees_with_the_judge(orders: int, counted: int) -> None:
    assert MONTH.is_over(orders, counted) is (judge([SEVEN], MONTH.few, Count(counted, orders)) is not None)
