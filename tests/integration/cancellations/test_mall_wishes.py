"""A buyer asks the mall to cancel: a case with the mall's clock, answered through the gate with a reason, or refused on the mall's screen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.cancellations.desk import actions, queries
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.errors import LetterRefused, NotNow, TooLate
from kaeru.cancellations.desk.passes import wind_up
from kaeru.cancellations.mall_wishes import put_what_a_mall_tells
from kaeru.cancellations.models import CancellationRequest, Case, Decision, RequestState
from kaeru.connectors.gate import passes
from kaeru.connectors.models import OrderChange
from kaeru.core import clock, scope
from kaeru.core.models import Event
from kaeru.messages.models import Message
from kaeru.orders import actions as orders
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests.cast import Cast
from tests.fakes.shop_system import System
from tests.integration.cancellations.desk_stage import policy
from tests.integration.cancellations.mall_stage import MONDAY, again, allow, asked, later, record, wish
from tests.integration.cancellations.mall_stage import monday as monday
from tests.integration.cancellations.mall_stage import shop as shop
from tests.integration.cancellations.mall_stage import system as system

MEMBER = "member:1"
HELD_OFF = Choice("decline", ground="shipped", words={"ja": "商品はすでに発送しております。", "en": "It has left."})


def test_it_becomes_the_buyers_wish_and_waits_for_a_person(shop: Shop) -> None:
    case = asked(shop)
    told = wish()
    assert (told.state, told.side, told.origin) == ("asked", "customer", "mall")
    assert told.reason is not None
    assert told.reason.code == "mistaken_order"
    assert told.requested_at == MONDAY - timedelta(minutes=5)
    assert (told.value, told.is_whole, told.lines.count()) == (4_980, True, 1)
    assert case.proposal["verdict"] == "approve"
    assert Decision.objects.get(request=told).verdict == "ask"


def test_it_guesses_no_reason(shop: Shop) -> None:
    asked(shop, words="その他")
    assert wish().reason is None


def test_it_is_told_once(shop: Shop) -> None:
    case = asked(shop)
    for _ in range(3):
        again(shop, cancel_asked_at=MONDAY - timedelta(minutes=5), cancel_reason="注文間違い")
    assert Case.objects.get() == case
    assert CancellationRequest.objects.count() == 1


def test_it_counts_down_to_the_malls_six_hours(shop: Shop) -> None:
    case = asked(shop, hours=5)
    assert (case.due_why, case.due_at) == ("mall", MONDAY + timedelta(hours=1))


def test_it_counts_down_to_the_next_clock_when_the_malls_is_over(shop: Shop) -> None:
    case = asked(shop, hours=5.5)
    later(minutes=29)
    assert wind_up(10) == 0
    later(minutes=2)
    assert wind_up(10) == 1
    case.refresh_from_db()
    assert (case.due_why, case.due_at) == ("opening", MONDAY + timedelta(hours=2))


def test_it_presses_when_the_planned_day_is_over(shop: Shop) -> None:
    case = asked(shop, hours=40, dispatch_by=date(2026, 11, 29))
    assert (case.due_why, case.due_at) == ("mall", MONDAY)


def test_it_counts_down_to_a_day_that_is_set_later(shop: Shop) -> None:
    later(hours=8)  # after closing time: the answer is owed tomorrow
    case = asked(shop, hours=7)
    assert case.due_why == "opening"
    again(shop, cancel_asked_at=clock.now() - timedelta(minutes=5), dispatch_by=date(2026, 11, 30))
    case.refresh_from_db()
    assert (case.due_why, case.due_at) == ("mall", datetime(2026, 11, 30, 15, 0, tzinfo=UTC))


def test_it_proposes_what_the_policy_says(shop: Shop) -> None:
    policy(shop, rules=[{"id": "r9", "name": "受注生産", "when": None, "result": "refuse", "ground": "made_to_order"}])
    case = asked(shop)
    assert case.proposal["verdict"] == "decline"
    assert case.proposal["ground"] == "made_to_order"


def test_it_proposes_no_for_what_has_left(shop: Shop) -> None:
    case = asked(shop, shipped_at=MONDAY - timedelta(minutes=30))
    assert case.proposal["ground"] == "shipped"
    assert queries.whole(case).deeds >= {"decline"}
    assert "approve" not in queries.whole(case).deeds


def test_it_asks_nobody_about_the_past(shop: Shop) -> None:
    orders.mirror(shop, [record(cancel_asked_at=MONDAY)], is_history=True)
    registry.drain()
    assert not Case.objects.exists()


def test_it_cancels_through_the_gate_with_the_buyers_reason(shop: Shop, system: System) -> None:
    case = asked(shop)
    actions.decide(case.id, Choice("approve"), actor=MEMBER)
    change = OrderChange.objects.get()
    assert (change.kind, change.payload["reason"], change.payload["side"]) == ("cancel", "mistaken_order", "customer")
    passes.carry_out(10)
    registry.drain()
    assert system.done == ["cancel"]
    assert wish().state == RequestState.CANCELLED
    assert not Message.objects.filter(customer__isnull=False).exists(), "the mall tells the buyer"


@pytest.mark.parametrize(("chosen", "why"), [("", "buyers_wish"), ("changed_mind", "changed_mind")])
def test_it_never_tells_the_mall_nothing(shop: Shop, system: System, chosen: str, why: str) -> None:
    case = asked(shop, words="")
    actions.decide(case.id, Choice("approve", reason=chosen), actor=MEMBER)
    change = OrderChange.objects.get()
    assert (change.payload["reason"], change.payload["side"], change.why) == (why, "customer", why)


def test_it_takes_no_reason_that_the_shop_does_not_have(shop: Shop, system: System) -> None:
    case = asked(shop)
    with pytest.raises(NotNow):
        actions.decide(case.id, Choice("approve", reason="nonsense"), actor=MEMBER)
    assert not OrderChange.objects.exists()


def test_it_leaves_a_dry_run_to_a_person(shop: Shop, system: System) -> None:
    allow(shop, is_live=False)
    actions.decide(asked(shop).id, Choice("approve"), actor=MEMBER)
    registry.drain()
    assert Case.objects.filter(kind="cancel", state="open").count() == 1
    assert system.asked == []


def test_it_refuses_by_a_task_with_words_ready(shop: Shop, system: System) -> None:
    case = asked(shop)
    actions.decide(case.id, HELD_OFF, actor=MEMBER)
    task = Case.objects.get(kind="refuse", state="open")
    assert task.due_why == "opening", "an order that stands costs nothing"
    assert "すでに発送しております" in task.proposal["text"]["body"]
    assert "shop.contact" not in task.proposal["text"]["body"], "nobody is led away from the mall"
    assert system.asked == []
    assert not Message.objects.filter(source="decision").exists()
    actions.decide(task.id, Choice("done"), actor=MEMBER)
    task.refresh_from_db()
    assert (task.state, task.outcome, wish().state) == ("closed", "done", "declined")


def test_it_lets_no_bad_words_onto_the_malls_screen(shop: Shop, system: System) -> None:
    case = asked(shop)
    bad = {"subject": "ご注文について", "body": "ご返金のため、口座番号と暗証番号をご返信ください。"}
    with pytest.raises(LetterRefused):
        actions.decide(
            case.id, Choice("decline", ground="shipped", words={"ja": "発送済みです。"}, letter=bad), actor=MEMBER
        )
    assert wish().state == "asked"
    assert not Case.objects.filter(kind="refuse").exists()


def test_it_takes_a_refusal_back_with_its_task(shop: Shop, system: System) -> None:
    case = asked(shop)
    actions.decide(case.id, HELD_OFF, actor=MEMBER)
    actions.undo(case.id, actor=MEMBER)
    assert Case.objects.get(kind="refuse").outcome == "taken_back"
    assert wish().state == "asked"
    actions.decide(case.id, HELD_OFF, actor=MEMBER)
    later(seconds=30)
    with pytest.raises(TooLate):
        actions.undo(case.id, actor=MEMBER)


def test_it_needs_no_refusal_of_what_has_left(shop: Shop, system: System) -> None:
    actions.decide(asked(shop).id, HELD_OFF, actor=MEMBER)
    again(shop, cancel_asked_at=MONDAY - timedelta(minutes=5), shipped_at=MONDAY)
    assert Case.objects.get(kind="refuse").state == "closed"


def test_it_keeps_the_order_of_whoever_takes_the_request_back(shop: Shop) -> None:
    case = asked(shop)
    later(minutes=10)
    again(shop)
    case.refresh_from_db()
    assert (wish().state, case.outcome) == ("kept", "kept")
    later(minutes=10)
    again(shop, cancel_asked_at=clock.now(), cancel_reason="不要になった")
    assert wish().state == "asked"
    assert Case.objects.filter(state="open").count() == 1


def test_it_settles_when_the_mall_cancels(shop: Shop) -> None:
    case = asked(shop)
    later(minutes=10)
    again(shop, cancelled_at=clock.now(), cancel_side="customer")
    case.refresh_from_db()
    assert (wish().state, wish().side, case.state) == ("cancelled", "customer", "closed")


def test_it_may_be_asked_again_after_a_no(shop: Shop, system: System) -> None:
    actions.decide(asked(shop).id, HELD_OFF, actor=MEMBER)
    again(shop)
    later(hours=1)
    again(shop, cancel_asked_at=clock.now(), cancel_reason="不要になった")
    assert [row.state for row in CancellationRequest.objects.order_by("id")] == ["declined", "asked"]


def test_it_shows_nobody_else(cast: Cast, shop: Shop) -> None:
    asked(shop)
    with scope.organization(cast.other_organization.id):
        assert not CancellationRequest.objects.exists()


@pytest.mark.parametrize("many", [1, 25])
def test_it_costs_the_same_for_one_and_for_many(
    shop: Shop, many: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    told = [record(f"77{number}", cancel_asked_at=MONDAY, cancel_reason="住所を間違えました") for number in range(many)]
    orders.mirror(shop, told)
    with scope.everyone():
        events = list(Event.objects.filter(name="order.cancel_asked"))
    with django_assert_max_num_queries(14):
        put_what_a_mall_tells(events)
    assert CancellationRequest.objects.filter(state="asked").count() == many == Order.objects.count()
