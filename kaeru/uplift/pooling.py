"""What small shops may learn from others: an estimate drawn to what shops like it see, by as much as its own figures are noise.

The spread of true effects between shops, tau^2, is Paule and Mandel's (J. Res. NBS 87, 1982): the one for which
sum w (y - mu)^2 = k - 1 with w = 1 / (v + tau^2), mu = sum w y / sum w. Each shop's effect is then mu + b (y - mu), b = tau^2 / (tau^2 + v),
with standard error sqrt(b v). The variances v come from all shops together: a small shop's own would call a lucky shop sure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from kaeru.uplift.foretold import Counts
from kaeru.uplift.shares import Interval, z_of
from kaeru.uplift.units import Floats

LEAST_SHOPS = 8
"""Fewer shops than these would let one be guessed."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What shops have in common."""

    mu: float
    """The mean effect."""
    tau2: float
    """The variance of true effects between shops."""
    se: float
    """Of mu."""
    shops: int
    tau2_high: float
    """What tau^2 may be at most: the upper end of its 95 % interval (Viechtbauer's Q-profile, Statistics in Medicine 26, 2007)."""

    @property
    def interval(self) -> Interval:
        """Of mu, 95 %."""
        return self.mu - z_of(0.05) * self.se, self.mu + z_of(0.05) * self.se

    def shrunk(self, y: ArrayLike, v: ArrayLike) -> tuple[Floats, Floats]:
        """(effects, standard errors) of shops with estimates y and variances v; an infinite v gives the pool's own mean."""
        ys, vs = np.asarray(y, dtype=np.float64), np.asarray(v, dtype=np.float64)
        b = self.tau2 / (self.tau2 + vs) if self.tau2 else np.zeros(len(vs))
        known = np.isfinite(vs)
        variance = np.where(known, b * np.where(known, vs, 0.0), self.tau2)
        return self.mu + b * np.where(known, ys - self.mu, 0.0), np.sqrt(variance)

    def intervals(self, y: ArrayLike, v: ArrayLike, alpha: float = 0.05) -> tuple[Floats, Floats, Floats]:
        """(effects, low, high) to be shown to shops. Many small shops say little of the spread of true effects, and with too small a
        spread the standard errors of `shrunk` promise too much: here they are those of the largest spread that may be, and mu is not sure."""
        drawn, _ = self.shrunk(y, v)
        _, se = replace(self, tau2=self.tau2_high).shrunk(y, v)
        half = z_of(alpha) * np.sqrt(se * se + self.se**2)
        return drawn, drawn - half, drawn + half


def paule_mandel(y: ArrayLike, v: ArrayLike) -> Pool:
    """The pool of at least two estimates with variances above 0. Raises ValueError for fewer."""
    ys, vs = np.asarray(y, dtype=np.float64), np.asarray(v, dtype=np.float64)
    if len(ys) < 2 or len(ys) != len(vs) or not (vs > 0).all():
        raise ValueError("pooling needs two estimates at least, each with a variance above 0")

    def excess(tau2: float) -> float:
        w = 1 / (vs + tau2)
        return float((w * (ys - (w * ys).sum() / w.sum()) ** 2).sum())

    tau2 = _spread(excess, len(ys) - 1)
    tau2_high = _spread(excess, float(special.chdtri(len(ys) - 1, 0.975)))
    w = 1 / (vs + tau2)
    return Pool(float((w * ys).sum() / w.sum()), tau2, sqrt(1 / float(w.sum())), len(ys), tau2_high)


def _spread(excess: Callable[[float], float], wanted: float) -> float:
    """The tau^2 at which the weighted squares, which fall with it, are as many as wanted; 0 when they never are."""
    if excess(0.0) <= wanted:
        return 0.0
    far = 1e-6
    while excess(far) > wanted:
        far *= 4
    return float(optimize.brentq(lambda tau2: excess(tau2) - wanted, 0.0, far, xtol=1e-15))


def estimates(shops: Sequence[Counts]) -> tuple[Floats, Floats]:
    """(differences, variances) of shops; a shop with an empty arm has difference 0 and an infinite variance.

    The variance of one unit is that within shops, pooled over all of them (sum s (n - s) / n over sum (n - 1), by arm): shops that differ in
    how many come back by themselves must not look as noise.
    """
    one1 = _within([(one.n1, one.s1) for one in shops])
    one0 = _within([(one.n0, one.s0) for one in shops])
    y = [one.difference or 0.0 for one in shops]
    v = [one1 / one.n1 + one0 / one.n0 if one.n1 and one.n0 else np.inf for one in shops]
    return np.array(y), np.array(v)


def _within(arms: Sequence[tuple[int, int]]) -> float:
    """Drawn to a share of one half by one pair of units, so that it is never 0."""
    return (0.5 + sum(s * (n - s) / n for n, s in arms if n)) / (2 + sum(n - 1 for n, _ in arms if n))
