"""What every test may ask for: the cast, a clock that is put back, a database of the kind this run stands on."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from pytest_django import DjangoDbBlocker

from kaeru.core import clock
from kaeru.scenarios import holdout
from tests import tables
from tests.cast import Cast, gather

TESTS = Path(__file__).parent
WITH_DATABASE = {"integration", "faults"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests in these folders have a database; the others are refused one. `only_on` leaves out those of the other kind."""
    elsewhere = [item for item in items if _is_for_the_other_database(item)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if not _is_for_the_other_database(item)]
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        item.add_marker(getattr(pytest.mark, folder))
        if folder in WITH_DATABASE and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.django_db)


def _is_for_the_other_database(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("only_on")
    return mark is not None and os.environ["KAERU_TEST_DATABASE"] not in mark.args


def pytest_collection_finish() -> None:
    """What was read stays until the end: looking through it for rubbish again and again cost a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Make the tables while the workers still read the tests: one of them would wait for the other."""
    if any(folder in argument for argument in config.args for folder in WITH_DATABASE):
        maker = subprocess.Popen([sys.executable, "-m", "tests.tables"], cwd=TESTS.parent)
        config.add_cleanup(lambda: _end(maker))


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A copy of the tables for this process. SQLite tests use a file, so that threads and other processes see the same
    rows as in production."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    database = settings.DATABASES["default"]
    server = os.environ["KAERU_DATABASE_URL"]
    with django_db_blocker.unblock():
        connections.close_all()
        if database["ENGINE"].endswith("sqlite3"):
            database["NAME"] = str(tables.sqlite(settings.KAERU_HOME / "test.sqlite3"))
        else:
            database["NAME"] = f"test_kaeru_{worker}"
            tables.postgres(server, database["NAME"])
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        if not database["ENGINE"].endswith("sqlite3"):
            tables.drop(server, database["NAME"])


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """No test leaves its clock or its cache to the next."""
    yield
    clock.set_clock(None)
    cache.clear()


@pytest.fixture(autouse=True)
def _nobody_held_back(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """New scenarios hold nobody back for comparison, unless the test asks for what every shop has (`holdout_by_itself`)."""
    if "holdout_by_itself" not in request.fixturenames:
        monkeypatch.setattr(holdout, "usual", holdout.OFF)


@pytest.fixture
def holdout_by_itself() -> None:
    """New scenarios hold people back for comparison, as they do in every shop."""


@pytest.fixture
def cast(db: None) -> Cast:
    """Aoi owns the shop Kotori, Bunta works there; Chika owns another organization."""
    return gather()
