"""Did the customer buy again? What of a customer's orders counts for one assignment, window by window. Pure.

Time zero is the first cancellation in the scenario. What counts is a new order of the same customer in the same shop that is paid and
not cancelled by the end of the window, whoever or whatever brought it: sent or not, by link or not, to whichever address. What comes after
a window is over changes nothing in it, so that what was counted stays counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOWS = (7, 14, 30, 60)
"""Days, side by side; the third decides."""
DECIDES = 30
PAID_LATER = frozenset({"bank", "konbini"})
"""Ways to pay after ordering: such an order counts from when the money or the parcel was there; others are paid when placed."""


@dataclass(frozen=True, slots=True)
class Bought:
    """An order of the customer, as it is known now. Money in minor units."""

    id: int
    placed_at: datetime
    total: int
    cancelled_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    payment_kind: str = ""
    off: int = 0
    """What coupons of the scenario took off it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Something that the scenario cost at a moment: a coupon used, a message sent. Minor units."""

    at: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class Window:
    """One window that is over."""

    back: bool
    value: int
    coupons: int
    sends: int


def over_at(first_at: datetime, days: int) -> datetime:
    """When the window of so many days is over."""
    return first_at + timedelta(days=days)


def matured(first_at: datetime, now: datetime) -> int:
    """How many of WINDOWS are over."""
    return sum(over_at(first_at, days) <= now for days in WINDOWS)


def next_over(first_at: datetime, now: datetime) -> datetime | None:
    """When the next window is over; None when all are."""
    return next((over_at(first_at, days) for days in WINDOWS if over_at(first_at, days) > now), None)


def counts(order: Bought, first_at: datetime, until: datetime) -> bool:
    """Whether it is a new order of the time from zero to `until` (with it) that was paid and not cancelled by then."""
    if not first_at < order.placed_at <= until or _by(order.cancelled_at, until):
        return False
    return order.payment_kind not in PAID_LATER or _by(order.paid_at, until) or _by(order.shipped_at, until)


def _by(moment: datetime | None, until: datetime) -> bool:
    return moment is not None and moment <= until


def window(
    first_at: datetime, days: int, orders: Iterable[Bought], coupons: Iterable[Spent], sends: Iterable[Spent]
) -> Window:
    """One window: back or not, what was bought before our coupons, what coupons and sending cost in it."""
    until = over_at(first_at, days)
    good = [order for order in orders if counts(order, first_at, until)]
    return Window(
        back=bool(good),
        value=sum(order.total + order.off for order in good),
        coupons=sum(one.amount for one in coupons if one.at <= until),
        sends=sum(one.amount for one in sends if one.at <= until),
    )


def first_back(first_at: datetime, orders: Sequence[Bought], now: datetime) -> Bought | None:
    """The first new order that counts as things stand, within the longest window."""
    until = min(now, over_at(first_at, WINDOWS[-1]))
    good = [order for order in orders if counts(order, first_at, until)]
    return min(good, key=lambda order: (order.placed_at, order.id), default=None)


def cancelled_again(first_at: datetime, moments: Iterable[datetime]) -> int:
    """How many further cancellations there were in the window that decides."""
    return sum(first_at < moment <= over_at(first_at, DECIDES) for moment in moments)
