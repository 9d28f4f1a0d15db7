"""The answer for one comparison: who came back in each arm, what the treatment caused, how sure that is, and what it is worth.

From all units at once (`analyse`) or from evidence that was kept (`answer`); both give the same figures.
"""

from dataclasses import asdict, dataclass
from math import inf, log
from typing import Any

from kaeru.uplift import acs, eproc, shares, size
from kaeru.uplift.eproc import ALPHA, Difference, Verdict
from kaeru.uplift.foretold import Counts
from kaeru.uplift.ratio import Ratio
from kaeru.uplift.shares import Interval, Moments
from kaeru.uplift.units import Units
from kaeru.uplift.value import Spend
from kaeru.uplift.walk import walk


@dataclass(frozen=True, slots=True)
class Arm:
    """One side: units, how many came back, their share with Wilson's interval (of one look). The share alone says nothing of an effect."""

    units: int
    back: int
    rate: float | None
    interval: Interval


@dataclass(frozen=True, slots=True)
class Money:
    """Net yen for each unit (what came less what was spent)."""

    treated: float
    held: float
    difference: float
    interval: Interval | None
    """Valid at every look; None until 100 customers are held out."""
    log_e: float
    """Of "nobody's spend was changed": exact, at every look."""
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Shares are parts of one: +0.05 is five points. Everything here may be looked at daily unless it says otherwise."""

    treated: Arm
    held: Arm
    uplift: float | None
    """Treated less held; None with an empty arm, or when the figures are blocked."""
    interval: Interval | None
    log_e: float
    """Of "no effect"."""
    verdict: Verdict
    """"proven" and "harmful" once shown at any look; "not_yet" also while blocked."""
    is_blocked: bool
    """The arms are not as large as the lot made them: no figure may be shown until that is explained."""
    ratio: Ratio
    money: Money | None
    needed: int | None
    """Units still needed, should the effect be as large as it looks now; None when proven, blocked, or out of reach."""
    alpha: float = ALPHA

    @property
    def holds(self) -> bool:
        """Whether "no effect" is refuted by all units together, not only at an earlier look."""
        return not self.is_blocked and self.log_e >= log(1 / self.alpha)

    def to_json(self) -> dict[str, Any]:
        """For pages, the API and the command line."""
        told = asdict(self)
        told["ratio"] |= {"p": self.ratio.p, "chi2": self.ratio.chi2, "is_broken": self.ratio.is_broken}
        return told | {"holds": self.holds}


def analyse(units: Units, alpha: float = ALPHA, prior: tuple[float, float] | None = None) -> Answer:
    """The answer for these units, in the order in which their windows ended."""
    walked = walk(units, prior=prior)
    money = None
    if units.value is not None:
        net = units.value if units.cost is None else units.value - units.cost
        spend = Spend().add(units.arm, units.pi, net)
        money = of_money(shares.moments(net[units.arm]), shares.moments(net[~units.arm]), spend, alpha)
    log_e = float(walked.path[-1]) if len(units) else 0.0
    return _answer(walked.counts, walked.ratio(), log_e, walked.peaks, walked.interval(alpha), money, alpha)


def answer(state: Difference, alpha: float = ALPHA, money: Money | None = None) -> Answer:
    """The answer of evidence that was kept."""
    peaks = state.peak_up, state.peak_down
    return _answer(state.counts, state.ratio, state.log_e(), peaks, state.interval(alpha), money, alpha)


def of_money(treated: Moments, held: Moments, spend: Spend, alpha: float = ALPHA) -> Money | None:
    """Money of both arms; None with fewer than two units in one."""
    if min(treated.n, held.n) < 2:
        return None
    found = acs.difference(treated, held, alpha=alpha)
    interval = found.interval if held.n >= acs.LEAST_HELD else None
    return Money(treated.mean, held.mean, found.difference, interval, spend.log_e, spend.is_changed(alpha))


def _answer(
    counts: Counts,
    ratio: Ratio,
    log_e: float,
    peaks: tuple[float, float],
    interval: Interval,
    money: Money | None,
    alpha: float,
) -> Answer:
    is_blocked = ratio.is_broken
    verdict: Verdict = "not_yet" if is_blocked else eproc.verdict(*peaks, alpha)
    return Answer(
        treated=_arm(counts.n1, counts.s1, alpha),
        held=_arm(counts.n0, counts.s0, alpha),
        uplift=None if is_blocked else counts.difference,
        interval=None if is_blocked else interval,
        log_e=log_e,
        verdict=verdict,
        is_blocked=is_blocked,
        ratio=ratio,
        money=None if is_blocked else money,
        needed=None if is_blocked or verdict != "not_yet" else _needed(counts, ratio, log_e, alpha),
        alpha=alpha,
    )


def _arm(units: int, back: int, alpha: float) -> Arm:
    return Arm(units, back, back / units if units else None, shares.wilson(back, units, alpha))


def _needed(counts: Counts, ratio: Ratio, log_e: float, alpha: float) -> int | None:
    (_, rate0), d = counts.rates, counts.difference
    if rate0 is None or d is None or not 0 < log(1 / alpha) - log_e < inf:
        return None
    held = round((1 - ratio.promised / ratio.n) * 10_000)
    return size.until_proven(rate0, d, lambda _: held, log_e=log_e, alpha=alpha).half
