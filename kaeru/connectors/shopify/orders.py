"""orders/create, orders/updated, orders/cancelled: the whole order, as Shopify tells it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kaeru.connectors.reading import currency_code, maybe_moment, minor, moment, part, pieces, rows, text
from kaeru.connectors.shopify.parts import customer_record, digits, first_shipment, shop_money
from kaeru.orders.rules import LineRecord, OrderRecord

SIDES = {"customer": "customer", "inventory": "shop", "declined": "shop", "staff": "shop"}
"""Whose wish or fault a cancel_reason is; `fraud`, `other` and new words stay unknown."""

PAYMENTS = {
    "cash on delivery (cod)": "cod", "cash_on_delivery": "cod", "代金引換": "cod", "代引き": "cod",
    "bank deposit": "bank", "bank_transfer": "bank", "銀行振込": "bank",
    "konbini": "konbini", "コンビニ決済": "konbini", "komoju_konbini": "konbini",
    "shopify_payments": "card", "visa": "card", "komoju": "card",
    "paypay": "wallet", "amazon_payments": "wallet", "amazon pay": "wallet", "paypal": "wallet", "rakuten_pay": "wallet",
}  # fmt: skip
"""Gateway names that say how the buyer paid; others are left empty rather than guessed."""

REORDER_NAMES = ("kaeru_ref", "_kaeru_ref")
"""The cart attribute that a Kaeru re-order link sets; the underscore hides it in some themes."""


def order_record(order: Mapping[str, Any]) -> OrderRecord:
    """The order in Kaeru's words. Raises Unreadable.

    `total_price` is kept, not `current_total_price`: what a cancellation takes away is what was ordered, and refunds are told
    by their own topic.
    """
    currency = currency_code(order.get("currency"), "currency")
    placed_at = moment(order.get("processed_at") or order.get("created_at"), "created_at")
    shipped_at, parcel = first_shipment(order.get("fulfillments"))
    reason = text(order.get("cancel_reason"), 100)
    cancelled_at = maybe_moment(order.get("cancelled_at"), "cancelled_at")
    return OrderRecord(
        source_id=digits(order, "id"),
        number=text(order.get("name"), 100),
        placed_at=placed_at,
        updated_at=moment(order.get("updated_at") or order.get("created_at"), "updated_at"),
        currency=currency,
        total=shop_money(order, "total_price", currency),
        subtotal=shop_money(order, "subtotal_price", currency, needed=False),
        shipping_fee=shop_money(order, "total_shipping_price", currency, needed=False),
        discount=shop_money(order, "total_discounts", currency, needed=False),
        lines=tuple(_line(row, currency) for row in rows(order.get("line_items"))),
        customer=customer_record(order),
        payment_kind=_payment(order.get("payment_gateway_names")),
        sales_channel=text(order.get("source_name"), 40),
        cancelled_at=cancelled_at,
        cancel_reason=reason if cancelled_at else "",
        cancel_side=SIDES.get(reason, "") if cancelled_at else "",
        shipped_at=shipped_at,
        tracking=parcel,
        coupon_codes=_codes(order.get("discount_codes")),
        reorder_ref=_reorder_ref(order),
    )


def _line(row: Mapping[str, Any], currency: str) -> LineRecord:
    price = part(part(row.get("price_set")).get("shop_money")).get("amount")
    return LineRecord(
        source_id=digits(row, "line_items.id"),
        title=text(row.get("title") or row.get("name"), 300) or "–",
        variant=text(row.get("variant_title"), 200),
        sku=text(row.get("sku"), 100),
        product_id=text(row.get("product_id"), 100),
        variant_id=text(row.get("variant_id"), 100),
        quantity=pieces(row.get("quantity"), "line_items.quantity"),
        unit_price=minor(row.get("price") if price is None else price, currency, "line_items.price"),
    )


def _payment(names: Any) -> str:
    known = (
        [PAYMENTS[name.lower()] for name in names if isinstance(name, str) and name.lower() in PAYMENTS]
        if isinstance(names, list)
        else []
    )
    return known[0] if known else ""


def _codes(found: Any) -> tuple[str, ...]:
    return tuple(code for code in (text(row.get("code"), 100) for row in rows(found)) if code)[:20]


def _reorder_ref(order: Mapping[str, Any]) -> str:
    """From the cart's attributes, else from the address the visit began with (`?kaeru_ref=`)."""
    for row in rows(order.get("note_attributes")):
        if row.get("name") in REORDER_NAMES and (ref := text(row.get("value"), 40)):
            return ref
    try:
        asked = parse_qs(urlsplit(text(order.get("landing_site"), 2000)).query).get("kaeru_ref", [""])
    except ValueError:
        return ""
    return asked[0][:40]
