"""An interval for means that may be looked at daily, once there are enough units: for money, and for nothing else.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (arXiv 2103.06476), narrowest near N* units:

    rho^2 = (-2 ln alpha + ln(1 - 2 ln alpha)) / N*
    half width = se sqrt(2 (n rho^2 + 1) / (n rho^2) ln(sqrt(n rho^2 + 1) / alpha))
    p = min(1, sqrt(k) exp(-rho^2 n z^2 / (2 k))),   k = n rho^2 + 1,  z = difference / se

It holds in the limit only: on skewed amounts with 20 customers held out it was wrong in one of seven, so amounts are capped and at
least 100 must be held out.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

from kaeru.uplift.shares import Interval, Moments, compared

N_STAR = 1000
LEAST_HELD = 100
"""Customers held out before money gets an interval."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A difference, its interval at any look, and p at any look."""

    difference: float
    interval: Interval
    p: float


def rho(n_star: float = N_STAR, alpha: float = 0.05) -> float:
    """Tunes the sequence to be narrowest near `n_star` units."""
    return sqrt((-2 * log(alpha) + log(1 - 2 * log(alpha))) / n_star)


def difference(
    treated: Moments, held: Moments, n_star: float = N_STAR, alpha: float = 0.05, *, is_relative: bool = False
) -> Sequence:
    """Of the means of two arms. Raises ZeroDivisionError when an arm has fewer than two units."""
    found = compared(treated, held, is_relative=is_relative)
    k_less_1 = (treated.n + held.n) * rho(n_star, alpha) ** 2
    k = k_less_1 + 1
    half = found.se * sqrt(2 * k / k_less_1 * log(sqrt(k) / alpha))
    p = 1.0
    if found.se:
        p = min(1.0, sqrt(k) * exp(-k_less_1 * (found.difference / found.se) ** 2 / (2 * k)))
    return Sequence(found.difference, (found.difference - half, found.difference + half), p)
