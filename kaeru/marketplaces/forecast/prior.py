"""What a shop's rate may be before its own month has said much: the rates of the shops on this installation, and its own past.

Only sums of counts leave a shop; nothing of one organization can be read from another's forecast.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LEAST_SHOPS = 8
"""With fewer, nothing is learned from others."""
LEAST_ORDERS = 10
"""A period with fewer orders says nothing about how shops differ."""
LEAST_WEIGHT, MOST_WEIGHT = 10.0, 400.0


@dataclass(frozen=True, slots=True)
class Belief:
    """Beta(a, b) about the share of orders that are cancelled and count."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """The share one would say."""
        return self.a / (self.a + self.b)

    def having_seen(self, counted: float, orders: float) -> "Belief":
        """After so many cancellations of so many orders (orders of which only part has been seen count in part)."""
        return Belief(self.a + counted, self.b + max(0.0, orders - counted))

    def worth(self, orders: float) -> "Belief":
        """The same mean, weighing as much as at most so many orders."""
        weight = min(1.0, orders / (self.a + self.b))
        return Belief(self.a * weight, self.b * weight)

    def blurred(self, scatter: float, ahead: float) -> "Belief":
        """The same mean, so much less sure that what so many orders ahead bring scatters `scatter` times as much as chance alone gives."""
        if scatter <= 1 or ahead <= 0:
            return self
        weight = self.a + self.b
        return self.worth(1 / (1 / weight + (scatter - 1) / ahead))


USUAL = Belief(2.0, 38.0)
"""Where nothing is known: about 5 %, anything from 1 to 12 % well possible."""


def among_shops(tallies: Iterable[tuple[int, int]]) -> Belief:
    """From (cancellations, orders) of other shops' closed periods, by moments: their mean, and how far they differ beyond chance."""
    told = [(counted, orders) for counted, orders in tallies if orders >= LEAST_ORDERS]
    if len(told) < LEAST_SHOPS:
        return USUAL
    shops = len(told)
    # Each shop counts alike: how shops differ is asked, not what the largest does.
    middle = min(0.95, max(0.001, sum(counted / orders for counted, orders in told) / shops))
    spread = sum((counted / orders - middle) ** 2 for counted, orders in told) / (shops - 1)
    between = spread - sum(middle * (1 - middle) / orders for _, orders in told) / shops
    weight = middle * (1 - middle) / between - 1 if between > 0 else MOST_WEIGHT
    weight = min(MOST_WEIGHT, max(LEAST_WEIGHT, weight))
    return Belief(middle * weight, (1 - middle) * weight)
