"""How long until customers come back, with those who are still being watched counted for as long as they were.

Kaplan-Meier's curve; the mean time away up to tau (the area under it, RMST) with Greenwood's variance; the log-rank test of two arms.
Klein, Moeschberger, "Survival Analysis", chapters 4 and 7. For one look; the verdict is `eproc`'s.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kaeru.uplift.units import Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """At each time at which somebody came back: who was still away before (at risk), who came back then, and the share away after it."""

    times: Floats
    at_risk: Floats
    back: Floats
    away: Floats

    def away_at(self, time: float) -> float:
        """The share that has not come back by this time."""
        place = int(np.searchsorted(self.times, time, side="right"))
        return float(self.away[place - 1]) if place else 1.0

    def mean_away(self, tau: float) -> tuple[float, float]:
        """(RMST, its variance): the mean time away within the first `tau`."""
        inside = self.times <= tau
        times, away = self.times[inside], self.away[inside]
        widths = np.diff(np.concatenate(([0.0], times, [tau])))
        areas = widths * np.concatenate(([1.0], away))
        rest = np.cumsum(areas[::-1])[::-1][1:]  # the area from each return to tau
        risk, back = self.at_risk[inside], self.back[inside]
        stays = risk * (risk - back)
        weights = np.divide(back, stays, out=np.zeros(len(stays)), where=stays > 0)
        return float(areas.sum()), float((rest * rest * weights).sum())


def curve(time: ArrayLike, came_back: ArrayLike) -> Curve:
    """From the time until each unit came back, or until it was last watched (`came_back` 0)."""
    times, came = np.asarray(time, dtype=np.float64), np.asarray(came_back, dtype=np.bool_)
    moments = np.unique(times[came])
    at_risk = len(times) - np.searchsorted(np.sort(times), moments, side="left").astype(np.float64)
    ends = np.sort(times[came])
    back = (np.searchsorted(ends, moments, side="right") - np.searchsorted(ends, moments, side="left")).astype(
        np.float64
    )
    away: Floats = np.cumprod(1 - back / at_risk, dtype=np.float64)
    return Curve(moments, at_risk, back, away)


def compared(treated: Curve, held: Curve, tau: float) -> tuple[float, float]:
    """(difference of the mean times away, treated less held, and its standard error): negative is sooner back."""
    (mean1, var1), (mean0, var0) = treated.mean_away(tau), held.mean_away(tau)
    return mean1 - mean0, sqrt(var1 + var0)


def log_rank(time: ArrayLike, came_back: ArrayLike, arm: ArrayLike) -> tuple[float, float]:
    """(chi-square of one degree of freedom, p) of "both arms come back alike"; (0, 1) when nothing tells them apart."""
    times, came, arms = np.asarray(time), np.asarray(came_back, dtype=np.bool_), np.asarray(arm, dtype=np.bool_)
    both = curve(times, came)
    n1 = arms.sum() - np.searchsorted(np.sort(times[arms]), both.times, side="left")
    share = n1 / both.at_risk
    expected = float((both.back * share).sum())
    n = both.at_risk
    spread = both.back * share * (1 - share) * np.divide(n - both.back, n - 1, out=np.zeros(len(n)), where=n > 1)
    variance = float(spread.sum())
    if variance == 0:
        return 0.0, 1.0
    chi2 = (float((came & arms).sum()) - expected) ** 2 / variance
    return chi2, float(special.erfc(sqrt(chi2 / 2)))
