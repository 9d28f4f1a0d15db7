"""An item that the shop cannot deliver: told first, substitutes offered, what is accepted stays, the rest is the shop's fault."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.cancellations import shortage_ends, shortages
from kaeru.cancellations.desk import actions
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.models import (
    CancellationLine,
    CancellationRequest,
    Case,
    Decision,
    Repair,
    RequestState,
    Shortage,
)
from kaeru.cancellations.repairs import actions as repairs
from kaeru.cancellations.seeds import seed_reasons
from kaeru.cancellations.shortages import NoOrders, Plan, Substitute
from kaeru.connectors.models import OrderChange
from kaeru.core import clock, scope
from kaeru.messages.models import Message
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast
from tests.smtp import Catcher

AOI = "member:1"
OTHER = Substitute("藍染めの手ぬぐい 生成り", 1_980, "v9", "sku-9")


@pytest.fixture
def shop(cast: Cast) -> Iterator[Shop]:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        yield cast.kotori


@pytest.fixture(autouse=True)
def _mail(inbox: Catcher) -> None:
    """Letters leave."""


def order(shop: Shop, *, with_more: bool = False, **fields: Any) -> Order:
    """One with the missing item (sku-0), and one more item when asked."""
    lines = [("藍染めの手ぬぐい", 2, 1_980), *([("小鳥の皿", 1, 3_000)] if with_more else [])]
    return builders.order(
        shop, builders.customer(shop, email=f"h{Order.objects.count()}@example.com"), lines=lines, **fields
    )


def plan(*substitutes: Substitute, hours: float = 24, **more: Any) -> Plan:
    return Plan("sku-0", "out_of_stock", clock.now() + timedelta(hours=hours), substitutes, **more)


def wish(of: Order) -> CancellationRequest:
    return CancellationRequest.objects.get(order=of)


def end(days: float = 2) -> None:
    """The time to answer is over."""
    clock.set_clock(clock.Clock(clock.current().real, clock.now() + timedelta(days=days)))
    registry.drain()


def test_it_says_before_anything_happens_whom_it_concerns(shop: Shop) -> None:
    alone, more = order(shop), order(shop, with_more=True)
    guest = builders.order(shop, None, lines=[("藍染めの手ぬぐい", 1, 1_980)])
    busy = order(shop)
    builders.cancellation(busy, state=RequestState.ASKED)
    order(shop, shipped_at=clock.now()), order(shop, cancelled_at=clock.now())
    found = {one.order.id: one for one in shortages.affected(shop.id, "sku-0")}
    assert {key: one.fate for key, one in found.items()} == {
        alone.id: "letter", more.id: "letter", guest.id: "nobody", busy.id: "busy",
    }  # fmt: skip
    assert (found[alone.id].is_whole, found[more.id].is_whole, found[more.id].amount) == (True, False, 3_960)
    assert next((item.sku, item.orders) for item in shortages.items(shop.id)) == ("sku-0", 4)
    assert not Shortage.objects.exists()


def test_it_tells_everybody_first_and_cancels_nothing_yet(shop: Shop, inbox: Catcher) -> None:
    orders = [order(shop) for _ in range(3)]
    made = shortages.start(shop, plan(OTHER, words={"ja": "次の入荷は未定です。"}), actor=AOI)
    registry.drain()
    assert len(inbox.mails) == 3
    for placed in orders:
        request = wish(placed)
        assert (request.state, request.side, request.origin, request.shortage_id) == ("asked", "shop", "desk", made.id)
        assert request.reason is not None and request.reason.code == "out_of_stock" and not request.reason.is_active
        repair = Repair.objects.get(request=request)
        assert (repair.kind, repair.state, repair.asked["quantity"]) == ("substitute", "offered", 2)
    assert not Case.objects.exists() and not OrderChange.objects.exists()
    assert shortages.progress([made])[made.id].waiting == 3


def test_it_never_asks_the_buyer_to_cancel(shop: Shop, inbox: Catcher) -> None:
    order(shop)
    shortages.start(shop, plan(OTHER), actor=AOI)
    registry.drain()
    [mail] = inbox.mails
    text = str(mail)
    assert "キャンセルしてください" not in text and "キャンセルをお願い" not in text


def test_it_keeps_what_is_accepted_and_takes_the_rest_out_as_the_shops_fault(shop: Shop, inbox: Catcher) -> None:
    takes, silent, refuses = order(shop), order(shop), order(shop)
    made = shortages.start(shop, plan(OTHER), actor=AOI)
    registry.drain()
    repairs.ask(wish(takes).id, "substitute", {"take": "v9"}, actor="customer")
    repairs.decline_offer(wish(refuses).id, actor="customer")
    registry.drain()
    assert wish(refuses).state == RequestState.REQUESTED  # they need not wait for the end
    by_hand = Case.objects.get(kind="repair")
    actions.decide(by_hand.id, Choice("done"), actor=AOI)
    registry.drain()
    assert wish(takes).state == RequestState.KEPT
    assert wish(silent).state == RequestState.ASKED
    end()
    assert (wish(silent).state, wish(silent).side) == (RequestState.REQUESTED, "shop")
    assert wish(takes).state == RequestState.KEPT
    made.refresh_from_db()
    assert made.state == "closed"
    assert not Decision.objects.filter(by="customer").exists()
    assert Message.objects.filter(source="decision").count() == 2
    told = shortages.progress([made])[made.id]
    assert (told.told, told.kept, told.cancelled, told.waiting) == (3, 1, 2, 0)


def test_it_takes_only_the_missing_item_out_of_an_order_with_more(shop: Shop) -> None:
    placed = order(shop, with_more=True)
    shortages.start(shop, plan(), actor=AOI)
    registry.drain()
    end()
    request = wish(placed)
    assert (request.state, request.is_whole, request.value) == (RequestState.REQUESTED, False, 3_960)
    assert [line.amount for line in CancellationLine.objects.filter(request=request)] == [3_960]
    case = Case.objects.get(request=request, state="open")
    assert (case.kind, case.proposal["why"]) == ("cancel", "part")
    actions.decide(case.id, Choice("done"), actor=AOI)
    assert wish(placed).state == RequestState.CANCELLED


def test_it_never_cancels_an_order_of_which_nobody_could_be_told(shop: Shop, inbox: Catcher) -> None:
    guest = builders.order(shop, None, lines=[("藍染めの手ぬぐい", 1, 1_980)])
    bounced = order(shop)
    shortages.start(shop, plan(OTHER), actor=AOI)
    Message.objects.filter(source="offer", source_id=wish(bounced).id).update(state="failed")
    registry.drain()
    end()
    assert wish(guest).state == wish(bounced).state == RequestState.ASKED
    assert {case.request_id for case in Case.objects.filter(kind="decide", state="open")} == {
        wish(guest).id,
        wish(bounced).id,
    }
    case = Case.objects.get(request=wish(bounced), state="open")
    actions.decide(case.id, Choice("approve"), actor=AOI)
    assert (wish(bounced).state, wish(bounced).side) == (RequestState.REQUESTED, "shop")


def test_it_waits_while_the_letter_is_on_its_way(shop: Shop) -> None:
    placed = order(shop)
    shortages.start(shop, plan(OTHER, hours=1), actor=AOI)
    Message.objects.filter(source="offer").update(state="held")
    clock.set_clock(clock.Clock(clock.current().real, clock.now() + timedelta(hours=2)))
    assert shortage_ends.end_due(100) == 0
    assert wish(placed).state == RequestState.ASKED


def test_it_leaves_what_has_left_meanwhile_to_a_person(shop: Shop) -> None:
    placed = order(shop)
    shortages.start(shop, plan(), actor=AOI)
    registry.drain()
    Order.objects.filter(id=placed.id).update(shipped_at=clock.now())
    end()
    assert wish(placed).state == RequestState.ASKED
    assert not OrderChange.objects.filter(kind="cancel").exists()


def test_it_turns_an_open_page_into_the_shops_fault(shop: Shop) -> None:
    placed = order(shop)
    considered = builders.cancellation(placed, builders.reason(shop), state=RequestState.CONSIDERING)
    shortages.start(shop, plan(OTHER), actor=AOI)
    assert wish(placed).id == considered.id
    assert (wish(placed).side, wish(placed).state) == ("shop", RequestState.ASKED)


def test_it_refuses_what_nobody_ordered(shop: Shop) -> None:
    with pytest.raises(NoOrders):
        shortages.start(shop, plan(OTHER), actor=AOI)
    assert not Shortage.objects.exists()


def test_it_sees_no_other_organizations_orders(shop: Shop, cast: Cast) -> None:
    placed = order(shop)
    made = shortages.start(shop, plan(OTHER), actor=AOI)
    with scope.organization(cast.other_organization.id):
        assert shortages.affected(shop.id, "sku-0") == [] and shortages.one(made.id) is None
        assert shortages.items(shop.id) == [] and not list(shortages.listed([shop.id]))
    assert wish(placed).shortage_id == made.id


def test_it_costs_the_same_for_many(shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(12):
        order(shop)
    with django_assert_max_num_queries(45):
        shortages.start(shop, plan(OTHER), actor=AOI)
    with django_assert_max_num_queries(5):
        shortages.affected(shop.id, "sku-0")
