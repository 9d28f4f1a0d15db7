"""Money stays whole: yen have no part, and nothing is rounded silently."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.core import money


def test_it_does_what_its_examples_say() -> None:
    assert doctest.testmod(money).failed == 0


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1980", "JPY", 1980),
        ("1980.00", "JPY", 1980),
        ("0", "JPY", 0),
        ("-500", "JPY", -500),
        ("12.5", "USD", 1250),
        ("12.50", "GBP", 1250),
        ("1.234", "KWD", 1234),
        (Decimal("0.01"), "EUR", 1),
    ],
)
def test_it_reads_amounts(amount: str | Decimal, currency: str, minor: int) -> None:
    assert money.to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("1980.5", "JPY"),
        ("0.001", "USD"),
        ("abc", "JPY"),
        ("", "JPY"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
        ("1,980", "JPY"),
        ("1e400", "USD"),
    ],
)
def test_it_refuses_what_is_no_amount(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"amount|places"):
        money.to_minor(amount, currency)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["JPY", "USD", "KWD"]))
def test_it_reads_back_what_it_wrote(minor: int, currency: str) -> None:
    digits = money.minor_digits(currency)
    assert money.to_minor(Decimal(minor).scaleb(-digits), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (1980, "JPY", "ja", "1,980円"),
        (1980, "JPY", "en", "¥1,980"),
        (-500, "JPY", "ja", "-500円"),
        (1250, "GBP", "ja", "12.50 GBP"),
        (5, "USD", "en", "0.05 USD"),
        (-5, "USD", "en", "-0.05 USD"),
        (1234, "KWD", "en", "1.234 KWD"),
    ],
)
def test_it_shows_amounts_as_people_read_them(amount: int, currency: str, language: str, text: str) -> None:
    assert money.show(amount, currency, language) == text
