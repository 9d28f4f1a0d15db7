"""Did they come back, or only sooner? The effect inside each window, on the same units: those whose longest window is over.

An effect that is large after 7 days and gone after 60 has moved orders forward and brought none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kaeru.uplift.foretold import Counts
from kaeru.uplift.units import Units

HALF = 0.5
LEAST_GAIN = 0.01
"""An early gain below one point is no gain to compare with."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The effect (share, treated less held) by days; None with an empty arm."""

    uplift: dict[int, float | None]

    @property
    def is_pulled_forward(self) -> bool:
        """Whether less than half of the gain of the shortest window is left in the longest."""
        if len(self.uplift) < 2:
            return False
        first, last = self.uplift[min(self.uplift)], self.uplift[max(self.uplift)]
        return first is not None and last is not None and first >= LEAST_GAIN and last < HALF * first


def of_units(units: Units) -> Windows:
    """From the units that were watched for the longest of their windows."""
    if not units.windows:
        return Windows({})
    ripe = units.windows[max(units.windows)] >= 0
    arm = units.arm[ripe]
    return of_counts({days: Counts().add(arm, column[ripe] == 1) for days, column in units.windows.items()})


def of_counts(counts: Mapping[int, Counts]) -> Windows:
    """From counts by window: they must be of the same units, or the windows cannot be compared."""
    return Windows({days: one.difference for days, one in sorted(counts.items())})
