"""What Kaeru may have changed in an order, and how the shop does it. Each change carries a name; the same name again changes nothing.

The order is looked at and changed in one transaction, together with the answer: whatever happens to the process, a repeat
finds either nothing done or everything done and the same answer.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from examples.demo_shop import catalogue, clock, pricing, store
from examples.demo_shop.pricing import CartLine
from examples.demo_shop.store import Done, Draft, Line, Purchase

MOST_MINUTES = 120
"""So long the shop keeps things for somebody at most."""


class Refused(Exception):
    """Not with this order; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def look(purchase_id: str) -> dict[str, Any] | None:
    """How an order stands; None when there is none of this number."""
    purchase = store.purchase(purchase_id)
    if purchase is None:
        return None
    return {
        "is_cancelled": purchase.cancelled_at is not None,
        "is_shipped": purchase.shipped_at is not None,
        "is_held": purchase.held_at is not None,
        "total": purchase.total,
        "paid": purchase.paid,
        "refunded": purchase.refunded,
        "discounts": purchase.discount,
        "lines": {line.id: line.quantity for line in _named(purchase)},
        "address_mark": hashlib.sha256(purchase.address.encode()).hexdigest()[:16],
        "changes": [done.id for done in store.changes_of(purchase.id) if done.is_done],
    }


def carry_out(
    name: str, purchase_id: str, change: Mapping[str, Any], draft_address: Callable[[str], str]
) -> dict[str, Any]:
    """Do it once: `{"outcome": "done"}`, or refused with a code. `draft_address` makes the address of a prepared cart."""
    kind = str(change.get("kind", ""))
    if kind == "make_draft":
        answer = _prepared(name, change, draft_address)
        return store.change_once(Done(name, purchase_id, kind, clock.now(), {}), lambda purchase: (purchase, answer))

    def apply(purchase: Purchase) -> tuple[Purchase, dict[str, object]]:
        try:
            changed = _KINDS[kind](purchase, change)
        except Refused as why:
            return purchase, {"outcome": "refused", "code": why.code}
        except KeyError:
            return purchase, {"outcome": "refused", "code": "unknown_change"}
        except (TypeError, ValueError):
            return purchase, {"outcome": "refused", "code": "unreadable"}
        return replace(changed, updated_at=clock.now(), told_at=None), {"outcome": "done"}

    return store.change_once(Done(name, purchase_id, kind, clock.now(), {}), apply)


def _prepared(name: str, change: Mapping[str, Any], draft_address: Callable[[str], str]) -> dict[str, object]:
    """A prepared cart; made twice under one name it is the same."""
    try:
        return {"outcome": "done", "made": {"url": draft_address(_draft(name, change))}}
    except Refused as why:
        return {"outcome": "refused", "code": why.code}


def _open(purchase: Purchase) -> None:
    """Nothing of an order changes that is cancelled or has left."""
    if purchase.cancelled_at:
        raise Refused("cancelled")
    if purchase.shipped_at:
        raise Refused("shipped")


def _named(purchase: Purchase) -> tuple[Line, ...]:
    """The lines, each with its own name."""
    return tuple(
        line if line.id else replace(line, id=f"{purchase.id}-{position}")
        for position, line in enumerate(purchase.lines, 1)
    )


def _settled(purchase: Purchase) -> Purchase:
    """What was paid and costs no more goes back the way it came; what costs more is charged with it."""
    kept = purchase.paid - purchase.refunded
    if purchase.total > kept:
        return replace(purchase, paid=purchase.paid + purchase.total - kept)
    return replace(purchase, refunded=purchase.refunded + kept - purchase.total)


def _hold(purchase: Purchase, change: Mapping[str, Any]) -> Purchase:
    _open(purchase)
    return replace(purchase, held_at=purchase.held_at or clock.now())


def _release(purchase: Purchase, change: Mapping[str, Any]) -> Purchase:
    return replace(purchase, held_at=None)


def _change_address(purchase: Purchase, change: Mapping[str, Any]) -> Purchase:
    _open(purchase)
    parts = [str(change.get(name) or "") for name in ("region", "city", "line1", "line2")]
    address = f"〒{change.get('postal_code', '')} {''.join(parts[:3])} {parts[3]} {change.get('name', '')}"
    return replace(purchase, address=" ".join(address.split())[:300])


