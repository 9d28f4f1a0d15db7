"""Which page the cancel link opens, and what it may say of the person."""

import pytest

from kaeru.cancellations.cart import cart_address
from kaeru.storefront.rules import mask_mail, mask_name, stage


@pytest.mark.parametrize(
    "facts,expected",
    [
        ({}, "choose"),
        ({"request_state": "considering", "has_reason": True}, "answer"),
        ({"request_state": "considering", "has_reason": True, "is_again": True}, "choose"),
        ({"request_state": "kept", "has_reason": True}, "kept"),
        ({"request_state": "kept", "has_reason": True, "is_again": True}, "choose"),
        ({"request_state": "requested", "has_reason": True}, "told"),
        ({"request_state": "requested", "has_reason": True, "is_shipped": True}, "told"),
        ({"request_state": "cancelled", "has_reason": True, "is_cancelled": True, "is_again": True}, "told"),
        ({"request_state": "cancelled", "is_cancelled": True}, "tell"),
        ({"is_cancelled": True}, "tell"),
        ({"request_state": "restored", "has_reason": True}, "choose"),
        ({"is_shipped": True}, "shipped"),
        ({"is_shipped": True, "request_state": "considering", "has_reason": True}, "shipped"),
    ],
)
def test_it_opens_the_page_that_fits(facts: dict[str, object], expected: str) -> None:
    known = {"is_cancelled": False, "is_shipped": False, "request_state": None, "has_reason": False}
    assert stage(**{**known, **facts}) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name,masked",
    [
        ("髙﨑 𠮷之助", "髙＊＊"),
        ("𠮷田", "𠮷＊＊"),
        ("ﾊﾔｼ ﾀﾛｳ", "ﾊ＊＊"),
        ("Zoë", "Z***"),
        ("  ", ""),
        ("🐸", "🐸***"),
    ],
)
def test_it_shows_one_letter_of_a_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize("address", ["", "no-address", "@example.jp"])
def test_it_shows_nothing_of_what_is_no_address(address: str) -> None:
    assert mask_mail(address) == ""


def test_it_writes_cart_addresses_that_cannot_be_broken_out_of() -> None:
    found = cart_address(
        "https://s.example/c?i={items}&c={coupon}&r={ref}", [("A&x=1", 1), ("", 2), ("B", 0)], "C#1", "r/1"
    )
    assert found == "https://s.example/c?i=A%26x%3D1:1&c=C%231&r=r%2F1"
    assert cart_address("", [("A", 1)], "", "") == ""
    assert cart_address("javascript:alert('{items}')", [("A", 1)], "", "") == ""
    assert cart_address("https://s.example/c?i={items}", [], "", "") == ""
