"""Planned dispatch dates are set early only where the shop asked for it, only for what is there, and once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.cancellations.models import Shortage
from kaeru.connectors import connecting
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.models import OrderChange
from kaeru.connectors.qoo10.early_dates import EarlyDates
from kaeru.core import clock, ids, scope
from kaeru.core.clock import Clock
from kaeru.marketplaces import early_dispatch
from kaeru.marketplaces.checks.models import Stock
from tests.cast import Cast
from tests.fakes.qoo10_state import Line
from tests.fakes.qoo10_wire import Wire
from tests.integration.connectors.qoo10_stage import at_the_mall, carry, connect, order_of, row, settle, turn

FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture
def wire(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    clock.set_clock(Clock(real=clock.current().real, shown=FRIDAY))
    with at_the_mall(monkeypatch) as found:
        yield found


def wants(cast: Cast, **rule: object) -> None:
    with scope.organization(cast.organization.id):
        told = row(cast.kotori)
        connecting.set_rules(told, EarlyDates(**{"is_on": True, **rule}).within(told.rules), actor="test")  # type: ignore[arg-type]


def count(cast: Cast, sku: str, quantity: int) -> None:
    with scope.organization(cast.organization.id):
        Stock.objects.update_or_create(
            shop=cast.kotori,
            sku=sku,
            defaults={"organization_id": cast.organization.id, "quantity": quantity, "told_at": clock.now()},
        )


def asked() -> list[tuple[str, str, str]]:
    with scope.everyone():
        rows = OrderChange.objects.filter(source=early_dispatch.BY).order_by("id")
        return [(one.order.source_id if one.order else "", str(one.payload["date"]), one.state) for one in rows]


def shop(cast: Cast, wire: Wire, *, is_live: bool = True) -> Line:
    (line,) = wire.mall.place()
    connect(cast.kotori, wire.mall, is_live=is_live)
    settle(wire)
    return line


def test_it_does_nothing_before_somebody_wants_it(cast: Cast, wire: Wire) -> None:
    line = shop(cast, wire)
    count(cast, line.sku, 10)
    assert early_dispatch.set_dates(10) == 0 and asked() == []


def test_it_sets_a_business_day_when_the_items_are_there(cast: Cast, wire: Wire) -> None:
    line = shop(cast, wire)
    wants(cast, days=2)
    assert early_dispatch.set_dates(10) == 0, "nobody has counted the item"
    count(cast, line.sku, 2)
    assert early_dispatch.set_dates(10) == 1
    assert early_dispatch.set_dates(10) == 0
    carry()
    # Friday; Monday the 23rd is a holiday: the second business day is Wednesday
    assert asked() == [(str(line.pack), "2026-11-25", "done")]
    assert (line.state, line.dispatch_by) == ("3", "2026-11-25")
    turn()
    turn()
    assert order_of(line.pack).dispatch_by == date(2026, 11, 25)


def test_what_was_ordered_since_the_count_is_taken_off(cast: Cast, wire: Wire) -> None:
    line = shop(cast, wire)
    wants(cast)
    count(cast, line.sku, 3)
    clock.skip_to(clock.now() + timedelta(minutes=1))
    first = wire.mall.place()[0]
    second = wire.mall.place()[0]
    turn()
    turn()
    early_dispatch.set_dates(10)
    assert asked() == [], "three are there, four are wanted since"
    count(cast, line.sku, 1)
    early_dispatch.set_dates(10)
    assert {pack for pack, _, _ in asked()} == {str(one.pack) for one in (line, first, second)}


def test_what_is_missing_or_uncounted_waits(cast: Cast, wire: Wire) -> None:
    line = shop(cast, wire)
    wants(cast, only_known_stock=False)
    with scope.organization(cast.organization.id):
        short = Shortage.objects.create(
            id=ids.new_id(), organization_id=cast.organization.id, shop=cast.kotori, sku=line.sku, title="Tシャツ",
            cause="out_of_stock", answer_by=clock.now(), created_at=clock.now(), created_by="test",
        )  # fmt: skip
    assert early_dispatch.set_dates(10) == 0
    with scope.organization(cast.organization.id):
        Shortage.objects.filter(id=short.id).update(state="closed")
    assert early_dispatch.set_dates(10) == 1


def test_unpaid_reserved_and_asked_for_orders_are_left_alone(cast: Cast, wire: Wire) -> None:
    wire.mall.place(paid=False)
    wire.mall.place(send_type="2")
    wire.mall.place(at=clock.now() - timedelta(days=20))
    doubtful = wire.mall.place(send_type="1")[0]
    wire.mall.ask_to_cancel(doubtful)
    connect(cast.kotori, wire.mall, is_live=True)
    settle(wire)
    wants(cast, only_known_stock=False)
    assert early_dispatch.set_dates(10) == 0


def test_a_rehearsal_notes_down_and_the_real_thing_follows(cast: Cast, wire: Wire) -> None:
    line = shop(cast, wire, is_live=False)
    wants(cast, only_known_stock=False)
    assert early_dispatch.set_dates(10) == 1
    carry()
    assert [state for _, _, state in asked()] == ["dry_run"] and line.dispatch_by == ""
    assert early_dispatch.set_dates(10) == 0
    with scope.organization(cast.organization.id):
        gate.set_terms(cast.kotori, is_live=True, most_per_order=1, most_per_day=1, actor="test")
    assert early_dispatch.set_dates(10) == 1
    carry()
    assert [state for _, _, state in asked()] == ["dry_run", "done"]


def test_it_asks_for_many_with_as_many_statements_as_for_one(cast: Cast, wire: Wire) -> None:
    shop(cast, wire)
    wants(cast, only_known_stock=False)

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            early_dispatch.set_dates(100)
        return len(seen)

    one = statements()
    for _ in range(12):
        wire.mall.place()
    turn()
    turn()
    assert statements() <= one + 1
    assert len(asked()) == 13
