"""What waits in an installation of an earlier release finishes after the upgrade as it would have: 45-day waits, messages, coupons.

`tests/fixtures/issue2.sql.gz` is the database of the first release with twenty scenarios on their way, and `issue2.json` what that
release's own code then did with them in seventy days (see `record_issue2.txt`).
"""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures"
ROOT = FIXTURES.parents[1]


def run(database: Path, *words: str) -> str:
    environment = {
        **os.environ, "KAERU_DATABASE_URL": f"sqlite://{database}", "KAERU_SECRET_KEY": "upgrade-" + "k" * 40, "KAERU_HOME": str(database.parent),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The old rows under the tables of today, as they are before anything is done to them."""
    database = tmp_path_factory.mktemp("upgrade") / "kaeru.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.executescript(gzip.decompress((FIXTURES / "issue2.sql.gz").read_bytes()).decode())
    connection.close()
    run(database, "kaeru", "manage", "migrate", "--verbosity=0")
    return database


@pytest.fixture
def upgraded(migrated: Path, tmp_path: Path) -> Path:
    """A copy of them."""
    database = tmp_path / migrated.name
    with sqlite3.connect(migrated) as old, sqlite3.connect(database) as new:
        old.backup(new)
    return database


def without_words(log: list[list[Any]]) -> list[list[Any]]:
    """The old engine noted at a branch what it had asked; today the condition says so."""
    return [[*line[:3], "" if line[1] == "branch" else line[3], line[4]] for line in log]


@pytest.mark.only_on("sqlite")
def test_it_finishes_after_an_upgrade_as_it_would_have(upgraded: Path) -> None:
    found = json.loads(run(upgraded, "tests.fixtures.finish", str(upgraded), "2026-11-24T04:00+00:00", "70"))
    expected = json.loads((FIXTURES / "issue2.json").read_text("utf-8"))
    assert found["sent"] == expected["sent"]
    assert found["coupons"] == expected["coupons"]
    assert found["ends"] == expected["ends"]
    assert without_words(found["log"]) == without_words(expected["log"])


@pytest.mark.only_on("sqlite")
def test_it_shows_old_scenarios_as_documents(upgraded: Path) -> None:
    with sqlite3.connect(upgraded) as connection:
        flows = [json.loads(flow) for (flow,) in connection.execute("SELECT draft FROM scenarios_scenario")]
        revisions = connection.execute("SELECT program, places FROM scenarios_revision").fetchall()
    connection.close()
    for flow in flows:
        assert flow["trigger"] == "cancellation.requested"
        assert all(step["id"] for step in flow["steps"])
    for program, places in revisions:
        assert len(json.loads(program)) == len(json.loads(places))
