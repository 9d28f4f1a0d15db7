"""What a split that learns earns, and what it costs to learn the wrong thing. Simulated shops, 20 cancellations a day for 180 days.

    python -m bench.uplift_split [--shops 200] [--seed 9] [--workers 2]

Four ways: nothing (825 yen for each cancellation), a mail (897), a mail on the next day (927), a coupon (697: most come back, and cost 500
each). Answers come with an exponential delay of 4 days inside a window of 14. A way is drawn with the chance that it is the best one, as
`bandit.p_best` has it: here by one draw from each belief, which has the same chances. Regret: yen lost in 180 days against the best way.
Where a tenth is held out, the holdout is the "nothing", and the split learns among the other three: so it is in the product.
Wanted there: a regret of at most 95,000 yen, coupons in at most 2 % of the last 30 days.
"""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from kaeru.uplift import bandit
from kaeru.uplift.bandit import Way
from kaeru.uplift.units import Flags, Floats, Ints

DAYS, EACH = 180, 20
WINDOW, MEAN = 14.0, 4.0
RATES = np.array([0.55, 0.60, 0.62, 0.70])
WAYS = (Way(1500), Way(1500, sending=3), Way(1500, sending=3), Way(1500, 500, 3))
YEN = np.array([way.gain * rate - way.sending for way, rate in zip(WAYS, RATES, strict=True)])
COUPON = 3
LAST = 30
"""Days at the end over which the share of coupons is told."""
MOST_REGRET, MOST_COUPONS = 95_000, 0.02


@dataclass
class Shop:
    """What a split has seen: an entry for each unit."""

    way: Ints
    day: Floats
    answer: Floats
    """Days until the answer; infinite for none."""

    def seen(self, today: int) -> tuple[Ints, Flags, Floats]:
        """(way, answered by today, age in days) of each unit."""
        age = today - self.day
        return self.way, self.answer <= age, age

    def add(self, way: Ints, today: int, answer: Floats) -> None:
        """A day's units."""
        self.way = np.concatenate((self.way, way))
        self.day = np.concatenate((self.day, np.full(len(way), float(today))))
        self.answer = np.concatenate((self.answer, answer))


Rule = Callable[[Shop, int, np.random.Generator], Floats]
"""The share of each way today."""


def even(shop: Shop, today: int, dice: np.random.Generator) -> Floats:
    return np.full(len(WAYS), 1 / len(WAYS))


def then_commit(shop: Shop, today: int, dice: np.random.Generator) -> Floats:
    """An even split for 60 days, then the one that earned most."""
    if today < 60:
        return even(shop, today, dice)
    way, came, age = shop.seen(60)
    rates = np.array([came[(way == one) & (age > 0)].mean() for one in range(len(WAYS))])
    best = int(np.argmax([one.gain * rate - one.sending for one, rate in zip(WAYS, rates, strict=True)]))
    shares = np.zeros(len(WAYS))
    shares[best] = 1
    return shares


def _beliefs(shop: Shop, today: int, delay: str) -> list[tuple[float, float]]:
    if not len(shop.way):
        return [bandit.PRIOR] * len(WAYS)
    way, came, age = shop.seen(today)
    if delay == "matured":
        way, came, age = way[age >= WINDOW], came[age >= WINDOW], age[age >= WINDOW]
    share = bandit.truncated_exponential(age, MEAN, WINDOW) if delay == "corrected" else np.ones(len(age))
    return [bandit.learned(float(came[way == one].sum()), share[way == one]) for one in range(len(WAYS))]


def thompson(delay: str, floor: float = 0.0, first: int = 0, *, net: bool = True) -> Rule:
    """Shares as they fall when each unit of the day takes the way with the best draw."""

    def rule(shop: Shop, today: int, dice: np.random.Generator) -> Floats:
        beliefs = _beliefs(shop, today, delay)
        draws = np.array([dice.beta(a, b, EACH) for a, b in beliefs])
        if net:
            draws = draws * np.array([[way.gain] for way in WAYS]) - np.array([[way.sending] for way in WAYS])
        taken = np.bincount(draws[first:].argmax(axis=0), minlength=len(WAYS) - first) / EACH
        return np.concatenate((np.zeros(first), bandit.floored(taken, floor)))

    return rule


RULES: list[tuple[str, Rule, float]] = [
    ("even split", even, 0),
    ("test for 60 days, then commit", then_commit, 0),
    ("Thompson on who comes back", thompson("corrected", net=False), 0),
    ("net yen, delay ignored", thompson("ignored"), 0),
    ("net yen, whole windows only", thompson("matured"), 0),
    ("net yen, delay taken into account", thompson("corrected"), 0),
    ("the same, a tenth held out", thompson("corrected", first=1), 0.1),
    ("the same, a tenth held out, floor of 1 %", thompson("corrected", bandit.FLOOR, first=1), 0.1),
]


def run(job: tuple[int, int, int]) -> tuple[int, list[tuple[float, float]]]:
    """(rule, regret and share of coupons at the end of each shop)."""
    which, seed, shops = job
    _, rule, held = RULES[which]
    dice = np.random.default_rng([seed, which])
    found = []
    for _ in range(shops):
        shop, regret, coupons = Shop(np.zeros(0, np.int64), np.zeros(0), np.zeros(0)), 0.0, 0
        for today in range(DAYS):
            is_held = dice.random(EACH) < held
            way = dice.choice(len(WAYS), EACH, p=rule(shop, today, dice))
            came = dice.random(EACH) < np.where(is_held, RATES[0], RATES[way])
            wait = -MEAN * np.log1p(-dice.random(EACH) * -np.expm1(-WINDOW / MEAN))
            regret += float((YEN.max() - np.where(is_held, YEN[0], YEN[way])).sum())
            coupons += int((way[~is_held] == COUPON).sum()) if today >= DAYS - LAST else 0
            shop.add(way[~is_held], today, np.where(came, wait, np.inf)[~is_held])
        found.append((regret, coupons / (LAST * EACH * (1 - held))))
    return which, found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", type=int, default=200)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    begun, parts = time.perf_counter(), 4
    jobs = [(which, chosen.seed + part, chosen.shops // parts) for which in range(len(RULES)) for part in range(parts)]
    told: list[list[tuple[float, float]]] = [[] for _ in RULES]
    with ProcessPoolExecutor(chosen.workers) as pool:
        for which, found in pool.map(run, jobs):
            told[which] += found
    print(f"{chosen.shops} shops: mean regret (standard error) | coupons in the last {LAST} days")
    for (name, *_), rows in zip(RULES, told, strict=True):
        regret, coupons = np.array(rows).T
        print(
            f"  {name:42} {regret.mean():9,.0f} yen ({regret.std() / len(regret) ** 0.5:6,.0f}) | {coupons.mean():6.1%}"
        )
    print(f"{time.perf_counter() - begun:.0f} s")
    last = np.array(told[-1])
    sys.exit(0 if last[:, 0].mean() <= MOST_REGRET and last[:, 1].mean() <= MOST_COUPONS else 1)


if __name__ == "__main__":
    main()
