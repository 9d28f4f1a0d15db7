"""The units of a comparison, as columns: one entry for each customer, in the order in which their windows ended.

A unit is a customer, counted once, from its first cancellation in the scenario; whoever was assigned is counted as assigned, sent or not.
Only units whose window is over belong here, in the order in which it ended: then every prefix is what a look at that time would have seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Units:
    """Columns of equal length. Raises ValueError when they are not, or when a probability is not strictly between 0 and 1."""

    arm: Flags
    """True: treated. False: held out."""
    pi: Floats
    """The probability of treatment, as stored when the unit was assigned."""
    outcome: Flags
    """Whether a new paid order came inside the window."""
    value: Floats | None = None
    """Yen that came inside the window (0 for nothing)."""
    cost: Floats | None = None
    """Yen spent on the unit: coupons used, sending."""
    segment: NDArray[np.str_] | None = None
    """The reason, channel or scenario revision, for tables by it."""
    windows: Mapping[int, NDArray[np.int8]] = field(default_factory=dict)
    """By days: 1 came back inside them, 0 did not, -1 not over yet."""

    def __post_init__(self) -> None:
        columns = [self.arm, self.pi, self.outcome, self.value, self.cost, self.segment, *self.windows.values()]
        if len({len(column) for column in columns if column is not None}) > 1:
            raise ValueError("columns of different length")
        if self.pi.size and not (float(self.pi.min()) > 0 and float(self.pi.max()) < 1):
            raise ValueError("a probability of treatment lies strictly between 0 and 1")

    def __len__(self) -> int:
        return len(self.arm)

    def where(self, chosen: NDArray[np.bool_] | slice) -> "Units":
        """Those units only, in the same order."""
        return Units(
            arm=self.arm[chosen],
            pi=self.pi[chosen],
            outcome=self.outcome[chosen],
            value=None if self.value is None else self.value[chosen],
            cost=None if self.cost is None else self.cost[chosen],
            segment=None if self.segment is None else self.segment[chosen],
            windows={days: column[chosen] for days, column in self.windows.items()},
        )


def units(
    arm: ArrayLike,
    pi: ArrayLike,
    outcome: ArrayLike,
    value: ArrayLike | None = None,
    cost: ArrayLike | None = None,
    segment: Sequence[str] | None = None,
    windows: Mapping[int, ArrayLike] | None = None,
) -> Units:
    """Units from lists; a single `pi` holds for all. Raises ValueError as `Units` does, and for outcomes other than 0 and 1."""
    arms, came = np.asarray(arm), np.asarray(outcome)
    if not (np.isin(arms, (0, 1)).all() and np.isin(came, (0, 1)).all()):
        raise ValueError("arms and outcomes are 0 or 1")
    return Units(
        arm=arms.astype(np.bool_),
        pi=np.broadcast_to(np.asarray(pi, dtype=np.float64), arms.shape),
        outcome=came.astype(np.bool_),
        value=None if value is None else np.asarray(value, dtype=np.float64),
        cost=None if cost is None else np.asarray(cost, dtype=np.float64),
        segment=None if segment is None else np.asarray(segment, dtype=np.str_),
        windows={days: np.asarray(column, dtype=np.int8) for days, column in (windows or {}).items()},
    )
