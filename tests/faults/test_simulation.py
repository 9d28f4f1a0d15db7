"""A share of `make simulate`: worlds in which nothing may be found, the same story again from the same seed, and broken
products in which something must be found."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.simulation.sabotage import SABOTAGES

ROOT = Path(__file__).parents[2]
IN_EACH_RUN = (
    "forgets_consent", "wakes_the_neighbours", "is_generous", "hears_no_new_orders", "goes_on_while_paused", "is_impatient",
    "counts_days_short", "mixes_shops", "loses_the_put_off",
)  # fmt: skip
"""The others need more worlds: `python -m tests.simulation --sabotage NAME`."""


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
    parts = urlsplit(os.environ["KAERU_DATABASE_URL"])
    name = f"simulation_{os.getpid()}"
    with psycopg.connect(os.environ["KAERU_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(parts._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_it_finds_nothing_in_sixty_days_of_many_worlds(empty_database: str) -> None:
    many = "10" if empty_database else "30"
    code, said = simulate("--seeds", many, "--together", many, "--database", empty_database)
    assert code == 0, said


@pytest.mark.only_on("sqlite")
def test_it_tells_the_same_story_from_the_same_seed() -> None:
    stories = {
        simulate("--seed", "3", "--together", "10", "--days", "20", PYTHONHASHSEED=chance)[1] for chance in ("0", "7")
    }
    assert len(stories) == 1
    assert "log " in stories.pop()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("name", IN_EACH_RUN)
def test_it_finds_a_product_that_is_broken_on_purpose(name: str) -> None:
    code, said = simulate("--seeds", "120", "--together", "30", "--days", "30", "--sabotage", name)
    assert code == 1, said
    assert "FOUND  seed" in said
    assert "Again: make simulate SEED=" in said


def test_it_has_many_ways_to_be_broken() -> None:
    assert len(SABOTAGES) >= 12
    assert set(IN_EACH_RUN) <= SABOTAGES.keys()
