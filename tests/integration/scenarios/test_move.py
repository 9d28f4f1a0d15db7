"""Moving those on the way to the published version: set-based, audited, and the engine goes on from there."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.calls.models import CallTask
from kaeru.cancellations import actions as cancellations
from kaeru.core import clock, ids, scope
from kaeru.core.models import AuditEntry
from kaeru.messages.models import Message
from kaeru.scenarios import actions
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, Scenario, StepLog
from kaeru.scenarios.move import NotPublished, plan
from tests import builders
from tests import drafts as flows
from tests.amount import in_each_run
from tests.integration.scenarios.conftest import Kotori

MANY = in_each_run(10_000, sqlite=10_000, postgres=2_000)
"""Tables that nobody has analysed yet make PostgreSQL slow with more."""

A = flows.message(word="a") | {"id": "a"}
W = flows.wait(days=2) | {"id": "w"}
B = flows.message(word="b") | {"id": "b"}
C = flows.message(word="c") | {"id": "c"}
CALL = flows.call([B], [C]) | {"id": "k"}


def begin(kotori: Kotori, steps: list[Any]) -> Scenario:
    """The only scenario that is on."""
    Scenario.objects.filter(shop=kotori.shop).update(is_on=False)
    made = actions.begin(kotori.shop, actor="test", name="moved", flow=flow_of(steps))
    actions.publish(made.id, actor="test")
    actions.switch(made.id, is_on=True, actor="test")
    return Scenario.objects.get(id=made.id)


def enrol(kotori: Kotori, count: int = 1, first: int = 0) -> None:
    for number in range(first, first + count):
        order = kotori.place(f"m{number}", buyer=f"m{number}")
        cancellations.request(order.id, "change_address", actor="customer")
    kotori.later(minutes=1)


def publish(scenario: Scenario, steps: list[Any]) -> Revision:
    actions.save_draft(scenario.id, flow_of(steps), actor="test")
    return actions.publish(scenario.id, actor="test")


def old(scenario: Scenario) -> list[int]:
    return list(Revision.objects.filter(scenario=scenario).values_list("id", flat=True))


def words() -> list[str]:
    return [
        row.template.texts["en"]["subject"][-1]
        for row in Message.objects.filter(source="enrollment").select_related("template").order_by("id")
    ]


def test_it_stays_on_its_version_until_somebody_moves_it(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, W, B])
    enrol(kotori)
    publish(scenario, [A, W, C, B])
    kotori.later(days=3)
    assert words() == ["a", "b"]


def test_it_moves_and_goes_on_from_there(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, W, B])
    enrol(kotori, 3)
    due = Enrollment.objects.order_by("id")[0].due_at
    newest = publish(scenario, [A, W, C, B])
    [group] = plan(Scenario.objects.get(id=scenario.id))
    assert (group.count, group.landing.way, group.landing.then) == (3, "same", "c")
    done = actions.move(scenario.id, old(scenario), actor="member:1")
    assert (done.moved, done.ended, done.revision) == (3, 0, 2)
    row = Enrollment.objects.order_by("id")[0]
    assert (row.revision_id, row.due_at) == (newest.id, due)
    assert StepLog.objects.filter(outcome="moved", reason="1→2").count() == 3
    assert AuditEntry.objects.get(verb="scenario.moved").detail["moved"] == 3
    assert plan(Scenario.objects.get(id=scenario.id)) == []
    kotori.later(days=3)
    assert words() == ["a"] * 3 + ["c", "b"] * 3 or sorted(words()) == sorted(["a", "b", "c"] * 3)


def test_it_ends_whom_nothing_is_left_for(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, W, B])
    enrol(kotori)
    publish(scenario, [A])
    done = actions.move(scenario.id, old(scenario), actor="member:1")
    assert (done.moved, done.ended) == (0, 1)
    assert Enrollment.objects.get().end_reason == "moved_out"
    kotori.later(days=3)
    assert words() == ["a"]


def test_it_moves_the_held_and_the_stopped_and_they_stay_so(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, W, B])
    enrol(kotori, 2)
    actions.switch(scenario.id, is_on=False, actor="test")
    stopped = Enrollment.objects.order_by("id")[0]
    Enrollment.objects.filter(id=stopped.id).update(state=EnrollmentState.PARKED)
    publish(scenario, [A, W, C])
    assert actions.move(scenario.id, old(scenario), actor="member:1").moved == 2
    assert set(Enrollment.objects.values_list("state", flat=True)) == {"held", "parked"}
    kotori.later(days=3)
    assert words() == ["a", "a"]
    actions.switch(scenario.id, is_on=True, actor="test")
    kotori.later(minutes=1)
    assert words() == ["a", "a", "c"]


def test_it_keeps_a_call_or_closes_it_when_its_step_is_gone(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, CALL, W])
    for number in range(2):
        order = kotori.place(f"c{number}", buyer=f"c{number}")
        assert order.customer is not None
        builders.phone(order.customer)
        cancellations.request(order.id, "change_address", actor="customer")
    kotori.later(minutes=1)
    assert CallTask.objects.filter(state="waiting").count() == 2
    publish(scenario, [CALL, W, A | {"id": "later"}])
    assert actions.move(scenario.id, old(scenario), actor="member:1").moved == 2
    assert CallTask.objects.filter(state="waiting").count() == 2
    assert set(Enrollment.objects.values_list("awaiting", flat=True)) == {"call.closed"}
    publish(scenario, [A])
    assert actions.move(scenario.id, old(scenario), actor="member:1").ended == 2
    assert set(CallTask.objects.values_list("state", "outcome")) == {("closed", "not_needed")}


def test_it_goes_on_at_once_when_its_call_is_gone(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, CALL, B | {"id": "end"}])
    order = kotori.place("c1", buyer="c1")
    assert order.customer is not None
    builders.phone(order.customer)
    cancellations.request(order.id, "change_address", actor="customer")
    kotori.later(minutes=1)
    publish(scenario, [A, B | {"id": "end"}])
    actions.move(scenario.id, old(scenario), actor="member:1")
    kotori.later(seconds=1)
    assert words() == ["a", "b"]


def test_it_counts_a_changed_wait_anew_only_when_asked(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, W, B])
    enrol(kotori)
    began = StepLog.objects.get(kind="wait").at
    due = Enrollment.objects.get().due_at
    publish(scenario, [A, {**W, "days": 5}, B])
    actions.move(scenario.id, old(scenario), actor="member:1")
    assert Enrollment.objects.get().due_at == due
    publish(scenario, [A, {**W, "days": 9}, B])
    actions.move(scenario.id, old(scenario), actor="member:1", recount=True)
    assert Enrollment.objects.get().due_at == began + timedelta(days=9)


def test_it_takes_as_many_queries_for_one_as_for_twenty(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, W, B])

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            actions.move(scenario.id, old(scenario), actor="member:1")
        return len(captured)

    enrol(kotori, 1)
    publish(scenario, [A, W, C, B])
    one = count()
    enrol(kotori, 20, first=1)
    publish(scenario, [A, W, B])
    assert count() <= one


def test_it_moves_thousands_and_survives_edit_pause_and_delete(kotori: Kotori) -> None:
    scenario = begin(kotori, [A, W, B])
    enrol(kotori)
    model = Enrollment.objects.get()
    rows = [
        Enrollment(
            id=ids.new_id(), organization_id=model.organization_id, shop_id=model.shop_id, revision_id=model.revision_id,
            subject_id=ids.new_id(), about="customer", step=model.step, due_at=model.due_at, rest_until=model.rest_until,
            entered_at=model.entered_at,
        )
        for _number in range(MANY)
    ]  # fmt: skip
    Enrollment.objects.bulk_create(rows, batch_size=2000)
    actions.switch(scenario.id, is_on=False, actor="test")
    newest = publish(scenario, [A, W, C])
    assert actions.move(scenario.id, old(scenario), actor="member:1").moved == MANY + 1
    assert Enrollment.objects.filter(revision=newest, state="held").count() == MANY + 1
    assert actions.remove(scenario.id, actor="test") is False
    assert StepLog.objects.filter(outcome="moved").count() == MANY + 1


def test_it_moves_nobody_else(kotori: Kotori, cast: Any) -> None:
    scenario = begin(kotori, [A, W, B])
    enrol(kotori)
    publish(scenario, [A, W, C])
    strange = Revision.objects.exclude(scenario=scenario).values_list("id", flat=True)
    assert actions.move(scenario.id, list(strange), actor="member:1").moved == 0
    with scope.organization(cast.other_organization.id), pytest.raises(Scenario.DoesNotExist):
        actions.move(scenario.id, old(scenario), actor="member:9")


def test_it_needs_a_published_version(kotori: Kotori) -> None:
    draft = actions.begin(kotori.shop, actor="test", name="draft")
    with pytest.raises(NotPublished):
        plan(draft)
    assert clock.now() is not None
