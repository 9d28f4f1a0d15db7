"""What comes into being at Shopify: the re-order as a draft, a coupon as a discount code."""

from datetime import timedelta
from typing import Any

from kaeru.connectors.base import Access, Standing, Written
from kaeru.connectors.changes import MakeCode, MakeDraft
from kaeru.connectors.reading import part, rows, text
from kaeru.connectors.shopify import client
from kaeru.connectors.shopify.refunding import decimal
from kaeru.connectors.shopify.standing import gid, mark
from kaeru.core import clock

REF = "kaeru_ref"
"""The attribute by which the order that a draft becomes is known again."""


def make_draft(access: Access, order: str, change: MakeDraft, key: str, before: Standing) -> Written:
    """The re-order, ready to be paid, for the buyer of the old one; its stock is kept for a while. Once for each key."""
    tag = f"kaeru-{mark(key)}"
    for row in rows(part(client.ask(access, "drafts_tagged", {"query": f"tag:{tag}"}).get("draftOrders")).get("nodes")):
        if tag in (row.get("tags") or []):
            return _draft(row)
    told: dict[str, Any] = {
        "lineItems": [
            {"variantId": gid("ProductVariant", item), "quantity": quantity} for item, quantity in change.items
        ],
        "customAttributes": [{"key": REF, "value": change.ref}] if change.ref else [],
        "tags": ["kaeru", tag],
        "allowDiscountCodesInCheckout": True,
        **(_buyer(access, order) if order else {}),
    }
    if change.hold_minutes:
        told["reserveInventoryUntil"] = (clock.now() + timedelta(minutes=change.hold_minutes)).isoformat()
    return _draft(part(client.change(access, "draft_create", {"input": told}).get("draftOrder")))


def _draft(row: Any) -> Written:
    return Written("done", made={"id": text(row.get("id"), 200), "url": text(row.get("invoiceUrl"), 500)})


def _buyer(access: Access, order: str) -> dict[str, Any]:
    """Who ordered and where it goes; a guest without mail has only an address."""
    known = part(client.ask(access, "order_buyer", {"id": gid("Order", order)}).get("order"))
    told: dict[str, Any] = {}
    if customer := text(part(known.get("customer")).get("id"), 200):
        told["purchasingEntity"] = {"customerId": customer}
    if mail := text(known.get("email"), 254):
        told["email"] = mail
    address = dict(part(known.get("shippingAddress")))
    if address:
        address["countryCode"] = address.pop("countryCodeV2", None)
        told["shippingAddress"] = {name: value for name, value in address.items() if value}
    return told


def make_code(access: Access, order: str, change: MakeCode, key: str, before: Standing) -> Written:
    """One code for one use. One of the same name that we made is this one."""
    if not change.code:
        return Written("refused", "no_code")
    title = f"Kaeru {change.code} {mark(key)}"
    if _is_ours(access, change.code, title):
        return Written("done")
    told: dict[str, Any] = {
        "title": title, "code": change.code, "usageLimit": 1, "appliesOncePerCustomer": True, "context": {"all": "ALL"},
        "startsAt": change.starts_at or clock.now().isoformat(),
    }  # fmt: skip
    if change.ends_at:
        told["endsAt"] = change.ends_at
    if change.minimum:
        least = decimal(change.minimum, access.currency)
        told["minimumRequirement"] = {"subtotal": {"greaterThanOrEqualToSubtotal": least}}
    if change.gives == "free_shipping":
        document, told["destination"] = "code_create_shipping", {"all": True}
    else:
        document, told["customerGets"] = "code_create", {"items": {"all": True}, "value": _value(access, change)}
    try:
        done = client.change(access, document, {"input": told})
    except client.Refused as failure:
        if failure.code == "TAKEN":
            return Written("done") if _is_ours(access, change.code, title) else Written("refused", "code_taken")
        raise
    return Written("done", made={"id": text(part(done.get("codeDiscountNode")).get("id"), 200)})


def _value(access: Access, change: MakeCode) -> dict[str, Any]:
    if change.gives == "percent":
        return {"percentage": change.value / 100}
    return {"discountAmount": {"amount": decimal(change.value, access.currency), "appliesOnEachItem": False}}


def _is_ours(access: Access, code: str, title: str) -> bool:
    found = part(client.ask(access, "code_find", {"code": code}).get("codeDiscountNodeByCode"))
    return part(found.get("codeDiscount")).get("title") == title
