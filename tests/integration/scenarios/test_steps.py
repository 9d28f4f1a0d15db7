"""Each kind of step at work: in the database, with the clock moving."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.calls import actions as calls
from kaeru.calls.models import CallTask
from kaeru.cancellations import actions as cancellations
from kaeru.connectors.models import OutboundCall
from kaeru.core import clock
from kaeru.customers.models import CustomerTag
from kaeru.messages.actions import set_rule
from kaeru.messages.models import Message
from kaeru.messages.timing import usual_rule
from kaeru.offers import actions as offers
from kaeru.offers.models import Budget, Coupon, IncentiveLimit
from kaeru.scenarios import actions
from kaeru.scenarios.errors import DraftMoved, NotPublishable
from kaeru.scenarios.models import Enrollment, EnrollmentState, Scenario, StepLog
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests import builders
from tests.integration.scenarios.conftest import Kotori
from tests.smtp import Catcher

Steps = list[dict[str, Any]]
TEXTS = {"ja": {"subject": "{{ shop.name }}", "body": "{{ order.number }}"}}
NOTICE = {"kind": "message", "purpose": "notice", "channels": ["mail"], "texts": TEXTS}
COUPON_TEXTS = {
    "ja": {
        "subject": "クーポン{{ coupon.value }}",
        "body": "{{ coupon.code }} {{ coupon.expires_on }}まで {% if coupon.minimum %}{{ coupon.minimum }}以上{% endif %}",
    }
}
OFFER = {"kind": "message", "purpose": "advertisement", "channels": ["mail"], "texts": COUPON_TEXTS}


def coupon(value: int = 500, budget: int = 30_000) -> dict[str, Any]:
    return {"kind": "coupon", "coupon": "amount", "value": value, "days": 14, "minimum": 0, "budget": budget}


def compose(kotori: Kotori, steps: Steps, reason: str = "change_address", **flow: Any) -> Scenario:
    """The shop's one scenario for the reason, written anew and published."""
    scenario = Scenario.objects.get(reason__code=reason)
    actions.save_draft(scenario.id, {**scenario.draft, "steps": steps, **flow}, actor="test")
    actions.publish(scenario.id, actor="test")
    return scenario


def cancel(kotori: Kotori, source_id: str = "1001", buyer: str = "c1", total: int = 3960) -> Enrollment:
    order = kotori.place(source_id, buyer=buyer, total=total)
    request = cancellations.request(order.id, "change_address", actor="customer")
    registry.drain()
    return Enrollment.objects.get(subject_id=request.id)


def said() -> list[str]:
    return list(Message.objects.order_by("id").values_list("purpose", flat=True))


def log(of: Enrollment) -> list[tuple[str, str, str]]:
    rows = StepLog.objects.filter(enrollment_id=of.id).order_by("at", "position", "id")
    return list(rows.values_list("kind", "outcome", "reason"))


def number(of: Enrollment) -> None:
    """The customer has a telephone."""
    assert of.customer is not None
    builders.phone(of.customer)


CALL = {
    "kind": "call", "script": {"ja": "ご不満な点はございましたか。"}, "hours": 4, "tries": 1,
    "reached": [{"kind": "tag", "tag": "電話済み"}], "unreached": [NOTICE],
}  # fmt: skip


def test_it_branches_on_what_the_shop_asks_for(kotori: Kotori) -> None:
    condition = {"all": [{"field": "order.value", "op": "at_least", "value": 10_000},
                         {"field": "order.is_first", "op": "is", "value": True}]}  # fmt: skip
    compose(kotori, [{"kind": "branch", "if": condition, "then": [{"kind": "tag", "tag": "高額"}], "else": [NOTICE]}])
    cancel(kotori, "1", "c1", 12_000)
    kotori.later(minutes=5)
    cancel(kotori, "2", "c1", 12_000)
    cancel(kotori, "3", "c3", 9_000)
    assert list(CustomerTag.objects.values_list("tag", "customer__source_id")) == [("高額", "c1")]
    assert said() == ["notice", "notice"]


def test_it_waits_for_a_call_and_goes_on_as_it_went(kotori: Kotori) -> None:
    compose(kotori, [{"kind": "wait", "hours": 1, "days": 0}, CALL])
    enrollment = cancel(kotori)
    number(enrollment)
    kotori.later(hours=1)
    task = CallTask.objects.get()
    assert (task.value, task.source_id, task.deadline_at) == (3960, enrollment.id, clock.now() + timedelta(hours=4))
    calls.record(task.id, "will_reorder", actor="test", user=None)
    registry.drain()
    assert CustomerTag.objects.get().tag == "電話済み"
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.end_reason) == (EnrollmentState.ENDED, "finished")


