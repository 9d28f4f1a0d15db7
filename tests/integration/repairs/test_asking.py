"""A repair is asked for once, carried out by the shop's system where it can, else by a person."""

from dataclasses import replace

import pytest

from kaeru.cancellations import actions as wishes
from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.repairs import actions
from kaeru.cancellations.repairs.errors import NotRepairable, UnknownRepair
from kaeru.core import clock, scope
from kaeru.offers.models import Coupon, Redemption
from kaeru.orders.models import Order
from tests import builders
from tests.fakes.shop_system import ALL
from tests.integration.repairs.conftest import Stage

ADDRESS = {
    "name": "山田 太郎", "postal_code": "１１０－０００１", "region": "東京都", "city": "台東区谷中", "line1": "１－２－３",
    "line2": "", "phone": "０３−１２３４−５６７８",
}  # fmt: skip


def test_it_changes_the_address_in_the_shops_system_and_keeps_the_order(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("change_address")
    answer = stage.ask(wish, "address", **ADDRESS)
    assert answer.repair is not None
    assert answer.repair.state == "asked"
    stage.settle()
    assert stage.repair(wish).state == "done"
    assert stage.state(wish) == "kept"
    assert stage.system.orders[stage.order.source_id].address_mark == "mark of 110-0001"
    assert stage.system.done == ["hold", "change_address", "release"]


def test_it_forgets_the_address_when_it_is_done(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("change_address")
    stage.ask(wish, "address", **ADDRESS)
    stage.settle()
    repair = stage.repair(wish)
    assert (repair.asked, repair.outcome) == ({}, {})


def test_it_makes_one_repair_of_two_taps(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("change_address")
    first = stage.ask(wish, "address", **ADDRESS).repair
    second = stage.ask(wish, "address", **{**ADDRESS, "line1": "9-9-9"}).repair
    assert first is not None
    assert second is not None
    assert first.id == second.id
    assert [kind for kind, _ in stage.changes()].count("change_address") == 1


@pytest.mark.parametrize("is_live", [True, False])
def test_it_goes_to_a_person_where_the_system_cannot_or_only_rehearses(stage: Stage, is_live: bool) -> None:
    stage.system.able = replace(ALL, can_change_address=not is_live)
    stage.connect(is_live=is_live)
    wish = stage.wish("change_address")
    stage.ask(wish, "address", **ADDRESS)
    assert stage.repair(wish).state == "by_hand"
    assert [case.subject_id for case in stage.cases()] == [stage.repair(wish).id]
    assert ("change_address", "dry_run") in stage.changes() or is_live, "a dry run notes what it would have changed"
    assert "change_address" not in stage.system.done
    with scope.organization(stage.cast.organization.id):
        assert actions.done_by_hand(stage.repair(wish).id, actor="member:1")
        assert not actions.done_by_hand(stage.repair(wish).id, actor="member:1")
    assert (stage.repair(wish).state, stage.state(wish), stage.cases()) == ("done", "kept", [])


def test_it_goes_to_a_person_when_the_system_says_no(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("change_address")
    stage.settle()
    stage.ask(wish, "address", **ADDRESS)
    stage.system.plan = ["refuse"]
    stage.settle()
    repair = stage.repair(wish)
    assert (repair.state, stage.state(wish)) == ("by_hand", "considering")
    assert repair.asked["city"] == "台東区谷中"
    assert len(stage.cases()) == 1


def test_it_says_when_the_parcel_left_meanwhile(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("change_address")
    stage.settle()
    stage.ask(wish, "address", **ADDRESS)
    order = stage.system.orders[stage.order.source_id]
    stage.system.orders[stage.order.source_id] = replace(order, is_shipped=True)
    stage.settle()
    repair = stage.repair(wish)
    assert (repair.state, repair.outcome) == ("refused", {"code": "shipped"})
    assert stage.cases() == []


def test_it_refuses_what_is_shipped_cancelled_or_decided(stage: Stage) -> None:
    wish = stage.wish("change_address")
    with scope.organization(stage.cast.organization.id):
        Order.objects.filter(id=stage.order.id).update(shipped_at=clock.now())
    with pytest.raises(NotRepairable, match="shipped"):
        stage.ask(wish, "address", **ADDRESS)
    with scope.organization(stage.cast.organization.id):
        Order.objects.filter(id=stage.order.id).update(shipped_at=None)
        wishes.confirm(wish.id, actor="customer")
    with pytest.raises(NotRepairable, match="decided"):
        stage.ask(wish, "address", **ADDRESS)


def test_it_knows_no_repair_of_another_reason_or_of_another_organization(stage: Stage) -> None:
    wish = stage.wish("change_address")
    with pytest.raises(UnknownRepair):
        stage.ask(wish, "coupon", code="A")
    with pytest.raises(UnknownRepair):
        stage.ask(wish, "substitute", take="A")
    with scope.organization(stage.cast.other_organization.id), pytest.raises(CancellationRequest.DoesNotExist):
        actions.ask(wish.id, "address", ADDRESS, actor="customer")


def test_it_takes_the_coupon_off_and_uses_it_up_once(stage: Stage) -> None:
    stage.connect()
    coupon = builders.coupon(stage.cast.kotori, stage.buyer)
    wish = stage.wish("forgot_coupon")
    for _ in range(2):
        answer = stage.ask(wish, "coupon", code=coupon.code.lower())
    assert answer.repair is not None
    assert answer.repair.asked["amount"] == 500
    stage.settle()
    with scope.organization(stage.cast.organization.id):
        found = Coupon.objects.get(id=coupon.id)
        assert found.redeemed_order_ref == stage.order.source_id
        assert Redemption.objects.get(coupon=coupon).discount == 500
    assert stage.system.orders[stage.order.source_id].discounts == 500
    assert stage.repair(wish).outcome == {"amount": 500, "code": coupon.code}


def test_it_gives_the_coupon_back_when_the_discount_comes_to_nothing(stage: Stage) -> None:
    stage.connect()
    coupon = builders.coupon(stage.cast.kotori, stage.buyer)
    wish = stage.wish("forgot_coupon")
    stage.settle()
    stage.ask(wish, "coupon", code=coupon.code)
    order = stage.system.orders[stage.order.source_id]
    stage.system.orders[stage.order.source_id] = replace(order, is_cancelled=True)
    stage.settle()
    with scope.organization(stage.cast.organization.id):
        found = Coupon.objects.get(id=coupon.id)
    assert stage.repair(wish).state == "refused"
    assert (found.redeemed_at, found.redeemed_order_ref) == (None, "")


def test_it_gives_the_coupon_back_when_the_buyer_cancels_after_all(stage: Stage) -> None:
    stage.connect()
    coupon = builders.coupon(stage.cast.kotori, stage.buyer)
    wish = stage.wish("forgot_coupon")
    stage.ask(wish, "coupon", code=coupon.code)
    with scope.organization(stage.cast.organization.id):
        wishes.confirm(wish.id, actor="customer")
    stage.settle()
    with scope.organization(stage.cast.organization.id):
        assert Coupon.objects.get(id=coupon.id).redeemed_at is None
    assert stage.repair(wish).state == "undone"
    assert ("add_discount", "dropped") in stage.changes()
    assert "add_discount" not in stage.system.done


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"expires_at": "past"}, "期限"),
        ({"minimum": 5000}, "5,000円以上"),
        ({"redeemed": True}, "利用済み"),
    ],
)
def test_it_says_kindly_why_a_coupon_does_not_fit(stage: Stage, fields: dict[str, object], words: str) -> None:
    told: dict[str, object] = {key: value for key, value in fields.items() if key == "minimum"}
    if "expires_at" in fields:
        told["expires_at"] = clock.now()
    if "redeemed" in fields:
        told |= {"redeemed_at": clock.now(), "redeemed_order_ref": "o1"}
    coupon = builders.coupon(stage.cast.kotori, stage.buyer, **told)
    wish = stage.wish("forgot_coupon")
    answer = stage.ask(wish, "coupon", code=coupon.code)
    assert words in answer.problems["code"]
    assert answer.repair is None


def test_it_lets_a_person_look_at_a_code_that_it_does_not_know(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("forgot_coupon")
    stage.ask(wish, "coupon", code="SUMMER-10")
    assert stage.repair(wish).asked == {"code": "SUMMER10", "amount": None}
    assert len(stage.cases()) == 1


def test_it_takes_a_line_out_with_its_money_and_the_fee_that_comes_with_it(stage: Stage) -> None:
    stage.connect()
    stage.say_shipping()
    order = builders.order(stage.cast.kotori, stage.buyer, lines=[("急須", 1, 5280), ("手ぬぐい", 2, 1980)])
    wish = stage.wish("mistaken_order", order)
    with scope.organization(stage.cast.organization.id):
        lines = list(order.lines.order_by("position"))
    stage.ask(wish, "lines", **{f"quantity_{lines[1].id}": "0"})
    repair = stage.repair(wish)
    assert (repair.asked["total"], repair.asked["more"]) == (5830, -3410)
    with scope.everyone():
        from kaeru.connectors.models import OrderChange

        change = OrderChange.objects.get(kind="change_lines")
    assert change.payload["quantities"] == {lines[1].source_id: 0}
    assert (change.payload["shipping_fee"], change.payload["given_back"]) == (550, 3410)
    stage.settle()
    assert stage.state(wish) == "kept"


def test_it_does_not_take_everything_out(stage: Stage) -> None:
    wish = stage.wish("mistaken_order")
    with scope.organization(stage.cast.organization.id):
        line = stage.order.lines.get()
    assert "キャンセル" in stage.ask(wish, "lines", **{f"quantity_{line.id}": "0"}).problems[""]
    assert stage.ask(wish, "lines").problems[""]
    assert stage.ask(wish, "lines", **{f"quantity_{line.id}": "-1"}).problems[""]


def test_it_adds_what_makes_delivery_free(stage: Stage) -> None:
    stage.connect()
    stage.say_shipping()
    for _ in range(3):
        builders.order(stage.cast.kotori, None, lines=[("そば猪口", 1, 500), ("箸置き", 1, 1000), ("急須", 1, 5280)])
    order = builders.order(
        stage.cast.kotori, stage.buyer, lines=[("皿", 1, 7000)], shipping_fee=550, total=7550,
    )  # fmt: skip
    with scope.organization(stage.cast.organization.id):
        order.lines.update(variant_id="plate", product_id="plate")
    wish = stage.wish("shipping_fee_too_high", order)
    with scope.organization(stage.cast.organization.id):
        from kaeru.cancellations.repairs import kinds, queries

        shown = kinds()["free_shipping"].show(queries.stage_of(wish, order, "ja"), {})
    assert shown is not None
    assert shown["missing"] == 1000
    best = shown["offers"][0]
    assert (best.amount, best.more) == (1000, 450)
    stage.ask(wish, "free_shipping", add=best.variant_id)
    with scope.everyone():
        from kaeru.connectors.models import OrderChange

        change = OrderChange.objects.get(kind="change_lines")
    assert change.payload["added"] == [[best.variant_id, best.quantity]]
    assert change.payload["shipping_fee"] == 0
