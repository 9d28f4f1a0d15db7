"""The rule by which Kaeru sets planned dispatch dates early: what the shop chose, and which day it comes to. Pure.

Before a date is set the buyer cancels at once; after it the shop must consent. But the date binds the shop, so it is set only where
the shop asked for it and the items are there.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Self

NAME = "early_dispatch"
"""Where in `Connection.rules` it is kept."""
MOST_DAYS = 10


@dataclass(frozen=True, slots=True)
class EarlyDates:
    """What the shop chose."""

    is_on: bool = False
    days: int = 2
    """Business days from today until it leaves, 1 to 10."""
    only_known_stock: bool = True
    """Only orders all of whose items are counted and there; else also those of which nobody has counted anything."""

    @classmethod
    def of(cls, rules: Mapping[str, Any]) -> Self:
        """As it is kept; off where nothing is."""
        told = rules.get(NAME)
        if not isinstance(told, Mapping):
            return cls()
        days = told.get("days", 2)
        return cls(
            is_on=told.get("is_on") is True,
            days=min(MOST_DAYS, max(1, days)) if isinstance(days, int) else 2,
            only_known_stock=told.get("only_known_stock") is not False,
        )

    def within(self, rules: Mapping[str, Any]) -> dict[str, Any]:
        """The connection's rules with this one."""
        return {**rules, NAME: asdict(self)}


def day_of(today: date, days: int, is_closed: Callable[[date], bool]) -> date:
    """The day that is so many business days after today; a shop that never opens counts every day.

    >>> day_of(date(2026, 11, 20), 2, lambda day: day.weekday() >= 5).isoformat()
    '2026-11-24'
    """
    day, left = today, days
    for _ in range(60):
        day += timedelta(days=1)
        left -= not is_closed(day)
        if left <= 0:
            return day
    return today + timedelta(days=days)


def is_covered(wanted: Mapping[str, int], left: Mapping[str, int], *, only_known: bool) -> bool:
    """Whether the items of an order are there. `left`: pieces by item where somebody counted them, orders that wait taken off.

    >>> is_covered({"A": 1}, {"A": 0}, only_known=True), is_covered({"B": 1}, {}, only_known=True), is_covered({"B": 1}, {}, only_known=False)
    (True, False, True)
    """
    if any(left.get(sku, 0) < 0 for sku in wanted):
        return False
    return not only_known or all(sku and sku in left for sku in wanted)
