"""One customer's way in words: each kind of step, which way was taken and why, what is waited for and what comes then."""

from datetime import timedelta
from typing import Any

import pytest

from kaeru.core import clock, ids, scope
from kaeru.scenarios.flow import compile_flow, flow_of
from kaeru.scenarios.models import Enrollment, Revision, Scenario, StepLog
from kaeru.scenarios.program import to_json
from tests import builders
from tests.cast import Cast
from tests.integration.console.test_cancellations import seen

CALL = {
    "id": "ring", "kind": "call", "script": {"ja": "お電話です", "en": "Hello"}, "hours": 4, "tries": 3,
    "reached": [{"id": "vip", "kind": "tag", "tag": "VIP"}], "unreached": [{"id": "rest", "kind": "wait", "days": 2}],
}  # fmt: skip
STEPS: list[dict[str, Any]] = [
    {"id": "split", "kind": "split", "weight_a": 50, "weight_b": 50, "a": [], "b": []},
    {"id": "gift", "kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 0, "budget": 1},
    {"id": "hook", "kind": "webhook", "event": "came_far"},
    CALL,
    {"id": "news", "kind": "await", "event": "coupon.redeemed", "days": 3, "then": [], "else": [
        {"id": "last", "kind": "tag", "tag": "quiet"}]},
]  # fmt: skip


@pytest.fixture
def revision(cast: Cast) -> Revision:
    """A published scenario of many kinds of steps."""
    _, made = builders.scenario(builders.reason(cast.kotori), builders.template(cast.kotori))
    flow = flow_of(STEPS)
    out = compile_flow(flow, lambda *_told: 1)
    made.flow, made.program, made.places = flow, to_json(out.ops), out.places
    with scope.organization(made.organization_id):
        made.save()
        Scenario.objects.filter(id=made.scenario_id).update(draft=flow)
    return made


def note(way: Enrollment, op: str, outcome: str, reason: str = "") -> None:
    """A line of the log at the operation's first position."""
    position = next(at for at, one in enumerate(way.revision.program) if one["op"] == op)
    with scope.organization(way.organization_id):
        StepLog.objects.create(
            organization_id=way.organization_id, enrollment_id=way.id, position=position, kind=op, outcome=outcome,
            reason=reason, at=clock.now(),
        )  # fmt: skip


def position(revision: Revision, op: str) -> int:
    """Where the operation stands in the program."""
    return next(at for at, one in enumerate(revision.program) if one["op"] == op)


def test_it_says_what_each_step_did_and_why(cast: Cast, revision: Revision) -> None:
    told = builders.cancellation(builders.order(cast.kotori), builders.reason(cast.kotori))
    way = builders.enrollment(revision, told, step=position(revision, "heard"), awaiting="coupon.redeemed")
    for op, outcome, reason in (
        ("split", "b", ""), ("coupon", "skipped", "budget_spent"), ("webhook", "done", ""), ("called", "expired", ""),
        ("wait", "done", ""), ("await", "done", ""),
    ):  # fmt: skip
        note(way, op, outcome, reason)
    page = seen(cast.aoi.browser().get(f"/cancellations/{told.id}/", {"lang": "en"}).content)
    for words in (
        "Split A 50% / B 50% Went on: B",
        "Left out: Coupon: ¥500 off",
        "Webhook: came_far",
        "Call within 4 opening hours deadline passed",
        "Begins to wait: after 2 days",
        "Waits: until the coupon is used, at most 3 days",
        "When it happened: goes on below When the time is over: Tag: quiet",
    ):
        assert words in page, words


def test_it_says_until_when_although_somebody_had_a_look(cast: Cast, revision: Revision) -> None:
    told = builders.cancellation(builders.order(cast.kotori), builders.reason(cast.kotori))
    rest = clock.now() + timedelta(days=3)
    way = builders.enrollment(
        revision,
        told,
        step=position(revision, "heard"),
        awaiting="coupon.redeemed",
        due_at=clock.now(),
        rest_until=rest,
    )
    from kaeru.console import way_story

    assert way_story.until(way) == rest


def test_it_tells_the_way_of_a_delayed_order(cast: Cast, revision: Revision) -> None:
    order = builders.order(cast.kotori, builders.customer(cast.kotori, name="佐藤 一郎"))
    with scope.organization(cast.organization.id):
        way = Enrollment.objects.create(
            id=ids.new_id(), organization_id=cast.organization.id, shop=cast.kotori, revision=revision,
            trigger="order.delayed", subject_id=order.id, about="order", order=order, customer=order.customer,
            due_at=clock.now() + timedelta(days=1), entered_at=clock.now(),
        )  # fmt: skip
    page = seen(cast.aoi.browser().get(f"/waiting/{way.id}/", {"lang": "en"}).content)
    assert "佐藤 一郎" in page
    assert "Next: Split A 50% / B 50%" in page
    assert cast.chika.browser().get(f"/waiting/{way.id}/").status_code == 404
    assert f"/waiting/{way.id}/" in cast.aoi.browser().get("/waiting/").content.decode()
