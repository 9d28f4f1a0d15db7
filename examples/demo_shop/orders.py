"""The shop's verbs: place an order, cancel it, send it out. Each writes the book first and tells Kaeru after."""

import sqlite3
from dataclasses import replace
from datetime import datetime

from examples.demo_shop import clock, kaeru_client, mail, store
from examples.demo_shop.pricing import CartLine, Coupon, add_up
from examples.demo_shop.store import Buyer, Line, Purchase


class CouponGone(Exception):
    """The coupon cannot be taken after all; nothing was ordered."""


def write_up(
    number: str, buyer: Buyer, lines: list[CartLine], payment: str, at: datetime, *, coupon: Coupon | None = None, ref: str = "",
    once: str | None = None, address: str = "",
) -> Purchase:  # fmt: skip
    """The purchase as the book holds it; nothing is written yet."""
    total = add_up(lines, coupon)
    return Purchase(
        id=number,
        buyer_id=buyer.id,
        placed_at=at,
        updated_at=at,
        lines=tuple(
            Line(
                line.sku,
                line.product.title(buyer.language),
                line.variant.words(buyer.language),
                line.quantity,
                line.product.price,
            )
            for line in lines
        ),
        subtotal=total.subtotal,
        shipping_fee=total.shipping_fee,
        discount=total.discount,
        total=total.total,
        payment=payment,
        coupon=coupon.code if coupon and total.discount else "",
        ref=ref,
        once=once,
        address=address or f"〒{buyer.postal_code} {buyer.address}",
        paid=total.total,
    )


def place(
    buyer: Buyer,
    lines: list[CartLine],
    payment: str,
    *,
    once: str,
    coupon_code: str = "",
    ref: str = "",
    address: str = "",
) -> Purchase:
    """Place an order; the same form sent twice makes one. The coupon is used up before the order counts.

    Raises CouponGone: the price on the last look would not hold any more.
    """
    known = store.purchase_once(once)
    if known is not None:
        return known
    number = store.next_number()
    coupon = kaeru_client.redeem_coupon(coupon_code, number, add_up(lines)) if coupon_code else None
    if coupon is not None and coupon.problem:
        raise CouponGone(coupon.problem)
    purchase = write_up(
        number, buyer, lines, payment, clock.now(), coupon=coupon, ref=ref[:40], once=once, address=address
    )
    try:
        store.save_purchases([purchase])
    except sqlite3.IntegrityError:  # the same form, a moment earlier
        known = store.purchase_once(once)
        assert known is not None
        return known
    kaeru_client.catch_up()
    mail.send_confirmation(purchase, buyer, kaeru_client.cancel_address(purchase.id))
    return purchase


def cancel(purchase_id: str, *, reason: str) -> str:
    """Cancel an order: cancelled, unchanged (it was already), shipped (too late) or unknown."""
    purchase = store.purchase(purchase_id)
    if purchase is None:
        return "unknown"
    if purchase.cancelled_at:
        return "unchanged"
    if purchase.shipped_at:
        return "shipped"
    moment = clock.now()
    store.save_purchases(
        [
            replace(
                purchase,
                cancelled_at=moment,
                cancel_reason=reason,
                updated_at=moment,
                told_at=None,
                held_at=None,
                refunded=purchase.paid,
            )
        ]
    )
    return "cancelled"


def ship(purchase_id: str) -> str:
    """Send an order out: shipped, unchanged, cancelled or held (it must not go) or unknown."""
    purchase = store.purchase(purchase_id)
    if purchase is None:
        return "unknown"
    if purchase.cancelled_at:
        return "cancelled"
    if purchase.shipped_at:
        return "unchanged"
    if purchase.held_at:
        return "held"
    moment = clock.now()
    tracking = f"4000{int(purchase.id):08d}"
    store.save_purchases(
        [replace(purchase, shipped_at=moment, tracking_number=tracking, updated_at=moment, told_at=None)]
    )
    kaeru_client.catch_up()
    return "shipped"


def tell_delay(purchase_id: str) -> str:
    """Say that an order will leave late, so that its buyer hears of it before asking: told, untold, sent, cancelled or unknown."""
    purchase = store.purchase(purchase_id)
    if purchase is None:
        return "unknown"
    if purchase.cancelled_at or purchase.shipped_at:
        return "cancelled" if purchase.cancelled_at else "sent"
    kaeru_client.catch_up()  # Kaeru may not know the order yet
    return "told" if kaeru_client.tell_event("order.delayed", purchase.id) else "untold"