def _add_discount(purchase: Purchase, change: Mapping[str, Any]) -> Purchase:
    _open(purchase)
    amount = int(change["amount"])
    if not 0 < amount <= purchase.total:
        raise Refused("too_much")
    code = str(change.get("code") or purchase.coupon)[:40]
    changed = replace(purchase, discount=purchase.discount + amount, total=purchase.total - amount, coupon=code)
    return _settled(changed)


def _change_lines(purchase: Purchase, change: Mapping[str, Any]) -> Purchase:
    _open(purchase)
    lines = list(_named(purchase))
    wanted = {str(key): int(value) for key, value in dict(change.get("quantities") or {}).items()}
    if wanted.keys() - {line.id for line in lines}:
        raise Refused("edited_meanwhile")
    lines = [replace(line, quantity=wanted.get(line.id, line.quantity)) for line in lines]
    lines = [line for line in lines if line.quantity > 0]
    last = max(int(line.id.rpartition("-")[2]) for line in _named(purchase))
    buyer = store.buyer(purchase.buyer_id)
    for number, (sku, quantity) in enumerate(change.get("added") or (), last + 1):
        fresh = _fresh(str(sku), int(quantity), buyer.language if buyer else "ja")
        lines.append(replace(fresh, id=f"{purchase.id}-{number}"))
    if not lines:
        raise Refused("nothing_left")
    subtotal = sum(line.quantity * line.unit_price for line in lines)
    fee = change.get("shipping_fee")
    shipping_fee = purchase.shipping_fee if fee is None else int(fee)
    total = max(0, subtotal + shipping_fee - purchase.discount)
    changed = replace(purchase, lines=tuple(lines), subtotal=subtotal, shipping_fee=shipping_fee, total=total)
    return _settled(changed)


def _fresh(sku: str, quantity: int, language: str) -> Line:
    found = catalogue.find(sku)
    if found is None or not 0 < quantity <= pricing.MOST_OF_ONE:
        raise Refused("out_of_stock")
    product, variant = found
    return Line(sku, product.title(language), variant.words(language), quantity, product.price)


def _cancel(purchase: Purchase, change: Mapping[str, Any]) -> Purchase:
    _open(purchase)
    back = purchase.paid if change.get("refund", True) else purchase.refunded
    return replace(
        purchase,
        cancelled_at=clock.now(),
        cancel_reason=str(change.get("reason", ""))[:60],
        cancel_side=str(change.get("side") or "customer"),
        refunded=back,
        held_at=None,
    )


def _give_back(purchase: Purchase, change: Mapping[str, Any]) -> Purchase:
    amount = int(change["amount"])
    if not 0 < amount <= purchase.paid - purchase.refunded:
        raise Refused("more_than_paid")
    return replace(purchase, refunded=purchase.refunded + amount)


def _draft(name: str, change: Mapping[str, Any]) -> str:
    """Prepare a cart that only needs to be paid; returns its name."""
    lines = [CartLine(str(sku), int(quantity)) for sku, quantity in change.get("items") or ()]
    items = pricing.write_items(pricing.read_items(pricing.write_items(lines)))
    if not items:
        raise Refused("out_of_stock")
    minutes = min(int(change.get("hold_minutes") or 0), MOST_MINUTES)
    until = clock.now() + timedelta(minutes=minutes) if minutes else None
    key = hashlib.sha256(name.encode()).hexdigest()[:20]
    store.save_draft(Draft(key, items, str(change.get("ref", ""))[:40], until))
    return key


_KINDS: dict[str, Callable[[Purchase, Mapping[str, Any]], Purchase]] = {
    "hold": _hold,
    "release": _release,
    "change_address": _change_address,
    "add_discount": _add_discount,
    "change_lines": _change_lines,
    "cancel": _cancel,
    "give_back": _give_back,
}
CAPABILITIES = (*_KINDS, "make_draft")
"""What the shop tells Kaeru that it carries out."""
