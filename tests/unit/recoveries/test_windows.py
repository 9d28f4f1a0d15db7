"""What counts as coming back: pure rules, on invented customers."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from kaeru.recoveries.channels import channel_of
from kaeru.recoveries.windows import WINDOWS, Bought, Spent, counts, first_back, matured, next_over, window

ZERO = datetime(2026, 1, 5, 3, tzinfo=UTC)
DAYS = some.floats(0.01, 90)


def day(number: float) -> datetime:
    return ZERO + timedelta(days=number)


def test_it_counts_from_zero_to_the_end_of_the_window() -> None:
    assert not counts(Bought(1, ZERO, 100), ZERO, day(7)), "the order that was cancelled is not a new one"
    assert counts(Bought(1, day(7), 100), ZERO, day(7))
    assert not counts(Bought(1, day(7.001), 100), ZERO, day(7))


def test_it_says_when_the_next_window_is_over() -> None:
    assert [matured(ZERO, day(number)) for number in (0, 6.9, 7, 29, 30, 61)] == [0, 0, 1, 2, 3, 4]
    assert next_over(ZERO, day(14)) == day(30)
    assert next_over(ZERO, day(60)) is None


def test_it_takes_the_first_order_that_counts() -> None:
    orders = [Bought(1, day(2), 100, cancelled_at=day(3)), Bought(2, day(9), 100), Bought(3, day(5), 100)]
    found = first_back(ZERO, orders, day(20))
    assert found is not None
    assert found.id == 3
    assert first_back(ZERO, orders[:1], day(20)) is None


def test_it_speaks_first_by_the_channel_of_its_offer() -> None:
    notice = {"op": "message", "purpose": "notice", "templates": [["mail", 1]]}
    offer = {"op": "message", "purpose": "advertisement", "templates": [["line", 2], ["mail", 3]]}
    assert channel_of([notice, offer]) == "line"
    assert channel_of([notice, {"op": "call"}]) == "call"
    assert channel_of([notice]) == "mail"
    assert channel_of([]) == ""


@given(
    some.lists(
        some.tuples(DAYS, some.none() | DAYS, some.sampled_from(["card", "bank"]), some.none() | DAYS), max_size=6
    ),
    DAYS,
)
def test_it_never_changes_a_window_by_what_comes_after_it(
    told: list[tuple[float, float | None, str, float | None]], now: float
) -> None:
    """An order that is placed, cancelled or paid after a window is over leaves it as it was."""
    orders = [
        Bought(
            number, day(placed), 1000,
            cancelled_at=None if gone is None else day(placed + gone),
            paid_at=None if paid is None else day(placed + paid), payment_kind=kind,
        )
        for number, (placed, gone, kind, paid) in enumerate(told)
    ]  # fmt: skip
    known = [
        Bought(
            one.id, one.placed_at, one.total,
            cancelled_at=one.cancelled_at if one.cancelled_at and one.cancelled_at <= day(now) else None,
            paid_at=one.paid_at if one.paid_at and one.paid_at <= day(now) else None, payment_kind=one.payment_kind,
        )
        for one in orders
        if one.placed_at <= day(now)
    ]  # fmt: skip
    spent = [Spent(one.placed_at, 300) for one in orders]
    for days in WINDOWS:
        if days <= now:
            so_far = [one for one in spent if one.at <= day(now)]
            assert window(ZERO, days, known, so_far, so_far) == window(ZERO, days, orders, spent, spent)
