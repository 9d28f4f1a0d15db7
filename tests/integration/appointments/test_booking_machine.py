"""A salon's visits in any order of deeds: see tests/visits."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.visits.machine import Visits


def test_it_says_what_the_model_says_whatever_is_done(db: None) -> None:
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
