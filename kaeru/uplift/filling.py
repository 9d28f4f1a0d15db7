"""How likely a freed time is to be taken by one of those who are asked, and how many to ask. Each accepts on its own."""

from collections.abc import Sequence
from math import ceil, log, prod


def fill(accept: Sequence[float], reach: Sequence[float]) -> float:
    """1 - prod(1 - a r): a, the chance that one accepts; r, the share of answers that come in the time that is left."""
    return 1 - prod(1 - a * r for a, r in zip(accept, reach, strict=True))


def invites(accept: float, target: float) -> int:
    """The fewest to ask so that somebody accepts with the chance `target`: ceil(ln(1 - target) / ln(1 - a)).

    Raises ValueError unless both lie strictly between 0 and 1.
    """
    if not (0 < accept < 1 and 0 < target < 1):
        raise ValueError("chances lie strictly between 0 and 1")
    return ceil(log(1 - target) / log(1 - accept))
