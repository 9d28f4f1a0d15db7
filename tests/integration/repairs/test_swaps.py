"""A safe swap: the old order is never lost before the new one stands, and every way back is open until the time to undo is over."""

from datetime import timedelta

from kaeru.cancellations import actions as wishes
from kaeru.cancellations import swaps
from kaeru.cancellations.models import CancellationRequest
from kaeru.connectors.models import OrderChange
from kaeru.core import clock, events, links, scope
from kaeru.core.events import News
from kaeru.orders.models import Order
from kaeru.recoveries.models import Recovery
from kaeru.scenarios.models import Enrollment
from tests import builders
from tests.integration.gate.stage import hear
from tests.integration.repairs.conftest import Stage


def later(minutes: float) -> None:
    clock.skip_to(clock.now() + timedelta(minutes=minutes))


def opened(stage: Stage) -> CancellationRequest:
    wish = stage.wish("change_payment")
    assert stage.ask(wish, "payment").swap is not None
    return wish


def reorder(stage: Stage, wish: CancellationRequest) -> Order:
    """The shop tells a new order that came by the swap's reference."""
    ref = links.token_for("reorder", wish.organization_id, wish.id)
    made = builders.order(stage.cast.kotori, stage.buyer, reorder_ref=ref, placed_at=clock.now())
    with scope.everyone():
        events.emit([News("order.placed", made.organization_id, made.id)])
    hear()
    return made


def cancelled(order: Order) -> None:
    """The shop tells that this order is cancelled."""
    with scope.everyone():
        Order.objects.filter(id=order.id).update(cancelled_at=clock.now())
        events.emit([News("order.cancelled", order.organization_id, order.id)])
    hear()


def turn() -> None:
    with scope.everyone():
        swaps.expire(100)
        swaps.settle_due(100)
    hear()


def kinds(stage: Stage) -> list[str]:
    return [kind for kind, _ in stage.changes()]


def test_it_rebuilds_the_cart_with_a_reference_and_leaves_the_old_order_alone(stage: Stage) -> None:
    wish = opened(stage)
    swap = stage.swap(wish)
    assert swap.state == "open"
    assert swap.url.startswith("https://kotori.example/cart?items=v0:2&coupon=&ref=")
    assert stage.state(wish) == "considering"
    assert kinds(stage) == []


def test_it_takes_the_shops_own_draft_where_it_makes_one(stage: Stage) -> None:
    stage.connect()
    wish = opened(stage)
    stage.settle()
    assert stage.swap(wish).url.startswith("https://kotori.example/pay/draft:")


def test_it_opens_once_however_often_it_is_tapped(stage: Stage) -> None:
    wish = opened(stage)
    first = stage.swap(wish)
    later(1)
    stage.ask(wish, "payment")
    assert stage.swap(wish).opened_at == first.opened_at


def test_it_cancels_the_old_order_only_after_the_time_to_undo(stage: Stage) -> None:
    stage.connect()
    wish = opened(stage)
    reorder(stage, wish)
    later(14)
    turn()
    assert "cancel" not in kinds(stage)
    assert stage.swap(wish).state == "ordered"
    later(2)
    turn()
    stage.settle()
    with scope.everyone():
        change = OrderChange.objects.get(kind="cancel")
    assert (change.order_id, change.payload["side"], change.payload["reason"]) == (
        stage.order.id,
        "customer",
        "change_payment",
    )
    assert stage.swap(wish).state == "done"
    assert stage.state(wish) == "cancelled"


def test_it_starts_no_scenario_and_counts_as_come_back(stage: Stage) -> None:
    stage.connect()
    reason = builders.reason(stage.cast.kotori, "change_payment")
    builders.scenario(reason, builders.template(stage.cast.kotori))
    wish = opened(stage)
    new = reorder(stage, wish)
    later(16)
    turn()
    stage.settle()
    with scope.everyone():
        assert not Enrollment.objects.exists()
        found = Recovery.objects.get()
    assert (found.cancellation_id, found.order_id, found.how) == (wish.id, new.id, "link")


def test_it_leaves_the_old_order_when_the_new_one_fails(stage: Stage) -> None:
    stage.connect()
    wish = opened(stage)
    new = reorder(stage, wish)
    cancelled(new)
    later(16)
    turn()
    stage.settle()
    assert stage.swap(wish).state == "undone"
    assert "cancel" not in kinds(stage)


def test_it_stops_a_cancellation_that_has_not_gone_out_when_the_new_order_fails(stage: Stage) -> None:
    stage.connect()
    wish = opened(stage)
    new = reorder(stage, wish)
    later(16)
    turn()
    assert ("cancel", "waiting") in stage.changes()
    cancelled(new)
    stage.settle()
    assert ("cancel", "dropped") in stage.changes()
    assert "cancel" not in stage.system.done
    assert (stage.swap(wish).state, stage.state(wish)) == ("undone", "kept")


def test_it_takes_back_and_cancels_the_new_order_instead(stage: Stage) -> None:
    stage.connect()
    wish = opened(stage)
    new = reorder(stage, wish)
    with scope.organization(stage.cast.organization.id):
        assert swaps.undo(wish.id, actor="customer")
        assert not swaps.undo(wish.id, actor="customer")
    later(16)
    turn()
    stage.settle()
    with scope.everyone():
        gone = list(OrderChange.objects.filter(kind="cancel").values_list("order_id", flat=True))
    assert gone == [new.id]
    assert (stage.swap(wish).state, stage.state(wish)) == ("undone", "kept")


def test_it_expires_and_can_begin_again(stage: Stage) -> None:
    wish = opened(stage)
    later(61)
    turn()
    assert (stage.swap(wish).state, stage.state(wish)) == ("expired", "considering")
    stage.ask(wish, "payment")
    assert stage.swap(wish).state == "open"


def test_it_shows_a_person_an_order_that_came_too_late_or_twice(stage: Stage) -> None:
    wish = opened(stage)
    reorder(stage, wish)
    assert stage.cases("swap") == []
    reorder(stage, wish)
    assert len(stage.cases("swap")) == 1
    assert stage.swap(wish).state == "ordered"


def test_it_does_not_cancel_an_old_order_that_has_left(stage: Stage) -> None:
    stage.connect()
    wish = opened(stage)
    reorder(stage, wish)
    with scope.everyone():
        Order.objects.filter(id=stage.order.id).update(shipped_at=clock.now())
    later(16)
    turn()
    stage.settle()
    assert stage.swap(wish).state == "failed"
    assert "cancel" not in kinds(stage)
    assert len(stage.cases("swap")) == 1


def test_it_ends_when_the_buyer_cancels_instead(stage: Stage) -> None:
    wish = opened(stage)
    with scope.organization(stage.cast.organization.id):
        wishes.confirm(wish.id, actor="customer")
    hear()
    assert stage.swap(wish).state == "expired"
    reorder(stage, wish)
    assert stage.swap(wish).state == "expired"
    assert stage.cases("swap") == []


def test_it_takes_no_order_of_another_shop(stage: Stage) -> None:
    wish = opened(stage)
    ref = links.token_for("reorder", wish.organization_id, wish.id)
    other = builders.order(stage.cast.other_shop, reorder_ref=ref)
    with scope.everyone():
        events.emit([News("order.placed", other.organization_id, other.id)])
    hear()
    assert stage.swap(wish).state == "open"
