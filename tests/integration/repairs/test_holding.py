"""While a wish is open, its order stays in the warehouse; when it is over, or forgotten, it may leave."""

from datetime import timedelta

from kaeru.cancellations import actions as wishes
from kaeru.core import clock, scope
from tests.integration.gate.stage import hear
from tests.integration.repairs.conftest import Stage


def test_it_holds_from_the_reason_on_and_lets_go_when_the_order_is_kept(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("mistaken_order")
    stage.settle()
    assert stage.system.done == ["hold"]
    with scope.organization(stage.cast.organization.id):
        wishes.keep(wish.id, actor="customer")
    stage.settle()
    assert stage.system.done == ["hold", "release"]


def test_it_lets_go_of_a_wish_that_was_forgotten(stage: Stage) -> None:
    stage.connect()
    stage.wish("mistaken_order")
    stage.settle()
    clock.skip_to(clock.now() + timedelta(minutes=121))
    stage.settle()
    assert stage.system.done == ["hold", "release"]


def test_it_stays_held_when_the_order_is_cancelled(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("mistaken_order")
    stage.settle()
    with scope.organization(stage.cast.organization.id):
        wishes.confirm(wish.id, actor="customer")
    stage.settle()
    clock.skip_to(clock.now() + timedelta(hours=3))
    stage.settle()
    assert stage.system.done == ["hold", "cancel"]


def test_it_stays_held_while_a_person_carries_the_repair_out(stage: Stage) -> None:
    stage.connect()
    wish = stage.wish("delivery_too_late")
    stage.ask(wish, "sooner", wish="other")
    stage.settle()
    clock.skip_to(clock.now() + timedelta(hours=5))
    stage.settle()
    assert stage.system.done == ["hold"]
    assert stage.repair(wish).state == "by_hand"


def test_it_holds_once_however_often_the_reason_is_changed(stage: Stage) -> None:
    stage.connect()
    stage.wish("mistaken_order")
    stage.wish("change_address")
    stage.settle()
    assert [kind for kind, _ in stage.changes()] == ["hold", "release"]


def test_it_holds_nothing_where_nobody_can_or_it_is_only_rehearsed(stage: Stage) -> None:
    stage.connect(is_live=False)
    stage.wish("mistaken_order")
    hear()
    assert stage.changes() == []
