"""What a coupon is worth: net of the coupons that are paid to customers who would have come back anyway.

With p0 coming back by themselves, an effect tau, a margin m, a coupon c and a price of sending, one cancellation is worth
(p0 + tau) (m - c) - sending when treated and p0 m when left alone. Both are equal at tau* = (p0 c + sending) / (m - c).
Yen throughout; shares are parts of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Coupon:
    """What is offered, to whom."""

    p0: float
    margin: float
    coupon: float
    sending: float = 0.0

    @property
    def break_even(self) -> float:
        """The smallest effect that pays; infinite where the coupon takes the whole margin."""
        left = self.margin - self.coupon
        return (self.p0 * self.coupon + self.sending) / left if left > 0 else inf

    def net(self, uplift: float) -> float:
        """Yen for each cancellation, treated less left alone."""
        return (self.p0 + uplift) * (self.margin - self.coupon) - self.sending - self.p0 * self.margin

    def pays(self, interval: Interval) -> bool | None:
        """True: even the lowest effect of the interval pays. False: even the highest does not. None: not known."""
        low, high = interval
        if low >= self.break_even:
            return True
        return False if high < self.break_even else None


@dataclass(frozen=True, slots=True)
class Segment:
    """Cancellations of one reason that could get a coupon."""

    key: str
    units: int
    uplift: float
    coupon: Coupon

    @property
    def spend(self) -> float:
        """Coupon yen expected for each unit: it is paid to everybody treated who comes back."""
        return (self.coupon.p0 + self.uplift) * self.coupon.coupon

    @property
    def gain(self) -> float:
        """Net yen expected for each unit."""
        return self.coupon.net(self.uplift)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units by segment (those that get any), and what is expected of them."""

    units: dict[str, int]
    gain: float
    spend: float


def allocate(segments: Sequence[Segment], budget: float) -> Allocation:
    """Spend a coupon budget where each yen brings most: by gain per coupon yen, only where there is a gain, whole units."""
    units: dict[str, int] = {}
    left, gain = float(budget), 0.0
    paying = [one for one in segments if one.gain > 0]
    for one in sorted(paying, key=lambda one: one.gain / one.spend if one.spend > 0 else inf, reverse=True):
        number = one.units if one.spend <= 0 else min(one.units, floor(left / one.spend + 1e-9))
        if number:
            units[one.key] = number
            left, gain = left - number * max(0.0, one.spend), gain + number * one.gain
    return Allocation(units, gain, budget - left)
