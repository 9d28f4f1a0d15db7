"""How right the forecasts were, once their periods are over. `p` are the chances that were said, `y` what came: 1 over the line.

Brier and log loss: smaller is better. ECE: how far, on average, what was said lies from what came, in ten bins. Spiegelhalter's z: whether
the Brier score is what it would be if every chance were true (beyond -2 … 2 it is not). Slope below 1: too sure of ourselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one set of forecasts."""

    forecasts: int
    over: int
    brier: float
    log_loss: float
    ece: float
    z: float
    """Spiegelhalter's."""

    @property
    def is_calibrated(self) -> bool | None:
        """Whether nothing speaks against the chances at 5 %; None: too few to say."""
        return None if self.forecasts < MOST_SMALL else abs(self.z) <= 1.96


MOST_SMALL = 20
"""Fewer forecasts than these say nothing about calibration."""


def score(p: Sequence[float], y: Sequence[int], bins: int = 10) -> Score | None:
    """The figures, in one walk; None without forecasts. Raises ValueError when the two differ in length."""
    pairs = list(zip(p, y, strict=True))
    if not pairs:
        return None
    number = len(pairs)
    return Score(
        forecasts=number,
        over=sum(y),
        brier=sum((said - came) ** 2 for said, came in pairs) / number,
        log_loss=-sum(log(max(LEAST, said if came else 1 - said)) for said, came in pairs) / number,
        ece=_ece(pairs, bins),
        z=_z(pairs),
    )


def _ece(pairs: Sequence[tuple[float, int]], bins: int) -> float:
    gaps = [0.0] * bins
    for said, came in pairs:
        gaps[min(bins - 1, int(said * bins))] += said - came
    return sum(map(abs, gaps)) / len(pairs)


def _z(pairs: Sequence[tuple[float, int]]) -> float:
    """0 when every chance was 0, 1 or one half: then nothing can be said."""
    spread = sum((1 - 2 * said) ** 2 * said * (1 - said) for said, _ in pairs)
    return sum((came - said) * (1 - 2 * said) for said, came in pairs) / sqrt(spread) if spread > 0 else 0.0


def recalibration(p: Sequence[float], y: Sequence[int], rounds: int = 50) -> tuple[float, float]:
    """Intercept and slope of the logistic line from what was said to what came: (0, 1) when the chances were true.

    By Newton's steps with a breath of ridge, so that it ends where all came or none did.
    """
    x = [log(max(LEAST, said) / max(LEAST, 1 - said)) for said in p]
    intercept, slope = 0.0, 1.0
    for _ in range(rounds):
        g0 = g1 = 0.0
        h00 = h11 = 1e-6
        h01 = 0.0
        for value, came in zip(x, y, strict=True):
            said = 1 / (1 + exp(-max(-35.0, min(35.0, intercept + slope * value))))
            weight = said * (1 - said)
            g0, g1 = g0 + came - said, g1 + (came - said) * value
            h00, h01, h11 = h00 + weight, h01 + weight * value, h11 + weight * value * value
        determinant = h00 * h11 - h01 * h01
        step0, step1 = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        intercept, slope = intercept + max(-2.0, min(2.0, step0)), slope + max(-2.0, min(2.0, step1))
        if abs(step0) + abs(step1) < 1e-10:
            break
    return intercept, slope
