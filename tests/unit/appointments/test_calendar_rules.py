"""How a day is drawn and when a visit no longer fits; the file that telephones read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.appointments.bookings.rules import Span
from kaeru.appointments.calendar import ical, rules
from kaeru.appointments.calendar.ical import Entry

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = date(2026, 11, 24)
COLOR: list[dict[str, Any]] = [
    {"minutes": 45, "busy": True, "name": "塗布"},
    {"minutes": 30, "busy": False},
    {"minutes": 30, "busy": True},
]


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TOKYO)


def test_it_shows_stages_gap_and_clean_up_of_a_colour() -> None:
    found = rules.pieces(COLOR, 10, at(10))
    assert [(one.kind, one.starts_at, one.ends_at) for one in found] == [
        ("busy", at(10), at(10, 45)),
        ("gap", at(10, 45), at(11, 15)),
        ("busy", at(11, 15), at(11, 45)),
        ("cleanup", at(11, 45), at(11, 55)),
    ]


def test_it_joins_stages_that_follow_each_other() -> None:
    found = rules.pieces([{"minutes": 20, "name": "シャンプー"}, {"minutes": 40, "name": "カット"}], 0, at(10))
    assert [(one.kind, one.name, one.ends_at) for one in found] == [("busy", "シャンプー", at(11))]


def test_it_puts_what_comes_after_midnight_below_the_day_it_belongs_to() -> None:
    assert rules.ticks(at(1, 30, DAY + timedelta(days=1)), DAY, TOKYO) == (25 * 60 + 30) // 5


def test_it_stands_where_the_clock_says_on_the_day_the_clocks_change() -> None:
    berlin, day = ZoneInfo("Europe/Berlin"), date(2026, 3, 29)
    assert rules.ticks(datetime(2026, 3, 29, 10, tzinfo=berlin), day, berlin) == 120


def test_it_cuts_what_does_not_fit_on_the_paper() -> None:
    assert rules.place(8 * 12, 10 * 12, (9, 12)) == rules.Place(0, 12)
    assert rules.place(6 * 12, 8 * 12, (9, 12)) is None
    assert rules.Place(27, 14, 1, 2).classes == "placed a2 b3 c1 d2 k1 n2"


SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40)), max_size=25)


@given(SPANS)
def test_it_never_draws_one_visit_over_another(told: list[tuple[int, int]]) -> None:
    marks = [(start, start + length) for start, length in told]
    found = rules.lanes(marks)
    for one, (lane, count) in enumerate(found):
        assert 0 <= lane < count
        for other in range(one):
            if marks[one][0] < marks[other][1] and marks[other][0] < marks[one][1]:
                assert found[other][0] != lane, "two that meet stand side by side"
                assert found[other][1] == count, "and are as wide as each other"


@given(SPANS)
def test_it_gives_the_whole_width_to_what_meets_nothing(told: list[tuple[int, int]]) -> None:
    marks = [(start, start + length) for start, length in told]
    for one, place in enumerate(rules.lanes(marks)):
        others = marks[:one] + marks[one + 1 :]
        if not any(marks[one][0] < end and start < marks[one][1] for start, end in others):
            assert place == (0, 1)


@given(SPANS, SPANS)
def test_it_counts_a_share_between_nothing_and_all(opened: list[tuple[int, int]], taken: list[tuple[int, int]]) -> None:
    share = rules.load([(a, a + b) for a, b in opened], [(a, a + b) for a, b in taken])
    minutes = {tick for a, b in opened for tick in range(a, a + b)}
    sold = {tick for a, b in taken for tick in range(a, a + b)} & minutes
    assert share == (len(sold) / len(minutes) if minutes else None)


@pytest.mark.parametrize(
    ("shifts", "away", "is_active", "why"),
    [
        ([(10, 19)], [], True, ""),
        ([(10, 19)], [], False, "gone"),
        ([(12, 19)], [], True, "shift"),
        ([(12, 19)], [(10, 12)], True, "away"),
        ([], [(0, 23)], True, "away"),
        ([(10, 11), (11, 12)], [], True, ""),
    ],
)
def test_it_says_why_a_visit_no_longer_fits(
    shifts: list[tuple[int, int]], away: list[tuple[int, int]], is_active: bool, why: str
) -> None:
    worked = [Span(at(a), at(b)) for a, b in shifts]
    gone = [Span(at(a), at(b)) for a, b in away]
    assert rules.why_unfit(COLOR, 10, at(10), worked, gone, is_active=is_active) == why


def test_it_fits_when_a_break_lies_in_the_gap() -> None:
    worked = [Span(at(10), at(10, 45)), Span(at(11, 15), at(19))]
    assert rules.why_unfit(COLOR, 10, at(10), worked, [], is_active=True) == ""


def entry(summary: str, **fields: object) -> Entry:
    known = {"uid": "booking-1@kaeru", "starts": at(10), "ends": at(11), "changed_at": at(9), **fields}
    return Entry(summary=summary, **known)  # type: ignore[arg-type]


def test_it_writes_moments_in_utc_and_whole_days_as_dates() -> None:
    text = ical.write(
        "さくら", [entry("カット"), entry("休み", starts=DAY, ends=ical.day_after(DAY), is_free=True)]
    ).decode()
    assert "DTSTART:20261124T010000Z\r\n" in text
    assert "DTSTART;VALUE=DATE:20261124\r\n" in text
    assert "DTEND;VALUE=DATE:20261125\r\n" in text
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    with pytest.raises(ValueError, match="zone"):
        ical.write("x", [entry("x", starts=datetime(2026, 1, 1))])


@given(st.text(max_size=300))
def test_it_folds_and_escapes_whatever_a_name_is(name: str) -> None:
    raw = ical.write("x", [entry(f"髙﨑 👩‍🦰 {name}")])
    lines = raw.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    unfolded = raw.replace(b"\r\n ", b"").decode("utf-8")
    (summary,) = [line for line in unfolded.split("\r\n") if line.startswith("SUMMARY:")]
    assert unfolded.count("BEGIN:VEVENT") == 1
    assert "髙﨑 👩‍🦰" in summary
    assert "\n" not in summary


def test_it_says_utc_of_any_zone() -> None:
    assert "DTSTART:20261124T010000Z" in ical.write("x", [entry("x", starts=at(10).astimezone(UTC))]).decode()
