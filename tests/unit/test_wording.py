"""Days, spans and shares as people write them."""

import doctest
from datetime import date, datetime, timedelta

import pytest

from kaeru.core import wording


def test_it_does_what_its_examples_say() -> None:
    assert doctest.testmod(wording).failed == 0


@pytest.mark.parametrize(
    ("length", "ja", "en"),
    [
        (timedelta(0), "0分", "0 min"),
        (timedelta(seconds=-5), "0分", "0 min"),
        (timedelta(minutes=30), "30分", "30 min"),
        (timedelta(hours=1), "1時間", "1 h"),
        (timedelta(days=1), "1日", "1 d"),
        (timedelta(days=1, minutes=5), "1日", "1 d"),
        (timedelta(days=3, hours=4, minutes=5), "3日4時間", "3 d 4 h"),
        (timedelta(hours=2, minutes=5), "2時間5分", "2 h 5 min"),
    ],
)
def test_it_says_a_span_in_two_units(length: timedelta, ja: str, en: str) -> None:
    assert (wording.span(length, "ja"), wording.span(length, "en")) == (ja, en)


def test_it_says_the_year_only_when_it_is_another_one() -> None:
    assert wording.day(date(2026, 11, 24), "ja", 2026) == "11月24日(火)"
    assert wording.day(date(2025, 1, 1), "ja", 2026) == "2025年1月1日(水)"
    assert wording.moment(datetime(2026, 11, 24, 8, 5), "en", 2026) == "Tue 24 Nov, 8:05"


@pytest.mark.parametrize(("code", "language"), [("en-us", "en"), ("ja", "ja"), ("", "ja"), (None, "ja"), ("fr", "ja")])
def test_it_knows_two_languages(code: str | None, language: str) -> None:
    assert wording.language_of(code) == language


def test_it_falls_back_to_the_words_that_exist() -> None:
    assert wording.pick({"en": "only English"}, "ja") == "only English"
    assert wording.pick("plain", "en") == "plain"
    assert wording.pick(None, "ja") == ""
