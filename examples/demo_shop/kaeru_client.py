"""How the shop talks to Kaeru: a few calls of the public REST API over HTTP. Copy this file as a start for a shop of your own."""

import logging
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import requests

from examples.demo_shop import clock, store
from examples.demo_shop.pricing import CartLine, Coupon, Total, read_items
from examples.demo_shop.store import Buyer, Purchase

SECONDS = 10
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reorder:
    """What a re-order link stands for."""

    items: list[CartLine]
    coupon: str
    order_id: str


class Unreachable(Exception):
    """Kaeru did not answer, or with an error. The shop goes on selling and tells it later."""


def _call(
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    accept: tuple[int, ...] = (),
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON of one call. Raises Unreachable, except for the statuses in `accept`."""
    address = store.setting("kaeru_url").rstrip("/") + "/api/v1" + path
    sent = {"Authorization": f"Bearer {store.setting('kaeru_key')}", **(headers or {})}
    try:
        answer = requests.request(method, address, json=body, headers=sent, timeout=SECONDS)
        if answer.ok or answer.status_code in accept:
            return answer.status_code, answer.json()
    except (requests.RequestException, ValueError) as failure:
        raise Unreachable(type(failure).__name__) from failure
    raise Unreachable(f"{method} {path}: {answer.status_code} {answer.text[:200]}")


def order_body(purchase: Purchase, buyer: Buyer) -> dict[str, Any]:
    """The purchase in the words of the API (schema OrderState)."""
    body: dict[str, Any] = {
        "number": purchase.number,
        "placed_at": purchase.placed_at.isoformat(),
        "updated_at": purchase.updated_at.isoformat(),
        "currency": "JPY",
        "total": purchase.total,
        "subtotal": purchase.subtotal,
        "shipping_fee": purchase.shipping_fee,
        "discount": purchase.discount,
        "payment_kind": purchase.payment,
        "sales_channel": "online",
        "customer": {
            "id": buyer.id,
            "name": buyer.name,
            "email": buyer.email,
            "phone": buyer.phone,
            "locale": buyer.language,
            "accepts_advertising": buyer.accepts_advertising,
        },
        "lines": [
            {
                "id": line.id or f"{purchase.id}-{position}",
                "sku": line.sku,
                "variant_id": line.sku,
                "product_id": line.sku.split("-")[0],
                "title": line.title,
                "variant": line.variant,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
            }
            for position, line in enumerate(purchase.lines, 1)
        ],
        "coupon_codes": [purchase.coupon] if purchase.coupon else [],
        "reorder_ref": purchase.ref,
    }
    if purchase.cancelled_at:
        body |= {
            "cancelled_at": purchase.cancelled_at.isoformat(),
            "cancel_reason": purchase.cancel_reason,
            "cancel_side": purchase.cancel_side,
        }
    if purchase.shipped_at:
        body["shipped_at"] = purchase.shipped_at.isoformat()
        if purchase.tracking_number:
            body["tracking"] = {"carrier": "yamato", "number": purchase.tracking_number}
    return body


def tell(purchase: Purchase) -> None:
    """Tell Kaeru the newest state of the order. Raises Unreachable."""
    buyer = store.buyer(purchase.buyer_id)
    assert buyer is not None
    _call("PUT", f"/orders/{quote(purchase.id, safe='')}", order_body(purchase, buyer))
    store.save_purchases([replace(purchase, told_at=clock.now())])


def catch_up() -> None:
    """Tell what is still untold; what cannot be told now is tried again with the next change."""
    for purchase in store.untold():
        try:
            tell(purchase)
        except Unreachable as failure:
            log.warning("Kaeru was not told of order %s: %s", purchase.id, failure)


def tell_event(name: str, order_id: str) -> bool:
    """Tell Kaeru an event of the shop's own about this order; False when Kaeru cannot be reached. A repeat within the day counts once."""
    headers = {"Idempotency-Key": f"{name}-{order_id}-{clock.now():%Y%m%d}"}
    try:
        _call("POST", "/events", {"name": name, "order": order_id}, headers=headers)
    except Unreachable as failure:
        log.warning("Kaeru was not told of %s: %s", name, failure)
        return False
    return True


def cancel_address(purchase_id: str) -> str:
    """The signed address at which the buyer cancels this order; empty while Kaeru cannot be reached."""
    try:
        _, answer = _call("GET", f"/orders/{quote(purchase_id, safe='')}")
    except Unreachable:
        return ""
    return str(answer.get("cancel_url") or "")


def check_coupon(code: str, total: Total) -> Coupon:
    """What the code takes off this cart, and whether it may be used now."""
    cart = f"?subtotal={total.subtotal}&shipping_fee={total.shipping_fee}"
    try:
        status, answer = _call("GET", f"/coupons/{quote(code, safe='')}{cart}", accept=(404,))
    except Unreachable:
        return Coupon(code, problem="unreachable")
    if status == 404:
        return Coupon(code, problem="unknown")
    problem = {"redeemed": "used", "expired": "expired"}.get(answer["state"], "")
    if not problem and total.subtotal < answer["minimum"]:
        problem = "minimum"
    return Coupon(answer["code"], int(answer["discount"] or 0), int(answer["minimum"]), problem)


def redeem_coupon(code: str, purchase_id: str, total: Total) -> Coupon:
    """Use the code up for this order; the same order again gets the same answer, another order is refused."""
    body = {"order_id": purchase_id, "subtotal": total.subtotal, "shipping_fee": total.shipping_fee}
    try:
        status, answer = _call("POST", f"/coupons/{quote(code, safe='')}/redeem", body, accept=(404, 409))
    except Unreachable:
        return Coupon(code, problem="unreachable")
    if status != 200:
        word = answer["error"]["code"].removeprefix("coupon_")
        return Coupon(code, problem=word if word in {"expired", "used", "minimum"} else "unknown")
    return Coupon(answer["code"], int(answer["discount"] or 0), int(answer["minimum"]))


def reorder(ref: str) -> Reorder | None:
    """What to put into the cart for this reference; None for one that Kaeru does not know."""
    try:
        status, answer = _call("GET", f"/reorders/{quote(ref, safe='')}", accept=(404,))
    except Unreachable:
        return None
    if status != 200:
        return None
    items = ",".join(
        f"{line.get('variant_id') or line.get('sku')}:{line['quantity']}" for line in answer.get("items", [])
    )
    return Reorder(read_items(items), str(answer.get("coupon") or ""), str(answer.get("order_id") or ""))
