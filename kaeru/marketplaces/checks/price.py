"""Whether a price can be right: compared with what the same item was sold for lately, and with what it costs. Pure.

Medians, not means: one slip in the history must not make the next one look usual. Sales are usual, too: only what is less than half or
more than double of the usual price is far off, unless the item's own prices swing more than that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

FEWEST = 5
"""Sales of the same item without which its history says nothing."""
SPREADS = 6
"""Robust standard deviations (1.4826 times the median absolute deviation) that are still usual."""
SLIP = 0.05
"""How near ten times the price must be to the usual one to look like a missing digit."""

Why = Literal["below_cost", "digit_missing", "digit_too_many", "far_below", "far_above"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a price is doubtful; money in minor units."""

    why: Why
    price: int
    usual: int | None
    """The median of what it was sold for lately; None: too few sales."""
    cost: int | None
    sales: int
    """How many sales `usual` stands on."""

    @property
    def loss(self) -> int:
        """What the shop loses with each piece at this price: against its cost where that is known, else against the usual price."""
        against = self.cost if self.cost is not None and self.cost > self.price else self.usual or 0
        return max(0, against - self.price)


def judge(price: int, history: Sequence[int], cost: int | None = None) -> Doubt | None:
    """What is doubtful about this price of one piece; None when nothing is. `history` are earlier prices of the same item.

    >>> judge(198, [1980] * 6).why, judge(1380, [1980] * 6)
    ('digit_missing', None)
    """
    known = [one for one in history if one > 0]
    usual = round(median(known)) if len(known) >= FEWEST else None
    why = _why(price, known, usual, cost)
    return Doubt(why, price, usual, cost, len(known)) if why else None


def _why(price: int, known: Sequence[int], usual: int | None, cost: int | None) -> Why | None:
    if usual is not None and _is_far(price, known, usual):
        if price < usual:
            return "digit_missing" if price and abs(price * 10 - usual) <= SLIP * usual else "far_below"
        return "digit_too_many" if abs(price - usual * 10) <= SLIP * usual * 10 else "far_above"
    if cost is not None and 0 < price < cost:
        return "below_cost"
    return None


def _is_far(price: int, known: Sequence[int], usual: int) -> bool:
    spread = 1.4826 * median(abs(one - usual) for one in known)
    if abs(price - usual) <= SPREADS * spread:
        return False
    return price * 2 < usual or price > usual * 2
