"""Did treatment change anybody's spend at all? Exact at every look, however skewed the amounts.

For each unit g = clip((y - mean) / sd, -3, 3) with the mean and sd of the earlier units (0 for the first two; sd with n below the line).
If nobody's spend is changed, the lot is fair whatever y is, so for each d in +-{0.05, 0.1, 0.2, 0.4} the product of

    exp(d g a) / (1 - pi + pi exp(d g))

is an e-value; their average is the answer (model-X betting: Grünwald, Henzi, Lardy, arXiv 2209.12637). It says whether, not how much.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kaeru.uplift.units import Floats

BETS: Floats = np.array([sign * d for sign in (-1, 1) for d in (0.05, 0.1, 0.2, 0.4)])
CLIP = 3.0
CHUNK = 1_024
"""So many units at once: what a core keeps close."""


@dataclass(frozen=True, slots=True)
class Spend:
    """The evidence so far; `add` gives the next."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    """Sum of squared distances from the mean."""
    logs: tuple[float, ...] = (0.0,) * len(BETS)
    peak: float = 0.0

    @property
    def log_e(self) -> float:
        """Natural log of the e-value of "nobody's spend was changed"."""
        return float(special.logsumexp(self.logs)) - log(len(BETS))

    def is_changed(self, alpha: float = 0.05) -> bool:
        """Whether it has been shown at this or any earlier look."""
        return self.peak >= log(1 / alpha)

    def add(self, arm: ArrayLike, pi: ArrayLike, value: ArrayLike) -> "Spend":
        """With these units as well, in their order."""
        arms, spent = np.asarray(arm, dtype=np.float64), np.asarray(value, dtype=np.float64)
        if not len(arms):
            return self
        promised = np.broadcast_to(np.asarray(pi, dtype=np.float64), arms.shape)
        g, n, mean, squares = self._standard(spent)
        logs, peak = np.array(self.logs)[:, None], self.peak
        for start in range(0, len(arms), CHUNK):
            part = slice(start, start + CHUNK)
            bets = BETS[:, None] * g[part]
            won = bets * arms[part] - np.log(1 + promised[part] * np.expm1(bets))
            paths = logs + np.cumsum(won, axis=1)
            top = paths.max(axis=0)
            peak = max(peak, float((top + np.log(np.exp(paths - top).mean(axis=0))).max()))
            logs = paths[:, -1:]
        return Spend(n, mean, squares, tuple(logs[:, 0].tolist()), peak)

    def _standard(self, spent: Floats) -> tuple[Floats, int, float, float]:
        """(g of each, then number, mean, squares of all): sums are taken around the first amount, which keeps their digits."""
        about = self.mean if self.n else float(spent[0])
        away = spent - about
        n = self.n + np.arange(len(spent))
        first, second = np.cumsum(away) - away, np.cumsum(away * away) - away * away + self.squares
        mean = first / np.maximum(n, 1)
        sd = np.sqrt(np.maximum(second / np.maximum(n, 1) - mean * mean, 0))
        is_known = (n >= 2) & (sd > 0)
        g = np.where(is_known, np.clip((away - mean) / np.where(is_known, sd, 1), -CLIP, CLIP), 0.0)
        number, total = self.n + len(spent), float(away.sum())
        new = about + total / number
        return g, number, new, float((away * away).sum()) + self.squares - total * total / number

    @property
    def sd(self) -> float:
        """Of all amounts so far."""
        return sqrt(max(0.0, self.squares) / self.n) if self.n else 0.0

    def to_json(self) -> dict[str, Any]:
        """Everything, to go on from later."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Spend":
        """What `to_json` gave. An empty mapping is nothing seen yet."""
        return cls(**{**told, "logs": tuple(told["logs"])}) if told else cls()
