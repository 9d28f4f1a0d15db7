"""How many units until an effect would be proven: told before a shop starts, and beside every "not yet".

The plan for one look is the usual one: n = (z(1 - alpha/2) + z(power))^2 (v1 / pi + v0 / (1 - pi)) / delta^2.

Looking daily, each unit is worth G = pi KL(p1 || p) + (1 - pi) KL(p0 || p), p = pi p1 + (1 - pi) p0, to log e(0) when the rates are
known; having to learn them costs about 0.9 altogether (measured: `bench.uplift`). So half of all shops are done when the sum of G
reaches ln(1 / alpha) + 0.9, and four of five when it reaches 1.8 times that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, log

import numpy as np
from scipy import special

from kaeru.uplift import assign
from kaeru.uplift.shares import z_of
from kaeru.uplift.units import Floats

LEARNING = 0.9
MOST_SHOPS = 1.8
STEADY = 1_000
"""Units after which the holdout changes no more."""
FARTHEST = 200_000
"""Units; beyond that the answer is "never" for a shop."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Units, both arms together, until the effect is proven; None: not within any useful time."""

    half: int | None
    """In half of all shops."""
    most: int | None
    """In four of five."""

    def months(self, units_a_month: float) -> "Wait":
        """The same in whole months, begun ones counted. Raises ZeroDivisionError for a shop without cancellations."""
        return Wait(*(None if n is None else ceil(n / units_a_month) for n in (self.half, self.most)))


def total_units(p0: float, delta: float, pi: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """For one look at the end: both arms together, not rounded. Raises ZeroDivisionError for delta 0."""
    p1 = p0 + delta
    z = z_of(alpha) + float(special.ndtri(power))
    return z * z * (p1 * (1 - p1) / pi + p0 * (1 - p0) / (1 - pi)) / delta**2


def worth(p0: float, delta: float, pi: Floats) -> Floats:
    """G of a unit for each probability of treatment."""
    p1 = p0 + delta
    p = pi * p1 + (1 - pi) * p0
    treated, held = _kl(p1, p), _kl(p0, p)
    return pi * treated + (1 - pi) * held


def _kl(q: float, p: Floats) -> Floats:
    found: Floats = special.kl_div(q, p) + special.kl_div(1 - q, 1 - p)
    return found


def until_proven(
    p0: float,
    delta: float,
    held: Callable[[int], int] = assign.taper,
    before: int = 0,
    log_e: float | None = None,
    alpha: float = 0.05,
) -> Wait:
    """Units still to come. `p0`: share that comes back by itself; `delta`: the effect; `held`: basis points by units before.

    `before` units are there already, with `log_e` shown so far (None: nothing yet, everything is still to be learned).
    """
    if not (0 < p0 < 1 and 0 < p0 + delta < 1) or delta == 0:
        return Wait(None, None)
    missing = log(1 / alpha) + LEARNING if log_e is None else max(0.0, log(1 / alpha) - log_e)
    levels = np.array([held(before + unit) for unit in range(STEADY)], dtype=np.float64)
    each = worth(p0, delta, 1 - levels / assign.BUCKETS)
    sums, last = np.cumsum(each), float(each[-1])
    found = [
        int(np.searchsorted(sums, wanted)) + 1
        if wanted <= sums[-1]
        else STEADY + (wanted - float(sums[-1])) / last
        if last
        else inf
        for wanted in (missing, missing * MOST_SHOPS)
    ]
    return Wait(*(ceil(n) if n <= FARTHEST else None for n in found))
