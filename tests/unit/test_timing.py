"""When a message may go: quiet hours, weekdays, holidays, caps; what waits has a reason and an end."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kaeru.core.calendar import Calendar
from kaeru.messages.timing import (
    EVERY_DAY,
    Cap,
    Rule,
    allowed_from,
    check_cap,
    check_rule,
    free_from,
    next_chance,
    usual_rule,
)

JAPAN = Calendar()
clocks = some.builds(time, some.integers(0, 23), some.integers(0, 59))
moments = some.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=some.just(UTC))
rules = some.builds(
    Rule,
    quiet_from=some.none() | clocks,
    quiet_to=some.none() | clocks,
    weekdays=some.frozensets(some.integers(0, 6)),
    on_holidays=some.booleans(),
    covers=some.sampled_from(["advertisement", "everything"]),
).filter(lambda rule: not check_rule(rule))
zones = some.sampled_from(["Asia/Tokyo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])


def tokyo(*told: int) -> datetime:
    return datetime(*told, tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC)  # type: ignore[arg-type,misc]


def test_it_is_quiet_at_night_for_a_shop_that_said_nothing() -> None:
    rule = usual_rule("mail")
    assert allowed_from(rule, JAPAN, True, tokyo(2026, 11, 24, 20, 59)) == (tokyo(2026, 11, 24, 20, 59), "")
    for hour, day in ((21, 24), (23, 24), (0, 25), (7, 25)):
        assert allowed_from(rule, JAPAN, True, tokyo(2026, 11, day, hour)) == (tokyo(2026, 11, 25, 8), "quiet_hours")
    assert allowed_from(rule, JAPAN, True, tokyo(2026, 11, 25, 8)) == (tokyo(2026, 11, 25, 8), "")


def test_it_lets_notices_go_at_any_hour_unless_the_rule_covers_everything() -> None:
    night = tokyo(2026, 11, 24, 23)
    assert allowed_from(usual_rule("mail"), JAPAN, False, night) == (night, "")
    strict = Rule(quiet_from=time(21), quiet_to=time(8), covers="everything")
    assert allowed_from(strict, JAPAN, False, night) == (tokyo(2026, 11, 25, 8), "quiet_hours")


def test_it_keeps_weekdays_and_holidays_together_with_the_night() -> None:
    rule = Rule(quiet_from=time(21), quiet_to=time(8), weekdays=frozenset(range(5)), on_holidays=False)
    saturday, monday = tokyo(2026, 11, 21, 12), tokyo(2026, 11, 23, 12)
    assert allowed_from(rule, JAPAN, True, saturday) == (tokyo(2026, 11, 24, 8), "weekday"), "Monday is a holiday"
    assert allowed_from(rule, JAPAN, True, monday) == (tokyo(2026, 11, 24, 8), "holiday")
    friday_night = tokyo(2026, 11, 20, 22)
    assert allowed_from(rule, JAPAN, True, friday_night) == (tokyo(2026, 11, 24, 8), "quiet_hours")


def test_it_is_quiet_within_a_day() -> None:
    rule = Rule(quiet_from=time(12), quiet_to=time(13))
    assert allowed_from(rule, JAPAN, True, tokyo(2026, 11, 24, 12, 30))[0] == tokyo(2026, 11, 24, 13)
    assert allowed_from(rule, JAPAN, True, tokyo(2026, 11, 24, 13))[1] == ""


def test_it_ends_the_night_once_when_the_clock_shows_it_twice() -> None:
    rule = Rule(quiet_from=time(22), quiet_to=time(1, 30))
    shop = Calendar(zone="America/New_York")
    again = datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    assert allowed_from(rule, shop, True, again)[0] - again == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Rule(), ""),
        (Rule(quiet_from=time(21)), "quiet_incomplete"),
        (Rule(quiet_to=time(21)), "quiet_incomplete"),
        (Rule(quiet_from=time(8), quiet_to=time(8)), "never_quiet_hours"),
        (Rule(weekdays=frozenset()), "never_weekday"),
        (Rule(weekdays=frozenset({0, 7})), "no_such_weekday"),
        (Rule(covers="all"), "covers"),
        (Rule(quiet_from=time(0), quiet_to=time(23, 59), weekdays=frozenset({6}), on_holidays=False), ""),
    ],
)
def test_it_refuses_a_rule_that_never_allows_anything(rule: Rule, code: str) -> None:
    assert check_rule(rule) == code


@given(rules, zones, moments, some.booleans())
def test_it_puts_off_to_a_minute_that_is_allowed(rule: Rule, zone: str, moment: datetime, is_ad: bool) -> None:
    shop = Calendar(zone=zone)
    at, why = allowed_from(rule, shop, is_ad, moment)
    assert (at == moment) == (why == "")
    assert at >= moment
    assert allowed_from(rule, shop, is_ad, at) == (at, "")
    if why:
        assert (at.second, at.microsecond) == (0, 0)
        assert allowed_from(rule, shop, is_ad, at - timedelta(minutes=1))[1] != "", "no earlier minute was allowed"
    shown = at.astimezone(ZoneInfo(zone))
    if is_ad or rule.covers == "everything":
        assert shown.weekday() in rule.weekdays
        assert rule.on_holidays or not shop.is_holiday(shown.date())


# --- caps


def test_it_gives_three_in_seven_days() -> None:
    cap, now = Cap(3, 7), tokyo(2026, 11, 24, 12)
    sent = [now - timedelta(days=6), now - timedelta(days=1)]
    assert free_from(sent, cap, now) is None
    assert free_from([*sent, now - timedelta(hours=1)], cap, now) == now + timedelta(days=1)
    assert free_from([now - timedelta(days=7), *sent], cap, now) is None, "seven days ago is over"


@given(some.lists(moments, max_size=12), some.integers(1, 5), some.integers(1, 60), moments)
def test_it_is_free_at_the_moment_it_names_and_not_before(
    sent: list[datetime], most: int, days: int, now: datetime
) -> None:
    cap = Cap(most, days)
    free = free_from(sent, cap, now)
    if free is not None:
        assert free > now
        assert free_from(sent, cap, free) is None
        assert free_from(sent, cap, free - timedelta(microseconds=1)) == free


def test_it_refuses_a_cap_that_allows_nothing() -> None:
    assert check_cap(Cap(0, 7)) == "never_cap"
    assert check_cap(Cap(1, 0)) == "window" == check_cap(Cap(1, 1000))
    assert check_cap(Cap(1, 1)) == ""


def test_it_names_the_cap_when_the_cap_is_what_holds_longest() -> None:
    rule, cap, night = usual_rule("mail"), Cap(1, 7), tokyo(2026, 11, 24, 23)
    sent = [tokyo(2026, 11, 20, 22)]
    assert next_chance(rule, JAPAN, cap, True, sent, night) == (tokyo(2026, 11, 28, 8), "cap"), (
        "free at night: next morning"
    )
    sent = [tokyo(2026, 11, 18, 7)]
    assert next_chance(rule, JAPAN, cap, True, sent, night) == (tokyo(2026, 11, 25, 8), "quiet_hours"), "free by then"
    assert next_chance(rule, JAPAN, cap, False, sent, night) == (night, "")
    assert next_chance(rule, JAPAN, None, True, [night], night)[1] == "quiet_hours"


@given(rules, some.lists(moments, max_size=8), some.integers(1, 3), some.integers(1, 30), moments)
def test_it_ends_where_both_allow(rule: Rule, sent: list[datetime], most: int, days: int, now: datetime) -> None:
    cap = Cap(most, days)
    at, why = next_chance(rule, JAPAN, cap, True, sent, now)
    assert next_chance(rule, JAPAN, cap, True, sent, at) == (at, "")
    assert (at == now) == (why == "")


def test_it_may_go_every_day() -> None:
    assert frozenset(range(7)) == EVERY_DAY
