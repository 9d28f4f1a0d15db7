"""The main result: did treatment change the share that comes back, and by how much? Valid at every look, however often one looks.

For a unit with arm a and outcome y, and a tested difference d:  log e(d) += ln( q_a(y) / p_a(y) ), where q are the rates foretold from
earlier units (`foretold`) and p the pair with difference d that is nearest to them (`nearest`; for d = 0 both are pi q1 + (1 - pi) q0).
If the difference is d, e(d) reaches 1 / alpha with probability alpha at most, ever. So:

- "proven" (or "harmful") as soon as log e(0) >= ln(1 / alpha). For d = 0 only the lot is needed: it holds under drift and under
  allocation that learns, as long as pi is known (model-X e-values: Grünwald, Henzi, Lardy, arXiv 2209.12637).
- the interval holds every d of a grid of 0.005 with log e(d) < ln(1 / alpha), and one step more on both sides. For d other than 0 the
  rates of the arms are taken not to drift.

Log e-values of independent shops add up.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import inf, log
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from kaeru.uplift.foretold import KAPPA, Counts, rates
from kaeru.uplift.nearest import held_rate
from kaeru.uplift.ratio import Ratio
from kaeru.uplift.units import Flags, Floats

ALPHA = 0.05
STEP = 0.005
GRID: Floats = np.array([place * STEP for place in range(-199, 200)])
"""Tested differences, -0.995 to 0.995."""
MIDDLE = 199
TINY = 1e-9
"""Should everything be refuted (rates that drifted), the least refuted difference stands for the interval."""
CELLS = 8_192
"""So many units times differences at once: what a core keeps close."""

Verdict = Literal["proven", "not_yet", "harmful"]


def gains(arm: Flags, pi: Floats, outcome: Flags, q1: Floats, q0: Floats, d: float | Floats = 0.0) -> Floats:
    """ln(q_a(y) / p_a(y)) of each unit; broadcasts over `d`."""
    q = np.where(arm, q1, q0)
    if isinstance(d, float) and d == 0.0:
        p: Floats = pi * q1 + (1 - pi) * q0
    else:
        p = held_rate(q1, q0, pi, d) + arm * d
    gained: Floats = np.log(np.where(outcome, q / p, (1 - q) / (1 - p)))
    return gained


@dataclass(frozen=True, slots=True)
class Difference:
    """The evidence so far: what is kept of any number of units. `add` gives the next; adding in pieces equals adding at once."""

    kappa: float = KAPPA
    prior: tuple[float, float] | None = None
    """(treated, held) shares learned from other shops before the first unit; None: learn from these units alone."""
    counts: Counts = field(default_factory=Counts)
    ratio: Ratio = field(default_factory=Ratio)
    peak_up: float = -inf
    """The largest log e(0) at a moment when more of the treated had come back."""
    peak_down: float = -inf
    grid: Floats = field(default_factory=lambda: np.zeros(len(GRID)))
    """log e(d) for each d of GRID."""

    def add(self, arm: ArrayLike, pi: ArrayLike, outcome: ArrayLike) -> "Difference":
        """With these units as well, in the order in which their windows ended. Raises ValueError for other than 0 < pi < 1."""
        arms, came = np.asarray(arm, dtype=np.bool_), np.asarray(outcome, dtype=np.bool_)
        promised = np.broadcast_to(np.asarray(pi, dtype=np.float64), arms.shape)
        return add_many([(self, arms, promised, came)])[0]

    def log_e(self, d: float = 0.0) -> float:
        """Natural log of the e-value of "the difference is d", for a d of the grid. Raises ValueError for others."""
        at = round(d / STEP) + MIDDLE
        if not 0 <= at < len(GRID) or abs(GRID[at] - d) > 1e-9:
            raise ValueError(f"{d} is not on the grid of {STEP}")
        return float(self.grid[at])

    def interval(self, alpha: float = ALPHA) -> tuple[float, float]:
        """(lowest, highest) difference that is not refuted, as shares; (-1, 1) before anything is known."""
        return around(np.flatnonzero(self.grid < max(log(1 / alpha), float(self.grid.min()) + TINY)))

    def verdict(self, alpha: float = ALPHA) -> Verdict:
        """What has been shown at this or any earlier look."""
        return verdict(self.peak_up, self.peak_down, alpha)

    def to_json(self) -> dict[str, Any]:
        """Everything, to go on from later: 5 KB."""
        return {
            "kappa": self.kappa,
            "prior": list(self.prior) if self.prior else None,
            "counts": asdict(self.counts),
            "ratio": asdict(self.ratio),
            "peak_up": None if self.peak_up == -inf else self.peak_up,
            "peak_down": None if self.peak_down == -inf else self.peak_down,
            "grid": b64encode(self.grid.astype("<f8").tobytes()).decode(),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Difference":
        """What `to_json` gave. An empty mapping is nothing seen yet."""
        if not told:
            return cls()
        return cls(
            kappa=told["kappa"],
            prior=(told["prior"][0], told["prior"][1]) if told["prior"] else None,
            counts=Counts(**told["counts"]),
            ratio=Ratio(**told["ratio"]),
            peak_up=-inf if told["peak_up"] is None else told["peak_up"],
            peak_down=-inf if told["peak_down"] is None else told["peak_down"],
            grid=np.frombuffer(b64decode(told["grid"]), dtype="<f8").astype(np.float64),
        )


More = tuple[Difference, Flags, Floats, Flags]
"""(evidence so far, arm, pi, outcome) of units to add."""


def add_many(more: Sequence[More]) -> list[Difference]:
    """The same for many comparisons in one calculation: for nightly passes over thousands of shops with a few units each."""
    for _, arm, pi, outcome in more:
        if not len(arm) == len(pi) == len(outcome):
            raise ValueError("columns of different length")
        if len(pi) and not (float(pi.min()) > 0 and float(pi.max()) < 1):
            raise ValueError("a probability of treatment lies strictly between 0 and 1")
    filled = [number for number, (_, arm, _, _) in enumerate(more) if len(arm)]
    found = [one for one, *_ in more]
    if not filled:
        return found
    foretold = [rates(found[at].counts, more[at][1], more[at][3], found[at].kappa, found[at].prior) for at in filled]
    arm, pi, outcome = (np.concatenate([more[at][column] for at in filled]) for column in (1, 2, 3))
    q1, q0 = (np.concatenate([pair[side] for pair in foretold]) for side in (0, 1))
    sizes = np.array([len(more[at][1]) for at in filled])
    starts = np.cumsum(sizes) - sizes
    at_zero = gains(arm, pi, outcome, q1, q0)
    grids = _grids(arm, pi, outcome, q1, q0, np.repeat(np.arange(len(filled)), sizes), len(filled))
    for number, (at, start, size) in enumerate(zip(filled, starts, sizes, strict=True)):
        new = slice(start, start + size)
        found[at] = _grown(found[at], arm[new], pi[new], outcome[new], at_zero[new], grids[number])
    return found


def _grids(arm: Flags, pi: Floats, outcome: Flags, q1: Floats, q0: Floats, owner: Any, owners: int) -> Floats:
    """Sums of `gains` for each comparison (rows) and each d (columns)."""
    sums = np.zeros((owners, len(GRID)))
    step = max(1, CELLS // len(GRID))
    for start in range(0, len(arm), step):
        part = slice(start, start + step)
        gained = gains(
            arm[part, None], pi[part, None], outcome[part, None], q1[part, None], q0[part, None], GRID[None, :]
        )
        whose = owner[part]
        first = np.flatnonzero(np.concatenate(([True], whose[1:] != whose[:-1])))
        sums[whose[first]] += np.add.reduceat(gained, first, axis=0)
    return sums


def _grown(one: Difference, arm: Flags, pi: Floats, outcome: Flags, at_zero: Floats, more: Floats) -> Difference:
    path = one.grid[MIDDLE] + np.cumsum(at_zero)
    up, down = peaks(one.counts, arm, outcome, path)
    grid = one.grid + more
    grid[MIDDLE] = path[-1]
    return replace(
        one,
        counts=one.counts.add(arm, outcome),
        ratio=one.ratio.add(arm, pi),
        peak_up=max(one.peak_up, up),
        peak_down=max(one.peak_down, down),
        grid=grid,
    )


def peaks(so_far: Counts, arm: Flags, outcome: Flags, path: Floats) -> tuple[float, float]:
    """The largest of `path` (log e(0) after each unit) while the treated were ahead, and while the held were."""
    n1, s1 = so_far.n1 + np.cumsum(arm), so_far.s1 + np.cumsum(arm & outcome)
    n0, s0 = so_far.n0 + np.cumsum(~arm), so_far.s0 + np.cumsum(~arm & outcome)
    ahead = s1 * n0 - s0 * n1
    return (
        float(np.max(path, where=ahead > 0, initial=-inf)),
        float(np.max(path, where=ahead < 0, initial=-inf)),
    )


def verdict(peak_up: float, peak_down: float, alpha: float = ALPHA) -> Verdict:
    """Of the peaks of log e(0). Should both have been reached, the higher counts."""
    if max(peak_up, peak_down) < log(1 / alpha):
        return "not_yet"
    return "proven" if peak_up >= peak_down else "harmful"


def around(kept: Any) -> tuple[float, float]:
    """The interval from the positions on the grid that are not refuted: one step wider on both sides, within -1 and 1."""
    return max(-1.0, (int(kept[0]) - MIDDLE - 1) * STEP), min(1.0, (int(kept[-1]) - MIDDLE + 1) * STEP)
