"""Through the one gate to Shopify and back: what Kaeru asks for is in the shop, once, and said as it is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings

from kaeru.connectors import connecting, door
from kaeru.connectors.changes import AddDiscount, Cancel, Change, ChangeLines, Hold, Release
from kaeru.connectors.connecting import Grant
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import passes as gate_passes
from kaeru.connectors.gate import queries
from kaeru.connectors.gate.actions import Ask
from kaeru.connectors.models import ChangeState, Connection, OrderChange
from kaeru.connectors.shopify import client, upkeep
from kaeru.core import clock, scope
from kaeru.offers import codes
from kaeru.offers.models import Coupon
from kaeru.orders.models import Order
from kaeru.worker.registry import drain
from tests import builders
from tests.cast import Cast
from tests.fakes import shopify_state
from tests.fakes.shopify_admin import Admin
from tests.fakes.shopify_wire import Wire, listening


@pytest.fixture
def wire(cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Iterator[Wire]:
    """Kotori is connected, and Kaeru may act there."""
    settings.KAERU_BASE_URL = "https://kaeru.example"
    client.forget()
    door.forget()
    with listening(Admin()) as found:
        monkeypatch.setattr(client, "ADDRESS", found.url + "/{account}/admin/api/{version}/graphql.json")
        with scope.organization(cast.organization.id):
            grant = Grant(found.admin.account, found.admin.token, found.admin.scopes)
            connecting.connect(cast.kotori, "shopify", grant, actor="test")
            gate.set_terms(cast.kotori, is_live=True, most_per_order=30_000, most_per_day=100_000, actor="test")
            yield found
    client.forget()


def placed(cast: Cast, wire: Wire) -> tuple[shopify_state.Order, Order]:
    """An order there, and here."""
    theirs = wire.admin.place()
    Connection.objects.update(catch_up_at=None)
    upkeep.catch_up(5)
    return theirs, Order.objects.get(shop=cast.kotori, source_id=theirs.digits)


def ask(cast: Cast, order: Order | None, change: Change, key: str) -> int:
    owner, shop = cast.organization.id, cast.kotori.id
    (found,) = gate.ask([Ask(owner, shop, order.id if order else None, change, key, "test", "customer", "request", 1)])
    return found


def carried(change_id: int) -> OrderChange:
    """Until the gate has nothing to do."""
    for _ in range(6):
        gate_passes.carry_out(100)
        row = OrderChange.objects.get(id=change_id)
        if row.state not in {ChangeState.WAITING, ChangeState.PENDING, ChangeState.SENDING}:
            break
        clock.skip_to(row.due_at + timedelta(seconds=1))
        client.forget()
    return OrderChange.objects.get(id=change_id)


def test_it_holds_lets_go_and_cancels(cast: Cast, wire: Wire) -> None:
    theirs, ours = placed(cast, wire)
    assert queries.capabilities(cast.kotori).can_cancel
    assert carried(ask(cast, ours, Hold("address"), "hold:1")).state == ChangeState.DONE
    assert len(theirs.parcels[0]["holds"]) == 1
    assert carried(ask(cast, ours, Release(), "release:1")).state == ChangeState.DONE
    assert theirs.parcels[0]["holds"] == []
    done = carried(ask(cast, ours, Cancel("out_of_stock", "shop", total=4510), "cancel:1"))
    assert done.state == ChangeState.DONE
    assert (theirs.cancel_reason, theirs.refunded) == ("INVENTORY", 4510)
    assert "山田" not in str([done.before, done.after, done.answer, done.made])


def test_it_proves_a_cancellation_whose_answer_was_lost_and_makes_it_once(cast: Cast, wire: Wire) -> None:
    theirs, ours = placed(cast, wire)
    wire.faults["OrderCancel"] = ["lost"]
    assert (
        carried(ask(cast, ours, Cancel("changed_mind", "customer", total=4510), "cancel:1")).state == ChangeState.DONE
    )
    assert wire.calls.count("OrderCancel") == 1
    assert theirs.refunded == 4510


def test_it_discounts_once_though_shopify_was_busy_in_the_middle(cast: Cast, wire: Wire) -> None:
    theirs, ours = placed(cast, wire)
    wire.faults["Refund"] = ["throttled"]
    assert carried(ask(cast, ours, AddDiscount(500, "HARU", "HARU"), "repair:1:0")).state == ChangeState.DONE
    assert (theirs.total, theirs.refunded, theirs.edits) == (4010, 500, 1)


@pytest.mark.parametrize("where", ["EditCommit", "Refund"])
@pytest.mark.parametrize("what", ["lost", "silent", "status:502", "throttled"])
def test_it_changes_lines_once_wherever_the_answer_is_lost(cast: Cast, wire: Wire, where: str, what: str) -> None:
    theirs, ours = placed(cast, wire)
    wire.faults[where] = [what]
    line = theirs.lines[0].id.rsplit("/", 1)[-1]
    change = ChangeLines({line: 0}, ((theirs.lines[0].variant, 1),), given_back=1980)
    assert carried(ask(cast, ours, change, "repair:1:0")).state == ChangeState.DONE
    assert ([one.quantity for one in theirs.lines], theirs.refunded, theirs.edits) == ([0, 1], 1980, 1)


def test_it_says_that_the_order_has_left(cast: Cast, wire: Wire) -> None:
    theirs, ours = placed(cast, wire)
    wire.admin.send(theirs)
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=4510), "cancel:1"))
    assert (row.state, row.answer) == (ChangeState.REFUSED, "shipped")
    assert theirs.cancelled_at is None


def test_it_shuts_the_door_when_the_token_was_taken_away(cast: Cast, wire: Wire) -> None:
    _, ours = placed(cast, wire)
    wire.admin.token = "another"
    assert carried(ask(cast, ours, Hold(), "hold:1")).state == ChangeState.FAILED
    assert Connection.objects.get().problem == "token_revoked"
    assert not queries.capabilities(cast.kotori).can_hold


def issue(cast: Cast, code: str) -> Coupon:
    row: Coupon = builders.coupon(cast.kotori, code=code)
    codes.issued([(row.organization_id, row.shop_id, row.id)])
    return row


def test_it_makes_coupons_into_codes_of_the_shop(cast: Cast, wire: Wire) -> None:
    coupon = issue(cast, "KAERU-AAAA")
    drain()
    row = OrderChange.objects.get(source="coupon", source_id=coupon.id)
    assert carried(row.id).state == ChangeState.DONE
    assert list(wire.admin.codes) == ["kaeru-aaaa"]


def test_it_asks_for_no_code_in_a_dry_run_nor_without_the_permission(cast: Cast, wire: Wire) -> None:
    Connection.objects.update(scopes=["write_orders"])
    issue(cast, "KAERU-BBBB")
    gate.set_terms(cast.kotori, is_live=False, most_per_order=1, most_per_day=1, actor="test")
    issue(cast, "KAERU-CCCC")
    drain()
    assert not OrderChange.objects.exists()
