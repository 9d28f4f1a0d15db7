"""What small shops may learn from others: an estimate drawn to what shops like it see, by as much as its own figures are noise.

The spread of true effects between shops, tau^2, is Paule and Mandel's (J. Res. NBS 87, 1982): the one for which
sum w (y - mu)^2 = k - 1 with w = 1 / (v + tau^2), mu = sum w y / sum w. Each shop's effect is then mu + b (y - mu), b = tau^2 / (tau^2 + v),
with standard error sqrt(b v). The variances v are taken from the pooled shares: a small shop's own would call a lucky shop sure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

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


def paule_mandel(y: ArrayLike, v: ArrayLike) -> Pool:
    """The pool of at least two estimates with variances above 0. Raises ValueError for fewer."""
    ys, vs = np.asarray(y, dtype=np.float64), np.asarray(v, dtype=np.float64)
    if len(ys) < 2 or len(ys) != len(vs) or not (vs > 0).all():
        raise ValueError("pooling needs two estimates at least, each with a variance above 0")

    def excess(tau2: float) -> float:
        w = 1 / (vs + tau2)
        return float((w * (ys - (w * ys).sum() / w.sum()) ** 2).sum()) - (len(ys) - 1)

    tau2 = 0.0
    if excess(0.0) > 0:
        far = float(np.var(ys)) + float(vs.max()) + 1e-12
        while excess(far) > 0:
            far *= 2
        tau2 = float(optimize.brentq(excess, 0.0, far, xtol=1e-15))
    w = 1 / (vs + tau2)
    return Pool(float((w * ys).sum() / w.sum()), tau2, sqrt(1 / float(w.sum())), len(ys))


def estimates(shops: Sequence[Counts]) -> tuple[Floats, Floats]:
    """(differences, variances from the pooled shares) of shops; a shop with an empty arm has difference 0 and an infinite variance."""
    n1, s1 = sum(one.n1 for one in shops), sum(one.s1 for one in shops)
    n0, s0 = sum(one.n0 for one in shops), sum(one.s0 for one in shops)
    p1, p0 = (s1 + 1) / (n1 + 2), (s0 + 1) / (n0 + 2)
    y = [one.difference or 0.0 for one in shops]
    v = [p1 * (1 - p1) / one.n1 + p0 * (1 - p0) / one.n0 if one.n1 and one.n0 else np.inf for one in shops]
    return np.array(y), np.array(v)
