"""Mirroring orders: the newest state wins, what is told twice changes nothing, names stay as they are written."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from kaeru.core import events, scope
from kaeru.core.models import Event
from kaeru.customers.models import Consent, Customer, Identity
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.actions import mirror, mirror_shipments
from kaeru.orders.digest import digest
from kaeru.orders.models import Order, OrderLine, Shipment
from kaeru.orders.refunds import mirror_refunds
from kaeru.orders.rules import LineRecord, OrderRecord, RefundLineRecord, RefundRecord, ShipmentRecord
from tests.cast import Cast

AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
BUYER = CustomerRecord("c1", "髙﨑 𠮷子", "Yoshiko@Example.com", "090-1234-5678", "ja", accepts_advertising=True)
RECORD = OrderRecord(
    source_id="1", placed_at=AT, updated_at=AT, currency="JPY", total=4480, shipping_fee=500, customer=BUYER,
    lines=(LineRecord("箸置き", 2, 990, "l1", "hashi"), LineRecord("湯のみ", 1, 2000, "l2", "yunomi")),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _inside(cast: Cast):  # type: ignore[no-untyped-def]
    with scope.organization(cast.organization.id):
        yield


def test_it_takes_over_an_order_with_its_buyer_and_lines(cast: Cast) -> None:
    report = mirror(cast.kotori, [RECORD])
    order = Order.objects.get()
    assert (report.created, order.total, order.customer.name if order.customer else "") == (1, 4480, "髙﨑 𠮷子")
    assert list(OrderLine.objects.order_by("position").values_list("title", "quantity")) == [
        ("箸置き", 2),
        ("湯のみ", 1),
    ]
    assert Identity.objects.get(kind="mail").value == "yoshiko@example.com"
    assert Consent.objects.get().source == "shop_system"


def test_it_changes_nothing_when_told_twice(cast: Cast) -> None:
    mirror(cast.kotori, [RECORD, RECORD])
    report = mirror(cast.kotori, [RECORD])
    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
    assert (Order.objects.count(), OrderLine.objects.count(), Event.objects.filter(name="order.placed").count()) == (
        1,
        2,
        1,
    )


def test_it_keeps_the_newest_state_whatever_comes_last(cast: Cast) -> None:
    newer = replace(RECORD, updated_at=AT + timedelta(hours=2), total=9000)
    mirror(cast.kotori, [newer])
    report = mirror(cast.kotori, [RECORD])
    assert (report.stale, Order.objects.get().total) == (1, 9000)


def test_it_keeps_a_vanished_line_at_quantity_zero(cast: Cast) -> None:
    mirror(cast.kotori, [RECORD])
    mirror(cast.kotori, [replace(RECORD, lines=RECORD.lines[:1], updated_at=AT + timedelta(hours=1))])
    assert list(OrderLine.objects.order_by("position").values_list("quantity", flat=True)) == [2, 0]


def test_it_knows_a_guest_by_mail_and_again_when_they_open_an_account(cast: Cast) -> None:
    guest = replace(BUYER, source_id="", email="mei@example.com")
    member = replace(BUYER, source_id="c9", email="mei@example.com")
    mirror(cast.kotori, [replace(RECORD, source_id="2", customer=guest)])
    mirror(cast.kotori, [replace(RECORD, source_id="3", customer=member)])
    assert Customer.objects.get().source_id == "c9"


def test_it_takes_back_only_the_consent_that_the_shop_system_gave(cast: Cast) -> None:
    mirror(cast.kotori, [RECORD])
    mirror(cast.kotori, [replace(RECORD, source_id="2", customer=replace(BUYER, accepts_advertising=False))])
    assert Consent.objects.get().withdrawn_at is not None
    Consent.objects.update(source="cancel_page", withdrawn_at=None)
    mirror(cast.kotori, [replace(RECORD, source_id="3", customer=replace(BUYER, accepts_advertising=False))])
    assert Consent.objects.get().withdrawn_at is None


def test_it_tells_nobody_about_orders_of_the_past_but_their_cancellation(cast: Cast) -> None:
    mirror(cast.kotori, [replace(RECORD, cancelled_at=AT, shipped_at=AT)], is_history=True)
    told = Event.objects.exclude(name="orders.touched")  # which days are to be counted again, and nobody's news
    assert list(told.values_list("name", "payload__history")) == [("order.cancelled", True)]


def test_it_notes_a_parcel_once_and_names_orders_it_does_not_know(cast: Cast) -> None:
    mirror(cast.kotori, [RECORD])
    parcel = ShipmentRecord("1", "f1", AT + timedelta(days=1), "yamato", "1234-5678-9012")
    unknown = mirror_shipments(cast.kotori, [parcel, replace(parcel, order_source_id="nobody")])
    mirror_shipments(cast.kotori, [parcel])
    assert (unknown, Shipment.objects.count(), Order.objects.get().shipped_at) == (
        ["nobody"],
        1,
        AT + timedelta(days=1),
    )


def test_it_finds_what_a_credit_slip_without_an_order_gives_back(cast: Cast) -> None:
    mirror(
        cast.kotori,
        [RECORD, replace(RECORD, source_id="2", placed_at=AT + timedelta(days=3), updated_at=AT + timedelta(days=3))],
    )
    slip = RefundRecord(
        "C1",
        AT + timedelta(days=5),
        "JPY",
        990,
        customer=BUYER,
        lines=(RefundLineRecord(1, 990, sku="hashi"), RefundLineRecord(1, 5, sku="x")),
    )
    report = mirror_refunds(cast.kotori, [slip])
    again = mirror_refunds(cast.kotori, [slip])
    assert (report.created, report.lines_matched, report.lines_unmatched, again.unchanged) == (1, 1, 1, 1)


def test_it_names_the_order_a_refund_waits_for(cast: Cast) -> None:
    report = mirror_refunds(cast.kotori, [RefundRecord("r1", AT, "JPY", 100, order_source_id="later")])
    assert (report.created, report.unknown_orders) == (0, ["later"])


@pytest.mark.django_db(transaction=True)
def test_it_makes_one_order_of_many_tellings_at_once(cast: Cast) -> None:
    failures: list[Exception] = []

    def tell(number: int) -> None:
        try:
            with scope.organization(cast.organization.id):
                mirror(cast.kotori, [replace(RECORD, updated_at=AT + timedelta(seconds=number), total=1000 + number)])
        except Exception as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    tellers = [threading.Thread(target=tell, args=(number,)) for number in range(8)]
    for teller in tellers:
        teller.start()
    for teller in tellers:
        teller.join()
    assert failures == []
    assert (Order.objects.get().total, Customer.objects.count(), OrderLine.objects.count()) == (1007, 1, 2)


def test_it_keeps_what_malls_tell_and_says_once_that_a_buyer_asks_to_cancel(cast: Cast) -> None:
    told: list[int] = []

    def hear(some: list[Event]) -> None:
        told.extend(one.subject_id for one in some)

    events.receiver("order.cancel_asked")(hear)
    minute, day = timedelta(minutes=1), AT.date()
    asked = replace(
        RECORD, updated_at=AT + minute, cancel_asked_at=AT, dispatch_by=day, mall_state="3", is_reserved=True
    )
    for record in (RECORD, asked, replace(asked, updated_at=AT + 2 * minute)):
        mirror(cast.kotori, [record])
    mirror(cast.kotori, [replace(asked, source_id="past")], is_history=True)
    mirror(cast.kotori, [replace(asked, source_id="gone", cancelled_at=AT)])
    while events.deliver(100):
        pass
    events._receivers["order.cancel_asked"].remove(hear)
    row = Order.objects.get(source_id="1")
    assert told == [row.id]
    assert (row.cancel_asked_at, row.dispatch_by, row.mall_state, row.is_reserved) == (AT, day, "3", True)
    mirror(cast.kotori, [replace(RECORD, updated_at=AT + 3 * minute)])
    assert Order.objects.get(source_id="1").cancel_asked_at is None


def test_orders_known_from_before_malls_are_still_the_same() -> None:
    assert digest(RECORD) == digest(replace(RECORD, paid_at=None, wished_slot=""))
    assert digest(RECORD) != digest(replace(RECORD, paid_at=AT))
    assert digest(RECORD).hex() == "466d4fe67492718bbe7dd3c7562366f9"
