"""What every test may ask for: the cast, a clock that is put back, a database of the kind this run stands on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from kaeru.core import clock
from kaeru.scenarios import holdout
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


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """SQLite tests use a file, so that threads and other processes see the same rows as in production."""
    database = settings.DATABASES["default"]
    test = database.setdefault("TEST", {})
    if database["ENGINE"].endswith("sqlite3"):
        test["NAME"] = str(settings.KAERU_HOME / "test.sqlite3")
    elif worker := os.environ.get("PYTEST_XDIST_WORKER"):
        test["NAME"] = f"test_kaeru_{worker}"


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
