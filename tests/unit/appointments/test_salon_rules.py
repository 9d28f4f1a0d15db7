"""A week becomes moments: a year in forty zones, nights, breaks, holidays, days that are otherwise."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from kaeru.appointments.salons.rules import Laid, Otherwise, Rule, Week, shifts_of
from kaeru.appointments.slots import rules as slots
from kaeru.core.calendar import Calendar

ALWAYS = ((time(0), time(0)),) * 7
YEAR = date(2026, 1, 1)
ZONES = (
    "Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Kabul", "Asia/Yangon",
    "Asia/Beirut", "Asia/Jerusalem", "Asia/Gaza", "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Lagos",
    "Europe/London", "Europe/Dublin", "Europe/Paris", "Europe/Berlin", "Europe/Helsinki", "Europe/Chisinau", "Europe/Istanbul",
    "Atlantic/Azores", "America/St_Johns", "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Havana", "America/Santiago", "America/Asuncion", "America/Nuuk", "America/Sao_Paulo",
    "Pacific/Easter", "Pacific/Chatham", "Pacific/Apia", "Australia/Lord_Howe", "Australia/Sydney", "Antarctica/Troll",
)  # fmt: skip
CUT = slots.need([{"minutes": 90, "busy": True}], 10, "chair")


def week(*rules: Rule, calendar: Calendar, exceptions: tuple[Otherwise, ...] = ()) -> Week:
    return Week(calendar, (1,), (9,), rules, exceptions)


def daily(starts: time, ends: time, *, is_break: bool = False) -> list[Rule]:
    return [Rule(1, weekday, starts, ends, is_break) for weekday in range(7)]


def wall(laid: list[Laid], zone: str = "Asia/Tokyo") -> list[str]:
    place = ZoneInfo(zone)
    return [f"{one.starts_at.astimezone(place):%d %H:%M}-{one.ends_at.astimezone(place):%d %H:%M}" for one in laid]


@pytest.mark.parametrize("zone", ZONES)
def test_it_shows_no_wrong_start_in_a_year(zone: str) -> None:
    """Work from 7 to 19 with a pause from 12:30 to 13:15, an evening that ends at 3 in the night: each start as the wall clock says."""
    place = ZoneInfo(zone)
    told = week(
        *daily(time(7), time(19)), *daily(time(20), time(3)), *daily(time(12, 30), time(13, 15), is_break=True),
        calendar=Calendar(zone, ALWAYS, keeps_holidays=False),
    )  # fmt: skip
    laid = shifts_of(told, YEAR, 366)  # the chair of the last night is that of the day after
    chair = [one for one in laid if one.resource == 9]
    own = [one for one in laid if one.resource == 1 and one.day.year == 2026]
    assert len(own) == 3 * 365
    for one in own:
        start, end = one.starts_at.astimezone(place), one.ends_at.astimezone(place)
        assert start.date() == one.day
        span = start.strftime("%H:%M"), end.strftime("%H:%M")
        assert span in {("07:00", "12:30"), ("13:15", "19:00"), ("20:00", "03:00")} or _jumps(one, place), one
    base = slots.midnight(YEAR, zone)
    free, seats = (
        slots.bits((slots.step_of(x.starts_at) - base, slots.step_of(x.ends_at) - base) for x in of)
        for of in (own, chair)
    )
    found = slots.fitting(free, CUT.busy) & slots.seated([seats], CUT.chair)
    found &= slots.grid(base, 288 * 366, 15, zone)
    assert [base + place for place in slots.set_bits(found)] == _by_hand(zone)


def _jumps(one: Laid, place: ZoneInfo) -> bool:
    """Whether the clock at the rule's time was jumped over, so that the shift begins or ends at the first that exists."""
    return any(
        at.astimezone(place).utcoffset() != (at - timedelta(minutes=1)).astimezone(place).utcoffset()
        for at in (one.starts_at, one.ends_at)
    )


