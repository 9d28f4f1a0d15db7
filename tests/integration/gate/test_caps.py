"""How much may move by itself: up to the cap of an order and of a day in the shop's zone, to the yen; a person lets more go."""

from datetime import UTC, datetime

import pytest

from kaeru.connectors.base import Capabilities
from kaeru.connectors.changes import AddDiscount, Hold
from kaeru.connectors.gate import actions, queries
from kaeru.connectors.gate.actions import Ask
from kaeru.core import clock, scope
from kaeru.core.clock import Clock
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast
from tests.fakes.shop_system import System
from tests.integration.gate.stage import connect, hear, later, row, turn, wish


@pytest.mark.parametrize(("amount", "state"), [(1000, "done"), (1001, "held")])
def test_it_goes_up_to_the_cap_of_an_order(cast: Cast, order: Order, amount: int, state: str) -> None:
    connect(cast.kotori, System(), most=1000)
    one = wish(order, AddDiscount(amount))
    turn()
    assert row(one).state == state
    assert row(one).answer == ("over_order" if state == "held" else "")


def test_it_goes_up_to_the_cap_of_a_day(cast: Cast, order: Order, news: list[tuple[str, int]]) -> None:
    connect(cast.kotori, System(), day=1000)
    some = [wish(builders.order(cast.kotori), AddDiscount(500)) for _ in range(3)]
    free = wish(order, Hold())
    turn()
    assert [row(one).state for one in some] == ["done", "done", "held"]
    assert row(some[2]).answer == "over_day"
    assert row(free).state == "done"
    hear()
    assert ("held", some[2]) in news


def test_a_day_is_the_shops_own(cast: Cast) -> None:
    """23:59 and 00:00 in Tokyo are two days, though one in UTC."""
    connect(cast.kotori, System(), day=1000)
    clock.set_clock(Clock(real=clock.wall().timestamp(), shown=datetime(2026, 11, 22, 14, 59, 30, tzinfo=UTC)))
    first = wish(builders.order(cast.kotori), AddDiscount(1000))
    turn()
    over = wish(builders.order(cast.kotori), AddDiscount(1))
    turn()
    later(minutes=1)
    fresh = wish(builders.order(cast.kotori), AddDiscount(1000))
    turn()
    assert [row(one).state for one in (first, over, fresh)] == ["done", "held", "done"]


def test_a_person_lets_it_go_or_drops_it(cast: Cast, order: Order) -> None:
    system = System(plan=["silent"])
    connect(cast.kotori, system, most=100)
    one, other = wish(order, AddDiscount(500)), wish(builders.order(cast.kotori), AddDiscount(500))
    turn()
    with scope.organization(cast.organization.id):
        assert actions.let_go(one, actor="member:1")
        assert not actions.let_go(one, actor="member:1")
        assert actions.drop([other], actor="member:1") == 1
    turn(3, seconds=40)
    assert (row(one).state, row(other).state) == ("done", "dropped")
    assert system.done == ["add_discount"]


def test_a_dry_run_notes_down_what_is_done_by_hand(cast: Cast) -> None:
    """Rooms that act by hand in a dry run still say what would have been called; a live shop and a system that cannot are left out."""
    system, order = System(), builders.order(cast.kotori)
    connect(cast.kotori, system, is_live=False)
    told = Ask(
        order.organization_id, order.shop_id, order.id, AddDiscount(500), "k1", "forgot_coupon", "customer", "repair", 1
    )
    with scope.organization(cast.organization.id):
        assert actions.note([told]) == 1
        actions.note([told])
        [noted] = queries.recent([cast.kotori.id])
        assert (noted.state, noted.answer, noted.key) == ("dry_run", "add_discount amount=500", "dry:k1")
        actions.set_terms(cast.kotori, is_live=True, most_per_order=1000, most_per_day=1000, actor="test")
        assert actions.note([told]) == 0
        [change] = actions.ask([told])
    turn()
    assert row(change).state == "done"
    with scope.organization(cast.organization.id):
        system.able = Capabilities()
        actions.set_terms(cast.kotori, is_live=False, most_per_order=1000, most_per_day=1000, actor="test")
        assert actions.note([told]) == 0
