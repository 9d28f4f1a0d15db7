"""Why a shop cancels an order line at Qoo10, as Qoo10 takes it.

Danger: leaving the reason out means "out of stock, seller's fault" there. So a reason is a value of `SellerReason`, which has no
empty one, and what cannot be said truthfully with it is not sent at all: a person does it on the mall's screen.
"""

from enum import StrEnum
from typing import Final

from kaeru.connectors.changes import Cancel


class SellerReason(StrEnum):
    """Qoo10's codes. There is none for "out of stock" but the empty one, which Kaeru never sends."""

    CHANGE_OF_ORDER = "1"
    """The buyer's wish: not the seller's fault."""
    NOT_DELIVERABLE = "2"
    """Seller's fault."""
    DELAY = "3"
    """Seller's fault."""


_SHOPS: Final = {
    "not_deliverable": SellerReason.NOT_DELIVERABLE,
    "area": SellerReason.NOT_DELIVERABLE,
    "delay": SellerReason.DELAY,
    "dispatch_delay": SellerReason.DELAY,
    "delivery_delayed": SellerReason.DELAY,
    "late": SellerReason.DELAY,
}
"""The shop's own reasons that Qoo10 has a code for."""
MEMO: Final = {
    SellerReason.CHANGE_OF_ORDER: "お客様のご希望によるキャンセルです。",
    SellerReason.NOT_DELIVERABLE: "お届けできない地域のため、キャンセルいたします。",
    SellerReason.DELAY: "発送の遅れのため、キャンセルいたします。",
}


def reason_of(change: Cancel) -> SellerReason | None:
    """The truthful code, or None when Qoo10 has none for it (out of stock, a wrong price, no side named).

    >>> reason_of(Cancel("changed_mind", "customer")), reason_of(Cancel("out_of_stock", "shop")), reason_of(Cancel())
    (<SellerReason.CHANGE_OF_ORDER: '1'>, None, None)
    """
    if not change.reason.strip():
        return None
    if change.side == "customer":
        return SellerReason.CHANGE_OF_ORDER
    return _SHOPS.get(change.reason) if change.side == "shop" else None


def params(line: str, reason: SellerReason) -> dict[str, str]:
    """What is sent. The type keeps an empty reason out; the assert says so once more to whoever goes around it."""
    code = SellerReason(reason).value
    assert code in {"1", "2", "3"}, "an empty reason would say: out of stock, our fault"
    return {"ContrNo": line, "CancelReason": code, "SellerMemo": MEMO[reason], "returnFeeStat": ""}