def _by_hand(zone: str) -> list[int]:
    """A quarter of an hour is a start when for the 100 minutes after it the wall clock shows working time."""
    works: list[tuple[int, bool, bool]] = []
    is_over: set[int] = set()
    for half in range(
        int(datetime(2025, 12, 30, tzinfo=UTC).timestamp()), int(datetime(2027, 1, 3, tzinfo=UTC).timestamp()), 1800
    ):
        offset = datetime.fromtimestamp(half, ZoneInfo(zone)).utcoffset()
        assert offset is not None
        for at in range(half, half + 1800, 300):
            day, minute = divmod((at + int(offset.total_seconds())) // 60, 1440)
            begun = date(1970, 1, 1) + timedelta(days=day - (minute < 180))
            is_night = minute < 180 and day not in is_over  # the clock may be put back after the night had ended
            is_work = is_night or 420 <= minute < 750 or 795 <= minute < 1140 or minute >= 1200
            if 180 <= minute < 420:
                is_over.add(day)
            works.append((at // 300, is_work and begun.year == 2026, minute % 15 == 0))
    found, run = [], 0
    for step, is_work, is_on_grid in reversed(works):
        run = run + 1 if is_work else 0
        if run >= 20 and is_on_grid:
            found.append(step)
    return found[::-1]


def test_it_keeps_to_the_frame_of_the_salon_and_to_holidays() -> None:
    hours = (None, *((time(10), time(19)),) * 6)
    told = week(*daily(time(9), time(15)), calendar=Calendar("Asia/Tokyo", hours, frozenset({date(2026, 11, 26)})))
    laid = [one for one in shifts_of(told, date(2026, 11, 22), 6) if one.resource == 1]
    assert wall(laid) == [
        "22 10:00-22 15:00",
        "24 10:00-24 15:00",
        "25 10:00-25 15:00",
        "27 10:00-27 15:00",
    ]  # 23: holiday, Monday
    chairs = [one for one in shifts_of(told, date(2026, 11, 24), 1) if one.resource == 9]
    assert wall(chairs) == ["24 10:00-24 19:00"]


def test_it_takes_a_break_after_midnight_out_of_the_night() -> None:
    told = week(
        Rule(1, 4, time(18), time(4)),
        Rule(1, 4, time(1), time(1, 30), is_break=True),
        calendar=Calendar("Asia/Tokyo", ALWAYS),
    )
    laid = [one for one in shifts_of(told, date(2026, 11, 26), 3) if one.resource == 1]
    assert wall(laid) == ["27 18:00-28 01:00", "28 01:30-28 04:00"]
    assert {one.day for one in laid} == {date(2026, 11, 27)}


def test_it_lets_a_night_end_where_the_next_day_begins() -> None:
    told = week(Rule(1, 4, time(18), time(12)), Rule(1, 5, time(9), time(17)), calendar=Calendar("Asia/Tokyo", ALWAYS))
    laid = [one for one in shifts_of(told, date(2026, 11, 26), 4) if one.resource == 1]
    assert wall(laid) == ["27 18:00-28 09:00", "28 09:00-28 17:00"]


def test_it_knows_the_second_saturday_and_until_when_a_rule_holds() -> None:
    told = week(
        Rule(1, 5, time(10), time(12), nth=2),
        Rule(1, 0, time(10), time(12), valid_from=date(2026, 11, 9), valid_to=date(2026, 11, 16)),
        calendar=Calendar("Asia/Tokyo", ALWAYS, keeps_holidays=False),
    )
    laid = [one for one in shifts_of(told, date(2026, 11, 1), 30) if one.resource == 1]
    assert [one.day.day for one in laid] == [9, 14, 16]


@pytest.mark.parametrize(
    ("otherwise", "told"),
    [
        ([Otherwise(date(2026, 11, 24), "leave", 1)], []),
        ([Otherwise(date(2026, 11, 24), "leave", 1, time(12), time(14))], ["24 10:00-24 12:00", "24 14:00-24 19:00"]),
        ([Otherwise(date(2026, 11, 24), "leave", 2)], ["24 10:00-24 19:00"]),
        ([Otherwise(date(2026, 11, 24), "closed")], []),
        ([Otherwise(date(2026, 11, 24), "closed", None, time(15), time(19))], ["24 10:00-24 15:00"]),
        (
            [Otherwise(date(2026, 11, 24), "closed"), Otherwise(date(2026, 11, 24), "extra", 1, time(20), time(1))],
            ["24 20:00-25 01:00"],
        ),
        ([Otherwise(date(2026, 11, 24), "extra", 1, time(18), time(21))], ["24 10:00-24 21:00"]),
        ([Otherwise(date(2026, 11, 24), "break", None, time(10), time(11))], ["24 11:00-24 19:00"]),
    ],
)
def test_it_lets_one_day_be_otherwise(otherwise: list[Otherwise], told: list[str]) -> None:
    hours = ((time(10), time(19)),) * 7
    one = week(*daily(time(9), time(19)), calendar=Calendar("Asia/Tokyo", hours), exceptions=tuple(otherwise))
    assert wall([x for x in shifts_of(one, date(2026, 11, 24), 1) if x.resource == 1]) == told


def test_it_begins_with_the_first_time_that_exists_and_counts_the_first_of_two() -> None:
    spring = week(*daily(time(2, 30), time(8)), calendar=Calendar("America/New_York", ALWAYS))
    (one,) = (x for x in shifts_of(spring, date(2026, 3, 8), 1) if x.resource == 1)
    assert one.starts_at == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)  # 03:00
    (two,) = (x for x in shifts_of(spring, date(2026, 11, 1), 1) if x.resource == 1)
    assert two.starts_at == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    autumn = week(*daily(time(1, 30), time(8)), calendar=Calendar("America/New_York", ALWAYS))
    (three,) = (x for x in shifts_of(autumn, date(2026, 11, 1), 1) if x.resource == 1)
    assert three.starts_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 7 hours and a half, as the night is longer
