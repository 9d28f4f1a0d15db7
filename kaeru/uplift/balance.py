"""Were the arms alike before anything was done? What was known before the lot must not tell who was treated.

For each column Pearson's chi-square of its values (numbers in five equal parts) against the arm. A lot fails one of k columns at
p < 0.001 / k once in a thousand; a file that fails was not drawn by lot, whatever it says.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from kaeru.uplift.units import Flags

PARTS = 5
MOST_VALUES = 20
"""More different values than these are cut into PARTS when they are numbers, and otherwise told by the MOST_VALUES most frequent."""
FAILED = 0.001


@dataclass(frozen=True, slots=True)
class Balance:
    """p by column."""

    p: dict[str, float]

    @property
    def failed(self) -> list[str]:
        """Columns by which the arms differ more than a lot would have it."""
        return [name for name, p in self.p.items() if p < FAILED / len(self.p)]


def balance(arm: Flags, columns: Mapping[str, Sequence[str]]) -> Balance:
    """Of columns as long as `arm`; empty texts are a value like others."""
    return Balance({name: _p(arm, _classes(values)) for name, values in columns.items()})


def _classes(values: Sequence[str]) -> Sequence[object]:
    frequent = Counter(values)
    if len(frequent) <= MOST_VALUES:
        return values
    try:
        numbers = np.array([float(value) for value in values])
    except ValueError:
        kept = {value for value, _ in frequent.most_common(MOST_VALUES)}
        return [value if value in kept else None for value in values]
    edges = np.quantile(numbers, np.arange(1, PARTS) / PARTS)
    return [int(place) for place in np.searchsorted(edges, numbers)]


def _p(arm: Flags, classes: Sequence[object]) -> float:
    names = {name: place for place, name in enumerate(dict.fromkeys(classes))}
    place = np.array([names[one] for one in classes])
    seen = np.array([np.bincount(place[arm == side], minlength=len(names)) for side in (True, False)], dtype=np.float64)
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / max(1.0, float(seen.sum()))
    if len(names) < 2 or not expected.all():
        return 1.0
    return float(special.chdtrc(len(names) - 1, float(((seen - expected) ** 2 / expected).sum())))
