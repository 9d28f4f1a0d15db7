"""`kaeru serve` as an operator meets it: another process, a signal, an exit code."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from examples.inbox.catcher import Catcher
from tests import tables

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.only_on("sqlite")  # a process of its own, with a database of its own


def environment(home: Path) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("KAERU_", "DJANGO_"))}
    return {**known, "KAERU_HOME": str(home)}


def kaeru(home: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "kaeru", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def free_port() -> int:
    with Catcher() as probe:
        return probe.port


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> bytes:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, OSError):
            assert process.poll() is None, process.stderr and process.stderr.read().decode()
            time.sleep(0.1)
    raise AssertionError("kaeru serve did not answer")


def test_it_serves_and_ends_in_peace_on_sigterm(tmp_path: Path) -> None:
    tables.sqlite(tmp_path / "kaeru.sqlite3")
    with kaeru(tmp_path, "setup", "--json") as setup:
        setup.communicate(timeout=60)
    assert setup.returncode == 0
    port = free_port()
    with kaeru(tmp_path, "serve", "--port", str(port)) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", process)
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=20)[1].decode()
        finally:
            process.kill()
    assert process.returncode == 0
    assert said.startswith(f"Kaeru listens on http://127.0.0.1:{port}/")
    assert "Traceback" not in said


def test_it_refuses_a_database_without_tables_and_says_what_to_do(tmp_path: Path) -> None:
    with kaeru(tmp_path, "serve", "--port", str(free_port())) as process:
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 3
    assert "kaeru setup" in said.decode()
