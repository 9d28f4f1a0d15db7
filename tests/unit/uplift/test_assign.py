"""The lot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.uplift import assign


def test_it_draws_the_same_lot_for_the_same_texts() -> None:
    assert assign.bucket("s1", "wrong_order", "c-1") == assign.bucket("s1", "wrong_order", "c-1")
    assert assign.bucket("s1", "wrong_order", "c-1") != assign.bucket("s2", "wrong_order", "c-1")


def test_it_keeps_texts_apart() -> None:
    assert assign.bucket("a", "bc", "d") != assign.bucket("ab", "c", "d")


@given(st.text(), st.text(), st.text())
def test_it_draws_from_ten_thousand(salt: str, scenario: str, customer: str) -> None:
    assert 0 <= assign.bucket(salt, scenario, customer) < 10_000


def test_it_holds_about_as_many_as_asked() -> None:
    held = sum(assign.arm(assign.bucket("x", "y", str(number)), 2000) == "held" for number in range(5000))
    assert 900 < held < 1100


def test_it_tapers() -> None:
    assert [assign.taper(before) for before in (0, 199, 200, 599, 600, 10**6)] == [5000, 5000, 2000, 2000, 1000, 1000]


@given(st.integers(0, 9_999), st.integers(0, 10_000), st.integers(0, 10_000))
def test_it_takes_nobody_from_treated_to_held_when_it_shrinks(bucket: int, one: int, other: int) -> None:
    if assign.arm(bucket, max(one, other)) == "treated":
        assert assign.arm(bucket, min(one, other)) == "treated"


def test_it_says_the_probability_of_treatment() -> None:
    assert assign.probability(1000) == 0.9
    assert assign.arm(0, 0) == "treated" and assign.arm(9_999, 10_000) == "held"
    with pytest.raises(ValueError, match="basis points"):
        assign.arm(0, 10_001)
