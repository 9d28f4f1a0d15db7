"""What a coupon is worth, and what its code looks like. Pure."""

import secrets
from dataclasses import dataclass
from datetime import datetime

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters and digits that are not mistaken for each other on paper or phone (no 0 O 1 I)."""
CODE_LENGTH = 13
"""13 letters out of 32 are 65 bits: guessing is hopeless."""


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What a coupon gives: `kind` amount (minor units) | percent (points) | free_shipping."""

    kind: str
    value: int
    minimum: int
    expires_at: datetime


def new_code() -> str:
    """A fresh single-use code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def tidy_code(text: str) -> str:
    """The code as typed by a person: spaces, hyphens and small letters do not matter."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def discount(terms: CouponTerms, subtotal: int, shipping_fee: int) -> int:
    """Minor units off an order; never more than what it costs. Percentages round down, as the shop never gives more than it said."""
    if subtotal < terms.minimum:
        return 0
    if terms.kind == "free_shipping":
        return shipping_fee
    if terms.kind == "percent":
        return subtotal * min(terms.value, 100) // 100
    return min(terms.value, subtotal)
