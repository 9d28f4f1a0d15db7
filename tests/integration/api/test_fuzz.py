"""Whatever a machine can think of to send: no 5xx, no answer that the document does not know.

Bounded here (KAERU_FUZZ_EXAMPLES for each operation); a long run is the same test with a larger number. Unless told, 12 on PostgreSQL, which
minds more (a NUL in a text, a number too large), and 8 on SQLite: the requests are made and checked above the database.
"""

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from kaeru.cancellations.seeds import seed_reasons
from kaeru.conf.wsgi import application
from kaeru.core import scope
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System

USUAL = {"postgres": "12", "sqlite": "8"}
EXAMPLES = int(os.environ.get("KAERU_FUZZ_EXAMPLES", USUAL[os.environ["KAERU_TEST_DATABASE"]]))
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance, negative_data_rejection,
]  # fmt: skip
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
schema.config.generation.allow_extra_parameters = (
    False  # a query parameter that nobody knows is left alone, as on the web
)


@pytest.fixture
def _open_connection() -> Iterator[None]:
    """A request's end would close the connection, and the test's transaction with it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def system(cast: Cast, _open_connection: None) -> System:
    """A shop in which some guesses hit something."""
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
    builders.order(cast.kotori, builders.customer(cast.kotori), source_id="0")
    builders.coupon(cast.kotori, code="0")
    builders.call(cast.kotori, id=0)
    return System(cast.kotori)


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
    database=None,
)
def test_it_never_breaks(case: Any, system: System) -> None:
    headers = {"Authorization": f"Bearer {system.text}"}
    case.call_and_validate(headers=headers, checks=CHECKS)
