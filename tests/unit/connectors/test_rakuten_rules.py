"""What Rakuten's words mean, whatever comes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.connectors.changes import Cancel, ChangeAddress, ChangeLines
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.gate.rules import forbidden
from kaeru.connectors.rakuten import keys, packages, standing, words
from kaeru.connectors.rakuten.keys import Key
from kaeru.connectors.rakuten.orders import order_record
from tests.fakes.rms import Rms

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10_000, 10**7) | st.text(max_size=8),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=6), some, max_size=4),
    max_leaves=12,
)


def order(**more: Any) -> dict[str, Any]:
    shop = Rms()
    return shop.orders[shop.place(at=NOW)] | more


@given(st.text(max_size=20), st.sampled_from(["customer", "shop"]), st.booleans())
def test_it_never_says_another_side_than_it_was(reason: str, side: str, back: bool) -> None:
    number = words.number_of(reason, side, are_goods_back=back)
    assert number is not None
    assert words.side_of(None, number) == side


@given(st.text(max_size=10))
def test_it_says_no_number_when_the_side_is_not_said(reason: str) -> None:
    assert words.number_of(reason, "") is None
    assert words.number_for(Cancel(" ", "shop")) is None


@given(st.sampled_from(sorted(order())), JSON)
def test_it_reads_an_order_with_anything_in_it_or_says_why_not(field: str, value: Any) -> None:
    told = order() | {field: value}
    try:
        found = order_record(told)
    except Unreadable:
        return
    assert found.source_id
    standing.seen(told)
    packages.not_by_machine(told)


def test_it_reckons_from_the_lines_what_is_not_settled() -> None:
    found = order_record(order(totalPrice=-9999, goodsPrice=-9999, postagePrice=-9999, requestPrice=-9999))
    assert (found.total, found.subtotal, found.shipping_fee) == (7000, 7000, 0)


@pytest.mark.parametrize(
    ("rows", "progress", "asked"),
    [
        ([(0, 1)], 800, True),
        ([(0, 0)], 800, False),
        ([(0, 1), (3, 1)], 800, False),
        ([(0, 1)], 300, False),
        ([(0, 1), (3, 1), (0, 1)], 800, True),
        ([], 800, True),
    ],
)
def test_it_knows_a_buyers_open_wish(rows: list[tuple[int, int]], progress: int, asked: bool) -> None:
    told = [
        {
            "changeId": place,
            "changeType": kind,
            "changeReason": side,
            "changeApplyDatetime": f"2026-11-22T1{place}:00:00+0900",
        }
        for place, (kind, side) in enumerate(rows, 3)
    ]
    found = order_record(order(orderProgress=progress, ChangeReasonModelList=told or None))
    assert (found.cancel_asked_at is not None) == asked


def test_it_knows_lines_of_several_packages_apart() -> None:
    told = order()
    told["PackageModelList"] = [told["PackageModelList"][0], {**told["PackageModelList"][0], "basketId": 2}]
    assert [line.source_id for line in order_record(told).lines] == ["1:1", "2:1"]
    told["PackageModelList"][1] = {
        **told["PackageModelList"][1],
        "SenderModel": {"zipCode1": "060", "zipCode2": "0001"},
    }
    assert packages.with_sender(told, ChangeAddress("a b", "110-0001", "x", "y", "z")) == "several_addresses"


def test_it_takes_no_address_without_a_postal_code() -> None:
    assert packages.with_sender(order(), ChangeAddress("a b", "12", "x", "y", "z")) == "no_such_postal_code"


@given(st.integers(0, 5), st.integers(0, 5))
def test_it_reckons_to_the_yen_what_goes_back(first: int, second: int) -> None:
    shop = Rms()
    told = shop.orders[shop.place(("a", 3, 2200), ("b", 2, 480), at=NOW)]
    found = packages.with_quantities(told, {"1:1": first, "1:2": second})
    if not first and not second:
        assert found == "nothing_left"
        return
    assert not isinstance(found, str)
    assert found[1] == (3 - first) * 2200 + (2 - second) * 480


def test_it_knows_no_line_of_another_order() -> None:
    assert packages.with_quantities(order(), {"9:9": 1}) == "unknown_line"


def test_it_lets_a_key_wake_and_says_when_it_ends() -> None:
    key = Key("a", "b", NOW)
    assert key.may_still_wake(NOW + timedelta(minutes=30))
    assert not key.may_still_wake(NOW + timedelta(hours=1))
    assert not Key("a", "b").may_still_wake(NOW)
    assert keys.read(key.sealed_text()) == key
    assert "b" not in repr(key).replace("Key(", "")
    assert keys.ends_on(NOW.date()) - NOW.date() == timedelta(days=89)


@given(st.text(max_size=30))
def test_it_takes_no_text_for_a_key_that_is_none(text: str) -> None:
    found = keys.read(text)
    assert found is None or found.service_secret


def test_it_lets_goods_that_are_back_through_the_gate_only_for_a_cancellation() -> None:
    shipped = standing.seen(order(orderProgress=500)).standing
    assert forbidden(Cancel("x", "customer"), shipped) == "shipped"
    assert forbidden(Cancel("x", "customer", are_goods_back=True), shipped) == ""
    assert forbidden(ChangeLines({"1:1": 1}), shipped) == "shipped"


def test_it_keeps_the_reason_of_a_change_of_lines() -> None:
    change = ChangeLines({"1:1": 1}, (("v", 2),), 500, 10, "mistaken_order", "customer")
    assert ChangeLines.from_json(change.to_json()) == change
