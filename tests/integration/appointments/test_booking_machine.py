"""A salon's visits in any order of deeds: see tests/visits."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.visits import ground, stories
from tests.visits.machine import Visits


@pytest.fixture(autouse=True)
def _own_salon(db: None) -> Iterator[None]:
    """The salon goes with the test's transaction."""
    ground.build.cache_clear()
    yield
    ground.build.cache_clear()


def test_it_says_what_the_model_says_whatever_is_done() -> None:
    run_state_machine_as_test(
        Visits,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_it_comes_to_the_same_end_as_the_model() -> None:
    assert list(stories.found()) == []
