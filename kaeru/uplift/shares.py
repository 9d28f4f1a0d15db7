"""Figures for one look: shares, means, and means with what was known before. Never the verdict: looking daily makes them lie.

Wilson's and Newcombe's intervals for shares (Newcombe, Statistics in Medicine 17, 1998, method 10), Welch's for means with the
delta method for relative differences, CUPED for means (Deng, Xu, Kohavi, Walker, WSDM 2013).
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

from kaeru.uplift.units import Floats

Interval = tuple[float, float]


def z_of(alpha: float) -> float:
    """Two-sided: 1.96 for 0.05."""
    return float(special.ndtri(1 - alpha / 2))


def wilson(s: float, n: float, alpha: float = 0.05) -> Interval:
    """Of a share s / n; (0, 1) when n is 0."""
    if not n:
        return 0.0, 1.0
    z = z_of(alpha)
    middle, half = s / n + z * z / (2 * n), z * sqrt(s / n * (1 - s / n) / n + z * z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


def newcombe(s1: float, n1: float, s0: float, n0: float, alpha: float = 0.05) -> tuple[float, float, float]:
    """(difference, low, high) of s1 / n1 - s0 / n0. Raises ZeroDivisionError for an empty arm."""
    p1, p0 = s1 / n1, s0 / n0
    (low1, high1), (low0, high0) = wilson(s1, n1, alpha), wilson(s0, n0, alpha)
    d = p1 - p0
    return d, d - sqrt((p1 - low1) ** 2 + (high0 - p0) ** 2), d + sqrt((high1 - p1) ** 2 + (p0 - low0) ** 2)


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, sum and sum of squares."""

    n: int
    sum: float
    squares: float

    @property
    def mean(self) -> float:
        """Raises ZeroDivisionError without units."""
        return self.sum / self.n

    @property
    def variance(self) -> float:
        """With n - 1."""
        return (self.squares - self.sum * self.sum / self.n) / (self.n - 1)


def moments(values: Floats) -> Moments:
    """Of a column."""
    return Moments(len(values), float(values.sum()), float((values * values).sum()))


def of_share(s: int, n: int) -> Moments:
    """Of s ones and n - s zeros, with the binomial variance (n, not n - 1, below the line)."""
    return Moments(n, float(s), float(s * s / n + s * (1 - s / n) * (n - 1) / n))


@dataclass(frozen=True, slots=True)
class Compared:
    """A difference with its standard error; relative: as a part of the held-out mean."""

    difference: float
    se: float
    degrees: float
    """Of freedom (Welch, Satterthwaite)."""


def compared(treated: Moments, held: Moments, *, is_relative: bool = False) -> Compared:
    """Means of the two arms. Raises ZeroDivisionError when there are fewer than two in an arm, or the held-out mean is 0 and asked by."""
    v1, v0 = treated.variance / treated.n, held.variance / held.n
    degrees = (v1 + v0) ** 2 / (v1 * v1 / (treated.n - 1) + v0 * v0 / (held.n - 1)) if v1 + v0 else 1.0
    d = treated.mean - held.mean
    if not is_relative:
        return Compared(d, sqrt(v1 + v0), degrees)
    m = held.mean
    return Compared(d / m, sqrt(v1 / m**2 + v0 * treated.mean**2 / m**4), degrees)


def welch(
    treated: Moments, held: Moments, alpha: float = 0.05, *, is_relative: bool = False
) -> tuple[float, Interval, float]:
    """(difference, interval, p)."""
    found = compared(treated, held, is_relative=is_relative)
    half = float(special.stdtrit(found.degrees, 1 - alpha / 2)) * found.se
    p = 2 * float(special.stdtr(found.degrees, -abs(found.difference) / found.se)) if found.se else 1.0
    return found.difference, (found.difference - half, found.difference + half), p


def cuped(y1: Floats, x1: Floats, y0: Floats, x0: Floats) -> tuple[float, float, float]:
    """(difference, its standard error, theta) of y with what x, known before, foretells taken away: theta = (cov1 + cov0) / (var1 + var0)."""
    c1, c0 = np.cov(y1, x1), np.cov(y0, x0)
    theta = float((c1[0, 1] + c0[0, 1]) / (c1[1, 1] + c0[1, 1]))
    r1, r0 = y1 - theta * x1, y0 - theta * x0
    return float(r1.mean() - r0.mean()), sqrt(float(r1.var(ddof=1)) / len(r1) + float(r0.var(ddof=1)) / len(r0)), theta
