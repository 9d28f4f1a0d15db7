"""Whether the arms are as large as the lot should have made them. If not, something is broken (held-out customers are lost, a rule skips
one side only), and no figure of the comparison may be shown.

Chi-square is for one look. The e-value may be looked at daily: unit by unit the share of treated is foretold from the units so far,
with the probability that was stored for this one; what was foretold over what was promised multiplies up. With one constant pi it is
the Beta-Bernoulli e-value ln B(k pi + n1, k (1 - pi) + n0) - ln B(k pi, k (1 - pi)) - n1 ln pi - n0 ln (1 - pi) (Lindon, Malek:
"Anytime-valid inference for multinomial count data", NeurIPS 2022).
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from scipy import special

from kaeru.uplift.units import Flags, Floats

PRIOR = 100.0
"""k: so many units' weight the promised share has."""
BROKEN = log(1000)
"""At this log e-value figures are blocked: a sound comparison comes here once in a thousand, ever."""
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Ratio:
    """A running check; `add` gives the next."""

    n: int = 0
    treated: int = 0
    promised: float = 0.0
    """Sum of pi: so many should be treated."""
    spread: float = 0.0
    """Sum of pi (1 - pi)."""
    log_e: float = 0.0
    peak: float = 0.0
    """The largest log e-value so far: once broken, it stays broken."""

    @property
    def is_broken(self) -> bool:
        """Whether the figures must be blocked."""
        return self.peak >= BROKEN

    @property
    def chi2(self) -> float:
        """Pearson's, one degree of freedom; with several pi the square of the standardised excess of treated."""
        return (self.treated - self.promised) ** 2 / self.spread if self.spread else 0.0

    @property
    def p(self) -> float:
        """Of chi2; for one look only."""
        return float(special.erfc(sqrt(self.chi2 / 2)))

    def add(self, arm: Flags, pi: Floats, k: float = PRIOR) -> "Ratio":
        """After these units as well, in their order."""
        if not len(arm):
            return self
        excess = np.cumsum(arm - pi)
        before = np.concatenate(([0.0], excess[:-1])) + (self.treated - self.promised)
        foretold = np.clip(pi + before / (k + self.n + np.arange(len(arm))), LEAST, 1 - LEAST)
        path = self.log_e + np.cumsum(np.log(np.where(arm, foretold / pi, (1 - foretold) / (1 - pi))))
        return Ratio(
            n=self.n + len(arm),
            treated=self.treated + int(arm.sum()),
            promised=self.promised + float(pi.sum()),
            spread=self.spread + float((pi * (1 - pi)).sum()),
            log_e=float(path[-1]),
            peak=max(self.peak, float(path.max())),
        )


def of_counts(n1: int, n0: int, pi: float, k: float = PRIOR) -> Ratio:
    """From the sizes alone, with one constant pi."""
    log_e = (
        float(special.betaln(k * pi + n1, k * (1 - pi) + n0) - special.betaln(k * pi, k * (1 - pi)))
        - n1 * log(pi) - n0 * log(1 - pi)
    )  # fmt: skip
    n = n1 + n0
    return Ratio(n, n1, n * pi, n * pi * (1 - pi), log_e, max(0.0, log_e))
