"""Prices and stock that cannot be right, and how sure a cause of cancellations is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.marketplaces.checks.price import judge
from kaeru.marketplaces.checks.stock import Count, compare
from kaeru.marketplaces.findings import rules
from kaeru.marketplaces.findings.rules import Loss, fix, is_proven, main_reason, median_of, share, trend

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
USUAL = [1980, 1980, 1780, 1980, 1980, 1980]


@pytest.mark.parametrize(
    ("price", "why"),
    [
        (198, "digit_missing"), (19800, "digit_too_many"), (900, "far_below"), (5000, "far_above"), (0, "far_below"), (990, None),
        (989, "far_below"), (3960, None), (3961, "far_above"), (1380, None),
    ],
)  # fmt: skip
def test_it_doubts_what_is_less_than_half_or_more_than_double(price: int, why: str | None) -> None:
    found = judge(price, USUAL)
    assert (found.why if found else None) == why


def test_it_is_not_misled_by_one_slip_in_the_past() -> None:
    assert judge(1980, [198, 1980, 1980, 1980, 1980]) is None
    assert judge(198, [198, 1980, 1980, 1980, 1980]) is not None


def test_it_lets_prices_swing_that_always_did() -> None:
    assert judge(400, [1000, 500, 1800, 700, 2400, 600, 1500]) is None


def test_it_says_nothing_of_few_sales_but_minds_the_cost() -> None:
    assert judge(198, USUAL[:4]) is None
    doubt = judge(198, USUAL[:4], cost=900)
    assert doubt is not None
    assert (doubt.why, doubt.usual, doubt.loss) == ("below_cost", None, 702)
    assert judge(900, [], cost=900) is None
    assert judge(0, [], cost=900) is None, "a gift"


def test_it_says_what_each_piece_loses() -> None:
    doubt = judge(198, USUAL)
    assert doubt is not None
    assert (doubt.usual, doubt.loss, doubt.sales) == (1980, 1782, 6)
    high = judge(19800, USUAL)
    assert high is not None and high.loss == 0


@given(st.lists(st.integers(1, 100_000), min_size=5, max_size=40), st.integers(1, 100_000))
def test_it_never_doubts_the_usual_price(history: list[int], price: int) -> None:
    usual = judge(price, [price] * 5 + history[:4])
    assert usual is None


# --- stock ------------------------------------------------------------------------------------------------------------


def count(shop: int, quantity: int, hours: int, here: int = 0, everywhere: int = 0) -> Count:
    return Count(shop, quantity, NOW - timedelta(hours=hours), here, everywhere)


def test_it_finds_a_channel_that_shows_more_than_there_is() -> None:
    [found] = compare([count(1, 3, hours=1), count(2, 10, hours=30, here=1)], NOW)
    assert (found.kind, found.shop_id, found.pieces, found.left, found.shown) == ("shows_more", 2, 6, 3, 9)


def test_it_counts_what_all_channels_sold_since() -> None:
    found = compare([count(1, 3, hours=1, here=1, everywhere=5), count(2, 2, hours=2, here=2)], NOW)
    assert [(one.kind, one.shop_id, one.pieces) for one in found] == [("oversold", 1, 2), ("shows_more", 1, 2)]


def test_it_leaves_small_differences_of_a_full_shelf() -> None:
    assert compare([count(1, 100, hours=1), count(2, 104, hours=30)], NOW) == []
    assert compare([count(1, 100, hours=1), count(2, 130, hours=30)], NOW) != []
    assert compare([], NOW) == []


def test_it_says_when_the_count_is_old() -> None:
    [found] = compare([count(1, 0, hours=24 * 8, here=1, everywhere=1)], NOW)
    assert (found.kind, found.is_old) == ("oversold", True)


@given(st.integers(0, 50), st.integers(0, 50))
def test_it_is_content_when_all_say_the_same(quantity: int, shops: int) -> None:
    assert compare([count(number, quantity, hours=1) for number in range(shops)], NOW) == []


# --- findings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (3, 10, 0.1078, 0.6032), (10, 10, 0.7225, 1.0), (50, 500, 0.0767, 0.1294)]
)  # fmt: skip
def test_it_gives_wilsons_interval(k: int, n: int, low: float, high: float) -> None:
    told = share(k, n)
    assert told.low == pytest.approx(low, abs=1e-4)
    assert told.high == pytest.approx(high, abs=1e-4)


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_it_keeps_the_share_inside_its_interval(k: int, n: int) -> None:
    told = share(k, n)
    assert 0.0 <= told.low <= told.high <= 1.0
    assert told.rate is None or told.low - 1e-12 <= told.rate <= told.high + 1e-12


def test_it_calls_small_numbers_small() -> None:
    assert share(9, 29).is_small
    assert share(2, 300).is_small
    assert not share(3, 30).is_small


def test_it_proves_only_what_lies_above_the_rest() -> None:
    assert is_proven(share(12, 60), share(30, 1000))
    assert not is_proven(share(1, 3), share(30, 1000))
    assert not is_proven(share(12, 60), share(0, 0))
    assert not is_proven(share(24, 155), share(0, 3)), "three other orders are nothing to compare with"


def test_it_says_same_while_it_may_be_chance() -> None:
    assert trend(share(12, 40), share(10, 40)) == "same"
    assert trend(share(24, 40), share(4, 40)) == "up"
    assert trend(share(4, 40), share(24, 40)) == "down"
    assert trend(share(4, 40), share(0, 0)) == "new"


def test_it_tells_medians() -> None:
    assert median_of([Loss(1000, ""), Loss(1200, ""), Loss(90_000, "")]) == 1200
    assert median_of([]) == 0


def test_it_proposes_by_the_main_reason() -> None:
    mistaken = [Loss(1, "mistaken_order")] * 3 + [Loss(1, "")] * 2
    assert main_reason(mistaken) == ("mistaken_order", 3)
    assert fix("product", mistaken) == "option_notice"
    assert fix("page", mistaken) == "page_words"
    assert fix("product", [Loss(1, "out_of_stock", "shop")]) == "stock_sync"
    assert fix("product", [Loss(1, "", "shop")] * 3) == "stock_sync"
    assert fix("promise", mistaken) == "earlier_date"
    assert fix("product", [Loss(1, "")] * 3) == "option_notice"
    assert fix("product", [Loss(1, "")]) == "ask"
    assert main_reason([Loss(1, "b"), Loss(1, "a")]) == ("a", 1)


def test_it_knows_a_repair_for_each_usual_reason() -> None:
    assert set(rules.FIXES) >= {"mistaken_order", "delivery_too_late", "shipping_fee_too_high", "out_of_stock"}
