"""All units at once, when only the answer is wanted: the ends of the interval are looked for, instead of keeping every difference.

log e(d) falls towards the difference that was seen and rises beyond it, so each end is found by a few trials on the same grid.
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from kaeru.uplift.eproc import ALPHA, CELLS, GRID, MIDDLE, STEP, gains, peaks
from kaeru.uplift.foretold import KAPPA, Counts, rates
from kaeru.uplift.ratio import Ratio
from kaeru.uplift.units import Floats, Units


@dataclass(frozen=True, slots=True)
class Walk:
    """The units with what was foretold of each."""

    units: Units
    q1: Floats
    q0: Floats
    counts: Counts
    path: Floats
    """log e(0) after each unit."""

    @property
    def peaks(self) -> tuple[float, float]:
        """The largest log e(0) while the treated were ahead, and while the held were."""
        return peaks(Counts(), self.units.arm, self.units.outcome, self.path)

    def log_e(self, d: float) -> float:
        """Natural log of the e-value of "the difference is d" after all units; -1 < d < 1."""
        told = self.units
        total = 0.0
        for start in range(0, len(told), CELLS):
            part = slice(start, start + CELLS)
            total += float(
                gains(told.arm[part], told.pi[part], told.outcome[part], self.q1[part], self.q0[part], d).sum()
            )
        return total

    def ratio(self) -> Ratio:
        """Whether the arms are as large as promised."""
        return Ratio().add(self.units.arm, self.units.pi)

    def interval(self, alpha: float = ALPHA) -> tuple[float, float]:
        """As `Difference.interval`."""
        if not len(self.units):
            return -1.0, 1.0
        seen = min(len(GRID) - 1, max(0, round((self.counts.difference or 0.0) / STEP) + MIDDLE))
        limit = log(1 / alpha)
        known: dict[int, float] = {}
        kept = [self._last(seen, side, limit, known) for side in (-1, 1)]
        return max(-1.0, (kept[0] - MIDDLE - 1) * STEP), min(1.0, (kept[1] - MIDDLE + 1) * STEP)

    def fine_interval(self, alpha: float = ALPHA, least: float = 1e-4) -> tuple[float, float]:
        """The same without the grid: its ends are found within the step beyond which all is refuted, and rounded outwards to `least`."""
        low, high = self.interval(alpha)
        limit = log(1 / alpha)
        return self._end(low, min(1.0, low + STEP), limit, least), self._end(high, max(-1.0, high - STEP), limit, least)

    def _end(self, outside: float, inside: float, limit: float, least: float) -> float:
        if abs(outside) >= 1 or not len(self.units) or self.log_e(outside) < limit:
            return outside
        while abs(outside - inside) > least:
            middle = (outside + inside) / 2
            inside, outside = (middle, outside) if self.log_e(middle) < limit else (inside, middle)
        return outside

    def _at(self, place: int, known: dict[int, float]) -> float:
        if place not in known:
            known[place] = self.log_e(float(GRID[place]))
        return known[place]

    def _last(self, seen: int, side: int, limit: float, known: dict[int, float]) -> int:
        """The last place on this side of what was seen that is not refuted: bisection, helped by a parabola."""
        inside, outside = seen, -1 if side < 0 else len(GRID)
        while abs(outside - inside) > 1:
            place = self._guess(seen, inside, outside, side, limit, known)
            if self._at(place, known) < limit:
                inside = place
            else:
                outside = place
        return inside

    def _guess(self, seen: int, inside: int, outside: int, side: int, limit: float, known: dict[int, float]) -> int:
        """Strictly between the two."""
        least = self._at(seen, known)
        near = [place for place in known if (place - seen) * side > 0]
        if near:
            nearest = min(near, key=lambda place: abs(known[place] - limit))
            curve = (known[nearest] - least) / (nearest - seen) ** 2
        else:
            n1, n0 = max(1, self.counts.n1), max(1, self.counts.n0)
            curve = STEP * STEP / (2 * 0.25 * (1 / n1 + 1 / n0))
        away = sqrt((limit - least) / curve) if curve > 0 and limit > least else 1.0
        # Whole steps inwards first, then outwards: two trials beside each other end the search.
        place = seen + side * int(away if inside == seen else away + 1)
        low, high = min(inside, outside) + 1, max(inside, outside) - 1
        if abs(outside - inside) > 60 and len(near) > 6:
            return (low + high) // 2
        return min(high, max(low, place))


def walk(units: Units, kappa: float = KAPPA, prior: tuple[float, float] | None = None) -> Walk:
    """What was foretold of each unit, and log e(0) after each."""
    q1, q0 = rates(Counts(), units.arm, units.outcome, kappa, prior)
    path = np.cumsum(gains(units.arm, units.pi, units.outcome, q1, q0))
    return Walk(units, q1, q0, Counts().add(units.arm, units.outcome), path)
