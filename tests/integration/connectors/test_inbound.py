"""What arrived is worked on: newest state wins, nothing doubled, nothing lost, one bad delivery stops no other."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from kaeru.cancellations.models import CancellationRequest
from kaeru.connectors import actions, inbound, intake, queries, retention
from kaeru.connectors.models import InboundDelivery
from kaeru.core import clock, scope
from kaeru.core.clock import Clock
from kaeru.core.models import AuditEntry
from kaeru.customers.models import Customer
from kaeru.messages.models import Message
from kaeru.orders import actions as orders
from kaeru.orders.models import Order, Refund
from kaeru.scenarios.models import Enrollment
from kaeru.tenants.models import Shop
from kaeru.worker.registry import drain
from tests.cast import Cast
from tests.fakes import own_shop
from tests.fakes.shopify import Delivery, FakeShopify
from tests.integration.connectors.test_hooks import SECRET, secret_of, set_secret


@pytest.fixture
def shopify(cast: Cast) -> FakeShopify:
    from kaeru.connectors import door

    door.forget()
    set_secret(cast.kotori, SECRET)
    return FakeShopify(SECRET)


def arrive(shop: Shop, *deliveries: Delivery) -> None:
    for delivery in deliveries:
        intake.receive("shopify", shop.public_key, delivery.headers, delivery.body)


def tell(shop: Shop, topic: str, data: dict[str, Any]) -> None:
    body, headers = own_shop.message(secret_of(shop), topic, data)
    intake.receive("webhook", shop.public_key, headers, body)


def later(**span: float) -> None:
    moment = clock.now() + timedelta(**span)
    clock.set_clock(Clock(real=__import__("time").time(), shown=moment))


def the_order() -> Order:
    with scope.everyone():
        return Order.objects.get()


def count(model: Any) -> int:
    with scope.everyone():
        found: int = model.objects.count()
    return found


def test_it_mirrors_create_update_cancel(cast: Cast, shopify: FakeShopify) -> None:
    first = shopify.place()
    number = first.payload["id"]
    for delivery in (first, shopify.update(number, note="x"), shopify.cancel(number)):
        arrive(cast.kotori, delivery)
        drain()
    order = the_order()
    assert (order.source_id, order.total, order.cancel_side) == (str(number), 3960, "customer")
    assert count(CancellationRequest) == 1


def test_it_lets_the_newest_state_win_when_cancel_comes_first(cast: Cast, shopify: FakeShopify) -> None:
    created = shopify.place()
    cancelled = shopify.cancel(created.payload["id"])
    arrive(cast.kotori, cancelled)
    drain()
    arrive(cast.kotori, created)
    drain()
    assert the_order().cancelled_at is not None
    assert count(CancellationRequest) == 1


def test_it_lets_the_newest_state_win_in_one_set(cast: Cast, shopify: FakeShopify) -> None:
    created = shopify.place()
    number = created.payload["id"]
    arrive(cast.kotori, shopify.cancel(number), created)
    drain()
    assert the_order().cancelled_at is not None
    assert count(CancellationRequest) == 1


def test_it_leaves_the_new_alone_when_the_old_comes_after(cast: Cast, shopify: FakeShopify) -> None:
    created = shopify.place()
    old, new = shopify.update(created.payload["id"], name="#old"), shopify.update(created.payload["id"], name="#new")
    arrive(cast.kotori, new)
    drain()
    arrive(cast.kotori, old, created)
    drain()
    assert the_order().number == "#new"


def test_it_counts_what_comes_a_month_late_and_writes_to_nobody(cast: Cast, shopify: FakeShopify) -> None:
    created = shopify.place()
    cancelled = shopify.cancel(created.payload["id"])
    later(days=31)
    arrive(cast.kotori, created, cancelled)
    drain()
    assert the_order().cancelled_at is not None
    with scope.everyone():
        assert CancellationRequest.objects.get().is_history
    assert (count(Enrollment), count(Message)) == (0, 0)


def test_it_writes_the_same_effects_once(cast: Cast, shopify: FakeShopify) -> None:
    created = shopify.place()
    number = created.payload["id"]
    refund = shopify.refund(number)
    for _ in range(3):
        arrive(
            cast.kotori,
            created,
            shopify.signed("orders/create", created.body),
            refund,
            shopify.signed("refunds/create", refund.body),
        )
        drain()
    assert (count(Order), count(Refund), count(Customer)) == (1, 1, 1)


def test_it_waits_for_the_order_that_a_refund_or_a_parcel_speaks_of(cast: Cast, shopify: FakeShopify) -> None:
    created = shopify.place()
    number = created.payload["id"]
    arrive(cast.kotori, shopify.refund(number), shopify.fulfil(number))
    drain()
    with scope.everyone():
        assert queries.undone_deliveries().count == 2
        assert "has not arrived yet" in InboundDelivery.objects.earliest("id").error
    arrive(cast.kotori, created)
    later(seconds=6)
    drain()
    assert the_order().shipped_at is not None
    assert count(Refund) == 1
    with scope.everyone():
        assert queries.undone_deliveries().count == 0


def test_it_parks_what_never_comes_true_and_a_person_can_try_again(cast: Cast, shopify: FakeShopify) -> None:
    created = shopify.place()
    arrive(cast.kotori, shopify.fulfil(created.payload["id"]))
    for _ in range(6):
        drain()
        later(hours=3)
    with scope.organization(cast.organization.id):
        (parked,) = queries.parked_deliveries([cast.kotori.id])
        assert parked.attempts == inbound.MOST_ATTEMPTS
    arrive(cast.kotori, created)
    drain()
    with scope.organization(cast.organization.id):
        assert actions.work_again(parked.id, actor="member:1")
    drain()
    assert the_order().shipped_at is not None
    with scope.organization(cast.other_organization.id):
        assert not actions.work_again(parked.id, actor="member:2")


def test_it_parks_the_unreadable_at_once_and_neighbours_pass(cast: Cast, shopify: FakeShopify) -> None:
    arrive(
        cast.kotori,
        shopify.signed("orders/create", b"not json"),
        shopify.place(),
        shopify.signed("orders/create", b'{"id": 1}'),
        shopify.place(),
    )
    drain()
    assert count(Order) == 2
    with scope.organization(cast.organization.id):
        assert [row.error for row in queries.parked_deliveries([cast.kotori.id])] == [
            "currency is no currency",
            "not JSON: Expecting value: line 1 column 1 (char 0)",
        ]
        assert not queries.parked_deliveries([cast.other_shop.id])


def test_it_finds_the_one_that_breaks_the_set(
    cast: Cast, shopify: FakeShopify, caplog: pytest.LogCaptureFixture
) -> None:
    bad, *good = [shopify.place() for _ in range(4)]
    arrive(cast.kotori, *good[:1], bad, *good[1:])
    real = orders.mirror

    def breaks(shop: Shop, records: Any, **more: Any) -> Any:
        if any(record.source_id == str(bad.payload["id"]) for record in records):
            raise RuntimeError("hanako@example.com")
        return real(shop, records, **more)

    with patch.object(orders, "mirror", breaks):
        drain()
    assert count(Order) == 3
    with scope.everyone():
        assert InboundDelivery.objects.get(done_at=None).error == "RuntimeError"
    later(seconds=6)
    drain()
    assert count(Order) == 4


def test_it_takes_generic_messages(cast: Cast) -> None:
    tell(cast.kotori, "order.updated", own_shop.order("A-1"))
    tell(cast.kotori, "order.updated", own_shop.order("A-2"))
    drain()
    tell(cast.kotori, "order.cancelled", {"id": "A-1", "side": "customer", "reason": "changed_mind"})
    tell(cast.kotori, "refund.created", {
        "id": "R-1", "order_id": "A-2", "refunded_at": clock.now().isoformat(), "amount": 1980,
        "lines": [{"line_id": "l1", "quantity": 1, "amount": 1980}],
    })  # fmt: skip
    drain()
    with scope.everyone():
        assert Order.objects.get(source_id="A-1").cancelled_at is not None
        wishes = {
            row.order.source_id: row.is_whole
            for row in CancellationRequest.objects.select_related("order")
            if row.order
        }
    assert wishes == {"A-1": True, "A-2": False}


def test_it_lets_a_newer_whole_state_win_over_a_cancellation(cast: Cast) -> None:
    body, headers = own_shop.message(secret_of(cast.kotori), "order.cancelled", {"id": "A-1"})
    later(minutes=1)
    tell(cast.kotori, "order.updated", own_shop.order("A-1"))
    drain()
    intake.receive("webhook", cast.kotori.public_key, headers, body)
    drain()
    assert the_order().cancelled_at is None


def test_it_keeps_shops_apart(cast: Cast, shopify: FakeShopify) -> None:
    set_secret(cast.other_shop, "shpss_other")
    delivery = shopify.place()
    arrive(cast.kotori, delivery)
    arrive(cast.other_shop, FakeShopify("shpss_other").signed("orders/create", delivery.body))
    drain()
    with scope.organization(cast.organization.id):
        assert Order.objects.get().shop_id == cast.kotori.id
    with scope.organization(cast.other_organization.id):
        assert Order.objects.get().shop_id == cast.other_shop.id


def test_it_shows_a_privacy_request_until_a_person_settles_it(cast: Cast, shopify: FakeShopify) -> None:
    created = shopify.place()
    arrive(cast.kotori, created)
    arrive(cast.kotori, shopify.redact(created.payload["customer"]["id"]))
    drain()
    with scope.organization(cast.organization.id):
        (asked,) = queries.asks([cast.kotori.id])
        entry = AuditEntry.objects.get(verb="privacy.asked")
        assert (entry.detail["asks"], entry.subject_id) == ("customers/redact", Customer.objects.get().id)
    later(days=31)
    retention.forget(100)
    with scope.organization(cast.organization.id):
        assert [row.id for row in queries.asks([cast.kotori.id])] == [asked.id]
        assert actions.settle_ask(asked.id, actor="member:1")
        assert not queries.asks([cast.kotori.id])


def test_it_forgets_raw_bodies_after_a_month(cast: Cast, shopify: FakeShopify) -> None:
    arrive(cast.kotori, shopify.place())
    drain()
    assert retention.forget(100) == 0
    later(days=31)
    assert retention.forget(100) == 1
    assert (count(InboundDelivery), count(Order)) == (0, 1)
