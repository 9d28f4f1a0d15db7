"""Taking an exact amount off the lines of an order. Pure.

Shopify takes a fixed discount of a line for each piece of it; 500 yen off three pieces cannot be said so. The plans here are staged,
and what Shopify makes of them is compared to the yen before anything is committed.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

MOST_LINES = 6
"""Discounts in one edit: a buyer should still understand the order."""
_TRIES = 12


class Line(NamedTuple):
    """A line that can still be edited."""

    id: str
    quantity: int
    price: int
    """Minor units for one piece, with what is off already."""


Plan = tuple[tuple[str, int], ...]
"""(line id, what its discount says)."""


def by_piece(lines: Sequence[Line], amount: int) -> Plan | None:
    """The plan when a discount counts for each piece; None when no such plan reaches the amount exactly.

    >>> by_piece([Line("a", 3, 1000), Line("b", 1, 400)], 500)
    (('a', 100), ('b', 200))
    """
    if amount <= 0:
        return None
    usable = [line for line in lines if line.quantity > 0 and line.price > 0]
    for line in sorted(usable, key=lambda line: -line.price * line.quantity):
        if amount % line.quantity == 0 and amount // line.quantity <= line.price:
            return ((line.id, amount // line.quantity),)
    chosen = sorted(usable, key=lambda line: (-line.quantity, -line.price))
    return _solve(tuple(chosen[: MOST_LINES - 1] + chosen[-1:]) if len(chosen) > MOST_LINES else tuple(chosen), amount)


@lru_cache(maxsize=4096)
def _solve(lines: tuple[Line, ...], amount: int) -> Plan | None:
    if amount == 0:
        return ()
    if not lines:
        return None
    first, rest = lines[0], lines[1:]
    most = min(first.price, amount // first.quantity)
    for value in range(most, max(-1, most - _TRIES), -1):
        found = _solve(rest, amount - value * first.quantity)
        if found is not None:
            return (((first.id, value),) if value else ()) + found
    return None


def by_line(lines: Sequence[Line], amount: int) -> Plan | None:
    """The plan when a discount counts once for its line; None when the lines are not worth the amount."""
    plan, left = [], amount
    for line in sorted(lines, key=lambda line: -line.price * line.quantity):
        value = min(left, line.price * line.quantity)
        if value > 0:
            plan.append((line.id, value))
            left -= value
    return tuple(plan) if amount > 0 and left == 0 and len(plan) <= MOST_LINES else None
