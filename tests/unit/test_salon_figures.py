"""The salon's numbers: what counts, what does not, and what no number says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.appointments.figures import rules
from kaeru.appointments.figures.rules import Over, Reminded, Visits

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)
DAY = date(2026, 11, 24)


def test_it_divides_by_visits_that_were_to_take_place() -> None:
    visits = Visits(done=80, cancelled=10, called_off=7, no_show=5, unmarked=5)
    assert (visits.due, visits.cancel_rate, visits.no_show_rate) == (100, 0.1, 0.05)
    assert Visits(called_off=3).cancel_rate is None


def test_it_says_how_early_clients_cancelled() -> None:
    hours = (48, 24, 23.9, 3, 2.9, 0, -1)
    told = rules.notice((NOON, NOON - timedelta(hours=before)) for before in hours)
    assert told.counts == (2, 2, 2, 1)
    assert told.middle == timedelta(hours=3)
    assert rules.notice([]).middle is None


def opening(state: str, minutes: int = 10, pushes: int = 0, *, asked: bool = True) -> Over:
    return Over(state, NOON, NOON + timedelta(minutes=minutes), pushes, 3, asked)


def test_it_charges_filled_openings_with_the_messages_of_the_empty_ones() -> None:
    told = rules.refill(
        [
            opening("claimed", 10, 20),
            opening("claimed", 30, 10),
            opening("passed", 90, 30),
            opening("sold", 5, asked=False),
        ]
    )
    assert (told.openings, told.asked, told.claimed, told.sold) == (4, 3, 2, 1)
    assert (told.pushes, told.yen, told.pushes_per_filled, told.yen_per_filled) == (60, 180, 30, 90)
    assert (told.rate, told.middle) == (2 / 3, timedelta(minutes=20))
    empty = rules.refill([])
    assert (empty.rate, empty.yen_per_filled, empty.middle) == (None, None, None)


def test_it_counts_each_client_once_and_watches_the_whole_window() -> None:
    first, last = DAY, DAY + timedelta(days=27)

    def after(*days: int) -> list[date]:
        return [DAY + timedelta(days=number) for number in days]

    people = {
        1: after(0, 90),
        2: after(0, 91),
        3: after(0, 0),
        4: after(5, 20, 60),
        5: after(30, 40),
        6: after(-10, 27, 117),
    }
    told = rules.came_again(((who, day) for who, days in people.items() for day in days), first, last, 90)
    assert (told.units, told.counted) == (5, 3)


def test_it_counts_answers_and_does_not_divide_them() -> None:
    rows = [
        Reminded("coming", "done", NOON), Reminded("coming", "no_show", NOON), Reminded("", "no_show", NOON), Reminded("asked", "done", NOON),
        Reminded("cancelled", "cancelled", NOON, NOON - timedelta(hours=18), was_refilled=True),
        Reminded("moved", "booked", NOON, NOON - timedelta(hours=20)),
    ]  # fmt: skip
    told = rules.reminders(rows, 9, 0.03)
    silent = next(one for one in told.answers if one.name == "silent")
    assert (silent.visits, silent.came, silent.no_show) == (2, 1, 1)
    assert (told.sent, told.freed, told.refilled, told.not_reminded) == (6, 2, 1, 9)
    assert told.middle == timedelta(hours=19)
    assert not hasattr(told, "rate")


def test_it_knows_how_many_visits_a_proof_would_take() -> None:
    assert rules.per_group(0.1, 0.5) == 435  # the textbook's 10 % against 5 %, 80 % power
    found = rules.per_group(0.03)
    assert found is not None
    assert 8_000 < found < 9_500
    assert rules.per_group(None) is None
    assert rules.per_group(0.0) is None


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(-200, 200)), max_size=60), st.integers(1, 120))
def test_it_never_counts_more_than_there_are(days: list[tuple[int, int]], window: int) -> None:
    told = rules.came_again(((who, DAY + timedelta(days=n)) for who, n in days), DAY, DAY + timedelta(days=27), window)
    assert 0 <= told.counted <= told.units <= len({who for who, _ in days})
