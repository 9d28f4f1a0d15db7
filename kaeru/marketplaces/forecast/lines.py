"""How many cancellations are one too many, by the lines of a mall's rule. Whole numbers only.

Qoo10: more than 7 % of the month's orders, more than 10 % and 15 % of the quarter's, and with fewer than 10 orders only more than half.
"""

from dataclasses import dataclass

from kaeru.marketplaces.rules import SEVERITIES, Few, Line, most_within

NEVER = 1 << 40
"""One too many where nothing is: the line does not hold for so many orders, or its number is not known."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line as it meets a period: below `few.below` orders the few's own line holds instead, if what follows is as heavy."""

    line: Line
    few: Few | None = None
    each: int = 1
    """For rules that add up points: what one cancellation costs."""
    least_orders: int = 0
    """With fewer, the rule says nothing."""

    def holds_for_few(self) -> bool:
        """Whether a period with few orders can be behind this line at all."""
        return self.few is not None and (
            SEVERITIES.index(self.few.line.severity) >= SEVERITIES.index(self.line.severity)
        )

    def too_many(self, orders: int) -> int:
        """The smallest number of cancellations that lies beyond the line; of no orders, the first one does."""
        line = self.line
        if orders < self.least_orders:
            return NEVER
        if self.few is not None and orders < self.few.below:
            if not self.holds_for_few():
                return NEVER
            line = self.few.line
        most = most_within(line, orders)
        return NEVER if most is None else most // self.each + 1

    def is_over(self, orders: int, counted: int) -> bool:
        """Whether so many of so many lie beyond it."""
        return counted >= self.too_many(orders)

    def may_lose(self, orders: int, counted: int) -> int:
        """How many more may count with so many orders in all; 0 when the next one crosses the line, or one did already."""
        return max(0, self.too_many(orders) - 1 - counted)
