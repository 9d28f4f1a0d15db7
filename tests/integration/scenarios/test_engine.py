"""The pass itself: constant in its queries, unmoved by poison, safe between workers."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from kaeru.cancellations import actions as cancellations
from kaeru.core import clock, scope
from kaeru.messages.models import Message
from kaeru.scenarios import engine, programs
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, StepLog
from kaeru.worker import registry
from tests.integration.scenarios.conftest import Kotori


def enrol(kotori: Kotori, count: int, code: str = "change_address") -> None:
    orders = [kotori.place(f"{code}{number}", buyer=f"{code}{number}") for number in range(count)]
    for order in orders:
        cancellations.request(order.id, code, actor="customer")
    registry.named("events").run(1000)


def queries_of_a_pass() -> int:
    with CaptureQueriesContext(connection) as captured:
        assert engine.move_due(1000)
    return len(captured)


def test_it_takes_the_same_number_of_queries_for_one_and_for_thirty(kotori: Kotori) -> None:
    enrol(kotori, 1)
    one = queries_of_a_pass()
    enrol(kotori, 30, "mistaken_order")
    assert queries_of_a_pass() <= one
    assert one <= 10


def test_it_parks_what_fails_and_moves_its_neighbours(kotori: Kotori) -> None:
    enrol(kotori, 3)
    poison = Enrollment.objects.order_by("id")[1]
    broken = Revision.objects.get(id=poison.revision_id)
    broken.id, broken.number, broken.program = broken.id + 1, 99, [{"op": "nonsense"}]
    broken.save(force_insert=True)
    Enrollment.objects.filter(id=poison.id).update(revision=broken)
    for _ in range(6):
        registry.drain()
        clock.skip_to(clock.now() + timedelta(minutes=2))
    poison.refresh_from_db()
    assert poison.state == EnrollmentState.PARKED
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_it_moves_each_enrolment_once_between_two_workers(kotori: Kotori) -> None:
    enrol(kotori, 40)
    shown, failures = clock.current(), []

    def work() -> None:
        try:
            clock.set_clock(shown)
            while engine.move_due(7):
                pass
        except Exception as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    with scope.everyone():
        assert Message.objects.count() == 40
        assert StepLog.objects.filter(kind="message").count() == 40


def test_it_reads_a_frozen_revision_once(kotori: Kotori) -> None:
    enrol(kotori, 1)
    revision = Enrollment.objects.get().revision_id
    programs.load([revision])
    with CaptureQueriesContext(connection) as captured:
        programs.load([revision])
    assert len(captured) == 0
