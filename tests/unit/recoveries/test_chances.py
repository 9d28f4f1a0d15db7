"""A salon's chances: shares of the past, drawn to a larger group's."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from kaeru.recoveries.chances import LEAST, MOST, USUAL_NO_SHOW, Past, group, no_show, past, refill

DAY = timedelta(days=1)


def test_it_says_the_usual_where_there_is_no_past() -> None:
    assert round(no_show(Past(0.05), DAY, 0, 0), 6) == 0.05
    assert round(refill(Past(0.4), DAY), 6) == 0.4


def test_it_does_not_brand_a_client_for_one_visit() -> None:
    salon = past([(DAY, number % 20 == 0) for number in range(400)], USUAL_NO_SHOW)
    new, once, often, loyal = (
        no_show(salon, DAY, visits, missed) for visits, missed in ((0, 0), (3, 1), (3, 4), (40, 0))
    )
    assert loyal < new < once < often
    assert once < 0.2


def test_it_knows_that_who_books_early_forgets_more_easily() -> None:
    salon = past(
        [(timedelta(days=30), number % 5 == 0) for number in range(300)] + [(DAY / 2, False)] * 300, USUAL_NO_SHOW
    )
    assert no_show(salon, timedelta(days=40), 5, 0) > 3 * no_show(salon, DAY / 2, 5, 0)
    assert [group(one * DAY) for one in (0, 1, 3, 10, 30)] == [0, 1, 2, 3, 4]


@given(
    some.lists(some.tuples(some.timedeltas(timedelta(0), timedelta(days=90)), some.booleans()), max_size=30),
    some.timedeltas(timedelta(0), timedelta(days=90)), some.integers(0, 50), some.integers(0, 50),
)  # fmt: skip
def test_it_is_always_a_chance(told: list[tuple[timedelta, bool]], lead: timedelta, visits: int, missed: int) -> None:
    assert LEAST <= no_show(past(told, 0.05), lead, visits, missed) <= MOST
    assert LEAST <= refill(past(told, 0.4), lead) <= MOST
