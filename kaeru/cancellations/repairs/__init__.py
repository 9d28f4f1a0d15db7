"""What can be put right instead of cancelling: one file for each kind of repair. The names here are the kinds there are."""

from functools import cache
from importlib import import_module

from kaeru.cancellations.repairs.base import Kind

NAMES = ("address", "lines", "coupon", "free_shipping", "sooner", "payment", "substitute")
"""Files of this folder, in the order in which they are offered."""


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its name."""
    found = (import_module(f"{__name__}.{name}").KIND for name in NAMES)
    return {kind.name: kind for kind in found}


def for_reason(code: str) -> tuple[Kind, ...]:
    """The kinds that answer this reason, the best first."""
    return tuple(kind for kind in kinds().values() if code in kind.reasons)
