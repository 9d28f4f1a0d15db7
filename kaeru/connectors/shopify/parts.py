"""Pieces that Shopify's payloads share: ids, money, the customer, shipments inside an order."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kaeru.connectors.errors import Unreadable
from kaeru.connectors.reading import ident, minor, moment, part, rows, text
from kaeru.customers.rules import CustomerRecord

_GID = re.compile(r"^gid://shopify/[A-Za-z]+/(\d{1,20})(?:\?.*)?$")
NOT_SHIPPED = frozenset({"cancelled", "error", "failure"})
"""Fulfillment states that sent nothing. `pending` and `open` count as sent: the parcel can no longer be stopped by us."""


def digits(row: Mapping[str, Any], place: str, *, needed: bool = True) -> str:
    """The row's id: the digits of its gid, which no JavaScript number has rounded; else the plain id."""
    found = _GID.match(str(row.get("admin_graphql_api_id") or ""))
    return found.group(1) if found else ident(row.get("id"), place, needed=needed)


def shop_money(row: Mapping[str, Any], field: str, currency: str, *, needed: bool = True) -> int:
    """Minor units in the shop's currency: `<field>_set.shop_money`, else the plain `<field>`. 0 when absent and not needed."""
    inner = part(part(row.get(f"{field}_set")).get("shop_money"))
    value = inner.get("amount")
    if value is None:
        value = row.get(field)
    elif inner.get("currency_code") not in (None, currency):
        raise Unreadable(f"{field}_set.shop_money is not in {currency}")
    if value is None and not needed:
        return 0
    return minor(value, currency, field)


def language(locale: Any) -> str:
    """`ja`, `en` or empty, from `ja-JP`, `en` …"""
    begin = text(locale, 20).lower()[:2]
    return begin if begin in {"ja", "en"} else ""


def accepts_advertising(order: Mapping[str, Any], customer: Mapping[str, Any]) -> bool | None:
    """Shopify's own record of consent: the customer's state where it is told, else the order's tick. None: never asked."""
    state = text(part(customer.get("email_marketing_consent")).get("state"), 30).lower()
    if state in {"subscribed", "unsubscribed", "redacted", "not_subscribed"}:
        return {"subscribed": True, "unsubscribed": False, "redacted": False}.get(state)
    tick = order.get("buyer_accepts_marketing")
    return True if tick is True else None


def customer_record(order: Mapping[str, Any]) -> CustomerRecord | None:
    """Who ordered: the account, else a guest known by mail; None when neither is told (point of sale)."""
    account, address = (
        part(order.get("customer")),
        part(order.get("billing_address")) or part(order.get("shipping_address")),
    )
    source_id = digits(account, "customer.id", needed=False) if account else ""
    email = text(order.get("email") or order.get("contact_email") or account.get("email"), 254)
    phone = text(order.get("phone") or account.get("phone") or address.get("phone"), 40)
    if not source_id and not email:
        return None
    told = language(order.get("customer_locale"))
    return CustomerRecord(
        source_id=source_id,
        name=_name(account, told) or text(address.get("name"), 200),
        email=email,
        phone=phone,
        locale=told,
        accepts_advertising=accepts_advertising(order, account),
    )


def _name(account: Mapping[str, Any], locale: str) -> str:
    """Family name first for Japanese buyers: 佐藤 葵, but Aoi Sato."""
    first, last = text(account.get("first_name"), 100), text(account.get("last_name"), 100)
    return " ".join(word for word in ((last, first) if locale == "ja" else (first, last)) if word)


def first_shipment(fulfillments: Any) -> tuple[datetime | None, tuple[str, str] | None]:
    """When the order was first sent, and with what tracking; (None, None) when nothing was."""
    sent = [row for row in rows(fulfillments) if row.get("status") not in NOT_SHIPPED]
    if not sent:
        return None, None
    first = min(sent, key=lambda row: moment(row.get("created_at"), "fulfillment.created_at"))
    return moment(first.get("created_at"), "fulfillment.created_at"), tracking(first)


def tracking(fulfillment: Mapping[str, Any]) -> tuple[str, str] | None:
    """(carrier, number), when a number was told."""
    numbers = fulfillment.get("tracking_numbers")
    number = fulfillment.get("tracking_number") or (numbers[0] if isinstance(numbers, list) and numbers else None)
    found = text(number, 100)
    return (text(fulfillment.get("tracking_company"), 60), found) if found else None
