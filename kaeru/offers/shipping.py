"""What delivery costs, and how near an order is to free delivery. Pure; minor units, tax included."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_OF_ONE = 3
"""More of one item are not suggested to reach free delivery."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One fee, and free from an amount; see `models.ShippingTerms`."""

    fee: int
    free_from: int | None = None
    """None: never free."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What an order costs."""

    subtotal: int
    shipping_fee: int
    total: int
    """With discounts and whatever else the shop counts."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that the shop sells."""

    key: str
    price: int
    bought: int = 0
    """In how many orders lately."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """So many of an item close the gap."""

    key: str
    quantity: int
    amount: int
    over: int
    """What it is more than the gap."""


def is_free(subtotal: int, terms: Terms) -> bool:
    """Whether delivery costs nothing."""
    return terms.fee == 0 or (terms.free_from is not None and subtotal >= terms.free_from)


def gap(subtotal: int, terms: Terms) -> int:
    """How much is missing for free delivery; 0 when it is free, or never is."""
    return 0 if is_free(subtotal, terms) or terms.free_from is None else terms.free_from - subtotal


def fee_after(fee: int, before: int, after: int, terms: Terms | None) -> int:
    """The fee when the subtotal changes: another one only when the line to free delivery is crossed.

    What the shop charged stays otherwise, for it may have had its reasons (a coupon, an island).
    """
    if terms is None or is_free(before, terms) == is_free(after, terms):
        return fee
    return 0 if is_free(after, terms) else terms.fee


def recount(now: Sums, subtotal: int, terms: Terms | None) -> Sums:
    """What the order costs with another subtotal; never below nothing."""
    fee = fee_after(now.shipping_fee, now.subtotal, subtotal, terms)
    return Sums(subtotal, fee, max(0, now.total + subtotal - now.subtotal + fee - now.shipping_fee))


def suggest(missing: int, items: Iterable[Item], most: int = 3) -> list[Suggestion]:
    """What closes the gap with the least beyond it; of two that do it equally well, the one that is bought more often."""
    if missing <= 0:
        return []
    fitting = []
    for item in items:
        if item.price <= 0:
            continue
        quantity = -(-missing // item.price)
        if quantity <= MOST_OF_ONE:
            amount = quantity * item.price
            fitting.append((amount - missing, quantity, -item.bought, item.key, amount))
    return [Suggestion(key, quantity, amount, over) for over, quantity, _, key, amount in sorted(fitting)[:most]]
