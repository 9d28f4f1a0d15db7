"""Qoo10 is asked what is new: little, everything, once; and not at all with a key that is no good."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from kaeru.connectors import asking
from kaeru.connectors.models import Connection, Inquiry
from kaeru.connectors.qoo10 import client, poller
from kaeru.core import clock, events, scope
from kaeru.core.models import AuditEntry, Event
from kaeru.orders.models import Order, OrderLine, Refund, Shipment
from tests.cast import Cast
from tests.fakes.qoo10_wire import Wire
from tests.integration.connectors.qoo10_stage import at_the_mall, connect, order_of, row, settle, turn


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with at_the_mall(monkeypatch) as found:
        yield found


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Names of the news about orders and inquiries, in order."""
    told: list[str] = []
    names = (
        "order.placed",
        "order.cancel_asked",
        "order.cancelled",
        "order.shipped",
        "inquiry.received",
        "inquiry.answered",
    )

    def hear(some: list[Event]) -> None:
        told.extend(one.name for one in some)

    events.receiver(*names)(hear)
    yield told
    for name in names:
        events._receivers[name].remove(hear)


def hear() -> None:
    while events.deliver(100):
        pass


def test_it_reads_an_order_of_two_lines_as_one(cast: Cast, wire: Wire) -> None:
    first, second = wire.mall.place(("Tシャツ", 2, 3500), ("帽子", 1, 1980), wish="2026-11-25 14:00~16:00")
    connect(cast.kotori, wire.mall)
    settle(wire)
    found = order_of(first.pack)
    assert (found.number, found.total, found.subtotal, found.shipping_fee) == (str(first.pack), 9480, 8980, 500)
    assert (found.mall_state, found.payment_kind, found.sales_channel, found.is_history) == (
        "2",
        "card",
        "qoo10",
        False,
    )
    assert (found.wished_on, found.wished_slot, found.dispatch_by) == (date(2026, 11, 25), "14:00~16:00", None)
    assert found.paid_at is not None and found.paid_at == first.paid_at.replace(microsecond=0)  # type: ignore[union-attr]
    with scope.everyone():
        lines = list(OrderLine.objects.filter(order=found).order_by("position").values_list("source_id", "quantity"))
    assert lines == [(str(first.number), 2), (str(second.number), 1)]


def test_an_unchanged_shop_costs_two_calls_a_poll(cast: Cast, wire: Wire) -> None:
    for _ in range(5):
        wire.mall.place()
    asked = wire.mall.place()[0]
    asked.dispatch_by, asked.state = "2026-12-01", "3"
    wire.mall.ask_to_cancel(asked)
    wire.mall.ask("いつ届きますか", "お願いします")
    connect(cast.kotori, wire.mall)
    settle(wire)
    for _ in range(8):
        wire.calls.clear()
        turn()
        assert 1 <= len(wire.calls) <= 2, wire.names()
        assert row(cast.kotori).upkeep["calls"] == len(wire.calls)


def test_it_asks_only_windows_of_ninety_days(cast: Cast, wire: Wire) -> None:
    """The fake refuses longer ones, and the whole of two quarters is asked for."""
    old = wire.mall.place(at=clock.now() - timedelta(days=120))[0]
    wire.mall.ship(old)
    gone = wire.mall.place(at=clock.now() - timedelta(days=40))[0]
    wire.mall.claims.append(wire.mall.ask_to_cancel(gone))
    connect(cast.kotori, wire.mall)
    settle(wire)
    assert row(cast.kotori).problem == ""
    past = order_of(old.pack)
    assert (past.is_history, past.shipped_at is not None) == (True, True)
    lost = order_of(gone.pack)
    assert (lost.is_history, lost.cancelled_at is not None, lost.cancel_side) == (True, True, "customer")


def test_a_wish_to_cancel_is_told_once_and_taken_back(cast: Cast, wire: Wire, heard: list[str]) -> None:
    (line,) = wire.mall.place()
    line.dispatch_by, line.state = "2026-12-01", "3"
    connect(cast.kotori, wire.mall)
    settle(wire)
    claim = wire.mall.ask_to_cancel(line)
    for _ in range(3):
        turn()
    assert order_of(line.pack).cancel_asked_at == claim.asked_at.replace(microsecond=0)
    hear()
    assert heard == ["order.placed", "order.cancel_asked"]
    wire.mall.take_back(claim)
    turn()
    assert order_of(line.pack).cancel_asked_at is None


