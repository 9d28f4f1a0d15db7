"""Reading what somebody else wrote: exact numbers, text that a database can keep, moments with a zone.

Ids stay exact (no floating point on the way), amounts are decimals, and whatever cannot be what it should be raises
Unreadable with the place named, so that a person can find it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from kaeru.connectors.errors import Unreadable
from kaeru.core.money import to_minor

MOST_MINOR_UNITS = 10**15
"""More than any order is worth, in any currency; a larger figure is a mistake."""
MOST_DIGITS = 16
MOST_PIECES = 1_000_000
FIRST_YEAR, LAST_YEAR = 1990, 2200


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in these bytes, with exact decimals. Raises Unreadable."""
    try:
        found = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as failure:
        raise Unreadable(f"not JSON: {str(failure)[:120]}") from None
    if not isinstance(found, dict):
        raise Unreadable("the JSON is not an object")
    return found


def storable(text: str) -> str:
    """The same text without what a database refuses: NUL, and halves of surrogate pairs (they become U+FFFD)."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def text(value: Any, limit: int) -> str:
    """At most `limit` characters of a text or number; empty for null and for what is neither."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return storable(str(value)).strip()[:limit]


def ident(value: Any, place: str, *, needed: bool = True) -> str:
    """An id as text, exact. Raises Unreadable when it is missing or longer than 100 characters."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        if needed:
            raise Unreadable(f"{place} is missing")
        return ""
    found = storable(str(value)).strip()
    if not 0 < len(found) <= 100:
        raise Unreadable(f"{place} must have 1 to 100 characters")
    return found


def minor(value: Any, currency: str, place: str) -> int:
    """Minor units of an amount. Raises Unreadable."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or len(str(value)) > 40:
        raise Unreadable(f"{place} is no amount")
    try:
        exact = Decimal(str(value))
        if (
            not exact.is_finite() or exact.adjusted() > MOST_DIGITS
        ):  # before 1E+99999999 becomes a number of that many digits
            raise ValueError("too large")
        amount = to_minor(exact, currency)
    except (ValueError, ArithmeticError) as failure:
        raise Unreadable(f"{place}: {failure}"[:200]) from None
    if abs(amount) > MOST_MINOR_UNITS:
        raise Unreadable(f"{place} is too large")
    return amount


def pieces(value: Any, place: str) -> int:
    """A quantity. Raises Unreadable."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_PIECES:
        raise Unreadable(f"{place} is no quantity")
    return value


def moment(value: Any, place: str) -> datetime:
    """An aware UTC time from ISO 8601 with an offset. Raises Unreadable."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is not None and found.tzinfo is not None and FIRST_YEAR <= found.year <= LAST_YEAR:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Unreadable(f"{place} is no time with an offset")


def maybe_moment(value: Any, place: str) -> datetime | None:
    """The same, or None for null and empty. Raises Unreadable."""
    return None if value in (None, "") else moment(value, place)


def part(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; anything else counts as none."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def currency_code(value: Any, place: str) -> str:
    """Three capital letters (ISO 4217). Raises Unreadable."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isupper() and value.isalpha():
        return value
    raise Unreadable(f"{place} is no currency")
