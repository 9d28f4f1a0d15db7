"""The desk: what comes onto it, who decides, what the buyer and the staff are told, and what leaves it by itself."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from kaeru.calls import registry as calls
from kaeru.calls.models import CallTask
from kaeru.cancellations import actions as wishes
from kaeru.cancellations import letters
from kaeru.cancellations.desk import actions, clocks, queries, rules
from kaeru.cancellations.desk.choice import Choice, Item
from kaeru.cancellations.desk.errors import (
    LetterRefused,
    NoSuchMember,
    NotNow,
    SnoozeRefused,
    SomebodyWasFirst,
    TooLate,
)
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.desk.rules import Clock, Why
from kaeru.cancellations.letters import Said, compose
from kaeru.cancellations.models import (
    CancellationRequest,
    Case,
    Decision,
    Repair,
    RequestState,
)
from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import clock, events, scope
from kaeru.core.events import News
from kaeru.core.models import AuditEntry
from kaeru.messages.models import Message
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast, Person
from tests.integration.cancellations.desk_stage import asked, later, policy
from tests.integration.cancellations.desk_stage import monday as monday
from tests.integration.cancellations.desk_stage import shop as shop


def state_of(case: Case) -> str:
    return str(CancellationRequest.objects.values_list("state", flat=True).get(id=case.request_id or 0))


def who(person: Person) -> dict[str, Any]:
    return {"actor": f"member:{person.member.id}", "user": person.member.user}


def letter(kind: str = "declined", **said: Any) -> dict[str, str]:
    return compose(
        kind, "ja", Said(**{"ground": "すでに発送しています。", "alternative": "返品をご案内できます。", **said})
    )


def bodies(case: Case) -> list[tuple[str, str]]:
    """What the buyer of this case was written, as (subject, text)."""
    registry.drain()
    sent = Message.objects.filter(source__in=["decision", "offer"], source_id=case.request_id or 0).order_by("id")
    return [(row.state, row.reason) for row in sent]


def test_it_puts_what_the_policy_leaves_to_a_person_on_the_desk_with_a_clock_and_a_proposal(shop: Shop) -> None:
    case = asked(shop)
    assert (case.due_why, case.due_at - clock.now()) == ("cutoff", timedelta(minutes=42))
    assert case.proposal == {"verdict": "approve", "ground": "", "rule": "r1", "rule_name": "必ず見る"}
    assert (case.value, case.currency) == (3_960, "JPY")


def test_it_has_one_case_however_often_the_news_comes(shop: Shop) -> None:
    case = asked(shop)
    request = CancellationRequest.objects.get(id=case.request_id or 0)
    assert open_cases([for_request("decide", request), for_request("decide", request)]) == []
    assert Case.objects.count() == 1


def test_it_counts_what_a_mall_counts(shop: Shop) -> None:
    soon = clock.now() + timedelta(minutes=5)
    clocks.register_clocks("mall", lambda requests: {request.id: [Clock(soon, Why.MALL)] for request in requests})
    try:
        case = asked(shop)
    finally:
        clocks.forget_clocks("mall")
    assert (case.due_at, case.due_why) == (soon, "mall")


def test_it_approves_and_writes_to_the_buyer_when_nobody_can_take_it_back_any_more(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    told = actions.decide(case.id, Choice("approve", letter=letter("approved")), **who(cast.bunta))
    assert state_of(case) == RequestState.REQUESTED
    assert told.message_id is not None
    message = Message.objects.get(id=told.message_id)
    assert (message.purpose, message.source, message.due_at - clock.now()) == ("notice", "decision", rules.UNDO)
    decision = Decision.objects.filter(request_id=case.request_id).latest("id")
    assert (decision.verdict, decision.by) == ("approve", f"member:{cast.bunta.member.id}")
    case.refresh_from_db()
    assert (case.state, case.outcome, case.closed_by) == ("closed", "approved", f"member:{cast.bunta.member.id}")


def test_it_puts_what_nobody_cancels_by_itself_on_the_desk(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    actions.decide(case.id, Choice("approve"), **who(cast.bunta))
    registry.drain()
    by_hand = Case.objects.get(kind="cancel", request_id=case.request_id)
    actions.decide(by_hand.id, Choice("done"), **who(cast.bunta))
    assert state_of(case) == RequestState.CANCELLED


def test_it_declines_on_a_ground_and_says_it_in_the_letter(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    actions.decide(case.id, Choice("decline", ground="made_to_order", letter=letter()), **who(cast.bunta))
    assert state_of(case) == RequestState.DECLINED
    decision = Decision.objects.filter(request_id=case.request_id).latest("id")
    assert (decision.ground, bool(decision.words["ja"])) == ("made_to_order", True)


def test_it_refuses_a_no_without_a_ground(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    with pytest.raises(NotNow, match="no_words"):
        actions.decide(case.id, Choice("decline", letter=letter()), **who(cast.bunta))
    assert state_of(case) == RequestState.ASKED


def test_it_tells_the_second_who_was_first(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    actions.decide(case.id, Choice("decline", ground="other"), **who(cast.bunta))
    with pytest.raises(SomebodyWasFirst) as first:
        actions.decide(case.id, Choice("approve"), **who(cast.aoi))
    assert (first.value.by, first.value.outcome) == ("文太", "declined")
    assert state_of(case) == RequestState.DECLINED
    assert Decision.objects.filter(request_id=case.request_id).exclude(by="policy").count() == 1


def test_it_counts_the_same_decision_sent_twice_once(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    actions.decide(case.id, Choice("decline", ground="other", letter=letter()), **who(cast.bunta))
    again = actions.decide(case.id, Choice("decline", ground="other", letter=letter()), **who(cast.bunta))
    assert again.is_repeat
    assert Message.objects.filter(source="decision").count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_of_two_decide_at_the_same_moment(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        policy(cast.kotori)
        case = asked(cast.kotori)
    told: list[str] = []

    def decide(person: Person, deed: str) -> None:
        try:
            with scope.organization(cast.organization.id):
                actions.decide(case.id, Choice(deed, ground="other"), **who(person))
            told.append("decided")
        except SomebodyWasFirst as first:
            told.append(first.by)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=decide, args=one) for one in ((cast.aoi, "approve"), (cast.bunta, "decline"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told)[0] == "decided" and sorted(told)[1] in {"文太", "青井 葵"}
    with scope.organization(cast.organization.id):
        assert Decision.objects.filter(request_id=case.request_id).exclude(by="policy").count() == 1


def test_it_takes_a_no_back_while_nobody_was_told(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    actions.decide(case.id, Choice("decline", ground="other", letter=letter()), **who(cast.bunta))
    registry.drain()
    actions.undo(case.id, actor=who(cast.bunta)["actor"])
    case.refresh_from_db()
    assert (case.state, state_of(case)) == ("open", RequestState.ASKED)
    assert bodies(case) == [("closed", "taken_back")]
    actions.decide(case.id, Choice("approve"), **who(cast.aoi))
    assert state_of(case) == RequestState.REQUESTED


def test_it_takes_nothing_back_when_the_buyer_was_told_or_time_is_over(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    actions.decide(case.id, Choice("decline", ground="other", letter=letter()), **who(cast.bunta))
    with pytest.raises(TooLate):
        actions.undo(case.id, actor=who(cast.aoi)["actor"])  # somebody else's decision
    later(seconds=25)
    with pytest.raises(TooLate):
        actions.undo(case.id, actor=who(cast.bunta)["actor"])
    assert state_of(case) == RequestState.DECLINED


def test_it_takes_no_approval_back(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    actions.decide(case.id, Choice("approve"), **who(cast.bunta))
    with pytest.raises(TooLate):
        actions.undo(case.id, actor=who(cast.bunta)["actor"])


def test_it_offers_a_substitute_and_the_wish_waits_for_the_answer(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    item = Item("藍染めの手ぬぐい 生成り", 1_980, "v9", "sku-9")
    words = letter("offered", items=["藍染めの手ぬぐい 生成り"], title="藍染めの手ぬぐい", until="12月1日(火) 12:00")
    actions.decide(case.id, Choice("substitute", items=[item], letter=words), **who(cast.bunta))
    repair = Repair.objects.get(request_id=case.request_id)
    assert (repair.kind, repair.state, repair.asked["options"][0]["variant_id"]) == ("substitute", "offered", "v9")
    assert repair.answer_by is not None and repair.answer_by > clock.now()
    assert state_of(case) == RequestState.ASKED
    actions.undo(case.id, actor=who(cast.bunta)["actor"])
    repair.refresh_from_db()
    assert repair.state == "undone"


def test_it_puts_a_call_on_the_list_and_the_case_into_the_callers_hands(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    request = CancellationRequest.objects.select_related("customer").get(id=case.request_id or 0)
    with pytest.raises(NotNow):
        actions.decide(case.id, Choice("call"), **who(cast.bunta))  # there is no number
    assert request.customer is not None
    builders.phone(request.customer)
    told = actions.decide(case.id, Choice("call"), **who(cast.bunta))
    again = actions.decide(case.id, Choice("call"), **who(cast.bunta))
    assert told.call_id == again.call_id
    task = CallTask.objects.get(id=told.call_id or 0)
    assert (task.source, task.source_id, task.assignee_id) == ("desk", case.id, cast.bunta.member.user_id)
    assert calls.about([task])[task.id].cancellation_id == case.request_id
    case.refresh_from_db()
    assert (case.state, case.assigned_to) == ("open", cast.bunta.member.user_id)
    actions.decide(case.id, Choice("decline", ground="other"), **who(cast.bunta))


def test_it_refuses_a_letter_that_cannot_be_sent(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    broken = {"subject": "ご注文について", "body": "{{ customer.nickname }}"}
    with pytest.raises(LetterRefused) as refused:
        actions.decide(case.id, Choice("decline", ground="other", letter=broken), **who(cast.bunta))
    assert refused.value.problems
    assert state_of(case) == RequestState.ASKED


def test_it_reads_nothing_in_the_staffs_words_as_a_template(shop: Shop) -> None:
    case = asked(shop)
    request = CancellationRequest.objects.select_related("shop", "order", "customer", "reason").get(
        id=case.request_id or 0
    )
    worded = letters.preview(request, letter(own="{{ shop.contact }} {% if true %}{title}"))
    assert "{ { shop.contact } }" in worded.text
    assert "{title}" in worded.text


@pytest.mark.parametrize("kind", ["approved", "declined", "offered", "short", "short_bare", "gone"])
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("cause", ["out_of_stock", "price_error", "damaged"])
def test_it_has_a_letter_for_everything_in_both_languages(shop: Shop, kind: str, language: str, cause: str) -> None:
    said = Said(
        "発送済みです。", "返品を承ります。", "お急ぎのところすみません。", "手ぬぐい", cause, ["手ぬぐい 紺（1,980円）"], "12月1日(火) 12:00"
    )  # fmt: skip
    text = compose(kind, language, said)
    assert letters.problems(text, language) == []
    request = CancellationRequest.objects.select_related("shop", "order", "customer", "reason").get(
        id=asked(shop).request_id or 0
    )
    worded = letters.preview(request, text)
    assert "{" not in worded.text and request.order is not None and request.order.number in worded.text
    assert "cancel it yourself" not in worded.text


def test_it_gives_takes_and_puts_off(shop: Shop, cast: Cast) -> None:
    case = asked(shop)
    actions.take(case.id, **who(cast.bunta))
    with pytest.raises(SomebodyWasFirst, match="taken"):
        actions.take(case.id, **who(cast.aoi))
    actions.assign(case.id, cast.aoi.member.user_id, actor="member:1")
    with pytest.raises(NoSuchMember):
        actions.assign(case.id, cast.mei.member.user_id, actor="member:1")
    with pytest.raises(NoSuchMember):
        actions.assign(case.id, cast.chika.member.user_id, actor="member:1")
    with pytest.raises(SnoozeRefused, match="past"):
        actions.snooze(case.id, clock.now(), actor="member:1")
    with pytest.raises(SnoozeRefused, match="too_far"):
        actions.snooze(case.id, clock.now() + timedelta(days=15), actor="member:1")
    actions.snooze(case.id, clock.now() + timedelta(hours=1), actor="member:1")
    assert [row.id for row in queries.queue()] == []
    assert [row.id for row in queries.queue(is_put_off=True)] == [case.id]
    later(hours=2)
    assert [row.id for row in queries.queue()] == [case.id]
    assert actions.note(case.id, "  ", actor="member:1") is None
    actions.note(case.id, "山田様は常連です", actor="member:1")
    verbs = list(
        AuditEntry.objects.filter(subject="case", subject_id=case.id).order_by("id").values_list("verb", flat=True)
    )
    assert verbs == ["case.opened", "case.taken", "case.given", "case.snoozed", "case.noted"]
    assert "山田" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_it_takes_away_what_settles_by_itself(shop: Shop) -> None:
    kept, cancelled, shipped = asked(shop), asked(shop), asked(shop)
    wishes.keep(kept.request_id or 0, actor="customer")
    by_shop = CancellationRequest.objects.get(id=cancelled.request_id or 0)
    Order.objects.filter(id=by_shop.order_id or 0).update(cancelled_at=clock.now())
    gone = CancellationRequest.objects.get(id=shipped.request_id or 0)
    Order.objects.filter(id=gone.order_id or 0).update(shipped_at=clock.now())
    events.emit(
        [
            News("order.cancelled", shop.organization_id, by_shop.order_id or 0),
            News("order.shipped", shop.organization_id, gone.order_id or 0),
        ]
    )
    registry.drain()
    assert dict(Case.objects.values_list("id", "outcome")) == {
        kept.id: "kept",
        cancelled.id: "cancelled",
        shipped.id: "declined",
    }
    assert state_of(shipped) == RequestState.DECLINED
    letter_ = Message.objects.get(source="decision", source_id=gone.id)
    assert "発送" in letter_.template.texts["ja"]["body"]
