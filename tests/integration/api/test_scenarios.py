"""Scenarios over REST: read, write, check, publish, switch; nobody's work is overwritten, nothing of another shop is touched."""

from typing import Any

import pytest

from kaeru.cancellations import actions as cancellations
from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import clock, events, scope
from kaeru.core.events import News
from kaeru.core.models import AuditEntry
from kaeru.orders.models import Order
from kaeru.scenarios import actions, ready
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Enrollment, EnrollmentState, Scenario
from kaeru.scenarios.seeds import seed_scenarios
from kaeru.worker.registry import drain
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System

WAIT = {"trigger": "cancellation.requested", "steps": [{"kind": "wait", "days": 1}, {"kind": "exit"}]}


@pytest.fixture
def system(cast: Cast) -> System:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        seed_scenarios(cast.kotori, actor="test", is_on=True)
    return System(cast.kotori)


def first(system: System) -> dict[str, Any]:
    found: dict[str, Any] = system.get("/scenarios")["scenarios"][0]
    return found


def test_it_lists_them_in_the_shops_order(system: System) -> None:
    told = system.get("/scenarios")["scenarios"]
    assert [one["position"] for one in told] == sorted(one["position"] for one in told)
    assert all(one["is_on"] and one["revision"] == 1 and not one["has_changes"] for one in told)
    assert {"mistaken_order", "forgot_coupon"} <= {one["reason"] for one in told}


def test_it_carries_a_draft_to_a_published_revision(system: System) -> None:
    key = first(system)["id"]
    draft = system.get(f"/scenarios/{key}/draft")
    flow = {**draft["flow"], "steps": draft["flow"]["steps"][:1]}
    assert system.post(f"/scenarios/{key}/check", {"flow": flow}) == {"problems": []}
    saved = system.put(f"/scenarios/{key}/draft", {"flow": flow, "version": draft["version"]})
    assert (saved["problems"], saved["version"]) == ([], draft["version"] + 1)
    assert first(system)["has_changes"] is True
    assert system.post(f"/scenarios/{key}/publish", {"note": "shorter"}, expect=201)["revision"] == 2
    assert (first(system)["revision"], first(system)["has_changes"]) == (2, False)
    with scope.everyone():
        entry = AuditEntry.objects.get(verb="scenario.published", detail__revision=2)
        assert entry.actor == f"api:{system.key.prefix}"


def test_it_overwrites_nobodys_work(system: System) -> None:
    key = first(system)["id"]
    version = system.get(f"/scenarios/{key}/draft")["version"]
    system.put(f"/scenarios/{key}/draft", {"flow": WAIT, "version": version})
    told = system.put(f"/scenarios/{key}/draft", {"flow": {"steps": []}, "version": version}, expect=409)
    assert told["error"]["code"] == "draft_moved"
    assert len(system.get(f"/scenarios/{key}/draft")["flow"]["steps"]) == 2


def test_it_keeps_what_is_not_ready_and_does_not_publish_it(system: System) -> None:
    key = first(system)["id"]
    saved = system.put(f"/scenarios/{key}/draft", {"flow": {"trigger": "moon", "steps": [{"kind": "fax"}, 3]}})
    assert {"bad_trigger", "unknown_step", "not_a_step"} <= {one["code"] for one in saved["problems"]}
    told = system.post(f"/scenarios/{key}/publish", {}, expect=422)
    assert told["error"]["code"] == "not_publishable"
    assert told["error"]["fields"][0]["path"] == "trigger"
    assert first(system)["revision"] == 1


def test_it_begins_a_new_one_last_and_switched_off(system: System) -> None:
    made = system.post("/scenarios", {"name": "週末", "reason": "change_address", "flow": WAIT}, expect=201)
    assert (made["is_on"], made["revision"], made["reason"]) == (False, None, "change_address")
    assert system.get("/scenarios")["scenarios"][-1]["id"] == made["id"]
    told = system.post(f"/scenarios/{made['id']}/switch", {"is_on": True}, expect=409)
    assert told["error"]["code"] == "not_published"
    system.post(f"/scenarios/{made['id']}/publish", {}, expect=201)
    assert system.post(f"/scenarios/{made['id']}/switch", {"is_on": True})["is_on"] is True
    assert system.post("/scenarios", {"name": "x", "reason": "moon"}, expect=422)["error"]["code"] == "unknown_reason"


def test_it_holds_who_is_on_the_way_and_lets_them_go_on(cast: Cast, system: System) -> None:
    told = first(system)
    with scope.organization(cast.organization.id):
        row = Scenario.objects.select_related("revision", "reason").get(id=told["id"])
    assert row.revision is not None
    wish = builders.cancellation(builders.order(cast.kotori, builders.customer(cast.kotori)), row.reason)
    builders.enrollment(row.revision, wish)
    assert system.post(f"/scenarios/{told['id']}/switch", {"is_on": False})["is_on"] is False
    with scope.everyone():
        assert Enrollment.objects.get().state == EnrollmentState.HELD
    assert system.post(f"/scenarios/{told['id']}/switch", {"is_on": True})["waiting"] == 1
    with scope.everyone():
        assert Enrollment.objects.get().state == EnrollmentState.WAITING


