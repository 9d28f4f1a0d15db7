"""A short storm: web and workers killed by -9, the database restarted, while orders are cancelled. `make chaos` is the long one."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import chaos

ROOT = Path(__file__).resolve().parents[2]


def _play(*options: str) -> tuple[argparse.Namespace, dict[str, Any]]:
    """A run in a process of its own, on a database of its own."""
    told = [
        "--seconds", "15", "--enrolments", "50", "--kill-every", "5", "--pause-minutes", "0", "--lease", "3", "--grace", "60", *options,
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "scripts.chaos", *told, "--play"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=170,
    )
    return chaos.parser().parse_args(told), json.loads(done.stdout.splitlines()[-1])


@pytest.mark.only_on("sqlite")
def test_it_loses_doubles_and_leaves_nothing_in_one_process() -> None:
    asked, found = _play("--database", "sqlite")
    assert not chaos.faults(asked, found), found


@pytest.mark.only_on("postgres")
def test_it_loses_doubles_and_leaves_nothing_with_two_workers_and_a_database_that_restarts() -> None:
    asked, found = _play("--database", "postgres", "--workers", "2", "--restart-every", "6", "12")
    assert found["restarts"]
    assert not chaos.faults(asked, found), found
