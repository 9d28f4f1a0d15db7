"""Loaded before everything else (`-p tests.environment`): the tests' own folder, keys and database.

KAERU_TEST_DATABASE=sqlite (default): a file in a temporary folder, with WAL and IMMEDIATE as in production.
KAERU_TEST_DATABASE=postgres: a real server, started by scripts/postgres.py unless KAERU_DATABASE_URL names one.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack

import pytest

_stack = ExitStack()


def _prepare() -> None:
    home = tempfile.mkdtemp(prefix="kaeru-test-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="kaeru.conf.settings",
        KAERU_HOME=home,
        KAERU_SECRET_KEY="tests-only-" + "k" * 40,
        KAERU_BASE_URL="http://testserver",
        KAERU_ALLOW_PRIVATE_EGRESS="1",
        KAERU_DEMO="0",
        KAERU_DEBUG="0",
    )
    kind = os.environ.setdefault("KAERU_TEST_DATABASE", "sqlite")
    if kind == "sqlite":
        os.environ["KAERU_DATABASE_URL"] = ""
    elif kind == "postgres":
        if not os.environ.get("KAERU_DATABASE_URL"):  # workers of xdist inherit the address of the first process
            from scripts.postgres import server

            os.environ["KAERU_DATABASE_URL"] = _stack.enter_context(server())
    else:
        raise pytest.UsageError(f"KAERU_TEST_DATABASE must be sqlite or postgres, not {kind!r}")


_prepare()


def pytest_report_header() -> str:
    """Say which database this run stands on."""
    return f"database: {os.environ['KAERU_TEST_DATABASE']}"


def pytest_unconfigure() -> None:
    """Stop the server that this process started."""
    _stack.close()
