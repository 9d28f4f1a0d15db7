"""How sure a cause is, whether it grows, and what would put it right. Pure.

Shares come with their interval (Wilson, 95 %), and small numbers are said to be small: three of ten is no proof. What one cancellation
takes away is told as a median; one large order must not make a product look expensive.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Final, Literal

Z = 1.959963984540054
"""Two-sided 95 %."""
FEWEST_ORDERS = 30
FEWEST_CANCELLED = 3
"""Below either, a share is called small."""
LISTED_FROM = 2
"""Cancellations of one subject: a single one is an accident."""
WINDOW_DAYS = 28
"""A finding counts the orders of four weeks, and compares them with the four before."""

Kind = Literal["product", "page", "promise", "stock"]
Trend = Literal["up", "down", "same", "new"]
Fix = Literal[
    "option_notice", "page_words", "stock_sync", "price_check", "earlier_date", "shipping_line", "address_hint", "ask"
]

FIXES: Final[Mapping[str, Fix]] = {
    "mistaken_order": "option_notice",
    "changed_mind": "option_notice",
    "delivery_too_late": "earlier_date",
    "shipping_fee_too_high": "shipping_line",
    "change_address": "address_hint",
    "out_of_stock": "stock_sync",
    "price_error": "price_check",
    "damaged": "ask",
}
"""By the reason that most of the cancellations had."""


@dataclass(frozen=True, slots=True)
class Share:
    """Cancelled of ordered, with its 95 % interval as fractions."""

    cancelled: int
    orders: int
    low: float
    high: float

    @property
    def rate(self) -> float | None:
        """The share itself; None without orders."""
        return self.cancelled / self.orders if self.orders else None

    @property
    def is_small(self) -> bool:
        """Too few to be sure of anything."""
        return self.orders < FEWEST_ORDERS or self.cancelled < FEWEST_CANCELLED


def share(cancelled: int, orders: int) -> Share:
    """Wilson's interval (E. B. Wilson, 1927). More cancelled than ordered, as by part, counts as all.

    >>> told = share(3, 10); (round(told.low, 3), round(told.high, 3))
    (0.108, 0.603)
    """
    if orders <= 0:
        return Share(0, 0, 0.0, 1.0)
    cancelled = min(cancelled, orders)
    p, n = cancelled / orders, orders
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return Share(cancelled, orders, max(0.0, middle - half), min(1.0, middle + half))


def is_proven(told: Share, rest: Share) -> bool:
    """Whether it is cancelled more often than everything else in the shop: the whole interval of the difference lies above nothing, and
    it is more than an accident or two. A rest of a handful of orders proves nothing either way.
    """
    return rest.orders > 0 and told.cancelled >= FEWEST_CANCELLED and _difference(told, rest)[0] > 0


def trend(now: Share, before: Share) -> Trend:
    """Against the four weeks before, by the interval of the difference; `same` while it may be chance."""
    if not before.orders:
        return "new"
    low, high = _difference(now, before)
    return "up" if low > 0 else "down" if high < 0 else "same"


def _difference(one: Share, other: Share) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares (R. G. Newcombe, 1998, method 10)."""
    p1, p0 = one.rate or 0.0, other.rate or 0.0
    low = p1 - p0 - sqrt((p1 - one.low) ** 2 + (other.high - p0) ** 2)
    return low, p1 - p0 + sqrt((one.high - p1) ** 2 + (p0 - other.low) ** 2)


@dataclass(frozen=True, slots=True)
class Loss:
    """One cancellation: what it took away (minor units), and why (a reason's code, empty: not told)."""

    value: int
    reason: str
    side: str = ""


def median_of(losses: Sequence[Loss]) -> int:
    """What one of them usually takes away."""
    return round(median(one.value for one in losses)) if losses else 0


def main_reason(losses: Sequence[Loss]) -> tuple[str, int]:
    """The reason that most of them had, and how many; ("", 0) when none was told. Of equal ones the first in the alphabet."""
    told = Counter(one.reason for one in losses if one.reason)
    if not told:
        return "", 0
    reason, count = min(told.items(), key=lambda one: (-one[1], one[0]))
    return reason, count


def fix(kind: Kind, losses: Sequence[Loss]) -> Fix:
    """What is proposed. A reason that half of them share decides; else who caused them does."""
    reason, count = main_reason(losses)
    if kind == "stock":
        return "stock_sync"
    if kind == "promise":
        return "earlier_date"
    if reason in FIXES and count * 2 >= len(losses):
        found = FIXES[reason]
        return "page_words" if kind == "page" and found == "option_notice" else found
    if losses and sum(one.side == "shop" for one in losses) * 2 > len(losses):
        return "stock_sync"
    return "page_words" if kind == "page" else "option_notice" if len(losses) >= FEWEST_CANCELLED else "ask"


def promise_bucket(days: int) -> str:
    """How far away the planned dispatch was, as findings group it.

    >>> [promise_bucket(days) for days in (-1, 1, 2, 7, 8)]
    ['0-1', '0-1', '2-3', '4-7', '8+']
    """
    return "0-1" if days <= 1 else "2-3" if days <= 3 else "4-7" if days <= 7 else "8+"
