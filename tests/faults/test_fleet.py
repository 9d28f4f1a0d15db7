"""The fleet: several workers over PostgreSQL, one of them killed; every enrolment moves once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.db import connection

from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import scope
from kaeru.messages.models import Message
from kaeru.scenarios.models import Enrollment, StepLog
from kaeru.scenarios.seeds import seed_scenarios
from tests import builders
from tests.cast import Cast

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgres"),  # on SQLite `kaeru serve` runs the passes
]


@pytest.fixture
def fleet() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a worker on the test's own database; all are stopped afterwards."""
    url = urlsplit(os.environ["KAERU_DATABASE_URL"])._replace(path="/" + str(connection.settings_dict["NAME"])).geturl()
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "kaeru", "worker"],
            env={**os.environ, "KAERU_DATABASE_URL": url, "KAERU_MAIL_URL": "smtp://127.0.0.1:9"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(40)


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def test_it_moves_everything_once_though_a_worker_is_killed(
    cast: Cast, fleet: Callable[[], subprocess.Popen[bytes]]
) -> None:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        scenarios = seed_scenarios(cast.kotori, actor="test", is_on=True)
        revision = scenarios[0].__class__.objects.get(id=scenarios[0].id).revision
        assert revision is not None
        why = scenarios[0].reason
        for number in range(300):
            order = builders.order(cast.kotori, builders.customer(cast.kotori, email=f"b{number}@example.com"))
            request = builders.cancellation(order, why)
            Enrollment.objects.create(
                organization=cast.organization,
                shop=cast.kotori,
                revision=revision,
                subject_id=request.id,
                cancellation=request,
                order=order,
                customer=order.customer,
                due_at=request.requested_at,
                entered_at=request.requested_at,
            )
        first, second = fleet(), fleet()
        wait_until(lambda: StepLog.objects.exists())
        first.send_signal(signal.SIGKILL)
        wait_until(lambda: not Enrollment.objects.filter(step=0).exists())
        assert Message.objects.count() == 300
        assert StepLog.objects.filter(kind="message").count() == 300
        assert second.poll() is None
