"""Rakuten is asked what is new: nothing is missed, nothing is told twice, and what goes wrong is said as it is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.connectors import asking
from kaeru.connectors.base import Access
from kaeru.connectors.connecting import CLOSED
from kaeru.connectors.gate.reach import way
from kaeru.connectors.models import Connection
from kaeru.connectors.rakuten import poller, searching
from kaeru.connectors.rakuten.keys import Key
from kaeru.connectors.rakuten.searching import Asking
from kaeru.core import clock, scope, secrets
from kaeru.core.models import Event
from kaeru.orders.models import Order, OrderLine
from tests.cast import Cast
from tests.fakes.rms_wire import RmsWire
from tests.integration.connectors.rakuten_stage import connected, later, mirrored, poll


@pytest.fixture
def wire(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[RmsWire]:
    with connected(cast, monkeypatch) as found:
        yield found


def news(name: str) -> int:
    with scope.everyone():
        return Event.objects.filter(name=name).count()


def test_it_takes_over_what_is_there(cast: Cast, wire: RmsWire) -> None:
    old = wire.shop.place(at=clock.now() - timedelta(days=40), progress=300)
    wire.shop.send(old)
    new = wire.shop.place(
        ("湯のみ", 1, 2200), ("ふきん", 3, 480), deliveryDate="2026-12-24", shippingTerm=1416, orderType=6
    )
    later(minutes=1)
    row = poll()
    assert (row.problem, row.caught_up_to is not None) == ("", True)
    order = mirrored(new)
    assert (order.total, order.shipping_fee, order.payment_kind, order.mall_state) == (4140, 500, "card", "100")
    assert (str(order.wished_on), order.wished_slot, order.is_reserved) == ("2026-12-24", "1416", True)
    lines = OrderLine.objects.filter(order=order).order_by("position")
    assert [(one.source_id, one.quantity, one.unit_price) for one in lines] == [("1:1", 1, 2200), ("1:2", 3, 480)]
    assert mirrored(old).shipped_at is not None


def test_it_counts_what_was_over_before_as_the_past(cast: Cast, wire: RmsWire) -> None:
    gone = wire.shop.place(at=clock.now() - timedelta(days=20))
    wire.shop.cancelled(gone, 8)
    still = wire.shop.place(at=clock.now() - timedelta(days=1), progress=300)
    later(minutes=1)
    poll()
    assert (mirrored(gone).is_history, mirrored(still).is_history) == (True, False)
    assert (mirrored(gone).cancel_reason, mirrored(gone).cancel_side) == ("8 欠品", "shop")


def test_it_costs_two_calls_when_nothing_changed(cast: Cast, wire: RmsWire) -> None:
    for _ in range(3):
        wire.shop.place(progress=300)
    later(minutes=1)
    poll()
    later(minutes=6)
    wire.calls.clear()
    row = poll()
    assert (wire.calls, row.upkeep["calls"]) == (["searchOrder", "searchOrder"], 2)
    assert news("order.placed") == 3


def test_it_tells_once_what_rms_tells_twice(cast: Cast, wire: RmsWire, monkeypatch: pytest.MonkeyPatch) -> None:
    search, get = wire.shop.search, wire.shop.get

    def doubled(answer: tuple[int, dict[str, Any]], name: str) -> tuple[int, dict[str, Any]]:
        return answer[0], {**answer[1], name: 2 * answer[1][name]}

    monkeypatch.setattr(wire.shop, "search", lambda told: doubled(search(told), "orderNumberList"))
    monkeypatch.setattr(wire.shop, "get", lambda told: doubled(get(told), "OrderModelList"))
    number = wire.shop.place(progress=300)
    later(minutes=1)
    poll()
    wire.shop.buyer_asks(number)
    later(minutes=6)
    poll()
    assert (Order.objects.count(), news("order.placed"), news("order.cancel_asked")) == (1, 1, 1)


def test_it_asks_the_mirror_as_often_however_many_orders_there_are(cast: Cast, wire: RmsWire) -> None:
    counts = []
    for number in (2, 40):
        for _ in range(number):
            wire.shop.place(progress=300)
        later(minutes=6)
        poll()
        later(minutes=6)
        Connection.objects.update(catch_up_at=None)
        with CaptureQueriesContext(connection) as asked:
            asking.ask(5)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_it_sees_a_wish_to_cancel_its_taking_back_and_its_end(cast: Cast, wire: RmsWire) -> None:
    number = wire.shop.place(progress=300)
    later(minutes=1)
    poll()
    wire.shop.buyer_asks(number)
    later(minutes=6)
    poll()
    assert (mirrored(number).cancel_asked_at is not None, mirrored(number).cancel_reason) == (True, "1 キャンセル")
    assert news("order.cancel_asked") == 1
    later(minutes=6)
    poll()
    assert news("order.cancel_asked") == 1
    wire.shop.buyer_takes_back(number)
    later(minutes=6)
    poll()
    assert (mirrored(number).cancel_asked_at, mirrored(number).mall_state) == (None, "300")
    wire.shop.buyer_asks(number)
    later(minutes=6)
    poll()
    wire.shop.cancelled(number, 1)
    later(minutes=6)
    poll()
    order = mirrored(number)
    assert (order.cancelled_at is not None, order.cancel_side, order.cancel_reason) == (
        True,
        "customer",
        "1 キャンセル",
    )
    assert (order.cancel_asked_at, news("order.cancelled")) == (None, 1)


def test_it_sees_that_an_order_has_left(cast: Cast, wire: RmsWire) -> None:
    number = wire.shop.place(progress=300)
    later(minutes=1)
    poll()
    wire.shop.send(number)
    later(minutes=31)
    poll()
    assert (mirrored(number).shipped_at is not None, mirrored(number).mall_state) == (True, "500")
    assert news("order.shipped") == 1


def test_it_sees_another_address_and_quantity_after_some_hours(cast: Cast, wire: RmsWire) -> None:
    number = wire.shop.place(progress=300)
    later(minutes=1)
    poll()
    wire.shop.orders[number]["PackageModelList"][0]["ItemModelList"][0]["units"] = 1
    later(hours=7)
    poll()
    assert OrderLine.objects.get(order=mirrored(number)).quantity == 1


def test_it_finds_nothing_in_an_empty_shop(cast: Cast, wire: RmsWire) -> None:
    row = poll()
    assert (row.problem, Order.objects.count()) == ("", 0)
    assert row.caught_up_to is not None


def test_it_asks_in_spans_that_are_taken_and_in_pages(
    cast: Cast, wire: RmsWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = clock.now() - timedelta(days=200)
    told = [wire.shop.place(at=begin + timedelta(days=day)) for day in range(0, 200, 10)]
    monkeypatch.setattr(searching, "PAGE", 3)
    asking_ = Asking(_access(cast))
    assert sorted(asking_.numbers(begin - timedelta(days=1), clock.now())) == sorted(told)
    monkeypatch.setattr(searching, "REACHES", 4)
    assert sorted(Asking(_access(cast)).numbers(begin, clock.now())) == sorted(told)
    assert all(status == 200 for _, _, status, _ in wire.told)


def test_it_takes_over_much_in_several_polls(cast: Cast, wire: RmsWire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "MOST_NEW", 4)
    monkeypatch.setattr(poller, "MOST_READ", 8)
    numbers = {wire.shop.place(at=clock.now() - timedelta(hours=hours)) for hours in range(1, 31)}
    poll()
    assert set(Order.objects.values_list("source_id", flat=True)) == numbers


def test_it_leaves_out_what_cannot_be_read_and_takes_the_rest(cast: Cast, wire: RmsWire) -> None:
    bad, good = wire.shop.place(), wire.shop.place()
    wire.shop.orders[bad]["PackageModelList"][0]["ItemModelList"][0]["units"] = None
    later(minutes=1)
    poll()
    assert list(Order.objects.values_list("source_id", flat=True)) == [good]


@pytest.mark.parametrize("fault", ["silent", "status:500", "status:503", "error:システムエラー"])
def test_it_asks_again_when_nobody_answers(cast: Cast, wire: RmsWire, fault: str) -> None:
    number = wire.shop.place()
    later(minutes=1)
    wire.faults["searchOrder"] = [fault]
    Connection.objects.update(catch_up_at=None)
    asking.ask(5)
    row = Connection.objects.get()
    assert (row.problem, row.caught_up_to, Order.objects.count()) == ("", None, 0)
    assert row.catch_up_at is not None
    assert clock.now() < row.catch_up_at < clock.now() + timedelta(minutes=5)
    later(minutes=5)
    poll()
    assert mirrored(number).mall_state == "100"


def test_it_stops_when_the_key_is_no_good(cast: Cast, wire: RmsWire) -> None:
    wire.shop.license_key = "another"
    row = poll()
    assert row.problem == "token_revoked"
    assert row.problem in CLOSED
    wire.calls.clear()
    later(days=2)
    assert asking.ask(5) == 0
    assert wire.calls == []


def test_it_waits_for_a_key_that_was_just_renewed(cast: Cast, wire: RmsWire) -> None:
    """RMS knows a new key only after ten to thirty minutes."""
    young = Key(wire.shop.service_secret, "SL-new", clock.now())
    Connection.objects.update(sealed_token=secrets.seal(young.sealed_text()), catch_up_at=None)
    asking.ask(5)
    assert Connection.objects.get().problem == ""
    wire.shop.license_key = "SL-new"
    later(minutes=20)
    assert (poll().problem, Connection.objects.get().caught_up_to is not None) == ("", True)
    wire.shop.license_key = "SL-other"
    later(minutes=60)
    assert poll().problem == "token_revoked"


def test_it_never_writes_down_the_key(cast: Cast, wire: RmsWire, caplog: pytest.LogCaptureFixture) -> None:
    wire.shop.license_key = "another"
    poll()
    row = Connection.objects.get()
    kept = f"{row.upkeep} {row.problem} {caplog.text}"
    assert "SL1_ijklmnop" not in kept
    assert b"SL1_ijklmnop" not in bytes(row.sealed_token or b"")


def _access(cast: Cast) -> Access:
    return way(Connection.objects.select_related("shop").get())


def test_it_reads_moments_as_japan_writes_them(cast: Cast, wire: RmsWire) -> None:
    number = wire.shop.place(at=datetime(2026, 11, 20, 12, 14, 3, tzinfo=UTC))
    assert wire.shop.orders[number]["orderDatetime"] == "2026-11-20T21:14:03+0900"
    if clock.now() < datetime(2026, 11, 20, 13, tzinfo=UTC):
        clock.skip_to(datetime(2026, 11, 20, 13, tzinfo=UTC))
    poll()
    assert mirrored(number).placed_at == datetime(2026, 11, 20, 12, 14, 3, tzinfo=UTC)
