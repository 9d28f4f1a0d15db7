"""Small rules: what a coupon takes off, which cancellation an order makes good, which purchase a slip gives back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kaeru.cancellations.rules import OrderState, is_stale, on_reason
from kaeru.offers.rules import ALPHABET, CouponTerms, discount, new_code, tidy_code
from kaeru.orders.matching import Purchase, Slip, match
from kaeru.recoveries.rules import WINDOW, Candidate
from kaeru.recoveries.rules import match as recover

NOW = datetime(2026, 11, 24, tzinfo=UTC)
yen = st.integers(0, 1_000_000)


@given(st.sampled_from(["amount", "percent", "free_shipping"]), yen, yen, yen, yen)
def test_it_never_takes_off_more_than_the_order_costs(
    kind: str, value: int, minimum: int, subtotal: int, shipping: int
) -> None:
    off = discount(CouponTerms(kind, value, minimum, NOW), subtotal, shipping)
    assert 0 <= off <= subtotal + shipping
    assert off == 0 or subtotal >= minimum


def test_it_makes_codes_that_survive_being_typed_by_hand() -> None:
    code = new_code()
    assert set(code) <= set(ALPHABET)
    assert tidy_code(f" {code[:4].lower()}-{code[4:]} ") == code


@given(st.integers(-60, 60), st.booleans(), st.booleans())
def test_it_trusts_the_link_first_then_the_coupon_then_the_window(days: int, by_link: bool, by_coupon: bool) -> None:
    link, coupon, own = (Candidate(key, key * 10, NOW - timedelta(days=days)) for key in (1, 2, 3))
    found = recover(99, NOW, link if by_link else None, coupon if by_coupon else None, [own])
    if by_link:
        assert found and found.how == "link"
    elif by_coupon:
        assert found and found.how == "coupon"
    else:
        assert (found is not None) == (timedelta(0) <= timedelta(days=days) <= WINDOW)


def test_it_never_takes_an_order_for_its_own_recovery() -> None:
    own = Candidate(1, 99, NOW)
    assert recover(99, NOW, own, own, [own]) is None


some = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=6)


@given(some, some)
def test_it_gives_back_only_what_was_bought_before_and_never_more(
    bought: list[tuple[int, int]], slips: list[tuple[int, int]]
) -> None:
    key = (1, "sku")
    purchases = {key: [Purchase(n, NOW + timedelta(days=day), quantity) for n, (day, quantity) in enumerate(bought)]}
    asked = [Slip(key, NOW + timedelta(days=day), quantity) for day, quantity in sorted(slips)]
    given_back: dict[int, int] = {}
    for slip, line_id in zip(asked, match(asked, purchases), strict=True):
        if line_id is not None:
            assert purchases[key][line_id].placed_at <= slip.at
            given_back[line_id] = given_back.get(line_id, 0) + slip.quantity
    assert all(back <= purchases[key][line_id].quantity for line_id, back in given_back.items())


@given(
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, "considering", "requested", "cancelled", "kept", "restored"]),
    st.booleans(),
)
def test_it_opens_a_wish_only_for_an_order_that_can_still_be_cancelled(
    is_cancelled: bool, is_shipped: bool, state: str | None, has_reason: bool
) -> None:
    verdict = on_reason(OrderState(is_cancelled, is_shipped), state, has_reason)
    if verdict in ("open", "choose_anew"):
        assert not is_cancelled
        assert not is_shipped
        assert state not in ("requested", "cancelled")
    if state == "requested":
        assert verdict == "unchanged"


def test_it_counts_late_news_without_acting_on_it() -> None:
    assert not is_stale(NOW - timedelta(days=2), NOW)
    assert is_stale(NOW - timedelta(days=4), NOW)
