"""What stands in a cell."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.connectors.files.cells import figure, moment, money, text, whole, yes_no
from kaeru.connectors.files.errors import BadCell

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("3", 3),
        ("３", 3),
        (" 1,200 ", 1200),
        ("１，２００", 1200),
        ("2.0", 2),
        ("-1", -1),
        ("−１", -1),
        ("▲3", -3),
        ("(4)", -4),
        ("+5", 5),
    ],
)
def test_it_reads_whole_numbers(cell: str, number: int) -> None:
    assert whole(cell) == number


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "x",
        "1.5",
        "1,20",
        "12,34,567",
        "1_000",
        "0x10",
        "1e3",
        "--1",
        "二",
        "²",
        "9999999999",
        "9" * 5000,
        "NaN",
        "٣x",
    ],
)
def test_it_refuses_what_is_no_whole_number(cell: str) -> None:
    with pytest.raises(BadCell):
        whole(cell)


@pytest.mark.parametrize(
    ("cell", "currency", "minor"),
    [
        ("1980", "JPY", 1980), ("￥1,980", "JPY", 1980), ("¥1,980", "JPY", 1980), ("１，９８０円", "JPY", 1980), ("\\1,980", "JPY", 1980),
        ("1980.00", "JPY", 1980), ("-500", "JPY", -500), ("(500)", "JPY", -500), ("2.55", "GBP", 255), ("£2.5", "GBP", 250),
        ("0", "JPY", 0), ("1,234,567", "JPY", 1234567),
    ],
)  # fmt: skip
def test_it_reads_money_in_minor_units(cell: str, currency: str, minor: int) -> None:
    assert money(cell, currency) == minor


@pytest.mark.parametrize(
    ("cell", "currency"),
    [
        ("19.80", "JPY"),
        ("0.001", "GBP"),
        ("1,98", "EUR"),
        ("1.980,00", "EUR"),
        ("abc", "JPY"),
        ("9" * 20, "JPY"),
        ("", "JPY"),
    ],
)
def test_it_refuses_money_that_would_have_to_be_guessed(cell: str, currency: str) -> None:
    with pytest.raises(BadCell):
        money(cell, currency)


@given(st.integers(-(10**12), 10**12))
def test_it_keeps_yen_whole(amount: int) -> None:
    assert money(f"{amount:,}", "JPY") == amount
    assert money(f"￥{amount}".replace("￥-", "-￥"), "JPY") == amount


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-24 08:50", "2026/11/24 8:50", "2026-11-24T08:50:00", "2026/11/24 08:50:00", "20261124085000", "202611240850",
        "2026年11月24日 8時50分", "２０２６／１１／２４　０８：５０", "2026-11-24 08:50:00+09:00", "2026-11-24T08:50:00.000+0900",
        "2026-11-23 23:50:00 +0000", "2026-11-23 23:50:00 UTC", "2026-11-23T23:50:00Z", "2026-11-24 08:50 JST",
    ],
)  # fmt: skip
def test_it_reads_a_moment_of_the_shops_clock(cell: str) -> None:
    assert moment(cell, TOKYO) == datetime(2026, 11, 23, 23, 50, tzinfo=UTC)


def test_it_takes_a_day_for_its_midnight() -> None:
    for cell in ("2026/11/24", "2026-11-24", "20261124", "2026年11月24日", "2026.11.24"):
        assert moment(cell, TOKYO) == datetime(2026, 11, 23, 15, tzinfo=UTC)


def test_it_reads_other_forms_when_told() -> None:
    assert moment("24/11/2026 08:50", TOKYO, "%d/%m/%Y %H:%M") == datetime(2026, 11, 23, 23, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    ["", "24/11/2026", "2026-13-01", "2026-02-30", "tomorrow", "2026111", "0000-00-00 00:00:00", "2026-11-24 25:00"],
)
def test_it_refuses_what_is_no_moment(cell: str) -> None:
    with pytest.raises(BadCell):
        moment(cell, TOKYO)


@given(st.text(max_size=30))
def test_it_reads_or_refuses_anything(cell: str) -> None:
    for reader in (figure, whole, lambda text: money(text, "JPY"), lambda text: moment(text, TOKYO), yes_no, text):
        with suppress(BadCell):
            reader(cell)


def test_it_undoes_excels_way_to_keep_zeros() -> None:
    assert text('="09012345678"') == "09012345678"
    assert text("　山田 花子　") == "山田 花子"


def test_it_never_guesses_consent() -> None:
    assert (yes_no("yes"), yes_no("希望しない"), yes_no("ＴＲＵＥ"), yes_no("")) == (True, False, True, None)
    with pytest.raises(BadCell):
        yes_no("maybe")
