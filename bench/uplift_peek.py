"""Does anybody who looks every day see effects that are not there? Streams of cancellations, counted by the product's own code.

    python -m bench.uplift_peek [--streams 4000] [--seed 7] [--workers 2]

A year of 10 cancellations a day. Beside the exact evidence: a z test at every look, the same from 500 units on, and the asymptotic sequence.
Wanted: "proven" or "harmful" in at most 5 % of years without an effect, whatever the base, drift or allocation; an interval that holds the true
effect at every look of 95 % of years; the sample-ratio check blocks at most one sound comparison in a thousand. The bandit: `bench.uplift_split`.
"""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from math import log, sqrt

import numpy as np

from kaeru.uplift import acs, assign
from kaeru.uplift.eproc import gains
from kaeru.uplift.shares import z_of
from kaeru.uplift.units import Flags, Floats, units
from kaeru.uplift.value import Spend
from kaeru.uplift.walk import walk

YEAR, DAY = 3650, 10
ALPHA = 0.05
PROVEN = log(1 / ALPHA)
Stream = tuple[Flags, Floats, Flags]
"""arm, pi, outcome"""
World = Callable[[np.random.Generator], Stream]


def steady(base: float, held: float, effect: float = 0.0, number: int = YEAR) -> World:
    def draw(dice: np.random.Generator) -> Stream:
        arm = dice.random(number) >= held
        return arm, np.full(number, 1 - held), dice.random(number) < base + effect * arm

    return draw


def tapered(base: float, effect: float = 0.0, number: int = YEAR) -> World:
    pi = np.array([assign.probability(assign.taper(unit)) for unit in range(number)])

    def draw(dice: np.random.Generator) -> Stream:
        arm = dice.random(number) < pi
        return arm, pi, dice.random(number) < base + effect * arm

    return draw


def drifting(low: float, high: float, held: float) -> World:
    def draw(dice: np.random.Generator) -> Stream:
        arm = dice.random(YEAR) >= held
        return arm, np.full(YEAR, 1 - held), dice.random(YEAR) < np.linspace(low, high, YEAR)

    return draw


def season(held: float) -> World:
    def draw(dice: np.random.Generator) -> Stream:
        arm = dice.random(YEAR) >= held
        rate = 0.3 + 0.2 * np.sin(np.arange(YEAR) / YEAR * 4 * np.pi + dice.random() * 2 * np.pi)
        return arm, np.full(YEAR, 1 - held), dice.random(YEAR) < rate

    return draw


def learning(low: float, high: float) -> World:
    """Allocation runs after whichever arm looks better, while the base drifts: what misleads everybody who forgets pi."""

    def draw(dice: np.random.Generator) -> Stream:
        arm, pi, came = np.zeros(YEAR, bool), np.full(YEAR, 0.5), np.zeros(YEAR, bool)
        rate, lots = np.linspace(low, high, YEAR), dice.random((2, YEAR))
        n, s = [1.0, 1.0], [0.5, 0.5]
        share = 0.5
        for unit in range(YEAR):
            if unit % DAY == 0:
                mean = [s[0] / n[0], s[1] / n[1]]
                spread = sqrt(mean[0] * (1 - mean[0]) / n[0] + mean[1] * (1 - mean[1]) / n[1]) + 1e-9
                share = min(0.9, max(0.1, 0.5 + 0.4 * (mean[1] - mean[0]) / spread))
            pi[unit], arm[unit], came[unit] = share, lots[0, unit] < share, lots[1, unit] < rate[unit]
            n[int(arm[unit])] += 1
            s[int(arm[unit])] += came[unit]
        return arm, pi, came

    return draw


NO_EFFECT: list[tuple[str, World, tuple[float, float] | None]] = [
    ("30 %, 10 % held", steady(0.3, 0.1), None),
    ("30 %, 50 % held", steady(0.3, 0.5), None),
    ("5 %, 10 % held", steady(0.05, 0.1), None),
    ("30 %, tapered holdout", tapered(0.3), None),
    ("10 % to 70 %, 10 % held", drifting(0.1, 0.7, 0.1), None),
    ("10 % to 50 % and back, 10 % held", season(0.1), None),
    ("30 %, 10 % held, told 60 % by others", steady(0.3, 0.1), (0.7, 0.6)),
    ("10 % to 70 %, learning split", learning(0.1, 0.7), None),
]
EFFECTS: list[tuple[str, World, float]] = [
    ("30 % +10, 10 % held", steady(0.3, 0.1, 0.1), 0.1),
    ("30 % +10, 50 % held", steady(0.3, 0.5, 0.1), 0.1),
    ("5 % +3, 10 % held", steady(0.05, 0.1, 0.03), 0.03),
    ("60 % -5, tapered", tapered(0.6, -0.05), -0.05),
]


def _z(stream: Stream) -> Floats:
    """|z| of the difference after each day, with the variance of the pooled share."""
    arm, _, came = stream
    looks = np.arange(DAY - 1, len(arm), DAY)
    n1, s1, n0, s0 = (np.cumsum(column)[looks] for column in (arm, arm & came, ~arm, ~arm & came))
    with np.errstate(divide="ignore", invalid="ignore"):
        both = (s1 + s0) / (n1 + n0)
        z = np.abs(s1 / n1 - s0 / n0) / np.sqrt(both * (1 - both) * (1 / n1 + 1 / n0))
    found: Floats = np.where(np.isfinite(z), z, 0.0)
    return found


