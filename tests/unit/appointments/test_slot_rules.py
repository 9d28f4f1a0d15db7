"""The bits say what somebody with a pencil would say."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.appointments.slots import rules

STEPS = 120
spans = st.lists(
    st.tuples(st.integers(0, STEPS - 1), st.integers(1, 40)).map(lambda told: (told[0], min(STEPS, sum(told)))),
    max_size=8,
)
stages = st.lists(
    st.fixed_dictionaries({"minutes": st.integers(1, 12).map(lambda n: n * 5), "busy": st.booleans()}),
    min_size=1,
    max_size=4,
).filter(lambda told: any(one["busy"] for one in told))


def within(step: int, parts: list[tuple[int, int]]) -> bool:
    return any(start <= step < end for start, end in parts)


@given(spans, spans, st.lists(st.tuples(spans, spans), max_size=3), stages, st.integers(0, 3), st.booleans())
def test_it_finds_what_a_patient_person_finds(
    shifts: list[tuple[int, int]],
    taken: list[tuple[int, int]],
    chairs: list[tuple[list[tuple[int, int]], list[tuple[int, int]]]],
    said: list[dict[str, object]],
    cleanup: int,
    needs_chair: bool,
) -> None:
    need = rules.need(said, cleanup * 5, "chair" if needs_chair else "")
    free = rules.bits(shifts) & ~rules.bits(taken)
    found = rules.fitting(free, need.busy)
    if need.chair:
        found &= rules.seated([rules.bits(a) & ~rules.bits(b) for a, b in chairs], need.chair)
    assert set(rules.set_bits(found)) == {
        start for start in range(STEPS) if _fits(start, said, cleanup, shifts, taken, chairs if needs_chair else None)
    }


def _fits(start, said, cleanup, shifts, taken, chairs) -> bool:  # type: ignore[no-untyped-def]
    at, busy = start, []
    for one in said:
        length = one["minutes"] // 5
        busy += list(range(at, at + length)) if one["busy"] else []
        at += length
    busy += range(at, at + cleanup)
    if any(not within(step, shifts) or within(step, taken) for step in busy):
        return False
    stay = range(start, at)
    return chairs is None or any(all(within(s, a) and not within(s, b) for s in stay) for a, b in chairs)


def test_it_takes_every_step_that_odd_minutes_touch() -> None:
    need = rules.need(
        [{"minutes": 7, "busy": True}, {"minutes": 4, "busy": False}, {"minutes": 20, "busy": True}], 3, "chair"
    )
    assert need.busy == ((0, 7),) and need.chair == 7
    assert rules.need([{"minutes": 10, "busy": True}, {"minutes": 10, "busy": False}], 0, "").busy == ((0, 2),)


@given(st.integers(1, 200), st.integers(0, 2**64))
def test_it_finds_runs(length: int, free: int) -> None:
    found = rules.run(free, length)
    wanted = (1 << length) - 1
    assert set(rules.set_bits(found)) == {place for place in range(65) if free >> place & wanted == wanted}


@pytest.mark.parametrize("minutes", rules.GRIDS)
@pytest.mark.parametrize(
    "zone",
    ["Asia/Tokyo", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "Antarctica/Troll"],
)
def test_it_lays_the_grid_on_the_wall_clock(zone: str, minutes: int) -> None:
    for first in (date(2026, 3, 1), date(2026, 9, 20)):
        base = rules.midnight(first, zone)
        count = 288 * 60
        told = set(rules.set_bits(rules.grid(base, count, minutes, zone)))
        place = ZoneInfo(zone)
        assert told == {
            step for step in range(count) if rules.moment_of(base + step).astimezone(place).minute % minutes == 0
        }


def test_it_turns_among_people_with_the_same_to_do() -> None:
    firsts = {rules.fairest([1, 2, 3], {1: 0, 2: 0, 3: 5}, date(2026, 11, day))[0] for day in (24, 25, 26)}
    assert firsts == {1, 2}


def test_it_reads_moments_to_the_step_on_either_side() -> None:
    at = datetime(2026, 11, 24, 1, 2, tzinfo=UTC)
    assert rules.moment_of(rules.step_of(at)) == at - timedelta(minutes=2)
    assert rules.moment_of(rules.step_after(at)) == at + timedelta(minutes=3)
    even = at - timedelta(minutes=2)
    assert rules.step_of(even) == rules.step_after(even)