@pytest.mark.parametrize(
    "flow",
    [
        {"steps": [{"kind": "wait", "days": 1.5}]},
        {"steps": [{"kind": "wait", "days": 10**30}]},
        {"steps": [], "x": 0.1},
    ],
)
def test_it_refuses_numbers_that_are_not_whole(system: System, flow: dict[str, Any]) -> None:
    key = first(system)["id"]
    assert system.put(f"/scenarios/{key}/draft", {"flow": flow}, expect=422)["error"]["code"] == "invalid"


def test_it_survives_whatever_is_called_a_flow(system: System) -> None:
    key = first(system)["id"]
    deep: Any = []
    for _ in range(38):
        deep = [deep]
    odd: tuple[Any, ...] = (
        {}, {"steps": None}, {"steps": {"a": 1}}, {"steps": [None, [], "x"]}, {"steps": [{"kind": {"a": []}}]},
        {"steps": [{"kind": "branch", "then": {}, "if": [1]}]}, {"steps": [{"kind": "split", "weight_a": "x", "a": 1}]},
        {"steps": [{"kind": "message", "texts": [1], "channels": [{}]}]}, {"steps": [{"kind": "message", "purpose": "notice", "texts": {"ja": 1}}]},
        {"trigger": {"a": 1}, "steps": []}, {"goal": [1], "steps": []}, {"when": "x", "exit_when": 3, "steps": []},
        {"again_after_days": "x", "steps": []}, {"steps": deep}, {"\x00": "\x00\ud800", "steps": [{"id": ["\x00"], "kind": "exit"}]},
        {"steps": [{"kind": "wait", "mode": ["x"], "days": True}]}, {"steps": [{"kind": "tag", "tag": 5}]},
        {"steps": [{"kind": "call", "script": "x", "reached": 4}]}, {"steps": [{"kind": "await", "event": "custom", "custom": {}}]},
        {"steps": [{"kind": "coupon", "coupon": ["amount"], "value": None}]}, {"steps": [{"kind": "webhook", "event": 1}]},
        {"steps": [{"kind": "notify", "note": {"ja": 5}}]}, {"steps": [{"kind": "exit"}] * 500},
    )  # fmt: skip
    for flow in odd:
        assert system.put(f"/scenarios/{key}/draft", {"flow": flow})["problems"], flow
        system.post(f"/scenarios/{key}/publish", {}, expect=422)
    assert system.put(f"/scenarios/{key}/draft", {"flow": {"steps": [deep] * 2, "x": [[deep]]}}, expect=422)


def test_it_touches_nothing_of_another_shop(cast: Cast, system: System) -> None:
    key = first(system)["id"]
    sister = System(builders.shop(cast.organization, "suzume", "すずめ"))
    for stranger in (System(cast.other_shop), sister):
        assert stranger.get("/scenarios") == {"scenarios": []}
        for method, path, data in (
            ("GET", "draft", None), ("PUT", "draft", {"flow": WAIT}), ("POST", "check", {}), ("POST", "publish", {}),
            ("POST", "switch", {"is_on": False}),
        ):  # fmt: skip
            assert stranger.call(method, f"/scenarios/{key}/{path}", data).status_code == 404
    for odd in ("0", "x", "9" * 30, "%00", "１"):
        assert system.call("GET", f"/scenarios/{odd}/draft").status_code in {404, 422}


def test_it_tells_the_whole_way_of_a_cancellation(cast: Cast, system: System) -> None:
    buyer = builders.customer(cast.kotori)
    builders.phone(buyer)
    order = builders.order(cast.kotori, buyer, lines=[("籠", 2, 20_000)], source_id="A-1")
    with scope.organization(cast.organization.id):
        cast.kotori.notify_url = "https://kotori.example/hook"
        cast.kotori.save()
        cancelled = [{"kind": "webhook", "event": "gone"}, {"kind": "tag", "tag": "went"}]
        after = actions.begin(
            cast.kotori, actor="test", name="after", flow=flow_of(cancelled, trigger="order.cancelled")
        )
        large = ready.add(cast.kotori, "high_value", "test")
        for key in (after.id, large.id):
            actions.publish(key, actor="test")
            actions.switch(key, is_on=True, actor="test")
        told = cancellations.request(order.id, "change_address", actor="customer")
        drain()
        Order.objects.filter(id=order.id).update(cancelled_at=clock.now())
        events.emit([News("order.cancelled", order.organization_id, order.id, {"customer": buyer.id})])
        drain()
    story = system.get(f"/cancellations/{told.id}")["timeline"]
    whats = [entry["what"] for entry in story]
    assert whats.count("scenario.entered") == 2
    assert {"call.asked", "step.tag", "scenario.next", "scenario.ended"} <= set(whats)
    assert {"scenario.gone", "cancellation.requested"} <= {entry["detail"] for entry in story}
    assert any(what.startswith("note.") for what in whats)
    assert [entry["detail"] for entry in story if entry["what"] == "scenario.next"] == ["call.closed"]
