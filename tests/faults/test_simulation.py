"""A share of `make simulate`: worlds in which nothing may be found, the same story again from the same seed, and broken
products in which something must be found."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import tables
from tests.amount import in_each_run
from tests.simulation.sabotage import SABOTAGES

ROOT = Path(__file__).parents[2]
BROKEN = ("floods", "sends_again_blindly", "writes_in_two_halves", "mixes_shops")
IN_EACH_RUN = in_each_run(BROKEN, sqlite=("floods", "mixes_shops"), postgres=())
"""All there are: `make simulate SABOTAGES=1`."""
WORLDS = in_each_run("20", sqlite="12", postgres="6")
DAYS = in_each_run("15", sqlite="10", postgres="")
EVERY = in_each_run("5", sqlite="8", postgres="")
"""Of a recovery's boundaries."""


def simulate(*words: str, **environment: str) -> tuple[int, str]:
    """Exit code and what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--processes", "1", *words],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    return done.returncode, done.stdout


@pytest.fixture
def empty_database() -> Iterator[str]:
    """A database of its own on the tests' server; SQLite needs none."""
    if os.environ["KAERU_TEST_DATABASE"] == "sqlite":
        yield ""
        return
    server, name = os.environ["KAERU_DATABASE_URL"], f"simulation_{os.getpid()}"
    yield tables.postgres(server, name)
    tables.drop(server, name)


def test_it_finds_nothing_in_sixty_days_of_many_worlds(empty_database: str) -> None:
    code, said = simulate("--seeds", WORLDS, "--together", WORLDS, "--database", empty_database)
    assert code == 0, said


@pytest.mark.only_on("sqlite")
def test_it_tells_the_same_story_from_the_same_seed() -> None:
    stories = {
        simulate("--seed", "3", "--together", "6", "--days", DAYS, PYTHONHASHSEED=chance)[1] for chance in ("0", "7")
    }
    assert len(stories) == 1
    assert "log " in stories.pop()


@pytest.mark.only_on("sqlite")
def test_it_finds_a_product_that_is_broken_on_purpose() -> None:
    code, said = simulate("--sabotages", *IN_EACH_RUN, "--seeds", "150", "--together", "25", "--days", "30")
    assert code == 0, said
    assert f"{len(IN_EACH_RUN)} of {len(IN_EACH_RUN)} broken products are found" in said


@pytest.mark.only_on("sqlite")
def test_a_finding_says_how_it_is_seen_again() -> None:
    code, said = simulate("--sabotage", "wakes_the_neighbours", "--seeds", "150", "--together", "25", "--days", "30")
    assert code == 1, said
    assert "FOUND  seed" in said
    assert "Again: make simulate SEED=" in said


@pytest.mark.only_on("sqlite")
def test_a_recovery_may_be_killed_at_any_of_its_boundaries() -> None:
    code, said = simulate("--enumerate", "--every", EVERY, "--first", "1")
    assert code == 0, said
    assert "nothing found" in said


@pytest.mark.only_on("sqlite")
def test_a_kill_that_a_broken_product_does_not_survive_is_told() -> None:
    code, said = simulate("--enumerate", "--every", "9", "--sabotage", "sends_again_blindly")
    assert code == 1, said
    assert "killed at boundary" in said


def test_it_has_many_ways_to_be_broken() -> None:
    assert len(SABOTAGES) >= 12
    assert set(IN_EACH_RUN) <= SABOTAGES.keys()
