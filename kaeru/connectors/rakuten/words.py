"""Rakuten's numbers and what they mean to a shop: states of an order, reasons of a cancellation. Pure."""

from kaeru.connectors.changes import Cancel

EDITABLE = frozenset({100, 200, 300})
"""Address and items may be changed, and the order cancelled before it leaves (cancelOrder)."""
RETURNABLE = frozenset({500, 600, 700, 800})
"""Cancelled with cancelOrderAfterShipping: 800 is a wish that is open, the others have left."""
OPEN = (100, 200, 300, 400)
SENT = frozenset({500, 600, 700})
ASKED, CANCELLED = 800, 900
NOT_FIXED = -9999
"""What RMS writes for an amount that is not settled yet."""

CUSTOMER_REASONS = {
    1: "キャンセル",
    2: "受取後の返品",
    3: "長期不在による受取拒否",
    4: "未入金",
    5: "代引決済の受取拒否",
    6: "その他",
}
SHOP_REASONS = {8: "欠品", 10: "その他", 13: "発送遅延", 14: "顧客・配送対応注意表示", 15: "返品（破損・品間違い）"}
_LATE = ("delay", "late", "slow")
_BROKEN = ("damage", "broken", "defect", "wrong_item")
_UNPAID = ("unpaid", "not_paid", "payment_missing")


def side_of(reason: int | None, detail: int | None) -> str:
    """Whose wish or fault it was (customer | shop | empty): by the row's own word (`changeReason`), else by the number of the reason.

    >>> side_of(1, 8), side_of(None, 8), side_of(None, 7)
    ('customer', 'shop', '')
    """
    if reason in (0, 1):
        return "customer" if reason == 1 else "shop"
    if detail in CUSTOMER_REASONS:
        return "customer"
    return "shop" if detail in SHOP_REASONS else ""


def reason_of(detail: int | None) -> str:
    """The reason as Rakuten calls it, with its number first; a number that nobody knows stays a number.

    >>> reason_of(8), reason_of(77), reason_of(None)
    ('8 欠品', '77', '')
    """
    if detail is None:
        return ""
    words = CUSTOMER_REASONS.get(detail) or SHOP_REASONS.get(detail, "")
    return f"{detail} {words}".strip()


def number_of(reason: str, side: str, *, are_goods_back: bool = False) -> int | None:
    """Rakuten's number for a reason of ours, always on the side that it really was; None when the side is not said.

    >>> number_of("out_of_stock", "shop"), number_of("changed_mind", "customer"), number_of("out_of_stock", "")
    (8, 1, None)
    """
    if side == "customer":
        if are_goods_back:
            return 2
        return 4 if reason in _UNPAID else 1
    if side == "shop":
        if reason == "out_of_stock":
            return 8
        if any(word in reason for word in _LATE):
            return 13
        return 15 if any(word in reason for word in _BROKEN) else 10
    return None


def number_for(change: Cancel) -> int | None:
    """The number under which this cancellation goes to Rakuten; None: it says no side, or no reason."""
    if not change.reason.strip():
        return None
    return number_of(change.reason, change.side, are_goods_back=change.are_goods_back)
