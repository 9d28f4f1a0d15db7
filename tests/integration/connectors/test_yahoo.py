"""Yahoo! Shopping is asked what is new, and takes cancellations within its table of states under numbers of the operator's own."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kaeru.connectors import asking
from kaeru.connectors.changes import Cancel, ChangeAddress
from kaeru.connectors.gate import queries
from kaeru.connectors.models import ChangeState, Connection
from kaeru.connectors.yahoo import asking as yahoo_asking
from kaeru.connectors.yahoo import consent, poller
from kaeru.core import clock, scope
from kaeru.core.models import Event
from kaeru.orders.models import Order, OrderLine
from tests.cast import Cast
from tests.fakes.yahoo_wire import YahooWire
from tests.integration.connectors.rakuten_stage import ask, carried, later, mirrored, poll
from tests.integration.connectors.yahoo_stage import connected


@pytest.fixture
def wire(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[YahooWire]:
    with connected(cast, monkeypatch) as found:
        yield found


def placed(wire: YahooWire, status: str = "2") -> tuple[str, Order]:
    number = wire.store.place(status=status)
    later(minutes=1)
    poll()
    return number, mirrored(number)


def news(name: str) -> int:
    with scope.everyone():
        return Event.objects.filter(name=name).count()


def test_it_takes_over_what_is_there(cast: Cast, wire: YahooWire) -> None:
    number = wire.store.place(("湯のみ & 急須 <青>", 1, 2200), ("ふきん", 3, 480))
    wire.store.orders[number]["Ship"] |= {"ShipRequestDate": "2026-12-24", "ShipRequestTime": "14:00-16:00"}
    later(minutes=1)
    assert poll().problem == ""
    order = mirrored(number)
    assert (order.total, order.shipping_fee, order.payment_kind, order.mall_state) == (4140, 500, "card", "2-1-1")
    assert (str(order.wished_on), order.wished_slot, order.paid_at is not None) == ("2026-12-24", "14:00-16:00", True)
    lines = OrderLine.objects.filter(order=order).order_by("position")
    assert [(one.source_id, one.title, one.quantity) for one in lines] == [
        ("1", "湯のみ & 急須 <青>", 1),
        ("2", "ふきん", 3),
    ]


def test_it_costs_one_call_when_nothing_changed(cast: Cast, wire: YahooWire) -> None:
    wire.store.place()
    later(minutes=1)
    poll()
    later(minutes=6)
    wire.calls.clear()
    row = poll()
    assert (wire.calls, row.upkeep["calls"]) == (["orderList"], 1)


def test_it_sees_what_left_and_what_was_cancelled(cast: Cast, wire: YahooWire) -> None:
    sent, gone, linked = wire.store.place(), wire.store.place(), wire.store.place(at=clock.now() - timedelta(days=20))
    later(minutes=1)
    poll()
    wire.store.send(sent)
    wire.store.cancelled(gone, "210")
    wire.store.cancelled(linked, "400")
    later(minutes=70)
    poll()
    assert (mirrored(sent).shipped_at is not None, mirrored(sent).mall_state) == (True, "2-1-3")
    assert (mirrored(gone).cancel_reason, mirrored(gone).cancel_side) == ("210", "shop")
    assert (mirrored(linked).cancel_reason, mirrored(linked).cancel_side) == ("400", "")
    assert (news("order.cancelled"), news("order.shipped")) == (2, 1)


def test_it_reads_pages_and_takes_over_much_in_several_polls(
    cast: Cast, wire: YahooWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yahoo_asking, "PAGE", 7)
    monkeypatch.setattr(poller, "MOST_READ", 5)
    numbers = {wire.store.place(at=clock.now() - timedelta(days=day)) for day in range(23)}
    later(minutes=1)
    poll()
    assert set(Order.objects.values_list("source_id", flat=True)) == numbers


def test_it_reads_on_when_the_store_tells_fewer_than_asked_for(cast: Cast, wire: YahooWire) -> None:
    wire.store.most = 3
    numbers = {wire.store.place(at=clock.now() - timedelta(days=day)) for day in range(8)}
    later(minutes=1)
    poll()
    assert set(Order.objects.values_list("source_id", flat=True)) == numbers


def test_it_finds_nothing_in_an_empty_store(cast: Cast, wire: YahooWire) -> None:
    row = poll()
    assert (row.problem, Order.objects.count(), row.caught_up_to is not None) == ("", 0, True)


def test_it_leaves_alone_what_it_could_not_read_until_that_changes(cast: Cast, wire: YahooWire) -> None:
    bad, good = wire.store.place(), wire.store.place()
    wire.store.orders[bad]["Item"][0]["Quantity"] = "viele"
    later(minutes=1)
    poll()
    assert list(Order.objects.values_list("source_id", flat=True)) == [good]
    later(minutes=6)
    wire.calls.clear()
    poll()
    assert wire.calls == ["orderList"]
    wire.store.orders[bad]["Item"][0]["Quantity"] = 1
    wire.store.send(bad)
    later(minutes=6)
    poll()
    assert mirrored(bad).shipped_at is not None


BOMB = "body:<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"


@pytest.mark.parametrize("fault", ["silent", "status:500", "status:503", "error:od00001", "body:<Result", BOMB])
def test_it_asks_again_when_the_answer_is_none(cast: Cast, wire: YahooWire, fault: str) -> None:
    number = wire.store.place()
    later(minutes=1)
    wire.faults["orderList"] = [fault]
    Connection.objects.update(catch_up_at=None)
    asking.ask(5)
    row = Connection.objects.get()
    assert (row.problem, row.caught_up_to, Order.objects.count()) == ("", None, 0)
    later(minutes=5)
    poll()
    assert mirrored(number).mall_state == "2-1-1"


def test_it_fetches_a_fresh_token_and_asks_once_more(cast: Cast, wire: YahooWire) -> None:
    wire.store.place()
    later(minutes=1)
    poll()
    wire.store.token = "access-2"
    later(minutes=6)
    wire.calls.clear()
    assert poll().problem == ""
    assert wire.calls == ["orderList", "token", "orderList"]


def test_it_stops_when_the_consent_is_over(cast: Cast, wire: YahooWire) -> None:
    wire.store.refresh = "another"
    consent.forget()
    row = poll()
    assert row.problem == "token_revoked"
    wire.calls.clear()
    later(days=2)
    assert asking.ask(5) == 0
    assert wire.calls == []


@pytest.mark.parametrize("status", ["1", "2", "3", "5"])
def test_it_cancels_from_each_state_that_the_table_allows(cast: Cast, wire: YahooWire, status: str) -> None:
    theirs, ours = placed(wire, status)
    row = carried(ask(cast, ours, Cancel("out_of_stock", "shop", total=ours.total)))
    assert (row.state, wire.store.done) == (ChangeState.DONE, [(theirs, "4", "210")])
    assert "hanako" not in f"{row.before} {row.after}"


def test_it_never_goes_back_from_a_cancelled_order(cast: Cast, wire: YahooWire) -> None:
    theirs, ours = placed(wire)
    wire.store.cancelled(theirs, "400")
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert (row.state, row.answer, wire.store.done) == (ChangeState.DONE, "stood_already", [])


def test_it_cancels_nothing_that_left_unless_it_came_back(cast: Cast, wire: YahooWire) -> None:
    theirs, ours = placed(wire)
    wire.faults["orderInfo"] = ["", lambda: wire.store.send(theirs)]
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total), "a"))
    assert (row.state, row.answer) == (ChangeState.REFUSED, "shipped")
    wire.store.orders[theirs]["OrderStatus"] = "5"
    back = Cancel("changed_mind", "customer", total=ours.total, are_goods_back=True)
    assert carried(ask(cast, ours, back, "b")).state == ChangeState.DONE
    assert wire.store.done == [(theirs, "4", "110")]


@pytest.mark.parametrize("fault", ["lost", "silent", "status:500", "status:503"])
def test_it_cancels_once_wherever_the_answer_is_lost(cast: Cast, wire: YahooWire, fault: str) -> None:
    theirs, ours = placed(wire)
    wire.faults["orderStatusChange"] = [fault]
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert (row.state, wire.store.done) == (ChangeState.DONE, [(theirs, "4", "110")])


def test_it_is_refused_by_an_error_under_http_200(cast: Cast, wire: YahooWire) -> None:
    _, ours = placed(wire)
    wire.faults["orderStatusChange"] = ["error:od91060"]
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert (row.state, row.answer) == (ChangeState.REFUSED, "od91060 いけません")


def test_it_sends_no_number_that_the_operator_has_not_entered(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(cast, monkeypatch, ["cancel/shop=200"]) as wire:
        _, ours = placed(wire)
        row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total), "a"))
        assert (row.state, row.answer) == (ChangeState.REFUSED, "no_reason_code")
        Connection.objects.update(scopes=[])
        assert carried(ask(cast, ours, Cancel("out_of_stock", "shop", total=ours.total), "b")).answer == "cannot"
        assert wire.store.done == []


def test_it_leaves_address_and_items_to_people(cast: Cast, wire: YahooWire) -> None:
    _, ours = placed(wire)
    assert carried(ask(cast, ours, ChangeAddress("x", "110-0001", "東京都", "a", "b"))).answer == "cannot"
    able = queries.capabilities(cast.kotori)
    assert (able.can_cancel, able.can_change_address, able.can_hold, able.can_write_first) == (True, False, False, True)


def test_it_never_writes_down_its_secrets(cast: Cast, wire: YahooWire, caplog: pytest.LogCaptureFixture) -> None:
    wire.faults["orderList"] = ["error:od1"]
    poll()
    row = Connection.objects.get()
    kept = f"{row.upkeep} {row.problem} {row.scopes} {caplog.text} {bytes(row.sealed_token or b'')!r}"
    assert not any(secret in kept for secret in ("himitsu", "refresh-1", "access-1"))
