"""How a mall judges: counts against lines, in whole numbers. Pure; the numbers themselves are data (`marketplaces.programme`).

A line is crossed *over* its limit (7.0 % exactly is within it) or *from* its limit on, as the mall says. There is no division, so nothing
is rounded, and a period with cancellations and no orders is over every line. Percentages are fractions of whole numbers: 2.5 % is 25/1000.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["watch", "warn", "restrict", "stop"]
SEVERITIES: tuple[Severity, ...] = ("watch", "warn", "restrict", "stop")


@dataclass(frozen=True, slots=True)
class Share:
    """A limit as a fraction: 7 % is 7/100."""

    part: int
    whole: int

    def __str__(self) -> str:
        hundredths = self.part * 10_000 // self.whole
        return f"{hundredths / 100:g}%"


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted, of how many orders."""

    counted: int = 0
    orders: int = 0

    @property
    def rate(self) -> float | None:
        """For people only: nothing is decided by it. None without orders."""
        return self.counted / self.orders if self.orders else None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a rule, and the stage that begins behind it. Without a share and a sum the mall's number is not known."""

    stage: str
    severity: Severity = "warn"
    share: Share | None = None
    amount: int | None = None
    """For rules that add up points: the line is a sum, not a share."""
    is_strict: bool = True
    """Whether exactly the limit is still within it."""
    least: int = 0
    """It needs at least so many cancellations besides."""

    @property
    def is_known(self) -> bool:
        """Whether it can be judged at all."""
        return self.share is not None or self.amount is not None


def is_crossed(line: Line, count: Count) -> bool:
    """Whether the counts lie beyond the line; never for a line whose number is not known."""
    if count.counted < max(line.least, 1):
        return False
    if line.amount is not None:
        return count.counted > line.amount if line.is_strict else count.counted >= line.amount
    if line.share is None:
        return False
    left, right = count.counted * line.share.whole, line.share.part * count.orders
    return left > right if line.is_strict else left >= right


def most_within(line: Line, orders: int) -> int | None:
    """The largest count of cancellations that is still within the line with so many orders; None for an unknown line."""
    if line.amount is not None:
        most = line.amount if line.is_strict else line.amount - 1
    elif line.share is not None:
        reached = line.share.part * orders
        most = reached // line.share.whole if line.is_strict else (reached - 1) // line.share.whole
    else:
        return None
    return max(most, line.least - 1, 0)


def may_lose(line: Line, count: Count) -> int | None:
    """How many more of the orders so far may be cancelled within the line; 0 at and beyond it, None for an unknown line."""
    most = most_within(line, count.orders)
    return None if most is None else max(0, most - count.counted)


@dataclass(frozen=True, slots=True)
class Few:
    """Below so many orders only this line counts."""

    below: int
    line: Line


def lines_for(lines: Sequence[Line], few: Few | None, orders: int) -> tuple[Line, ...]:
    """The lines that hold for a period with so many orders, the lightest first."""
    return (few.line,) if few is not None and orders < few.below else tuple(lines)


def judge(lines: Sequence[Line], few: Few | None, count: Count) -> Line | None:
    """The heaviest line that is crossed; None within all."""
    crossed = [line for line in lines_for(lines, few, count.orders) if is_crossed(line, count)]
    return crossed[-1] if crossed else None


def heavier(one: Line | None, other: Line | None) -> Line | None:
    """The one that weighs more; the first of equals."""
    if one is None or other is None:
        return one or other
    return other if SEVERITIES.index(other.severity) > SEVERITIES.index(one.severity) else one
