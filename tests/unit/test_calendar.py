"""The shop's calendar: opening hours, holidays, months and days over every kind of clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kaeru.core.calendar import USUAL_HOURS, Calendar, NeverOpen, at_local, later, next_local

ZONES = [
    "Asia/Tokyo",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
]
zones = some.sampled_from(ZONES)
moments = some.datetimes(datetime(2005, 1, 1), datetime(2045, 1, 1), timezones=some.just(UTC))
clocks = some.builds(time, some.integers(0, 23), some.integers(0, 59))
spans = some.none() | some.tuples(clocks, clocks)
weeks = some.tuples(*[spans] * 7).filter(any)
calendars = some.builds(
    Calendar,
    zone=zones,
    hours=weeks,
    closed_on=some.frozensets(some.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5),
    keeps_holidays=some.booleans(),
)
EVERY_DAY = ((time(10), time(18)),) * 7


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def tokyo(*told: int) -> datetime:
    return datetime(*told, tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC)  # type: ignore[arg-type,misc]


# --- hours


def test_it_is_open_from_opening_until_before_closing() -> None:
    shop = Calendar()
    assert not shop.is_open(tokyo(2026, 11, 24, 9, 59))
    assert shop.is_open(tokyo(2026, 11, 24, 10, 0))
    assert shop.is_open(tokyo(2026, 11, 24, 17, 59))
    assert not shop.is_open(tokyo(2026, 11, 24, 18, 0))


def test_it_keeps_weekends_holidays_and_its_own_days() -> None:
    friday_evening = tokyo(2026, 11, 20, 19)
    assert Calendar().next_open(friday_evening) == tokyo(2026, 11, 24, 10), "Monday the 23rd is Labour Thanksgiving Day"
    assert Calendar(keeps_holidays=False).next_open(friday_evening) == tokyo(2026, 11, 23, 10)
    closed = Calendar(closed_on=frozenset({date(2026, 11, 24)}))
    assert closed.next_open(friday_evening) == tokyo(2026, 11, 25, 10)


def test_it_knows_holidays_of_japan_in_japan_only() -> None:
    assert Calendar().is_holiday(date(2026, 9, 22)), "between two holidays"
    assert Calendar().is_holiday(date(2026, 5, 6)), "in place of a Sunday"
    assert not Calendar().is_holiday(date(2026, 12, 31))
    assert not Calendar(zone="Europe/Berlin").is_holiday(date(2026, 11, 23))


def test_it_counts_opening_time_over_nights_and_weekends() -> None:
    shop = Calendar(keeps_holidays=False)
    assert shop.add_open(tokyo(2026, 11, 20, 17), 2 * 3600) == tokyo(2026, 11, 23, 11)
    assert shop.add_open(tokyo(2026, 11, 20, 10), 8 * 3600) == tokyo(2026, 11, 20, 18), "what ends at closing ends then"
    assert shop.add_open(tokyo(2026, 11, 20, 10), 8 * 3600 + 1) == tokyo(2026, 11, 23, 10, 0, 1)
    assert shop.add_open(tokyo(2026, 11, 20, 17), 10 * 365 * 8 * 3600) > tokyo(2036, 1, 1)


def test_it_is_open_over_midnight() -> None:
    bar = Calendar(hours=((time(18), time(2)), *[None] * 6))
    assert bar.is_open(tokyo(2026, 11, 17, 1, 59)), "Monday's evening"
    assert not bar.is_open(tokyo(2026, 11, 16, 1, 59)), "Sunday's"
    assert bar.next_open(tokyo(2026, 11, 17, 2)) == tokyo(2026, 11, 30, 18), "the 23rd is a holiday"
    always = Calendar(hours=((time(0), time(0)),) * 7, keeps_holidays=False)
    assert always.add_open(tokyo(2026, 11, 17, 3), 86400 * 3) == tokyo(2026, 11, 20, 3)


@pytest.mark.parametrize(
    "shop",
    [
        Calendar(hours=(None,) * 7),
        Calendar(closed_on=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(900))),
    ],
)
def test_it_says_so_when_a_shop_never_opens(shop: Calendar) -> None:
    with pytest.raises(NeverOpen, match="does not open within 400 days"):
        shop.next_open(tokyo(2026, 11, 20, 19))


@given(calendars, moments)
def test_it_opens_at_an_open_moment_and_not_before(shop: Calendar, moment: datetime) -> None:
    opens = shop.next_open(moment)
    assert opens >= moment
    assert shop.is_open(opens)
    assert (opens == moment) == shop.is_open(moment)
    if opens > moment:
        assert not shop.is_open(opens - timedelta(microseconds=1))
    assert hash(shop) == hash(Calendar(shop.zone, shop.hours, shop.closed_on, shop.keeps_holidays))


@given(calendars, moments, some.integers(0, 5 * 86400), some.integers(0, 5 * 86400))
def test_it_adds_opening_time_piece_by_piece(shop: Calendar, moment: datetime, first: int, second: int) -> None:
    there = shop.add_open(moment, first)
    assert there - moment >= timedelta(seconds=first)
    if second:
        assert shop.add_open(there, second) == shop.add_open(moment, first + second)


# --- months, days


def test_it_ends_a_short_month_on_its_last_day() -> None:
    assert later(tokyo(2026, 1, 31, 9), "Asia/Tokyo", months=1) == tokyo(2026, 2, 28, 9)
    assert later(tokyo(2028, 1, 31, 9), "Asia/Tokyo", months=1) == tokyo(2028, 2, 29, 9)
    assert later(tokyo(2028, 2, 29, 9), "Asia/Tokyo", months=12) == tokyo(2029, 2, 28, 9)
    assert later(tokyo(2028, 2, 29, 9), "Asia/Tokyo", months=48) == tokyo(2032, 2, 29, 9)
    assert later(tokyo(2026, 8, 31, 9), "Asia/Tokyo", months=1, days=1) == tokyo(2026, 10, 1, 9)


def test_it_waits_no_seconds_and_ten_years() -> None:
    moment = tokyo(2026, 11, 22, 9)
    assert later(moment, "Asia/Tokyo") == moment
    assert later(moment, "Asia/Tokyo", months=120) == tokyo(2036, 11, 22, 9)
    with pytest.raises(OverflowError):
        later(moment, "Asia/Tokyo", months=12 * 9000)


def test_it_keeps_the_clock_over_summer_time() -> None:
    evening = datetime(2026, 3, 7, 18, tzinfo=ZoneInfo("America/New_York"))
    assert later(evening, "America/New_York", days=1) - evening == timedelta(hours=23)
    assert later(evening, "America/New_York", seconds=86400) - evening == timedelta(hours=24)
    night = datetime(2026, 3, 7, 2, 30, tzinfo=ZoneInfo("America/New_York"))
    assert local(later(night, "America/New_York", days=1), "America/New_York") == datetime(2026, 3, 8, 3, 0)
    half = datetime(2026, 10, 3, 2, 15, tzinfo=ZoneInfo("Australia/Lord_Howe"))
    assert local(later(half, "Australia/Lord_Howe", days=1), "Australia/Lord_Howe") == datetime(2026, 10, 4, 2, 30)


@given(moments, zones, some.integers(1, 130), some.integers(0, 400))
def test_it_comes_later_on_the_same_clock(moment: datetime, zone: str, months: int, days: int) -> None:
    moment = moment.replace(microsecond=0)
    there = later(moment, zone, months=months, days=days)
    assert there > moment
    if (
        local(there, zone).time() != local(moment, zone).time()
    ):  # the clock jumped over it: the first minute after the gap
        before = there - timedelta(seconds=1)
        assert local(there, zone) - local(before, zone) > timedelta(seconds=1)


# --- the next moment of a clock


def test_it_finds_the_next_morning_strictly_later() -> None:
    eight = tokyo(2026, 11, 24, 8)
    assert next_local(eight, "Asia/Tokyo", time(8)) == tokyo(2026, 11, 25, 8)
    assert next_local(eight - timedelta(microseconds=1), "Asia/Tokyo", time(8)) == eight
    assert next_local(eight, "Asia/Tokyo", time(8), frozenset({0})) == tokyo(2026, 11, 30, 8)


def test_it_counts_both_when_a_clock_shows_an_hour_twice() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    second = next_local(first, "America/New_York", time(1, 30))
    assert second - first.astimezone(UTC) == timedelta(hours=1)


def test_it_lives_without_a_day_that_was_left_out() -> None:
    """Samoa went from Thursday 29 to Saturday 31 December 2011."""
    thursday = datetime(2011, 12, 29, 20, tzinfo=ZoneInfo("Pacific/Apia")).astimezone(UTC)
    assert local(next_local(thursday, "Pacific/Apia", time(8)), "Pacific/Apia") == datetime(2011, 12, 31, 8)
    friday = next_local(thursday, "Pacific/Apia", time(8), frozenset({4}))
    assert local(friday, "Pacific/Apia") == datetime(2012, 1, 6, 8)
    assert local(later(thursday, "Pacific/Apia", days=1), "Pacific/Apia") == datetime(2011, 12, 31, 0)


def test_it_names_a_weekday_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no such weekday"):
        next_local(tokyo(2026, 11, 24, 8), "Asia/Tokyo", time(8), frozenset({7}))


@given(moments, zones, clocks, some.frozensets(some.integers(0, 6)))
def test_it_finds_the_clock_strictly_later(moment: datetime, zone: str, at: time, weekdays: frozenset[int]) -> None:
    found = next_local(moment, zone, at, weekdays)
    shown = local(found, zone)
    assert moment < found <= moment + timedelta(days=15)
    assert not weekdays or shown.weekday() in weekdays
    if shown.time() != at:  # only where the clock jumped over it
        assert local(found - timedelta(seconds=1), zone).time() < at < shown.time() or shown.time() == time(0)
    if not weekdays:
        assert found <= moment + timedelta(hours=25)
        assert next_local(found - timedelta(seconds=1), zone, at) == found


@given(some.dates(date(2005, 1, 1), date(2045, 1, 1)), clocks, zones)
def test_it_takes_the_first_of_two_and_the_end_of_a_gap(day: date, at: time, zone: str) -> None:
    found = at_local(day, at, zone)
    assert found.tzinfo is UTC
    assert local(found, zone) >= datetime.combine(day, at)
    assert local(found - timedelta(seconds=1), zone) < datetime.combine(day, at)


def test_it_has_usual_hours() -> None:
    assert USUAL_HOURS[0] == (time(10), time(18))
    assert USUAL_HOURS[5:] == (None, None)
