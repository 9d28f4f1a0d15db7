"""Kaeru acts at Qoo10 through the gate: never without a true reason, never without a person, never twice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kaeru.connectors import inquiries
from kaeru.connectors.changes import Cancel, Change, ChangeAddress, MarkDispatched, SetDispatchDate
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate.actions import Ask
from kaeru.connectors.models import GateTerms, Inquiry, OrderChange
from kaeru.connectors.qoo10 import seller_reasons
from kaeru.connectors.qoo10.seller_reasons import SellerReason
from kaeru.core import clock, ids, scope
from tests.cast import Cast
from tests.fakes.qoo10_state import Line
from tests.fakes.qoo10_wire import Wire
from tests.integration.connectors.qoo10_stage import at_the_mall, carry, connect, hear, order_of, settle, turn

TOMORROW = (clock.now() + timedelta(days=1)).date().isoformat()


@pytest.fixture
def wire(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with at_the_mall(monkeypatch) as found:
        yield found


@pytest.fixture
def line(cast: Cast, wire: Wire) -> Line:
    (made,) = wire.mall.place()
    connect(cast.kotori, wire.mall, is_live=True)
    settle(wire)
    return made


def wish(line: Line, change: Change, *, by: str = "member:7", why: str = "changed_mind") -> int:
    order = order_of(line.pack)
    with scope.organization(order.organization_id):
        one = Ask(order.organization_id, order.shop_id, order.id, change, f"k{ids.new_id()}", why, by, "request", 1)
        return gate.ask([one])[0]


def row(change_id: int) -> OrderChange:
    with scope.everyone():
        return OrderChange.objects.get(id=change_id)


def outcome(change_id: int) -> tuple[str, str]:
    found = row(change_id)
    return str(found.state), found.answer


BUYERS = Cancel("changed_mind", "customer", total=7500)


def test_it_cancels_for_the_buyer_with_the_buyers_reason(wire: Wire, line: Line) -> None:
    one = wish(line, BUYERS)
    carry()
    assert row(one).state == "done"
    assert wire.mall.cancelled_by_seller == {line.number: ("1", "お客様のご希望によるキャンセルです。")}
    turn()
    assert order_of(line.pack).cancelled_at is not None


@pytest.mark.parametrize(
    ("reason", "side"),
    [("out_of_stock", "shop"), ("price_error", "shop"), ("damaged", "shop"), ("other", ""), ("", "customer")],
)
def test_what_cannot_be_said_truthfully_is_not_sent(wire: Wire, line: Line, reason: str, side: str) -> None:
    one = wish(line, Cancel(reason, side, total=7500))
    carry()
    assert outcome(one) == ("refused", "no_true_reason")
    assert wire.mall.cancelled_by_seller == {}


def test_an_empty_reason_cannot_be_sent_by_anybody() -> None:
    assert {one.value for one in SellerReason} == {"1", "2", "3"}
    for wrong in ("", None, "0", "4"):
        with pytest.raises((ValueError, AssertionError)):
            seller_reasons.params("1062428737", wrong)  # type: ignore[arg-type]
    for reason in SellerReason:
        assert seller_reasons.params("1", reason)["CancelReason"] == reason.value != ""


def test_a_cancellation_waits_for_a_person(wire: Wire, line: Line) -> None:
    for who in ("customer", "scenario", "policy", "shortage"):
        one = wish(line, BUYERS, by=who)
        carry()
        assert outcome(one) == ("held", "needs_person")
        with scope.everyone():
            gate.drop([one], actor="member:7")
    assert wire.mall.cancelled_by_seller == {}
    one = wish(line, BUYERS, by="policy")
    carry()
    with scope.everyone():
        assert gate.let_go(one, actor="member:7")
    carry(2, seconds=1)
    assert row(one).state == "done"


def test_the_operator_may_let_the_policy_cancel_alone(cast: Cast, wire: Wire, line: Line) -> None:
    with scope.everyone():
        GateTerms.objects.filter(shop=cast.kotori).update(cancels_alone=True)
    one = wish(line, BUYERS, by="policy")
    carry()
    assert row(one).state == "done"


def test_nothing_is_called_before_the_operator_switches_on(cast: Cast, wire: Wire) -> None:
    (line,) = wire.mall.place()
    connect(cast.kotori, wire.mall)
    settle(wire)
    for change in (BUYERS, SetDispatchDate(TOMORROW), MarkDispatched("ヤマト宅急便", "1234")):
        one = wish(line, change)
        carry()
        assert row(one).state == "dry_run"
    assert wire.calls == []


def test_an_order_that_ships_between_reading_and_writing_is_not_cancelled(wire: Wire, line: Line) -> None:
    wire.faults["SetCancelProcess"].append(lambda: wire.mall.ship(line))
    one = wish(line, BUYERS)
    carry()
    assert outcome(one) == ("refused", "state_moved")
    other = wish(line, BUYERS)
    carry()
    assert outcome(other) == ("refused", "shipped")
    assert wire.mall.cancelled_by_seller == {}


def test_a_lost_answer_is_read_back_and_never_repeated(wire: Wire, line: Line) -> None:
    wire.faults["SetCancelProcess"].append("lost")
    one = wish(line, BUYERS)
    carry(3, seconds=70)
    assert outcome(one) == ("done", "stood_already")
    assert wire.names().count("SetCancelProcess") == 1


def test_a_mall_that_is_still_at_it_has_taken_it(wire: Wire, line: Line) -> None:
    def slowly() -> None:
        wire.mall.ask_to_cancel(line).status = "2"

    wire.faults["SetCancelProcess"] += [slowly]
    one = wish(line, BUYERS)
    carry()
    assert row(one).state == "done"


def test_it_sets_the_dispatch_date_on_every_line(cast: Cast, wire: Wire) -> None:
    lines = wire.mall.place(("Tシャツ", 2, 3500), ("帽子", 1, 1980))
    connect(cast.kotori, wire.mall, is_live=True)
    settle(wire)
    one = wish(lines[0], SetDispatchDate(TOMORROW, "preparing", "準備中です"))
    carry()
    assert row(one).state == "done"
    assert {(line.state, line.dispatch_by, line.memo) for line in lines} == {("3", TOMORROW, "準備中です")}
    turn()
    turn()
    assert order_of(lines[0].pack).dispatch_by is not None
    later = wish(lines[0], SetDispatchDate((clock.now() + timedelta(days=3)).date().isoformat()))
    carry()
    assert outcome(later) == ("refused", "date_set_already")


def test_it_does_not_set_a_day_that_is_over(wire: Wire, line: Line) -> None:
    one = wish(line, SetDispatchDate("2020-01-01"))
    carry()
    assert outcome(one) == ("refused", "date_too_soon")
    two = wish(line, SetDispatchDate("20261124"))
    carry()
    assert outcome(two) == ("refused", "not_a_date")


def test_it_marks_what_left_and_goes_on_after_half_of_it(cast: Cast, wire: Wire) -> None:
    lines = wire.mall.place(("Tシャツ", 2, 3500), ("帽子", 1, 1980))
    connect(cast.kotori, wire.mall, is_live=True)
    settle(wire)
    wire.faults["SetSendingInfo"] += ["", "silent"]
    one = wish(lines[0], MarkDispatched("ヤマト宅急便", "1234-5678"))
    carry(3, seconds=70)
    assert row(one).state == "done"
    assert [line.tracking for line in lines] == ["1234-5678", "1234-5678"]
    assert wire.names().count("SetSendingInfo") == 3


def test_an_address_cannot_be_changed_there(wire: Wire, line: Line) -> None:
    one = wish(line, ChangeAddress(name="山田 花子"))
    carry()
    assert outcome(one) == ("refused", "cannot")


def test_it_answers_an_inquiry_once(cast: Cast, wire: Wire, line: Line) -> None:
    asked = wire.mall.ask("いつ届きますか", "急いでいます", line)
    for _ in range(3):
        turn()
    with scope.everyone():
        found = Inquiry.objects.get()
    wire.faults["SetInquiryMessage"].append("lost")
    with scope.organization(cast.organization.id):
        one = inquiries.answer(found.id, "明日発送いたします。", actor="member:7")
    assert one is not None
    carry(3, seconds=70)
    assert row(one).state == "done" and asked.answers == ["明日発送いたします。"]
    assert row(one).payload == {}
    hear()
    with scope.everyone():
        found = Inquiry.objects.get()
        assert (found.answered_at is not None, found.answer_text) == (True, "明日発送いたします。")
    with scope.organization(cast.organization.id):
        assert inquiries.answer(found.id, "もう一度", actor="member:7") is None
        with pytest.raises(ValueError, match="letters"):
            inquiries.answer(found.id, " ", actor="member:7")


def test_nobody_answers_another_organizations_inquiry(cast: Cast, wire: Wire, line: Line) -> None:
    wire.mall.ask("いつ届きますか", "急いでいます", line)
    for _ in range(3):
        turn()
    with scope.everyone():
        found = Inquiry.objects.get()
    with scope.organization(cast.other_organization.id):
        assert inquiries.answer(found.id, "はい", actor="member:9") is None


def test_a_key_that_is_no_good_ends_the_change_and_shuts_the_door(cast: Cast, wire: Wire, line: Line) -> None:
    wire.mall.key = "another-key-by-now"
    one = wish(line, BUYERS)
    carry()
    assert outcome(one) == ("failed", "token_revoked")
    wire.calls.clear()
    turn(600)
    assert wire.calls == []