def test_a_claim_that_comes_twice_and_rows_that_come_twice_count_once(cast: Cast, wire: Wire, heard: list[str]) -> None:
    (line,) = wire.mall.place()
    (other,) = wire.mall.place()
    connect(cast.kotori, wire.mall)
    settle(wire)
    wire.mall.ask_to_cancel(line)
    wire.mall.claims.append(wire.mall.claims[0])
    for _ in range(4):
        wire.faults["GetClaimInfo_V3"].append("twice")
        wire.faults["GetShippingInfo_v3"].append("twice")
        turn()
    hear()
    assert heard.count("order.cancelled") == 1
    with scope.everyone():
        assert Order.objects.filter(shop=cast.kotori).count() == 2
    assert order_of(line.pack).cancelled_at is not None
    assert order_of(other.pack).cancelled_at is None


def test_an_order_that_came_and_went_between_two_polls_is_known(cast: Cast, wire: Wire, heard: list[str]) -> None:
    connect(cast.kotori, wire.mall)
    settle(wire)
    clock.skip_to(clock.now() + timedelta(minutes=1))
    (line,) = wire.mall.place()
    wire.mall.ask_to_cancel(line, "在庫切れと言われたため")
    turn()
    found = order_of(line.pack)
    assert (found.cancelled_at is not None, found.cancel_side, found.total, found.customer_id is not None) == (
        True,
        "shop",
        7000,
        True,
    )
    hear()
    assert heard == ["order.placed", "order.cancelled"]


def test_one_line_of_two_is_cancelled(cast: Cast, wire: Wire) -> None:
    first, second = wire.mall.place(("Tシャツ", 2, 3500), ("帽子", 1, 1980))
    connect(cast.kotori, wire.mall)
    settle(wire)
    wire.mall.ask_to_cancel(first)
    turn()
    turn()
    assert order_of(first.pack).cancelled_at is None
    with scope.everyone():
        (refund,) = Refund.objects.filter(shop=cast.kotori)
    assert (refund.amount, refund.is_cancellation) == (7000, True)
    wire.mall.ship(second)
    for _ in range(3):
        turn()
    found = order_of(second.pack)
    assert found.shipped_at is not None and found.cancelled_at is None
    with scope.everyone():
        assert Refund.objects.filter(shop=cast.kotori).count() == 1
        assert OrderLine.objects.filter(order=found, quantity__gt=0).count() == 2


def test_an_order_that_leaves_the_list_has_left(cast: Cast, wire: Wire, heard: list[str]) -> None:
    first, second = wire.mall.place(("Tシャツ", 2, 3500), ("帽子", 1, 1980))
    connect(cast.kotori, wire.mall)
    settle(wire)
    wire.mall.ship(first)
    turn(20)
    assert order_of(first.pack).shipped_at is None
    wire.mall.ship(second, "9999")
    turn(20)
    turn()
    assert order_of(first.pack).shipped_at is not None
    with scope.everyone():
        assert Shipment.objects.get(order__source_id=str(first.pack)).carrier == "ヤマト宅急便"
    hear()
    assert heard == ["order.placed", "order.shipped"]
    wire.calls.clear()
    turn()
    assert len(wire.calls) <= 2