def _sequence(z: Floats) -> bool:
    n = DAY * np.arange(1, len(z) + 1)
    k = n * acs.rho() ** 2 + 1
    return bool((np.sqrt(k) * np.exp(-(k - 1) * z * z / (2 * k)) <= ALPHA).any())


def peek(job: tuple[int, int, int]) -> tuple[int, list[int]]:
    """How many streams of a world are called proven or harmful, by rule; and how many the ratio check blocks."""
    which, seed, streams = job
    _, world, prior = NO_EFFECT[which]
    dice = np.random.default_rng([seed, which])
    seen = [0] * 5
    for _ in range(streams):
        stream = world(dice)
        z = _z(stream)
        walked = walk(units(*stream), prior=prior)
        seen[0] += bool((z > z_of(ALPHA)).any())
        seen[1] += bool((z[500 // DAY - 1 :] > z_of(ALPHA)).any())
        seen[2] += _sequence(z)
        seen[3] += float(walked.path.max()) >= PROVEN
        seen[4] += walked.ratio().is_broken
    return which, seen


def cover(job: tuple[int, int, int]) -> tuple[int, list[int]]:
    """In how many streams the true effect is refuted at the end, or at any look; and in how many an effect is shown, rightly or wrongly."""
    which, seed, streams = job
    _, world, effect = EFFECTS[which]
    dice = np.random.default_rng([seed, 100 + which])
    seen = [0] * 4
    for _ in range(streams):
        arm, pi, came = world(dice)
        walked = walk(units(arm, pi, came))
        path = np.cumsum(gains(arm, pi, came, walked.q1, walked.q0, effect))
        low, high = walked.interval()
        up, down = walked.peaks
        seen[0] += not low <= effect <= high
        seen[1] += float(path.max()) >= PROVEN
        seen[2] += max(up, down) >= PROVEN
        seen[3] += max(up, down) >= PROVEN and (up > down) != (effect > 0)
    return which, seen


def spend(job: tuple[int, int, int]) -> tuple[int, list[int]]:
    """Amounts without an effect, 10 % held: the asymptotic sequence from 20, 50, 100 held customers on, and the exact evidence."""
    _, seed, streams = job
    dice = np.random.default_rng([seed, 200])
    seen = [0] * 4
    for _ in range(streams):
        arm = dice.random(YEAR) < 0.9
        y = np.where(dice.random(YEAR) < 0.3, dice.lognormal(8, 0.9, YEAR), 0.0)
        looks = np.arange(DAY - 1, YEAR, DAY)
        sums = [np.cumsum(np.where(side, one, 0.0))[looks] for side in (arm, ~arm) for one in (np.ones(YEAR), y, y * y)]
        n1, t1, q1, n0, t0, q0 = sums
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = (q1 / n1 - (t1 / n1) ** 2) / (n1 - 1) + (q0 / n0 - (t0 / n0) ** 2) / (n0 - 1)
            z = np.abs(t1 / n1 - t0 / n0) / np.sqrt(variance)
        for place, least in enumerate((20, 50, 100)):
            seen[place] += _sequence(np.where((n0 >= least) & np.isfinite(z), z, 0.0))
        seen[3] += Spend().add(arm, 0.9, y).is_changed(ALPHA)
    return 0, seen


def _all(
    pool: ProcessPoolExecutor,
    what: Callable[[tuple[int, int, int]], tuple[int, list[int]]],
    worlds: int,
    seed: int,
    streams: int,
) -> Floats:
    """Shares of streams, worlds in rows."""
    parts = 4
    jobs = [(which, seed + 1000 * part, streams // parts) for which in range(worlds) for part in range(parts)]
    found = np.zeros((worlds, 5))
    for which, seen in pool.map(what, jobs):
        found[which, : len(seen)] += seen
    shares: Floats = found / (streams // parts * parts)
    return shares


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    begun = time.perf_counter()
    with ProcessPoolExecutor(chosen.workers) as pool:
        null = _all(pool, peek, len(NO_EFFECT), chosen.seed, chosen.streams)
        print(
            f"No effect, {chosen.streams} years: an effect is called shown | z daily | z after 500 | asymptotic | exact | blocked"
        )
        for (name, *_), row in zip(NO_EFFECT, null, strict=True):
            print(f"  {name:38} {row[0]:6.1%} {row[1]:6.1%} {row[2]:6.1%} {row[3]:6.1%} {row[4]:6.2%}")
        real = _all(pool, cover, len(EFFECTS), chosen.seed, chosen.streams // 2)
        print(
            f"An effect, {chosen.streams // 2} years: interval holds it at the end | at every look | shown | shown the wrong way"
        )
        for (name, *_), row in zip(EFFECTS, real, strict=True):
            print(f"  {name:38} {1 - row[0]:6.1%} {1 - row[1]:6.1%} {row[2]:6.1%} {row[3]:6.2%}")
        amounts = _all(pool, spend, 1, chosen.seed, chosen.streams // 2)[0]
        print(f"No effect on spend, {chosen.streams // 2} years: asymptotic from 20 / 50 / 100 held | exact")
        print(
            f"  lognormal .9, 30 % buy, 10 % held      {amounts[0]:6.1%} {amounts[1]:6.1%} {amounts[2]:6.1%} {amounts[3]:6.1%}"
        )
    print(f"{time.perf_counter() - begun:.0f} s")
    good = [null[:, 3].max() <= 0.05, null[:, 4].max() <= 0.001 + 3 * sqrt(0.001 / chosen.streams), amounts[3] <= 0.05]
    good += [real[:, 0].max() <= 0.05, real[:, 1].max() <= 0.05]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
