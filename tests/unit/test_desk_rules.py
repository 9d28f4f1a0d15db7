"""The desk's decisions: when waiting begins to cost, who comes first, what may be done. No database."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.cancellations.desk import rules
from kaeru.cancellations.desk.rules import Clock, Matter, Pressure, Terms, Why
from kaeru.cancellations.policy.rules import Cutoffs
from kaeru.core.calendar import Calendar

TOKYO = Calendar()
NEVER = Calendar(hours=(None,) * 7)
MONDAY = datetime(2026, 11, 30, 4, 18, tzinfo=UTC)
"""13:18 in Tokyo."""
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
CLOCKS = st.builds(Clock, MOMENTS, st.sampled_from([Why.MALL, Why.PROMISED]))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def test_it_counts_down_to_the_cut_off_of_the_day() -> None:
    assert rules.clock(MONDAY, TOKYO, Terms(), cutoff=time(14)) == Clock(MONDAY + timedelta(minutes=42), Why.CUTOFF)


def test_it_counts_to_the_next_opening_day_after_the_cut_off() -> None:
    friday = datetime(2026, 11, 27, 5, 1, tzinfo=UTC)  # 14:01
    assert Cutoffs(time(14), TOKYO).after(friday) == datetime(2026, 11, 30, 5, tzinfo=UTC)


def test_it_leaves_out_holidays_and_days_off() -> None:
    closed = Calendar(closed_on=frozenset({date(2026, 11, 24)}))
    sunday = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)  # Monday 23 is a holiday, Tuesday a day off
    assert Cutoffs(time(14), closed).after(sunday) == datetime(2026, 11, 25, 5, tzinfo=UTC)


def test_it_counts_opening_hours_when_there_is_nothing_else() -> None:
    friday_evening = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)  # 17:30, open until 18:00
    found = rules.clock(friday_evening, TOKYO, Terms(reply_hours=2))
    assert found == Clock(datetime(2026, 11, 30, 2, 30, tzinfo=UTC), Why.OPENING)


def test_it_has_a_clock_in_a_shop_that_never_opens() -> None:
    assert Cutoffs(time(14), NEVER).after(MONDAY) is None
    found = rules.clock(MONDAY, NEVER, Terms(reply_hours=3), cutoff=time(14))
    assert found == Clock(MONDAY + timedelta(hours=3), Why.OPENING)


@given(MOMENTS, st.none() | TIMES, st.lists(CLOCKS, max_size=4), st.integers(1, 40))
def test_it_takes_the_earliest_and_never_one_that_is_over(
    now: datetime, cutoff: time | None, others: list[Clock], hours: int
) -> None:
    found = rules.clock(now, TOKYO, Terms(reply_hours=hours), cutoff=cutoff, others=others)
    assert found.at >= now
    assert all(found.at <= max(one.at, now) for one in others)
    assert found.at <= rules.answer_owed(now, TOKYO, hours)
    if cutoff is not None:
        closes = Cutoffs(cutoff, TOKYO).after(now)
        assert closes is not None and closes > now and found.at <= closes


@given(MOMENTS, TIMES)
def test_it_closes_only_on_days_on_which_the_shop_works(now: datetime, cutoff: time) -> None:
    closes = Cutoffs(cutoff, TOKYO).after(now)
    assert closes is not None
    there = closes.astimezone(ZoneInfo("Asia/Tokyo"))
    assert there.time() == cutoff and not TOKYO.is_closed_all_day(there.date())


@given(
    st.lists(
        st.tuples(MOMENTS, st.integers(0, 10**9), st.integers(1, 2**62)),
        min_size=2,
        max_size=30,
        unique_by=lambda one: one[2],
    )
)
def test_it_sorts_by_the_clock_then_by_what_is_at_stake(rows: list[tuple[datetime, int, int]]) -> None:
    ordered = sorted(rows, key=lambda row: rules.place(*row))
    for (due, value, key), (next_due, next_value, next_key) in itertools.pairwise(ordered):
        assert due <= next_due
        if due == next_due:
            assert (-value, key) < (-next_value, next_key)


@pytest.mark.parametrize(
    ("minutes", "pressure"), [(-1, Pressure.OVER), (0, Pressure.OVER), (60, Pressure.SOON), (61, Pressure.CALM)]
)
def test_it_shows_how_the_clock_stands(minutes: int, pressure: Pressure) -> None:
    assert rules.pressure(MONDAY + timedelta(minutes=minutes), MONDAY) == pressure


@given(
    st.sampled_from(["decide", "cancel", "repair", "change", "swap", "odd"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_it_lets_nobody_decide_what_is_closed_or_approve_what_has_left(
    kind: str, is_open: bool, is_shipped: bool, is_cancelled: bool
) -> None:
    matter = Matter(kind, is_open, "asked", is_shipped, is_cancelled, has_customer=False)
    found = rules.deeds(matter)
    assert bool(found) == is_open
    if is_shipped or is_cancelled:
        assert not found & {"approve", "substitute"}


@pytest.mark.parametrize("state", ["considering", "requested", "cancelled", "kept", "declined", "restored"])
def test_it_decides_only_what_is_asked(state: str) -> None:
    assert not rules.deeds(Matter("decide", True, state, has_customer=False)) & {"approve", "decline", "substitute"}


def test_it_offers_what_each_kind_needs() -> None:
    assert rules.deeds(Matter("decide", True, "asked")) == {"approve", "decline", "substitute", "call"}
    assert rules.deeds(Matter("cancel", True)) == {"done", "call"}
    assert rules.deeds(Matter("repair", True, has_customer=False)) == {"done", "cannot"}
    assert rules.deeds(Matter("change", True, change_state="held", has_customer=False)) == {"let_go", "drop"}
    assert rules.deeds(Matter("change", True, change_state="failed", has_customer=False)) == {"done"}


def test_it_proposes_a_no_only_on_a_ground() -> None:
    assert rules.proposal("r1", "")["verdict"] == "approve"
    assert rules.proposal("r1", "made_to_order")["verdict"] == "decline"


@pytest.mark.parametrize(
    ("minutes", "value", "tells"), [(30, 0, True), (31, 0, False), (600, 10_000, True), (600, 9_999, False)]
)
def test_it_tells_of_what_is_urgent_or_costly(minutes: int, value: int, tells: bool) -> None:
    terms = Terms(soon_minutes=30, value_from=10_000)
    assert rules.tells_now(terms, Clock(MONDAY + timedelta(minutes=minutes), Why.OPENING), value, MONDAY) is tells


def test_it_tells_once_a_morning_when_the_shop_is_open() -> None:
    terms = Terms(tells="morning")
    assert rules.is_morning(terms, TOKYO, None, MONDAY)
    assert not rules.is_morning(terms, TOKYO, date(2026, 11, 30), MONDAY)
    assert not rules.is_morning(terms, TOKYO, None, MONDAY - timedelta(hours=10))
    assert not rules.is_morning(Terms(), TOKYO, None, MONDAY)