def test_a_line_that_waits_but_is_not_listed_is_not_asked_for_each_time(
    cast: Cast, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody says whether an order with an open wish is listed: then it is asked for by its number, now and then."""
    (line,) = wire.mall.place()
    line.dispatch_by, line.state = "2026-12-01", "3"
    connect(cast.kotori, wire.mall)
    settle(wire)
    wire.mall.ask_to_cancel(line)
    monkeypatch.setattr(type(wire.mall), "is_cancelled", lambda mall, number: number == line.number)
    turn()
    assert order_of(line.pack).cancel_asked_at is not None
    wire.calls.clear()
    for _ in range(4):
        turn()
    assert wire.names().count("GetShippingAndClaimInfoByOrderNo_V2") == 0
    assert len(wire.calls) == 8


@pytest.mark.parametrize(
    "fault", ["code:-10000", "error:-90001", "code:-90002", "error:-90003", "code:-90004", "code:-90005"]
)
def test_trouble_with_the_key_stops_the_shop_and_is_told(cast: Cast, wire: Wire, fault: str) -> None:
    connect(cast.kotori, wire.mall)
    settle(wire)
    wire.faults["GetClaimInfo_V3"].append(fault)
    turn()
    assert row(cast.kotori).problem == "token_revoked"
    wire.calls.clear()
    for _ in range(3):
        turn(60 * 24)
    assert wire.calls == []
    with scope.everyone():
        assert AuditEntry.objects.filter(verb="connection.barred").count() == 1
    connect(cast.kotori, wire.mall)
    asking.ask(10)
    assert wire.calls != [] and row(cast.kotori).problem == ""


@pytest.mark.parametrize("fault", ["null", "silent", "status:502", "code:-10002"])
def test_what_goes_wrong_once_is_asked_again(cast: Cast, wire: Wire, fault: str) -> None:
    (line,) = wire.mall.place()
    wire.faults["GetShippingInfo_v3"].append(fault)
    connect(cast.kotori, wire.mall)
    for _ in range(4):
        asking.ask(10)
        clock.skip_to(clock.now() + timedelta(minutes=6))
    assert order_of(line.pack).total == 7500
    assert row(cast.kotori).problem == ""


@pytest.mark.parametrize("spelling", ["label(code)", "code"])
def test_it_reads_both_ways_of_writing_a_state(cast: Cast, wire: Wire, spelling: str) -> None:
    wire.spelling = spelling
    (line,) = wire.mall.place(paid=False)
    connect(cast.kotori, wire.mall)
    settle(wire)
    assert order_of(line.pack).mall_state == "1"


def test_the_key_is_in_a_header_and_nowhere_else(cast: Cast, wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.mall.place()
    connect(cast.kotori, wire.mall)
    wire.faults["GetClaimInfo_V3"] += ["text"]
    with caplog.at_level("DEBUG"):
        for _ in range(3):
            asking.ask(10)
            clock.skip_to(clock.now() + timedelta(minutes=6))
    assert all(one["giosiscertificationkey"] == wire.mall.key for one in wire.headers)
    assert not any(wire.mall.key in text for text in [*wire.paths, *(str(told) for _, told in wire.calls), caplog.text])
    with scope.everyone():
        kept = Connection.objects.get(shop=cast.kotori)
    assert wire.mall.key not in f"{kept.upkeep} {kept.account} {kept.problem}"
    assert wire.mall.key.encode() not in bytes(kept.sealed_token or b"")


def test_what_is_kept_between_polls_names_nobody(cast: Cast, wire: Wire) -> None:
    first, _second = wire.mall.place(("Tシャツ", 2, 3500), ("帽子", 1, 1980))
    connect(cast.kotori, wire.mall)
    settle(wire)
    wire.mall.ask_to_cancel(first)
    turn()
    turn()
    kept = str(row(cast.kotori).upkeep)
    assert "kept" in kept and str(first.number) in kept
    assert not any(word in kept for word in ("山田", "buyer@", "神宮前", "+81"))


def test_inquiries_arrive_with_their_order_and_are_closed_when_answered_there(
    cast: Cast, wire: Wire, heard: list[str]
) -> None:
    (line,) = wire.mall.place()
    connect(cast.kotori, wire.mall)
    settle(wire)
    asked = wire.mall.ask("いつ届きますか", "急いでいます", line, about_claim=True)
    for _ in range(4):
        turn()
    with scope.everyone():
        found = Inquiry.objects.get(shop=cast.kotori)
        assert (found.source_id, found.title, found.is_about_claim) == (
            f"MSG:{asked.question}:1",
            "いつ届きますか",
            True,
        )
        assert found.order is not None and found.order.source_id == str(line.pack)
    asked.status = "S3"
    for _ in range(4):
        turn()
    with scope.everyone():
        assert Inquiry.objects.get().answered_at is not None
    hear()
    assert heard.count("inquiry.received") == 1 and heard.count("inquiry.answered") == 1


def test_a_shop_that_lost_many_orders_at_once_catches_up_over_polls(
    cast: Cast, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kaeru.connectors.qoo10 import merging

    monkeypatch.setattr(merging, "MOST_LOOKS", 2)
    lines = [wire.mall.place()[0] for _ in range(7)]
    connect(cast.kotori, wire.mall)
    settle(wire)
    for line in lines:
        wire.mall.deliver(line)
        line.shipped_at = clock.now() - timedelta(days=9)
    turn()
    turn()
    assert row(cast.kotori).upkeep["left_over"] > 0
    for _ in range(9):
        turn()
    assert all(order_of(line.pack).shipped_at is not None for line in lines)
    assert row(cast.kotori).upkeep["open"] == {}


def test_another_organizations_order_of_the_same_number_is_not_touched(cast: Cast, wire: Wire) -> None:
    (line,) = wire.mall.place()
    connect(cast.kotori, wire.mall)
    connect(cast.other_shop, wire.mall)
    settle(wire)
    with scope.organization(cast.organization.id):
        assert Order.objects.get(source_id=str(line.pack)).shop_id == cast.kotori.id
    with scope.everyone():
        assert Order.objects.filter(source_id=str(line.pack)).count() == 2


def test_the_longest_window_is_what_qoo10_takes() -> None:
    begin, end = client.window(clock.now() - timedelta(days=400), clock.now())
    assert begin < end and poller.CLAIM_DAYS < client.MOST_DAYS
