"""How likely a client is not to come, and a freed time to be taken, as far as a salon's own past tells. Pure.

Both are shares of the past, drawn to a larger group's by a few units' weight, so that one bad visit does not brand a client.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

CLIENT_WEIGHT = 4.0
"""A client's own visits are drawn to the salon's mean by so many."""
GROUP_WEIGHT = 40.0
USUAL_NO_SHOW = 0.05
USUAL_FILL = 0.4
"""Where a salon has no past."""
LEADS = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=21))
"""From booking to visit; and, for freed times, from the news to the visit: whoever books early forgets more easily."""
LEAST, MOST = 0.001, 0.95


def group(lead: timedelta) -> int:
    """Which of the five groups by LEADS."""
    return bisect_right(LEADS, lead)


@dataclass(frozen=True, slots=True)
class Past:
    """A salon's past: (units, of which it happened), over all and by group of lead time."""

    usual: float
    all: tuple[int, int] = (0, 0)
    by_lead: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """The salon's share, drawn to the usual one."""
        units, happened = self.all
        return (happened + GROUP_WEIGHT * self.usual) / (units + GROUP_WEIGHT)

    def at(self, lead: timedelta) -> float:
        """The share for this lead time, drawn to the salon's."""
        units, happened = self.by_lead.get(group(lead), (0, 0))
        return (happened + GROUP_WEIGHT * self.mean) / (units + GROUP_WEIGHT)


def past(told: Iterable[tuple[timedelta, bool]], usual: float) -> Past:
    """From (lead time, whether it happened)."""
    found: dict[int, tuple[int, int]] = {}
    for lead, happened in told:
        units, count = found.get(group(lead), (0, 0))
        found[group(lead)] = (units + 1, count + happened)
    total = (sum(units for units, _ in found.values()), sum(count for _, count in found.values()))
    return Past(usual, total, found)


def no_show(salon: Past, lead: timedelta, visits: int, missed: int) -> float:
    """That a client with so many visits behind them, `missed` of which they did not come to, does not come.

    Odds of the client (drawn to the salon's mean, k = 4) times how much the lead time raises them.
    """
    mean = salon.mean
    own = (missed + CLIENT_WEIGHT * mean) / (visits + missed + CLIENT_WEIGHT)
    return _bounded(_share(_odds(own) * _odds(salon.at(lead)) / _odds(mean)))


def refill(salon: Past, lead: timedelta) -> float:
    """That a time that is free now, so long before it, is taken by one of those who are asked."""
    return _bounded(salon.at(lead))


def _odds(share: float) -> float:
    kept = _bounded(share)
    return kept / (1 - kept)


def _share(odds: float) -> float:
    return odds / (1 + odds)


def _bounded(share: float) -> float:
    return min(max(share, LEAST), MOST)
