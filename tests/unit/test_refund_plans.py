"""How the money goes back: by the way it was paid, and never more than was paid."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kaeru.cancellations.policy.rules import Returns
from kaeru.cancellations.refunds import Paid, for_buyer, for_staff, plan

KINDS = ["card", "konbini", "bank", "cod", "wallet", "", "invoice"]
paid = st.builds(
    Paid,
    kind=st.sampled_from(KINDS),
    total=st.integers(0, 10**9),
    given_back=st.integers(0, 10**9),
    is_captured=st.sampled_from([True, False, None]),
)


@given(paid, st.integers(-10, 10**10), st.sampled_from(["customer", "shop", "unknown"]), st.booleans())
def test_it_never_gives_back_more_than_was_paid(told: Paid, amount: int, side: str, is_whole: bool) -> None:
    found = plan(told, amount, Returns(form_url="https://pay.example/f"), side=side, is_whole=is_whole)
    assert 0 <= found.amount <= max(0, told.total - told.given_back)
    assert found.amount <= max(0, amount)
    if told.kind == "cod":
        assert found.amount == 0
    for language in ("ja", "en"):
        with translation.override(language):
            assert for_buyer(found)
            assert all(for_staff(found))
            assert "口座" not in for_buyer(found)
            assert "account number" not in for_buyer(found)


@pytest.mark.parametrize(
    ("told", "is_whole", "how"),
    [
        (Paid("card", 3960, is_captured=False), True, "void"),
        (Paid("card", 3960, is_captured=False), False, "charge_less"),
        (Paid("card", 3960, is_captured=True), True, "refund"),
        (Paid("card", 3960), True, "refund"),
        (Paid("konbini", 3960, is_captured=True), True, "form"),
        (Paid("konbini", 3960), True, "form"),
        (Paid("konbini", 3960, is_captured=False), True, "not_paid"),
        (Paid("bank", 3960), True, "form"),
        (Paid("cod", 3960), True, "nothing"),
        (Paid("wallet", 3960), True, "wallet"),
        (Paid("", 3960), True, "shop"),
        (Paid("card", 3960, given_back=3960), True, "none"),
        (Paid("card", 0), True, "none"),
    ],
)
def test_it_takes_the_way_of_the_payment(told: Paid, is_whole: bool, how: str) -> None:
    (part,) = plan(told, 3960, Returns(), side="customer", is_whole=is_whole).parts
    assert part.how == how


def test_it_shows_the_payment_companys_form_only_where_it_is_needed() -> None:
    returns = Returns(form_url="https://pay.example/f")
    assert plan(Paid("bank", 100), 100, returns, side="customer", is_whole=True).form_url == "https://pay.example/f"
    assert plan(Paid("card", 100), 100, returns, side="customer", is_whole=True).form_url == ""


@pytest.mark.parametrize(
    ("when", "side", "is_whole", "comes"),
    [
        ("always", "customer", True, True), ("always", "customer", False, False), ("shop_side", "shop", True, True),
        ("shop_side", "customer", True, False), ("shop_side", "unknown", True, False), ("never", "shop", True, False),
    ],
)  # fmt: skip
def test_it_gives_coupons_and_points_back_by_the_shops_rule(when: str, side: str, is_whole: bool, comes: bool) -> None:
    returns = Returns(coupons=when, points=when)  # type: ignore[arg-type]
    found = plan(Paid("card", 100), 100, returns, side=side, is_whole=is_whole)
    assert (found.coupons, found.points) == (comes, comes)


def test_it_says_both_ways_where_it_is_not_known_whether_the_card_was_charged() -> None:
    with translation.override("ja"):
        unsure = for_buyer(plan(Paid("card", 100), 100, Returns(), side="customer", is_whole=True))
        sure = for_buyer(plan(Paid("card", 100, is_captured=True), 100, Returns(), side="customer", is_whole=True))
    assert "カード会社を通じて返金します" in unsure
    assert "取り消します" in unsure
    assert "取り消します" not in sure
