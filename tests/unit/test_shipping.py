"""What delivery costs, what an order comes to when its lines change, and what closes the gap to free delivery."""

from hypothesis import given
from hypothesis import strategies as st

from kaeru.offers.shipping import MOST_OF_ONE, Item, Sums, Terms, fee_after, gap, is_free, recount, suggest

YEN = st.integers(0, 200_000)
TERMS = st.builds(Terms, st.integers(0, 3_000), st.none() | st.integers(0, 50_000))
ITEMS = st.lists(
    st.builds(Item, st.text("ABCDEFG", min_size=1, max_size=3), st.integers(0, 20_000), st.integers(0, 99)), max_size=30
)


@given(YEN, TERMS)
def test_it_is_free_exactly_when_the_gap_is_closed(subtotal: int, terms: Terms) -> None:
    missing = gap(subtotal, terms)
    assert missing >= 0
    if missing:
        assert is_free(subtotal + missing, terms)
        assert not is_free(subtotal + missing - 1, terms)


@given(YEN, YEN, YEN, TERMS)
def test_it_charges_another_fee_only_when_the_line_is_crossed(fee: int, before: int, after: int, terms: Terms) -> None:
    told = fee_after(fee, before, after, terms)
    if is_free(before, terms) == is_free(after, terms):
        assert told == fee
    else:
        assert told == (0 if is_free(after, terms) else terms.fee)
    assert fee_after(fee, before, after, None) == fee


@given(YEN, YEN, TERMS, st.integers(0, 5_000))
def test_it_comes_to_the_same_when_a_change_is_taken_back(before: int, after: int, terms: Terms, discount: int) -> None:
    """Of an order with the shop's own fee; nothing is gained or lost by going there and back."""
    fee = 0 if is_free(before, terms) else terms.fee
    now = Sums(before, fee, before + fee + discount)
    there = recount(now, after, terms)
    assert there.total >= 0
    assert recount(there, before, terms) == now


@given(st.integers(0, 20_000), ITEMS, st.integers(1, 5))
def test_it_suggests_what_closes_the_gap_with_the_least_beyond_it(missing: int, items: list[Item], most: int) -> None:
    found = suggest(missing, items, most)
    assert len(found) <= most
    assert all(one.amount >= missing and one.over == one.amount - missing for one in found)
    assert all(1 <= one.quantity <= MOST_OF_ONE for one in found)
    assert [one.over for one in found] == sorted(one.over for one in found)
    if missing:
        every = [
            n * item.price - missing
            for item in items
            if item.price
            for n in range(1, MOST_OF_ONE + 1)
            if n * item.price >= missing
        ]
        assert bool(found) == bool(every)
        assert not found or found[0].over == min(every)
    else:
        assert found == []


def test_it_prefers_what_is_bought_more_often() -> None:
    items = [Item("A", 1000, 2), Item("B", 1000, 9), Item("C", 1100, 99), Item("D", 500, 99)]
    assert [one.key for one in suggest(1000, items)] == ["B", "A", "D"]


def test_it_is_never_free_where_the_shop_never_says_so() -> None:
    assert gap(10**6, Terms(550)) == 0
    assert fee_after(550, 10, 10**6, Terms(550)) == 550
