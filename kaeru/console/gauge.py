"""The gauge of a rule, drawn on the server: how full it is, and where the lines are. Pure; the words beside it say all of it too.

The axis begins at zero and reaches beyond the heaviest line, so that a shop within the lines sees how far they are. Positions are percentages of
the drawing's width, so that texts keep their size on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BEYOND = 1.4
"""The axis reaches so far beyond the heaviest line, or the value when that is farther."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line on the gauge."""

    at: float
    """Per cent of the width."""
    label: str
    is_below: bool
    """Whether its label stands under the bar: neighbours that are close take turns."""
    is_crossed: bool
    anchor: str
    """start | middle | end, as SVG names it."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """What is drawn."""

    fill: float
    """Per cent of the width."""
    tone: str
    """good (within) | clock (near) | bad (a line is crossed)"""
    ticks: tuple[Tick, ...]


def draw(value: float, lines: Sequence[tuple[float, str, bool]], *, near: float = 0.8) -> Gauge:
    """`lines`: (where, label, whether crossed), the lowest first. `near`: this part of the next line on is amber."""
    top = max([value, *(at * BEYOND for at, _, _ in lines)], default=0.0) or 1.0
    ticks, below, before = [], False, -100.0
    for at, label, is_crossed in lines:
        place = round(100 * at / top, 2)
        below = not below if place - before < 16 else False
        ticks.append(Tick(place, label, below, is_crossed, "end" if place > 92 else "start" if place < 8 else "middle"))
        before = place
    crossed = any(is_crossed for _, _, is_crossed in lines)
    ahead = next((at for at, _, is_crossed in lines if not is_crossed), None)
    tone = "bad" if crossed else "clock" if ahead and value >= near * ahead else "good"
    return Gauge(round(min(100.0, 100 * value / top), 2), tone, tuple(ticks))
