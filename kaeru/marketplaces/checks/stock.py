"""Whether channels show stock that is not there. Pure.

Shops of one organization usually sell from one shelf. The newest count is taken for the truth, less what all of them sold since; whoever
shows more than that sells what is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

LOW = 5
"""Pieces: when so few are left, showing one too many matters."""
OFTEN = 5
"""With more on the shelf a difference matters from so many pieces on, …"""
SHARE = 5
"""… and from one in so many of what is shown."""
OLD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Count:
    """What one channel was said to have of one item."""

    shop_id: int
    quantity: int
    told_at: datetime
    sold_here: int = 0
    """Pieces that this channel sold since, cancelled ones left out."""
    sold_everywhere: int = 0
    """Pieces that all channels sold since."""

    @property
    def shown(self) -> int:
        """What the channel offers now."""
        return max(0, self.quantity - self.sold_here)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """More is offered or promised than there is."""

    kind: Literal["oversold", "shows_more"]
    shop_id: int
    """Of shows_more: the channel. Of oversold: whose count it was."""
    pieces: int
    """So many are promised, or could be sold, that are not there."""
    left: int
    """What is there now by the newest count; negative when more was promised."""
    shown: int
    is_old: bool
    """The newest count is more than a week old: count first."""


def compare(counts: Sequence[Count], now: datetime) -> list[Mismatch]:
    """What is wrong between the channels of one item, the worst first."""
    if not counts:
        return []
    newest = max(counts, key=lambda one: (one.told_at, -one.quantity, -one.shop_id))
    left = newest.quantity - newest.sold_everywhere
    is_old = now - newest.told_at > OLD
    found = [Mismatch("oversold", newest.shop_id, -left, left, 0, is_old)] if left < 0 else []
    for one in counts:
        too_many = one.shown - max(left, 0)
        if too_many > 0 and (left <= LOW or too_many >= max(OFTEN, one.shown // SHARE)):
            found.append(Mismatch("shows_more", one.shop_id, too_many, left, one.shown, is_old))
    return sorted(found, key=lambda one: (one.kind != "oversold", -one.pieces, one.shop_id))
