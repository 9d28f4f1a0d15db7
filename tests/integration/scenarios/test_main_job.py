"""The main job: a cancelled order becomes a re-order."""

from datetime import timedelta

import pytest

from kaeru.cancellations import actions as cancellations
from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import clock, links
from kaeru.messages.models import Message
from kaeru.offers.models import Coupon
from kaeru.recoveries.models import Recovery
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios.models import Enrollment, EnrollmentState, Scenario
from kaeru.worker import registry
from tests.integration.scenarios.conftest import Kotori


def cancel(kotori: Kotori, order_id: int, code: str = "change_address") -> CancellationRequest:
    request = cancellations.request(order_id, code, actor="customer")
    registry.drain()
    return request


def purposes() -> list[str]:
    return list(Message.objects.order_by("id").values_list("purpose", flat=True))


def test_it_answers_a_cancellation_at_once_and_sends_a_coupon_a_day_later(kotori: Kotori) -> None:
    order = kotori.place()
    cancel(kotori, order.id)
    assert purposes() == ["notice"]
    kotori.later(hours=23)
    assert Coupon.objects.count() == 0
    kotori.later(hours=2)
    assert purposes() == ["notice", "advertisement"]
    assert Coupon.objects.get().value == 300
    assert Enrollment.objects.get().end_reason == "finished"


def test_it_stops_by_itself_when_the_buyer_orders_again(kotori: Kotori) -> None:
    order = kotori.place()
    request = cancel(kotori, order.id)
    kotori.later(hours=3)
    again = kotori.place("1002", total=4200)
    assert Enrollment.objects.get().end_reason == "reordered"
    recovery = Recovery.objects.get()
    assert (recovery.cancellation_id, recovery.order_id, recovery.amount, recovery.how) == (
        request.id,
        again.id,
        4200,
        "customer",
    )
    kotori.later(days=3)
    assert Coupon.objects.count() == 0


def test_it_knows_a_reorder_by_its_link_even_under_another_name(kotori: Kotori) -> None:
    order = kotori.place()
    request = cancel(kotori, order.id)
    links.publish("reorder", kotori.shop.organization_id, [request.id], clock.now() + timedelta(days=60))
    kotori.later(hours=1)
    kotori.place(
        "1002", buyer="someone-else", reorder_ref=links.token_for("reorder", kotori.shop.organization_id, request.id)
    )
    assert Recovery.objects.get().how == "link"
    assert Enrollment.objects.get().end_reason == "reordered"


def test_it_knows_a_reorder_by_its_coupon(kotori: Kotori) -> None:
    order = kotori.place()
    cancel(kotori, order.id)
    kotori.later(days=1, hours=1)
    coupon = Coupon.objects.get()
    kotori.place("1002", buyer="someone-else", coupon_codes=(coupon.code,))
    assert Recovery.objects.get().how == "coupon"
    coupon.refresh_from_db()
    assert coupon.redeemed_order_ref == "1002"


@pytest.mark.parametrize("change", ["shipped", "restored"])
def test_it_stops_when_the_order_goes_on_after_all(kotori: Kotori, change: str) -> None:
    order = kotori.place()
    cancel(kotori, order.id)
    if change == "restored":
        kotori.place(cancelled_at=clock.now())
        assert CancellationRequest.objects.get().state == RequestState.CANCELLED
    kotori.later(hours=2)
    kotori.place(shipped_at=clock.now() if change == "shipped" else None)
    assert Enrollment.objects.get().end_reason == change


def test_it_does_everything_once_however_often_it_is_told(kotori: Kotori) -> None:
    order = kotori.place()
    for _ in range(3):
        cancel(kotori, order.id)
        cancellations.keep(CancellationRequest.objects.get().id, actor="customer")
    assert CancellationRequest.objects.get().state == RequestState.REQUESTED
    assert Enrollment.objects.count() == 1
    assert purposes() == ["notice"]


def test_it_gives_no_coupon_to_a_buyer_who_never_agreed_to_advertising(kotori: Kotori) -> None:
    from kaeru.customers.models import Consent

    order = kotori.place()
    Consent.objects.update(withdrawn_at=clock.now())
    cancel(kotori, order.id)
    kotori.later(days=2)
    assert purposes() == ["notice"]
    assert Coupon.objects.count() == 0


def test_it_holds_who_is_on_the_way_while_the_scenario_is_off(kotori: Kotori) -> None:
    order = kotori.place()
    cancel(kotori, order.id)
    scenario = Scenario.objects.get(reason__code="change_address")
    scenarios.switch(scenario.id, is_on=False, actor="test")
    kotori.later(days=2)
    assert Enrollment.objects.get().state == EnrollmentState.HELD
    scenarios.switch(scenario.id, is_on=True, actor="test")
    registry.drain()
    assert purposes() == ["notice", "advertisement"]


def test_it_writes_to_nobody_because_of_stale_news(kotori: Kotori) -> None:
    kotori.place(cancelled_at=clock.now() - timedelta(days=30), placed_at=clock.now() - timedelta(days=31))
    request = CancellationRequest.objects.get()
    assert request.is_history
    assert Enrollment.objects.count() == 0


def test_it_takes_the_newest_state_of_an_order_in_whatever_order_it_is_told(kotori: Kotori) -> None:
    early, late = clock.now(), clock.now() + timedelta(minutes=5)
    kotori.place(cancelled_at=late, updated_at=late, placed_at=early)
    order = kotori.place(updated_at=early, placed_at=early)
    assert order.cancelled_at == late
    assert CancellationRequest.objects.count() == 1
