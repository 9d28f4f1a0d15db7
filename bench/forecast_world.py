"""Shops to forecast: four months each, with bursts of orders, swings of the week, days on which something is out of stock, rates that move
from month to month, and cancellations that come late. Made without the forecast's own formulas.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from kaeru.marketplaces import counts
from kaeru.marketplaces.counts import ORDERS, Counts
from kaeru.marketplaces.periods import Period

FIRST = date(2026, 6, 3)
PAST_DAYS = 90
MONTH = Period(date(2026, 9, 1), date(2026, 9, 30))
ZONE = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 6, 3, tzinfo=ZONE).astimezone(UTC)
DAYS = PAST_DAYS + MONTH.days
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    """Every order of a shop: when it was placed, when it was asked to be cancelled, when it was; hours from START, inf for never."""

    placed: Floats
    asked: Floats
    cancelled: Floats

    def days(self, until: float) -> dict[date, dict[str, int]]:
        """What is known at that hour, as the house keeps it."""
        found: dict[date, dict[str, int]] = {}
        known = self.placed < until
        number, orders = np.unique((self.placed[known] // 24).astype(int), return_counts=True)
        for day, many in zip(number.tolist(), orders.tolist(), strict=True):
            found[FIRST + timedelta(days=day)] = {ORDERS: many}
        gone = self.cancelled < until
        for placed, cancelled in zip(self.placed[gone].tolist(), self.cancelled[gone].tolist(), strict=True):
            begun = START + timedelta(hours=placed)
            name = counts.key(
                "o", "w", "customer", is_paid=False,
                age=counts.age_of(begun, START + timedelta(hours=cancelled), ZONE),
            )  # fmt: skip
            day_of = found[FIRST + timedelta(days=int(placed // 24))]
            day_of[name] = day_of.get(name, 0) + 1
        return found

    def pending(self, until: float) -> list[float]:
        """When the orders were placed of which a request waits at that hour."""
        waits = (self.asked < until) & (self.cancelled >= until) & (self.asked > until - 24)
        return [float(one) for one in self.placed[waits]]

    def count(self, since: float, until: float) -> tuple[int, int]:
        """(cancellations, orders) of the orders of these hours, as they stand at the end of them."""
        mine = (self.placed >= since) & (self.placed < until)
        return int((mine & (self.cancelled < until)).sum()), int(mine.sum())


def shops(number: int, seed: int, first: int = 0) -> Iterator[SimulatedShop]:
    """The shops `first` … `number`-1, the same for the same seed."""
    for index in range(first, number):
        yield _shop(np.random.default_rng([seed, index]))


def _shop(dice: np.random.Generator) -> SimulatedShop:
    level = min(150.0, max(0.25, float(dice.lognormal(np.log(8.0), 0.9))))
    swing = np.array([0.85, 0.85, 0.9, 0.95, 1.1, 1.25, 1.1]) ** dice.uniform(0.0, 2.5)
    drift = np.exp(np.cumsum(dice.normal(0, 0.02, DAYS)))
    burst = np.ones(DAYS)
    for day in np.flatnonzero(dice.random(DAYS) < 0.025):
        burst[day : day + int(dice.integers(1, 5))] *= dice.uniform(1.5, 4.0)
    mean = level * drift * burst * swing[(FIRST.weekday() + np.arange(DAYS)) % 7] * dice.gamma(12, 1 / 12, DAYS)
    each = dice.poisson(mean)
    hour = (7 + 20 * dice.beta(2.5, 1.6, int(each.sum()))) % 24
    day_of = np.repeat(np.arange(DAYS), each)
    placed = day_of * 24 + hour

    own = dice.beta(5.0, 80.0)
    months = np.exp(dice.normal(0, 0.22, DAYS // 30 + 1))
    rate = own * months[np.arange(DAYS) // 30] * (1 + 0.08 * (burst - 1))
    trouble = np.where(dice.random(DAYS) < 0.015, dice.uniform(2.5, 7.0, DAYS), 1.0)
    is_cancelled = dice.random(len(placed)) < np.minimum(0.9, rate * trouble)[day_of]
    slowness = float(np.exp(dice.normal(0, 0.3)))
    # Three days on average; a week before the end, six of ten cancellations of what is still to be ordered come in time.
    quick = dice.random(len(placed)) < 0.35
    delay = np.where(
        quick, dice.exponential(10.0 * slowness, len(placed)), dice.lognormal(np.log(80.0 * slowness), 0.8, len(placed))
    )
    cancelled = np.where(is_cancelled, placed + delay, np.inf)

    # Six of ten cancellations were asked for some hours before; one request in five comes to nothing.
    was_asked = is_cancelled & (dice.random(len(placed)) < 0.6)
    asked = np.where(was_asked, np.maximum(placed, cancelled - dice.uniform(0, 20, len(placed))), np.inf)
    refused = ~is_cancelled & (dice.random(len(placed)) < 0.15 * float(own))
    asked = np.where(refused, placed + dice.exponential(30.0, len(placed)), asked)
    return SimulatedShop(placed, asked, cancelled)


def known(shop: SimulatedShop, until: float) -> dict[date, Counts]:
    """`SimulatedShop.days`, as the forecast takes them."""
    return dict(shop.days(until))
