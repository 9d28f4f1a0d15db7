"""How many orders are still to come: a level of the last weeks, swinging with the weekday, and how sure that is.

A shop's orders come in bursts, so their number is not Poisson: the spread of the shop's own days is measured, and the level itself may move.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HALF_LIFE = 21.0
"""Days after which a day counts half."""
SHRINK = 4.0
"""A weekday's swing is drawn towards none as if so many days without it had been seen."""
DRIFT = 0.15
"""The level of the days to come differs from that of the last weeks by so much (one standard deviation, as a share)."""
MOST_SIZE = 1e6


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What days bring: by weekday, Monday first."""

    by_weekday: tuple[float, ...]
    spread: float
    """Variance of a day over its mean; 1 would be Poisson."""
    weight: float
    """Orders that the level was learned from, the older ones counting less."""

    def mean(self, ahead: Sequence[tuple[int, float]]) -> float:
        """Orders of these days: (weekday, how much of the day)."""
        return sum(self.by_weekday[weekday] * part for weekday, part in ahead)

    def size(self, mean: float) -> float:
        """The negative binomial's size for so many orders on average."""
        if mean <= 0:
            return MOST_SIZE
        extra = (self.spread - 1) * mean + (DRIFT**2 + self.spread / max(1.0, self.weight)) * mean * mean
        return min(MOST_SIZE, max(0.3, mean * mean / extra)) if extra > 0 else MOST_SIZE


def learned(days: Sequence[int], last_weekday: int) -> Arrivals:
    """From the orders of past whole days, oldest first; the last of them was this weekday (0 = Monday)."""
    number = len(days)
    weights = [0.5 ** ((number - 1 - index) / HALF_LIFE) for index in range(number)]
    weekdays = [(last_weekday - (number - 1 - index)) % 7 for index in range(number)]
    total = sum(weights)
    level = sum(weight * day for weight, day in zip(weights, days, strict=True)) / total if total else 0.0
    if level <= 0:
        return Arrivals((0.0,) * 7, 1.0, 0.0)
    swing = []
    for weekday in range(7):
        of_it = [(weight, day) for weight, day, which in zip(weights, days, weekdays, strict=True) if which == weekday]
        seen, came = sum(weight for weight, _ in of_it), sum(weight * day for weight, day in of_it)
        swing.append((came + SHRINK * level) / ((seen + SHRINK) * level))
    fitted = [level * swing[weekday] for weekday in weekdays]
    fit = sum(weight * mean for weight, mean in zip(weights, fitted, strict=True)) / total
    by_weekday = tuple(level * one * level / fit for one in swing)
    misses = sum(
        weight * (day - by_weekday[weekday]) ** 2
        for weight, day, weekday in zip(weights, days, weekdays, strict=True)
    )  # fmt: skip
    expected = sum(weight * by_weekday[weekday] for weight, weekday in zip(weights, weekdays, strict=True))
    return Arrivals(by_weekday, max(1.0, misses / expected * _unbiased(number)), level * total)


def _unbiased(days: int) -> float:
    """Eight figures (a level, seven swings, mostly drawn in) were fitted to the same days."""
    return days / max(1.0, days - 3.0)
