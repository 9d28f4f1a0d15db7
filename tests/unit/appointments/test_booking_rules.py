"""What a visit takes, who can have it, and which deed follows which state."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.appointments.bookings import rules
from kaeru.appointments.bookings.rules import Candidate, Span
from kaeru.appointments.slots import rules as steps

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
COLOR = [
    {"minutes": 45, "busy": True, "name": "塗布"},
    {"minutes": 30, "busy": False, "name": "放置"},
    {"minutes": 30, "busy": True, "name": "仕上げ"},
]
stages = st.lists(
    st.fixed_dictionaries({"minutes": st.integers(0, 18).map(lambda n: n * 5), "busy": st.booleans()}), min_size=1, max_size=6
)  # fmt: skip


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def span(start: int, end: int) -> Span:
    return Span(at(start), at(end))


def test_it_leaves_the_stylist_free_while_the_colour_develops_and_the_chair_taken() -> None:
    takes = rules.spans(COLOR, 10, NOON)
    assert takes.staff == (span(0, 45), span(75, 115)) and takes.whole == span(0, 105) and takes.reach == span(0, 115)


def test_it_counts_the_clean_up_apart_where_the_visit_ends_in_a_pause() -> None:
    takes = rules.spans([{"minutes": 30}, {"minutes": 20, "busy": False}], 10, NOON)
    assert takes.staff == (span(0, 30), span(50, 60)) and takes.whole == span(0, 50)


def test_it_refuses_a_visit_that_takes_no_time() -> None:
    with pytest.raises(ValueError, match="some time"):
        rules.spans([{"minutes": 0, "busy": True}], 10, NOON)


@given(stages, st.sampled_from([0, 5, 15]))
def test_it_takes_what_the_free_starts_ask_for(of: list[dict[str, Any]], cleanup: int) -> None:
    if not sum(stage["minutes"] for stage in of):
        return
    takes, need = rules.spans(of, cleanup, NOON), steps.need(of, cleanup, "chair")
    base = steps.step_of(NOON)
    told = tuple((steps.step_of(one.starts_at) - base, steps.step_of(one.ends_at) - base) for one in takes.staff)
    assert told == need.busy
    assert steps.step_of(takes.whole.ends_at) - base == need.chair
    assert all(a.ends_at < b.starts_at for a, b in zip(takes.staff, takes.staff[1:], strict=False))


def test_it_lets_two_visits_touch() -> None:
    assert not span(0, 60).overlaps(span(60, 90)) and span(0, 61).overlaps(span(60, 90))


def test_it_takes_two_shifts_that_touch_for_one() -> None:
    assert rules.covers([span(60, 120), span(0, 60)], span(30, 90))
    assert not rules.covers([span(0, 60), span(65, 120)], span(30, 90))
    assert not rules.covers([], span(0, 1))


def candidate(staff: int, start: int = 0) -> Candidate:
    return Candidate(staff, COLOR, rules.spans(COLOR, 10, at(start)))


DAY = {1: [span(-120, 600)], 2: [span(-120, 600)], 8: [span(-120, 600)], 9: [span(-120, 600)]}


def test_it_names_the_ways_in_the_order_of_people_and_chairs() -> None:
    found, why = rules.possible([candidate(2), candidate(1)], (8, 9), DAY, {8: [span(100, 200)]})
    assert [(one.staff_id, chair) for one, chair in found] == [(2, 9), (1, 9)] and not why


@pytest.mark.parametrize(
    ("open_spans", "taken", "why"),
    [
        (DAY, {1: [span(44, 46)]}, "staff"),
        (DAY, {1: [span(45, 75)]}, ""),  # while the colour develops
        (DAY, {1: [span(110, 120)]}, "staff"),  # the clean-up
        (DAY, {8: [span(104, 105)], 9: [span(0, 5)]}, "chair"),
        (DAY, {8: [span(105, 200)]}, ""),
        ({**DAY, 1: [span(0, 114)]}, {}, "closed"),
        ({**DAY, 1: [span(0, 45), span(75, 115)]}, {}, ""),  # a break while the colour develops
        ({**DAY, 8: [], 9: [span(0, 104)]}, {}, "closed"),
        (None, {}, ""),
    ],
)
def test_it_says_what_is_missing(open_spans: Any, taken: Any, why: str) -> None:
    found, said = rules.possible([candidate(1)], (8, 9), open_spans, taken)
    assert said == why and bool(found) == (not why)


@pytest.mark.parametrize("deed", sorted(rules.AFTER))
def test_it_does_no_deed_to_what_is_over_and_each_deed_may_be_repeated(deed: str) -> None:
    allowed, leads_to = rules.AFTER[deed]
    for state in ("held", "booked", "done", "cancelled", "no_show", "lapsed"):
        said = rules.refusal(state, deed)
        assert (said == "") == (state in allowed or state == leads_to), (deed, state, said)


def test_it_gives_a_reason_that_a_page_can_word() -> None:
    said = {
        (state, deed): rules.refusal(state, deed)
        for state in ("held", "booked", "lapsed", "cancelled")
        for deed in rules.AFTER
    }
    assert said[("held", "confirm")] == "held" and said[("cancelled", "move")] == "ended"
    assert said[("lapsed", "cancel")] == "lapsed" and said[("booked", "release")] == "open"
    assert set(said.values()) <= {"", "held", "lapsed", "ended", "open"}