@pytest.mark.parametrize("how", ["unreached", "deadline", "no number"])
def test_it_returns_to_the_flow_when_nobody_was_reached(kotori: Kotori, how: str) -> None:
    compose(kotori, [{"kind": "wait", "hours": 1, "days": 0}, CALL])
    enrollment = cancel(kotori)
    if how != "no number":
        number(enrollment)
    kotori.later(hours=1)
    if how == "unreached":
        calls.record(CallTask.objects.get().id, "unreached", actor="test", user=None)
        registry.drain()
    if how == "deadline":
        kotori.later(hours=5)
        assert CallTask.objects.get().outcome == "expired"
    assert said() == ["notice"]
    enrollment.refresh_from_db()
    assert enrollment.state == EnrollmentState.ENDED


def test_it_takes_the_call_off_the_list_when_the_customer_orders_again(kotori: Kotori) -> None:
    compose(kotori, [{"kind": "wait", "hours": 1, "days": 0}, CALL])
    number(cancel(kotori))
    kotori.later(hours=2)
    kotori.place("again")
    assert CallTask.objects.get().outcome == "not_needed"
    kotori.later(days=2)
    assert said() == []


@pytest.mark.parametrize(("is_used", "tag"), [(True, "使った"), (False, "使わない")])
def test_it_waits_for_news_or_for_its_time(kotori: Kotori, is_used: bool, tag: str) -> None:
    ways: Steps = [{"kind": "tag", "tag": "使った"}], [{"kind": "tag", "tag": "使わない"}]  # type: ignore[assignment]
    compose(
        kotori, [coupon(), {"kind": "await", "event": "coupon.redeemed", "days": 3, "then": ways[0], "else": ways[1]}]
    )
    cancel(kotori)
    kotori.later(days=1)
    if is_used:
        offers.redeem(kotori.shop.id, Coupon.objects.get().code, "elsewhere", subtotal=5000)
        registry.drain()
    else:
        kotori.later(days=2)
    assert [found.tag for found in CustomerTag.objects.all()] == [tag]


def test_it_gives_no_more_than_the_month_has_and_says_why(kotori: Kotori) -> None:
    IncentiveLimit.objects.create(organization_id=kotori.shop.organization_id, shop=kotori.shop, weeks=0)
    compose(kotori, [{"kind": "wait", "hours": 1, "days": 0}, coupon(500, budget=1200), OFFER])
    given = [cancel(kotori, f"{number}", f"c{number}") for number in range(4)]
    kotori.later(hours=1)
    assert Coupon.objects.count() == 2
    assert Budget.objects.get().spent == 1000
    refused = [one for one in given if log(one)[1] == ("coupon", "skipped", "budget_spent")]
    assert len(refused) == 2
    assert all(log(one)[2] == ("message", "skipped", "budget_spent") for one in refused)
    assert said() == ["advertisement"] * 2


def test_it_gives_a_customer_one_incentive_in_four_weeks(kotori: Kotori) -> None:
    compose(kotori, [coupon(), OFFER, {"kind": "wait", "days": 1}])
    first = cancel(kotori, "1")
    actions_end = Enrollment.objects.filter(id=first.id)
    kotori.later(days=2)
    assert actions_end.get().state == EnrollmentState.ENDED
    second = cancel(kotori, "2")
    assert Coupon.objects.count() == 1
    assert ("coupon", "skipped", "had_incentive") in log(second)
    kotori.later(weeks=5)
    cancel(kotori, "3")
    assert Coupon.objects.count() == 2


def test_it_tells_the_shops_system_once(kotori: Kotori) -> None:
    Shop.objects.filter(id=kotori.shop.id).update(notify_url="https://shop.example/hooks")
    compose(kotori, [{"kind": "webhook", "event": "came.far"}])
    enrollment = cancel(kotori)
    told = OutboundCall.objects.get(topic="scenario.came.far")
    assert (told.subject_id, told.payload["order"], told.payload["customer"]) == (enrollment.id, "1001", "c1")


def test_it_writes_to_the_staff_whatever_the_customer_agreed_to(kotori: Kotori, inbox: Catcher) -> None:
    compose(kotori, [{"kind": "notify", "note": {"ja": "{{ order.number }} を確認してください。", "en": ""}}])
    cancel(kotori)
    note = Message.objects.get()
    assert (note.source, note.state) == ("staff", "sent")
    delivery = note.deliveries.get()
    assert delivery.address == "aoi@example.com"
    assert "#1001 を確認してください。" in delivery.body
    assert "/cancellations/" in delivery.body


def test_it_looks_but_does_not_hurry_when_it_is_woken(kotori: Kotori) -> None:
    """A new order that is cancelled in the same breath is no reason to send the coupon a day early."""
    compose(kotori, [{"kind": "wait", "days": 1}, coupon(), OFFER])
    enrollment = cancel(kotori)
    until = enrollment.rest_until
    kotori.place("again", cancelled_at=clock.now())
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.due_at, enrollment.rest_until) == (EnrollmentState.WAITING, until, until)
    assert Coupon.objects.count() == 0


