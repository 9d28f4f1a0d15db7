"""A split that learns which way earns most: by net yen, with coupons paid, and never by the share that comes back.

A way's share of re-orders is Beta; its worth is rate x (margin - coupon) - sending. Each way gets the probability that it is the best
one (Thompson's rule; by quadrature, so that the probabilities are known and stored with the units), mixed with a floor for all.
Whoever was written to yesterday has not had time to answer: a unit counts by F(its age), F the share of answers that have come by that
age inside the window (Vernade, Cappé, Perchet, arXiv 1706.09186). The holdout is no way: it is drawn before and not starved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from kaeru.uplift.units import Floats

NODES = 1_000
FLOOR = 0.01
"""Each way keeps at least this share: it is never given up, and a coupon that does not pay costs little."""
PRIOR = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of the split, with what is known of it. Yen per unit."""

    margin: float
    """Of a re-order, before the coupon."""
    coupon: float = 0.0
    """Paid for each re-order of this way."""
    sending: float = 0.0
    """Paid for each unit of this way."""
    a: float = PRIOR[0]
    """Beta(a, b) on its share of re-orders: see `learned`."""
    b: float = PRIOR[1]

    @property
    def gain(self) -> float:
        """Yen for each re-order."""
        return self.margin - self.coupon

    @property
    def net(self) -> float:
        """Expected yen for each unit."""
        return self.gain * self.a / (self.a + self.b) - self.sending


@dataclass(frozen=True, slots=True)
class Delay:
    """F: of the answers that come inside the window, the share that has come by an age. Ages in days."""

    ages: tuple[float, ...]
    """Rising; F rises in a straight line between them."""
    shares: tuple[float, ...]

    def share(self, age: Floats | float) -> Floats:
        """0 before the first age, 1 after the last."""
        found: Floats = np.interp(np.asarray(age, dtype=np.float64), self.ages, self.shares, left=0.0, right=1.0)
        return found


def delay(days: Sequence[float], window: float, guess: float = 4.0, weight: float = 20.0) -> Delay:
    """F learned from the delays of answers of units whose whole window is over, drawn to an exponential of mean `guess` days."""
    ages = np.linspace(0, window, 29)
    came = np.searchsorted(np.sort(np.asarray(days, dtype=np.float64)), ages, side="right")
    usual = truncated_exponential(ages, guess, window)
    shares = (came + weight * usual) / (len(days) + weight)
    return Delay(tuple(ages.tolist()), tuple((shares / shares[-1]).tolist()))


def truncated_exponential(age: Floats, mean: float, window: float) -> Floats:
    """F(age) of an exponential delay that is known to end inside the window; 1 from there on."""
    found: Floats = -np.expm1(-np.minimum(age, window) / mean) / -np.expm1(-window / mean)
    return found


def learned(successes: float, seen: Floats, a: float = PRIOR[0], b: float = PRIOR[1]) -> tuple[float, float]:
    """(a, b) after `successes` among units of which `seen` holds F(age) each: the failures are what is seen less the successes."""
    return a + successes, b + max(0.0, float(np.sum(seen)) - successes)


def p_best(ways: Sequence[Way]) -> Floats:
    """The probability that each way has the largest net yen; they sum to 1. Raises ValueError without ways."""
    if not ways:
        raise ValueError("no ways")
    middles = (np.arange(NODES) + 0.5) / NODES
    chances = np.empty(len(ways))
    for number, way in enumerate(ways):
        worth = way.gain * special.betaincinv(way.a, way.b, middles) - way.sending
        below = np.ones(NODES)
        for other in (*ways[:number], *ways[number + 1 :]):
            below *= _below(other, worth)
        chances[number] = below.mean()
    found: Floats = chances / chances.sum()
    return found


def _below(way: Way, worth: Floats) -> Floats:
    """The probability that the way is worth less than this."""
    if way.gain == 0:
        return (worth > -way.sending).astype(np.float64)
    rate = np.clip((worth + way.sending) / way.gain, 0, 1)
    share: Floats = special.betainc(way.a, way.b, rate)
    return share if way.gain > 0 else 1 - share


def floored(weights: Floats, floor: float = FLOOR) -> Floats:
    """Mixed as f + (1 - K f) w: no way falls below the floor. Raises ValueError when K floors are more than everything."""
    k = len(weights)
    if not 0 <= floor * k <= 1:
        raise ValueError(f"{k} ways cannot have {floor} each")
    return floor + (1 - k * floor) * np.asarray(weights, dtype=np.float64)


def weights(ways: Sequence[Way], floor: float = FLOOR) -> Floats:
    """The share of units that each way gets now; they sum to 1. Store the chosen way's with the unit."""
    return floored(p_best(ways), floor)


def chosen(weights: Sequence[float] | Floats, bucket: int, buckets: int = 10_000) -> int:
    """Which way a bucket (`assign.bucket` with a salt of the split's own) falls to."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64)) * buckets
    return min(len(edges) - 1, int(np.searchsorted(edges, bucket + 0.5)))
