"""Are the forecasts true? Simulated shops, forecast on four days of a month and scored at its end.

    python -m bench.forecast [--shops 5000] [--seed 5] [--workers 2]

Every shop has 90 days of a past and a month with bursts, swings of the week, bad days and late cancellations (`bench.forecast_world`); the line is
Qoo10's of the month. Beside ours: the rate so far taken for the truth; the normal rule (a normal around the rate so far, as wide as its standard
error); the same projected (its width from what is known and what is to come); ours without the ages of orders.
Wanted: ECE at most 0.03 on day 15; a Brier score at least 10 % under the normal rule's on each of the days 8, 15, 22, 27.
Shops are what they were learned from: the belief of "shops like these" comes from the other shops' last closed month.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from math import erf, sqrt

from bench.forecast_world import DAYS, MONTH, PAST_DAYS, START, ZONE, known, shops
from kaeru.marketplaces.forecast import prior, situation
from kaeru.marketplaces.forecast.ages import Ages
from kaeru.marketplaces.forecast.chance import p_over
from kaeru.marketplaces.forecast.lines import Bar
from kaeru.marketplaces.forecast.prior import Belief
from kaeru.marketplaces.forecast.situation import Pending
from kaeru.marketplaces.reading import Reading
from kaeru.marketplaces.rules import Few, Line, Share
from kaeru.uplift.calibration import recalibration, score

ON = (8, 15, 22, 27)
MOST_ECE, ON_DAY, LEAST_BETTER = 0.03, 15, 0.10
Q = 0.8
BAR = Bar(Line("warned", share=Share(7, 100)), Few(10, Line("warned", share=Share(1, 2))))
READING = Reading()


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one shop on one day, and what came."""

    day: int
    ours: float
    without_ages: float
    so_far: float
    normal: float
    projected: float
    came: int


def _so_far(orders: int, counted: int) -> float:
    return float(BAR.is_over(orders, counted))


def _normal(orders: int, counted: int) -> float:
    rate = counted / orders if orders else 0.0
    spread = sqrt(rate * (1 - rate) / orders) if orders else 0.0
    return 0.5 * (1 + erf((rate - 0.07) / spread / sqrt(2))) if spread else float(rate > 0.07)


def _projected(orders: int, counted: int, day: int) -> float:
    """The rate and the pace so far go on."""
    if not orders:
        return 0.0
    rate, coming = counted / orders, orders / day * (MONTH.days - day)
    spread = sqrt(rate * (1 - rate) * (coming + coming * coming / orders))
    gap = counted + rate * coming - 0.07 * (orders + coming)
    return 0.5 * (1 + erf(gap / spread / sqrt(2))) if spread else float(gap > 0)


def _forecast(job: tuple[int, int, int, float, float]) -> list[Said]:
    """Every shop from the first to the last index of the job."""
    seed, first, last, a, b = job
    others = Belief(a, b)
    found = []
    for shop in shops(last, seed, first):
        counted, orders = shop.count(PAST_DAYS * 24, DAYS * 24)
        came = int(BAR.is_over(orders, counted))
        for day in ON:
            at = (PAST_DAYS + day) * 24.0
            now, days = START + timedelta(hours=at), known(shop, at)
            learned = situation.learn(days, READING, ZONE, now, MONTH.first, others, Ages())
            waiting = [Pending(0, START + timedelta(hours=one), Q) for one in shop.pending(at)]
            outlook = situation.outlook(
                days, MONTH, READING, ZONE, now, learned, waiting, MONTH.last + timedelta(days=1)
            )
            grown = learned.belief.having_seen(outlook.counted + Q * outlook.pending, outlook.orders)
            naive = replace(outlook, open=0, r_future=1.0, a=grown.a, b=grown.b)
            found.append(
                Said(
                    day, p_over(outlook, BAR), p_over(naive, BAR), _so_far(outlook.orders, outlook.counted),
                    _normal(outlook.orders, outlook.counted), _projected(outlook.orders, outlook.counted, day), came,
                )
            )  # fmt: skip
    return found


def _last_month(job: tuple[int, int, int]) -> list[tuple[int, int]]:
    seed, first, last = job
    return [shop.count((PAST_DAYS - 30) * 24, PAST_DAYS * 24) for shop in shops(last, seed, first)]


def _print(day: int, told: Sequence[Said]) -> bool:
    came = [one.came for one in told]
    ways = {
        name: [float(getattr(one, name)) for one in told]
        for name in ("so_far", "normal", "projected", "without_ages", "ours")
    }
    scores = {name: score(said, came) for name, said in ways.items()}
    ours, normal = scores["ours"], scores["normal"]
    assert ours is not None and normal is not None
    intercept, slope = recalibration(ways["ours"], came)
    alerted = [one for one in told if one.ours >= 0.2]
    caught = sum(one.came for one in alerted)
    better = 1 - ours.brier / normal.brier
    print(
        f"day {day:2}: Brier "
        + ", ".join(f"{name.replace('_', ' ')} {one.brier:.3f}" for name, one in scores.items() if one)
        + f"; {better:.0%} under the normal rule. ECE "
        + ", ".join(f"{name.replace('_', ' ')} {one.ece:.3f}" for name, one in scores.items() if one)
        + f"; log loss {ours.log_loss:.3f}; z {ours.z:+.1f}; intercept {intercept:+.2f}, slope {slope:.2f}. "
        f"Alarm at 20 %: {caught / max(1, ours.over):.0%} of the crossings, {caught / max(1, len(alerted)):.0%} of the alarms"
    )
    return better >= LEAST_BETTER and (day != ON_DAY or ours.ece <= MOST_ECE)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    step = max(1, min(125, chosen.shops // chosen.workers))
    parts = [(chosen.seed, first, min(first + step, chosen.shops)) for first in range(0, chosen.shops, step)]
    begun = time.perf_counter()
    with ProcessPoolExecutor(chosen.workers) as pool:
        others = prior.among_shops(one for part in pool.map(_last_month, parts) for one in part)
        told = [one for part in pool.map(_forecast, [(*part, others.a, others.b) for part in parts]) for one in part]
    seconds = time.perf_counter() - begun
    over = sum(one.came for one in told if one.day == ON[0])
    print(
        f"{chosen.shops} shops, {over / chosen.shops:.0%} end above 7 %; shops like these: {others.mean:.1%}, as much as {others.a + others.b:.0f} "
        f"orders; {seconds * 1000 * chosen.workers / len(told):.1f} ms for a forecast from its counts"
    )
    good = [_print(day, [one for one in told if one.day == day]) for day in ON]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
