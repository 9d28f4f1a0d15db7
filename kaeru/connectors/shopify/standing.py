"""How an order stands at Shopify right now, in Kaeru's words, and the marks by which Kaeru finds its own changes again."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kaeru.connectors.base import Access, Standing
from kaeru.connectors.changes import ChangeAddress
from kaeru.connectors.reading import part, rows, text
from kaeru.connectors.shopify import client, regions, scopes
from kaeru.connectors.shopify.refunding import Payment, payments
from kaeru.core import secrets
from kaeru.core.money import to_minor

HANDLE = "kaeru-"
"""What the handles of our holds begin with."""
HELD = "hold"
"""Mark: at least one part of the order is held by us."""
_OVER = {"CLOSED", "CANCELLED", "INCOMPLETE"}
"""Fulfilment orders from which nothing will leave."""
_NOT_SENT = {"CANCELLED", "ERROR", "FAILURE"}
_MARK = re.compile(r"\bK[0-9a-f]{10}\b")
_SPACES = re.compile(r"[\s\-‐‑–—―ー−]+")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A fulfilment order that has not left: where holds are put."""

    id: str
    can_be_held: bool
    holds: tuple[str, ...]
    """Ids of our holds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The order with what its changes need; holds no personal data."""

    standing: Standing
    parcels: tuple[Parcel, ...] = ()
    payments: tuple[Payment, ...] = ()
    is_foreign: bool = False
    """Paid in another currency than the shop's."""
    is_editable: bool = True
    why_not: str = field(default="", repr=False)
    """Shopify's words why it cannot be edited."""

    @property
    def owed(self) -> int:
        """Minor units that the buyer has paid too much."""
        return owed(self.standing)


def owed(standing: Standing) -> int:
    """Minor units that the buyer has paid too much, as the order stands."""
    return max(0, standing.paid - standing.refunded - standing.total)


def gid(kind: str, number: str) -> str:
    """Shopify's long id."""
    return number if number.startswith("gid://") else f"gid://shopify/{kind}/{number}"


def number_of(long_id: Any) -> str:
    """The digits of a long id."""
    return text(long_id, 200).rsplit("/", 1)[-1].split("?", 1)[0]


def mark(key: str) -> str:
    """What of a change's key is written into Shopify's own notes."""
    return "K" + hashlib.sha256(key.encode()).hexdigest()[:10]


def handle(key: str) -> str:
    """The handle of the hold of this key."""
    return HANDLE + hashlib.sha256(key.encode()).hexdigest()[:24]


def money(row: Mapping[str, Any], name: str, currency: str) -> int:
    """Minor units in the shop's currency; 0 when it is not told."""
    amount = part(part(row.get(name)).get("shopMoney")).get("amount")
    return to_minor(str(amount), currency) if amount is not None else 0


def address_mark(words: Mapping[str, Any]) -> str:
    """A keyed hash of a delivery address, the same for full width and half width, with hyphens and without."""
    names = ("lastName", "firstName", "zip", "provinceCode", "city", "address1", "address2")
    plain = unicodedata.normalize("NFKC", "".join(text(words.get(name), 200) for name in names)).casefold()
    return secrets.fingerprint(_SPACES.sub("", plain)).hex()[:32]


def address_of(change: ChangeAddress) -> dict[str, str] | None:
    """The address in Shopify's words; None when the prefecture is none."""
    region = regions.code(change.region)
    if region is None:
        return None
    family, _, given = change.name.strip().replace("\u3000", " ").partition(" ")
    told = {
        "lastName": family, "firstName": given.strip(), "countryCode": "JP", "zip": change.postal_code.strip(), "provinceCode": region,
        "city": change.city.strip(), "address1": change.line1.strip(), "address2": change.line2.strip(), "phone": change.phone.strip(),
    }  # fmt: skip
    return {name: value for name, value in told.items() if value or name in {"firstName", "address2"}}


def look(access: Access, order_source_id: str) -> Seen:
    """Ask. Raises Busy, Barred, http.Unanswered."""
    if not order_source_id:
        return Seen(Standing())
    asked = {"id": gid("Order", order_source_id), "parcels": scopes.sees_parcels(access.scopes)}
    order = client.ask(access, "order_standing", asked).get("order")
    return seen(part(order), access.currency) if isinstance(order, dict) else Seen(Standing(is_there=False))


def seen(order: Mapping[str, Any], currency: str) -> Seen:
    """The answer in Kaeru's words."""
    parcels = tuple(_parcel(row) for row in rows(part(order.get("fulfillmentOrders")).get("nodes")) if _is_open(row))
    standing = Standing(
        is_cancelled=order.get("cancelledAt") is not None,
        is_shipped=any(row.get("status") not in _NOT_SENT for row in rows(order.get("fulfillments"))),
        is_held=bool(parcels) and all(parcel.holds for parcel in parcels),
        total=money(order, "currentTotalPriceSet", currency),
        paid=money(order, "totalReceivedSet", currency),
        refunded=money(order, "totalRefundedSet", currency),
        lines={
            number_of(row.get("id")): int(row.get("currentQuantity") or 0)
            for row in rows(part(order.get("lineItems")).get("nodes"))
        },
        address_mark=address_mark(part(order.get("shippingAddress"))) if order.get("shippingAddress") else "",
        discounts=money(order, "currentTotalDiscountsSet", currency),
        marks=_marks(order, parcels, money(order, "currentShippingPriceSet", currency)),
    )
    return Seen(
        standing=standing,
        parcels=parcels,
        payments=payments(rows(order.get("transactions")), currency),
        is_foreign=order.get("presentmentCurrencyCode") not in (None, order.get("currencyCode")),
        is_editable=order.get("merchantEditable") is not False,
        why_not=" ".join(text(words, 200) for words in order.get("merchantEditableErrors") or [])[:250],
    )


def _is_open(row: Mapping[str, Any]) -> bool:
    return row.get("status") not in _OVER


def _parcel(row: Mapping[str, Any]) -> Parcel:
    ours = [
        text(hold.get("id"), 200)
        for hold in rows(row.get("fulfillmentHolds"))
        if hold.get("heldByRequestingApp") and text(hold.get("handle"), 64).startswith(HANDLE)
    ]
    actions = {text(one.get("action"), 60) for one in rows(row.get("supportedActions"))}
    # One that is held already may be held by us as well (each app has its own holds), though HOLD is then not always offered.
    return Parcel(text(row.get("id"), 200), "HOLD" in actions or row.get("status") == "ON_HOLD", tuple(ours))


def _marks(order: Mapping[str, Any], parcels: tuple[Parcel, ...], fee: int) -> tuple[str, ...]:
    given = [
        found
        for row in rows(part(order.get("discountApplications")).get("nodes"))
        for found in _MARK.findall(f"{row.get('title') or ''} {row.get('description') or ''}")
    ]
    back = [found for row in rows(order.get("refunds")) for found in _MARK.findall(text(row.get("note"), 500))]
    held = {HELD} if any(parcel.holds for parcel in parcels) else set[str]()
    return tuple(sorted({f"discount:{m}" for m in given} | {f"refund:{m}" for m in back} | held | {f"fee:{fee}"}))
