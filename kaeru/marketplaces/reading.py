"""How the counting rule is read: which cancellations count, in which month, of which orders. Pure.

The same shop and year give 0 or 12 warnings by the definition alone, so a figure never stands without its reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

Cancels = Literal["orders", "slips", "product_slips"]
MonthOf = Literal["order", "cancel"]
SIDES = ("shop", "customer", "unknown")
MOST_GRACE_HOURS = 96
MOST_DAYS = 90
SERVICES = (
    "POST", "DOT", "D", "M", "S", "B", "C2", "CRUK", "PADS", "AMAZONFEE", "BANK CHARGES", "SHIPPING", "DISCOUNT", "送料", "手数料", "値引き",
)  # fmt: skip
"""Item codes that are no goods, unless the seller says otherwise."""


class ReadingRefused(ValueError):
    """A reading that cannot be understood; `field` names what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to count. The defaults are the strictest: whatever was cancelled counts."""

    cancels: Cancels = "orders"
    """orders cancelled whole | credit slips | credit slips with goods on them (not only postage or fees)"""
    month_of: MonthOf = "order"
    """A cancellation belongs to the period of its order, or to the period in which it happened."""
    grace_hours: int = 0
    """Cancelled within so many hours of the order: not counted. 0: everything counts."""
    sides: tuple[str, ...] = SIDES
    """Whose cancellations count; those of nobody known count as `unknown`."""
    within_days: int | None = None
    """Only cancellations at most so many calendar days after the order."""
    only_paid: bool = False
    """Only orders that are known to be paid, where the records tell payment at all."""
    grace_leaves_orders: bool = False
    """What the grace leaves out is not divided by either."""
    services: tuple[str, ...] = SERVICES
    """Item codes that are no goods: a credit slip over these alone is no `product_slips`."""

    def as_json(self) -> dict[str, Any]:
        """All of it, as stored with a judgement."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def read(said: Mapping[str, Any], over: Reading | None = None) -> Reading:
    """The reading that differs from `over` by what is said. Raises ReadingRefused."""
    base, known = over or Reading(), {field.name for field in fields(Reading)}
    changes: dict[str, Any] = {}
    for name, value in said.items():
        if name not in known:
            raise ReadingRefused(name, f"not known; known are {', '.join(sorted(known))}")
        changes[name] = _CHECKS[name](name, value)
    return replace(base, **changes)


def _choice(*known: str) -> Any:
    def check(name: str, value: Any) -> str:
        if value not in known:
            raise ReadingRefused(name, f"one of {', '.join(known)}")
        return str(value)

    return check


def _whole(most: int, *, may_lack: bool = False) -> Any:
    def check(name: str, value: Any) -> int | None:
        if value is None and may_lack:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise ReadingRefused(name, f"a whole number from 0 to {most}")
        return value

    return check


def _yes_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ReadingRefused(name, "true or false")
    return value


def _sides(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value or set(value) - set(SIDES):
        raise ReadingRefused(name, f"one or more of {', '.join(SIDES)}")
    return tuple(side for side in SIDES if side in value)


def _codes(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > 200 or not all(isinstance(code, str) for code in value):
        raise ReadingRefused(name, "a list of item codes, at most 200")
    return tuple(dict.fromkeys(code.strip()[:100] for code in value if code.strip()))


_CHECKS: Mapping[str, Any] = {
    "cancels": _choice(*get_args(Cancels)),
    "month_of": _choice(*get_args(MonthOf)),
    "grace_hours": _whole(MOST_GRACE_HOURS),
    "sides": _sides,
    "within_days": _whole(MOST_DAYS, may_lack=True),
    "only_paid": _yes_no,
    "grace_leaves_orders": _yes_no,
    "services": _codes,
}
