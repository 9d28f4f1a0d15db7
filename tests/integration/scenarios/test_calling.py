"""A promised call: the flow waits for it, however late, and goes on when it was made."""

from datetime import timedelta

from kaeru.calls import actions as calls
from kaeru.calls import queries
from kaeru.calls.models import CallTask
from kaeru.core import clock
from kaeru.customers.models import CustomerTag
from kaeru.worker import registry
from tests.integration.scenarios.conftest import Kotori
from tests.integration.scenarios.test_steps import CALL, cancel, compose, number, said


def on_the_list(kotori: Kotori) -> CallTask:
    compose(kotori, [{"kind": "wait", "hours": 1, "days": 0}, CALL])
    number(cancel(kotori))
    kotori.later(hours=1)
    return CallTask.objects.get()


def test_it_waits_for_a_promised_call_beyond_the_deadline(kotori: Kotori) -> None:
    task = on_the_list(kotori)
    calls.record(task.id, "needs_time", next_try_at=clock.now() + timedelta(days=3), actor="test", user=None)
    registry.drain()
    kotori.later(days=2)
    task.refresh_from_db()
    assert (task.state, said()) == ("waiting", [])
    kotori.later(days=1)
    calls.record(task.id, "will_reorder", actor="test", user=None)
    registry.drain()
    assert CustomerTag.objects.get().tag == "電話済み"


def test_it_goes_on_when_a_promise_was_not_kept(kotori: Kotori) -> None:
    task = on_the_list(kotori)
    calls.record(task.id, "needs_time", next_try_at=clock.now() + timedelta(days=3), actor="test", user=None)
    registry.drain()
    kotori.later(days=4)
    task.refresh_from_db()
    assert (task.outcome, said()) == ("expired", ["notice"])


def test_it_says_what_a_call_is_about(kotori: Kotori) -> None:
    task = on_the_list(kotori)
    (card,) = queries.listed([kotori.shop.id])
    assert card.reason["ja"]
    assert card.cancellation_id is not None
    assert card.task.id == task.id


def test_it_is_still_waiting_after_two_tries(kotori: Kotori) -> None:
    task = on_the_list(kotori)
    CallTask.objects.update(most_tries=3, deadline_at=clock.now() + timedelta(days=1))
    for _ in range(2):
        calls.record(task.id, "unreached", actor="test", user=None)
        registry.drain()
    task.refresh_from_db()
    assert (task.state, task.tries) == ("waiting", 2)
    assert not CustomerTag.objects.exists()
    assert said() == []
