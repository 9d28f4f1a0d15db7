"""Small bar charts drawn on the server: one message each, the axis from zero, no script. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 360, 72
MOST_BARS = 62
"""Longer spans are drawn by week."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, or one week from this day on."""

    x: float
    y: float
    width: float
    height: float
    on: date
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars and what they are measured by."""

    bars: tuple[Bar, ...]
    most: int
    """The highest bar's count."""
    first: date
    last: date
    is_weekly: bool
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def box(self) -> str:
        """The drawing's own coordinates."""
        return f"0 0 {self.width} {self.height}"


def days(counted: Mapping[str, int], first: date, last: date) -> Chart:
    """Counts by day (YYYY-MM-DD) from the first day to the last one."""
    length = (last - first).days + 1
    size = 7 if length > MOST_BARS else 1
    sums = [0] * (-(-length // size))
    for text, count in counted.items():
        place = (date.fromisoformat(text) - first).days // size
        if 0 <= place < len(sums):
            sums[place] += count
    most = max(sums, default=0)
    step = WIDTH / max(1, len(sums))
    bars = tuple(
        Bar(
            round(number * step, 2), round(HEIGHT - HEIGHT * count / most, 2), round(max(1.0, step * 0.8), 2),
            round(HEIGHT * count / most, 2), first + timedelta(days=number * size), count,
        )
        for number, count in enumerate(sums)
        if count
    )  # fmt: skip
    return Chart(bars, most, first, last, size == 7)
