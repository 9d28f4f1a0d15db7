"""What was to be expected of each unit, from the units before it.

m = (S + 1) / (t + 2) with S of the t earlier units come back; for each arm q = (s + kappa m) / (n + kappa) from its own earlier units,
drawn to m as by kappa units of weight. Where other shops have taught what to expect, their rates stand for m.
"""

from dataclasses import dataclass

import numpy as np

from kaeru.uplift.units import Flags, Floats

KAPPA = 10.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Units (n) and those that came back (s), treated (1) and held (0)."""

    n1: int = 0
    s1: int = 0
    n0: int = 0
    s0: int = 0

    def add(self, arm: Flags, outcome: Flags) -> "Counts":
        """With these units as well."""
        treated, both = int(arm.sum()), int((arm & outcome).sum())
        return Counts(
            self.n1 + treated,
            self.s1 + both,
            self.n0 + len(arm) - treated,
            self.s0 + int(outcome.sum()) - both,
        )

    @property
    def n(self) -> int:
        """Both arms."""
        return self.n1 + self.n0

    @property
    def rates(self) -> tuple[float | None, float | None]:
        """Share that came back, treated and held; None for an empty arm."""
        return self.s1 / self.n1 if self.n1 else None, self.s0 / self.n0 if self.n0 else None

    @property
    def difference(self) -> float | None:
        """Treated less held, as shares."""
        rate1, rate0 = self.rates
        return None if rate1 is None or rate0 is None else rate1 - rate0


def rates(
    so_far: Counts, arm: Flags, outcome: Flags, kappa: float = KAPPA, prior: tuple[float, float] | None = None
) -> tuple[Floats, Floats]:
    """(q1, q0) for each of these units, each from the earlier ones only. `prior`: (treated, held) rates of other shops."""
    n1, s1 = _before(arm, so_far.n1), _before(arm & outcome, so_far.s1)
    n0, s0 = _before(~arm, so_far.n0), _before(~arm & outcome, so_far.s0)
    m1: Floats | float
    m0: Floats | float
    m1, m0 = prior or ((middle := (s1 + s0 + 1) / (n1 + n0 + 2)), middle)
    return (s1 + kappa * m1) / (n1 + kappa), (s0 + kappa * m0) / (n0 + kappa)


def _before(happened: Flags, start: int) -> Floats:
    counted = np.cumsum(happened, dtype=np.float64)
    before: Floats = counted - happened + start
    return before
