"""When a parcel could be there, as the page says it."""

from datetime import UTC, date, datetime, time

from hypothesis import given
from hypothesis import strategies as st

from kaeru.cancellations.repairs.delivery import days
from kaeru.cancellations.repairs.terms import Terms
from kaeru.core.calendar import Calendar

OPEN = (time(10), time(18))
WEEK = Calendar("Asia/Tokyo", (OPEN,) * 5 + (None, None), frozenset(), keeps_holidays=True)
TERMS = Terms(handling_days=1, delivery_days=2, express_days=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In Tokyo, in November 2026; the 20th is a Friday and the 23rd a holiday."""
    return datetime(2026, 11, day, hour - 9, minute, tzinfo=UTC)


def test_it_counts_opening_days_and_leaves_out_the_weekend_and_the_holiday() -> None:
    told = days(at(20, 11), TERMS, WEEK, time(14))
    assert told is not None
    assert (told.leaves_on, told.arrives_on, told.express_on) == (
        date(2026, 11, 24),
        date(2026, 11, 26),
        date(2026, 11, 25),
    )


def test_it_begins_a_day_later_from_the_very_minute_of_the_cut_off() -> None:
    before, after = days(at(18, 13, 59), TERMS, WEEK, time(14)), days(at(18, 14), TERMS, WEEK, time(14))
    assert before is not None
    assert after is not None
    assert (before.leaves_on, after.leaves_on) == (date(2026, 11, 19), date(2026, 11, 20))


def test_it_goes_by_closing_time_where_nobody_named_a_cut_off() -> None:
    open_still, closed = days(at(18, 17, 59), TERMS, WEEK), days(at(18, 18, 1), TERMS, WEEK)
    assert open_still is not None
    assert closed is not None
    assert (open_still.leaves_on, closed.leaves_on) == (date(2026, 11, 19), date(2026, 11, 20))


def test_it_says_nothing_for_a_shop_that_never_opens() -> None:
    assert days(at(18, 11), TERMS, Calendar("Asia/Tokyo", (None,) * 7, frozenset(), keeps_holidays=False)) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)), st.none() | st.times())
def test_it_never_leaves_before_today_nor_on_a_closed_day(moment: datetime, cutoff: time | None) -> None:
    told = days(moment.replace(tzinfo=UTC), TERMS, WEEK, cutoff)
    assert told is not None
    assert not WEEK.is_closed_all_day(told.leaves_on)
    assert told.leaves_on >= moment.date()
    assert told.express_on is None or told.express_on < told.arrives_on
