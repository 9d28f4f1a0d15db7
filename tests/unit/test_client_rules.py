"""What a card says of a client, which ticket goes first, and what somebody waited for."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.appointments.clients import rules
from kaeru.appointments.clients.rules import Pack, Told, Visit, Wanted

pytestmark = pytest.mark.unit
TOKYO = ZoneInfo("Asia/Tokyo")
NOVEMBER = date(2026, 11, 24)


def at(day: date, hour: int = 14) -> datetime:
    return datetime.combine(day, time(hour), TOKYO)


def visits(*ago: int, nominated: dict[int, int] | None = None) -> list[Visit]:
    return [Visit(at(NOVEMBER - timedelta(days=days)), (nominated or {}).get(days)) for days in ago]


def test_it_counts_visits_gaps_and_the_last_one() -> None:
    card = rules.count(visits(90, 61, 30, 1), Told(), TOKYO)
    assert (card.visits, card.usual_interval_days) == (4, 29)
    assert card.first_visit_at == at(NOVEMBER - timedelta(days=90))
    assert card.last_visit_at == at(NOVEMBER - timedelta(days=1))


def test_it_knows_no_interval_from_one_gap() -> None:
    assert rules.count(visits(30, 1), Told(), TOKYO).usual_interval_days is None


def test_it_takes_two_services_of_one_day_for_one_visit_in_the_interval() -> None:
    twice = [Visit(at(NOVEMBER - timedelta(days=60), hour)) for hour in (10, 12)]
    assert rules.count([*twice, *visits(30, 0)], Told(), TOKYO).usual_interval_days == 30


def test_it_forgets_how_often_somebody_came_long_ago() -> None:
    often_then = [400 - 7 * number for number in range(10)]
    assert rules.count(visits(*often_then, 180, 150, 120, 90, 60, 30, 0), Told(), TOKYO).usual_interval_days == 30


def test_it_adds_what_the_former_system_told_and_counts_no_visit_twice() -> None:
    told = Told(visits=12, first_on=date(2020, 4, 1), last_on=NOVEMBER - timedelta(days=60))
    card = rules.count(visits(90, 60, 30), told, TOKYO)
    assert card.visits == 13
    assert card.first_visit_at is not None
    assert card.first_visit_at.date() == date(2020, 4, 1)
    assert card.last_visit_at == at(NOVEMBER - timedelta(days=30))
    assert rules.count([], told, TOKYO).last_visit_at == at(NOVEMBER - timedelta(days=60), 12)


def test_it_counts_a_day_by_the_salons_clock() -> None:
    late = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # half past midnight on the 24th in Tokyo
    told = Told(visits=1, last_on=NOVEMBER)
    assert rules.count([Visit(late)], told, TOKYO).visits == 1


@pytest.mark.parametrize(
    ("asked", "expected"),
    [({}, None), ({1: 7}, 7), ({1: 7, 30: 8, 60: 8}, 8), ({1: 7, 30: 8}, 7), ({150: 7, 120: 7, 90: 7}, 7)],
)
def test_it_says_whom_the_client_asks_for(asked: dict[int, int], expected: int | None) -> None:
    assert rules.nominee(visits(150, 120, 90, 60, 30, 1, nominated=asked)) == expected


@given(st.lists(st.integers(0, 2000), max_size=30), st.integers(0, 50), st.none() | st.integers(0, 2000))
def test_it_never_says_less_than_it_knows(ago: list[int], told_visits: int, told_ago: int | None) -> None:
    last_on = None if told_ago is None else NOVEMBER - timedelta(days=told_ago)
    card = rules.count(visits(*ago), Told(told_visits, None, last_on), TOKYO)
    assert card.visits >= max(len(ago), told_visits)
    if ago:
        assert card.last_visit_at is not None
        assert card.last_visit_at >= at(NOVEMBER - timedelta(days=min(ago)))
        assert card.first_visit_at is not None
        assert card.first_visit_at <= card.last_visit_at


PACK = Pack(1, frozenset(), 3, NOVEMBER - timedelta(days=10), NOVEMBER + timedelta(days=10))


def test_it_uses_the_ticket_that_expires_first() -> None:
    for_good, soon = replace(PACK, id=2, expires_on=None), replace(PACK, id=3, expires_on=NOVEMBER)
    assert rules.pack_for([PACK, for_good, soon], 5, NOVEMBER) == soon


def test_it_uses_the_narrower_pack_of_two_that_expire_together() -> None:
    narrow = replace(PACK, id=9, services=frozenset({5}))
    assert rules.pack_for([PACK, narrow], 5, NOVEMBER) == narrow


@pytest.mark.parametrize(
    "bad",
    [
        {"left": 0}, {"is_withdrawn": True}, {"expires_on": NOVEMBER - timedelta(days=1)}, {"bought_on": NOVEMBER + timedelta(days=1)},
        {"services": frozenset({6})},
    ],
)  # fmt: skip
def test_it_uses_no_pack_that_is_not_good(bad: dict[str, object]) -> None:
    assert rules.pack_for([replace(PACK, **bad)], 5, NOVEMBER) is None  # type: ignore[arg-type]


WANTED = Wanted(5, None, NOVEMBER, NOVEMBER + timedelta(days=6), frozenset({5, 6}), time(10), time(14))
SATURDAY = date(2026, 11, 28)


def test_it_knows_a_time_that_was_waited_for() -> None:
    assert rules.fits(WANTED, at(SATURDAY, 14), 5, (7, 8), TOKYO)
    assert rules.fits(replace(WANTED, staff=8), at(SATURDAY, 10), 5, (7, 8), TOKYO)


@pytest.mark.parametrize(
    ("wanted", "starts_at"),
    [
        (replace(WANTED, service=6), at(SATURDAY)), (replace(WANTED, staff=9), at(SATURDAY)), (WANTED, at(SATURDAY, 15)),
        (WANTED, at(SATURDAY, 9)), (WANTED, at(NOVEMBER)), (WANTED, at(SATURDAY + timedelta(days=7))),
        (replace(WANTED, until=SATURDAY - timedelta(days=1)), at(SATURDAY)),
    ],
)  # fmt: skip
def test_it_leaves_times_alone_that_nobody_waited_for(wanted: Wanted, starts_at: datetime) -> None:
    assert not rules.fits(wanted, starts_at, 5, (7, 8), TOKYO)


@pytest.mark.parametrize(
    ("days", "interval", "has_next", "expected"),
    [
        (None, 30, False, "new"), (30, 30, False, "regular"), (31, 30, False, "due"), (45, 30, False, "due"), (46, 30, False, "almost_lost"),
        (90, 30, False, "almost_lost"), (91, 30, False, "lost"), (91, 30, True, "regular"), (400, None, False, "regular"),
    ],
)  # fmt: skip
def test_it_says_where_a_client_stands(days: int | None, interval: int | None, has_next: bool, expected: str) -> None:
    assert rules.standing(days, interval, has_next=has_next) == expected


def test_it_forgets_no_shows_by_months() -> None:
    assert rules.counts_since(at(NOVEMBER), 12, "Asia/Tokyo").astimezone(TOKYO) == at(date(2025, 11, 24))
