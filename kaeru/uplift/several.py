"""Many comparisons at once: which of them may be called shown, so that few of those that are called so are not.

e-BH (Wang, Ramdas, JRSS B 84, 2022, arXiv 2009.02824) holds whatever the comparisons have to do with each other: reasons and scenarios of
one shop share customers. Benjamini and Hochberg's rule for p-values (JRSS B 57, 1995) stands here for those who compare.
"""

from collections.abc import Sequence
from math import exp

MOST_LOG = 700.0


def ebh(e: Sequence[float], alpha: float = 0.05) -> list[int]:
    """Positions of the e-values that are shown: the k largest, for the largest k whose k-th is at least m / (k alpha)."""
    order = sorted(range(len(e)), key=lambda place: -e[place])
    reached = [k for k, place in enumerate(order, 1) if e[place] * k * alpha >= len(e)]
    return sorted(order[: max(reached, default=0)])


def shown(log_e: Sequence[float], alpha: float = 0.05) -> list[int]:
    """The same from natural logs."""
    return ebh([exp(min(MOST_LOG, one)) for one in log_e], alpha)


def bh(p: Sequence[float], q: float = 0.05) -> list[int]:
    """Positions of the p-values that are shown: the k smallest, for the largest k whose k-th is at most k q / m."""
    order = sorted(range(len(p)), key=lambda place: p[place])
    reached = [k for k, place in enumerate(order, 1) if p[place] * len(p) <= k * q]
    return sorted(order[: max(reached, default=0)])
