"""Which purchase a credit slip gives back, when the slip does not say so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Purchase:
    """A line that was bought and may be given back."""

    line_id: int
    placed_at: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class Slip:
    """A line of a credit slip: `key` is (customer, item)."""

    key: tuple[int, str]
    at: datetime
    quantity: int


def match(slips: Iterable[Slip], purchases: Mapping[tuple[int, str], list[Purchase]]) -> list[int | None]:
    """For each slip the id of the same customer's latest earlier purchase of the same item that has enough left, or None.

    Slips are served in the given order; what one slip takes, the next cannot. A slip over more than any one purchase has
    left stays unmatched: it counts as a cancellation, but of no order.
    """
    left = {purchase.line_id: purchase.quantity for lines in purchases.values() for purchase in lines}
    found: list[int | None] = []
    for slip in slips:
        earlier = [p for p in purchases.get(slip.key, []) if p.placed_at <= slip.at]
        earlier.sort(key=lambda purchase: purchase.placed_at, reverse=True)
        best = next((p for p in earlier if left[p.line_id] >= slip.quantity), None)
        if best is not None:
            left[best.line_id] -= slip.quantity
        found.append(best.line_id if best else None)
    return found
