"""What a coupon is worth, what its code looks like, and whether it may be given. Pure."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

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
    return "".join(
        ALPHABET[byte % 32] for byte in secrets.token_bytes(CODE_LENGTH)
    )  # 32 letters: no letter is likelier


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


USUAL_INCENTIVE_WEEKS = 4
"""One incentive per customer in so many weeks, where the shop said nothing else."""


@dataclass(frozen=True, slots=True)
class Ask:
    """May this coupon be given?"""

    shop_id: int
    customer_id: int | None
    """None: nobody known, so only the budget counts."""
    budget_key: str
    """Whose money: coupons of the same shop and key share one budget."""
    budget: int | None
    """Minor units for one calendar month in the shop's time zone; None is without an end."""
    cost: int
    """Minor units that this coupon may cost the shop at most."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ShopTerms:
    """What of a shop counts when coupons are given."""

    zone: str = "Asia/Tokyo"
    incentive_weeks: int = USUAL_INCENTIVE_WEEKS
    """0: as many incentives as its scenarios give."""
    stopped: str = ""
    """Why the shop gives no coupons at present; empty: it does."""


BudgetKey = tuple[int, str, date]
"""Shop, key, first day of the month."""


@dataclass(slots=True)
class Purse:
    """What was given so far: by budget and month, and to each customer. `give` adds to it."""

    spent: dict[BudgetKey, int] = field(default_factory=dict)
    last_incentive: dict[int, datetime] = field(default_factory=dict)
    """By customer: when their newest coupon was issued."""

    def give(self, ask: Ask, terms: ShopTerms) -> str:
        """ "" when the coupon is given, and it is noted; else why not: farming | had_incentive | budget_spent."""
        if terms.stopped:
            return terms.stopped
        if ask.customer_id is not None and terms.incentive_weeks:
            last = self.last_incentive.get(ask.customer_id)
            if last is not None and ask.at < last + timedelta(weeks=terms.incentive_weeks):
                return "had_incentive"
        key = budget_key(ask, terms.zone)
        spent = self.spent.get(key, 0) + ask.cost
        if ask.budget is not None and spent > ask.budget:
            return "budget_spent"
        self.spent[key] = spent
        if ask.customer_id is not None:
            self.last_incentive[ask.customer_id] = max(ask.at, self.last_incentive.get(ask.customer_id, ask.at))
        return ""


def budget_key(ask: Ask, zone: str) -> BudgetKey:
    """The budget and month that the ask draws on."""
    return ask.shop_id, ask.budget_key, ask.at.astimezone(ZoneInfo(zone)).date().replace(day=1)


def exposure(kind: str, value: int, *, order_value: int, shipping_fee: int = 0) -> int:
    """Minor units that a coupon may cost at most, as far as known when it is issued: what a budget counts.

    A percentage is taken of the order that was cancelled, free shipping is that order's fee.
    """
    if kind == "percent":
        return order_value * min(value, 100) // 100
    return shipping_fee if kind == "free_shipping" else value


def settle(asks: Sequence[Ask], purse: Purse, terms: dict[int, ShopTerms]) -> list[str]:
    """Answers in the order of the asks; the first come are the first served."""
    return [purse.give(ask, terms.get(ask.shop_id, ShopTerms())) for ask in asks]