def test_it_starts_the_first_scenario_that_fits(kotori: Kotori) -> None:
    dear = actions.begin(
        kotori.shop, actor="test", name="高額",
        flow={"when": {"field": "order.value", "op": "at_least", "value": 30_000}, "steps": [{"kind": "tag", "tag": "高額"}]},
    )  # fmt: skip
    actions.publish(dear.id, actor="test")
    actions.switch(dear.id, is_on=True, actor="test")
    assert cancel(kotori, "1", "c1", 50_000).revision.scenario.name != "高額"
    with CaptureQueriesContext(connection) as asked:
        actions.arrange(dear.id, by=-100, actor="test")
    assert len([one for one in asked.captured_queries if one["sql"].startswith("UPDATE")]) == 1
    assert cancel(kotori, "2", "c2", 50_000).revision.scenario.name == "高額"
    assert cancel(kotori, "3", "c3", 20_000).revision.scenario.name != "高額"


def test_it_leaves_those_to_whom_the_exit_applies(kotori: Kotori) -> None:
    leaves = {"field": "customer.tag", "op": "has_any", "value": ["連絡不要"]}
    compose(kotori, [{"kind": "wait", "days": 1}, NOTICE], exit_when=leaves)
    enrollment = cancel(kotori)
    assert enrollment.customer is not None
    CustomerTag.objects.create(
        organization_id=enrollment.organization_id, shop=enrollment.shop, customer=enrollment.customer, tag="連絡不要",
        created_at=clock.now(),
    )  # fmt: skip
    kotori.later(days=2)
    enrollment.refresh_from_db()
    assert (enrollment.end_reason, said()) == ("exit_condition", [])


def test_it_counts_the_use_of_the_coupon_as_the_goal(kotori: Kotori) -> None:
    compose(kotori, [coupon(), {"kind": "wait", "days": 9}, NOTICE], goal="coupon.redeemed")
    enrollment = cancel(kotori)
    offers.redeem(kotori.shop.id, Coupon.objects.get().code, "elsewhere", subtotal=5000)
    registry.drain()
    enrollment.refresh_from_db()
    assert enrollment.end_reason == "goal"


def test_it_stops_everything_while_the_shop_is_paused_and_loses_nothing(kotori: Kotori) -> None:
    compose(kotori, [{"kind": "wait", "hours": 1, "days": 0}, NOTICE])
    cancel(kotori)
    Shop.objects.filter(id=kotori.shop.id).update(is_paused=True)
    kotori.later(days=1)
    assert said() == []
    Shop.objects.filter(id=kotori.shop.id).update(is_paused=False)
    kotori.later(seconds=1)
    assert said() == ["notice"]


def test_it_holds_what_waits_in_the_outbox_when_the_scenario_is_switched_off(kotori: Kotori, inbox: Catcher) -> None:
    scenario = compose(kotori, [OFFER | {"texts": {"ja": {"subject": "お知らせ", "body": "新商品です。"}}}])
    set_rule(kotori.shop, usual_rule("mail"), actor="test")
    kotori.later(hours=13)  # 23:00: advertisements wait until 8:00
    cancel(kotori)
    message = Message.objects.get()
    assert (message.state, message.reason) == ("waiting", "quiet_hours")
    actions.switch(scenario.id, is_on=False, actor="test")
    kotori.later(hours=12)
    assert Message.objects.get().state == "held"
    actions.switch(scenario.id, is_on=True, actor="test")
    kotori.later(seconds=1)
    assert Message.objects.get().state == "sent"


def test_it_keeps_what_somebody_else_wrote_meanwhile(kotori: Kotori) -> None:
    scenario = Scenario.objects.get(reason__code="change_address")
    read = scenario.draft_version
    actions.save_draft(scenario.id, {**scenario.draft, "steps": [NOTICE]}, actor="aoi", version=read)
    with pytest.raises(DraftMoved) as moved:
        actions.save_draft(scenario.id, {**scenario.draft, "steps": []}, actor="bunta", version=read)
    assert moved.value.version == read + 1
    scenario.refresh_from_db()
    assert [step["kind"] for step in scenario.draft["steps"]] == ["message"]


def test_it_publishes_nothing_that_has_a_problem_but_lets_a_warning_pass(kotori: Kotori) -> None:
    set_rule(kotori.shop, usual_rule("mail"), actor="test")
    late: Steps = [
        {"kind": "wait", "mode": "clock", "at": "23:00"},
        OFFER | {"texts": {"ja": {"subject": "お知らせ", "body": "新商品です。"}}},
    ]
    compose(kotori, late)
    scenario = Scenario.objects.get(reason__code="change_address")
    assert [problem.code for problem in actions.check(scenario)] == ["always_deferred"]
    actions.save_draft(scenario.id, {**scenario.draft, "steps": [{"kind": "dance"}]}, actor="test")
    with pytest.raises(NotPublishable):
        actions.publish(scenario.id, actor="test")
