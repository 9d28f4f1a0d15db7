"""Shopify's words become Kaeru's."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kaeru.connectors.base import Told
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.shopify.connector import Shopify
from kaeru.orders.rules import OrderRecord, RefundRecord
from tests.fakes.shopify import Delivery, FakeShopify

NOW = datetime(2026, 11, 22, 8, 50, tzinfo=UTC)


@pytest.fixture
def shop() -> FakeShopify:
    return FakeShopify("secret", now=lambda: NOW)


def read(delivery: Delivery, **changes: Any) -> Told:
    body = json.dumps(delivery.payload | changes).encode() if changes else delivery.body
    return Shopify().read(delivery.topic, body)


def order(delivery: Delivery, **changes: Any) -> OrderRecord:
    (record,) = read(delivery, **changes).orders
    return record


def refund(delivery: Delivery, **changes: Any) -> RefundRecord:
    (record,) = read(delivery, **changes).refunds
    return record


def test_it_reads_an_order(shop: FakeShopify) -> None:
    record = order(
        shop.place(lines=[("手ぬぐい", 2, 1980), ("風呂敷", 1, 4400)], codes=("FALL",), accepts_marketing=True)
    )
    assert (record.total, record.subtotal, record.currency) == (8360, 8360, "JPY")
    assert [(line.title, line.quantity, line.unit_price) for line in record.lines] == [
        ("手ぬぐい", 2, 1980),
        ("風呂敷", 1, 4400),
    ]
    assert (record.placed_at, record.updated_at, record.cancelled_at, record.shipped_at) == (NOW, NOW, None, None)
    assert record.coupon_codes == ("FALL",)
    assert record.customer is not None
    assert (record.customer.name, record.customer.locale, record.customer.accepts_advertising) == (
        "山田 花子",
        "ja",
        True,
    )
    assert record.payment_kind == "card"


def test_it_takes_the_gid_where_a_number_was_rounded(shop: FakeShopify) -> None:
    record = order(shop.place(), id=820982911946154500, admin_graphql_api_id="gid://shopify/Order/820982911946154508")
    assert record.source_id == "820982911946154508"


def test_it_keeps_long_ids_exact(shop: FakeShopify) -> None:
    assert order(shop.place(), id=9007199254740993, admin_graphql_api_id=None).source_id == "9007199254740993"


def test_it_takes_the_shops_money_not_the_buyers(shop: FakeShopify) -> None:
    sides = {
        "shop_money": {"amount": "1980", "currency_code": "JPY"},
        "presentment_money": {"amount": "12.50", "currency_code": "USD"},
    }
    assert order(shop.place(), total_price="12.50", total_price_set=sides).total == 1980


def test_it_reads_cents(shop: FakeShopify) -> None:
    sides = {"shop_money": {"amount": "19.90", "currency_code": "USD"}}
    changes = {
        f"{field}_set": sides for field in ("total_price", "subtotal_price", "total_shipping_price", "total_discounts")
    }
    assert order(shop.place(lines=[]), currency="USD", **changes).total == 1990


@pytest.mark.parametrize(
    ("reason", "side"),
    [
        ("customer", "customer"),
        ("inventory", "shop"),
        ("declined", "shop"),
        ("staff", "shop"),
        ("fraud", ""),
        ("other", ""),
        ("new", ""),
    ],
)
def test_it_tells_whose_wish_a_cancellation_was(shop: FakeShopify, reason: str, side: str) -> None:
    number = shop.place().payload["id"]
    record = order(shop.cancel(number, reason))
    assert (record.cancel_reason, record.cancel_side, record.cancelled_at) == (reason, side, NOW)


def test_it_finds_the_reorder_reference(shop: FakeShopify) -> None:
    assert order(shop.place(reorder_ref="ref123")).reorder_ref == "ref123"
    assert order(shop.place(), landing_site="/cart?kaeru_ref=ref456&x=1").reorder_ref == "ref456"
    assert order(shop.place(), landing_site="//[broken").reorder_ref == ""


@pytest.mark.parametrize(
    ("tick", "state", "told"),
    [
        (True, None, True),
        (False, None, None),
        (True, "unsubscribed", False),
        (False, "subscribed", True),
        (True, "not_subscribed", None),
    ],
)
def test_it_believes_the_customers_own_consent_first(
    shop: FakeShopify, tick: bool, state: str | None, told: bool | None
) -> None:
    delivery = shop.place()
    customer = delivery.payload["customer"] | ({"email_marketing_consent": {"state": state}} if state else {})
    found = order(delivery, buyer_accepts_marketing=tick, customer=customer).customer
    assert found is not None
    assert found.accepts_advertising is told


def test_it_knows_guests_by_mail_and_nobody_by_nothing(shop: FakeShopify) -> None:
    guest = order(shop.place(), customer=None).customer
    assert guest is not None
    assert (guest.source_id, guest.email) == ("", "hanako@example.com")
    assert order(shop.place(), customer=None, email=None, contact_email=None).customer is None


def test_it_reads_shipments_inside_an_order(shop: FakeShopify) -> None:
    parcels = [
        {
            "created_at": "2026-11-22T12:00:00+09:00",
            "status": "success",
            "tracking_number": "2",
            "tracking_company": "佐川",
        },
        {
            "created_at": "2026-11-21T12:00:00+09:00",
            "status": "success",
            "tracking_number": "1",
            "tracking_company": "ヤマト",
        },
        {"created_at": "2026-11-20T12:00:00+09:00", "status": "cancelled"},
    ]
    record = order(shop.place(), fulfillments=parcels)
    assert (record.shipped_at, record.tracking) == (datetime(2026, 11, 21, 3, tzinfo=UTC), ("ヤマト", "1"))


def test_it_reads_a_parcel(shop: FakeShopify) -> None:
    number = shop.place().payload["id"]
    (parcel,) = read(shop.fulfil(number)).shipments
    assert (parcel.order_source_id, parcel.carrier, parcel.shipped_at) == (str(number), "ヤマト運輸", NOW)
    assert not read(shop.fulfil(number, status="cancelled")).shipments


def test_it_reads_a_refund_of_what_had_not_left(shop: FakeShopify) -> None:
    number = shop.place().payload["id"]
    record = refund(shop.refund(number, quantity=1))
    assert (record.order_source_id, record.amount, record.is_cancellation) == (str(number), 1980, True)
    assert [(line.quantity, line.amount) for line in record.lines] == [(1, 1980)]


def test_it_calls_a_return_no_cancellation(shop: FakeShopify) -> None:
    number = shop.place().payload["id"]
    assert not refund(shop.refund(number, restock="return")).is_cancellation
    assert not refund(shop.refund(number), refund_line_items=[]).is_cancellation


def test_it_falls_back_to_the_lines_when_paid_in_another_currency(shop: FakeShopify) -> None:
    number = shop.place().payload["id"]
    delivery = shop.refund(number)
    paid = [{**delivery.payload["transactions"][0], "currency": "USD", "amount": "12.50"}]
    assert refund(delivery, transactions=paid).amount == 1980


def test_it_hands_privacy_to_a_person(shop: FakeShopify) -> None:
    told = read(shop.redact(191167))
    assert (told.asks, told.ask_customer) == ("customers/redact", "191167")


@pytest.mark.parametrize(
    "change",
    [
        {"id": None, "admin_graphql_api_id": None},
        {"id": "x" * 101, "admin_graphql_api_id": None},
        {"currency": "yen"},
        {"total_price": None, "total_price_set": None},
        {"total_price": "many", "total_price_set": None},
        {"total_price": "1E+99999999", "total_price_set": None},
        {"total_price": "10000000000000000", "total_price_set": None},
        {"total_price": "NaN", "total_price_set": None},
        {"total_price": "0.5", "total_price_set": None},
        {"updated_at": "yesterday"},
        {"updated_at": "2026-11-22T08:50:00"},
        {"updated_at": "0001-01-01T00:00:00+14:00"},
        {"cancelled_at": 12},
        {"line_items": [{"id": 1, "title": "x", "quantity": "2", "price": "1"}]},
        {"total_price_set": {"shop_money": {"amount": "1", "currency_code": "USD"}}},
    ],
)
def test_it_says_where_a_payload_is_wrong(shop: FakeShopify, change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        order(shop.place(), **change)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"null", b'{"a": NaN}', b"[" * 100_000, b'{"id": ' + b"9" * 5000 + b"}"]
)
def test_it_refuses_what_is_no_object(body: bytes) -> None:
    with pytest.raises(Unreadable):
        Shopify().read("orders/create", body)


def test_it_survives_names_as_people_write_them(shop: FakeShopify) -> None:
    delivery = shop.place()
    name = "髙﨑𠮷 👩‍👩‍👧 ｶﾅ <b>{{ x }}</b>\x00\ud800"
    record = order(delivery, customer=delivery.payload["customer"] | {"first_name": name})
    assert record.customer is not None
    record.customer.name.encode("utf-8")
    assert "髙﨑𠮷 👩‍👩‍👧 ｶﾅ <b>{{ x }}</b>" in record.customer.name
    assert "\x00" not in record.customer.name


def test_it_reads_decimals_exactly() -> None:
    from kaeru.connectors.reading import json_object, minor

    assert minor(json_object(b'{"a": 89.99}')["a"], "USD", "a") == 8999
    assert minor(Decimal("1980.00"), "JPY", "a") == 1980
