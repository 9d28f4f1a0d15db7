"""What time it is in the shop. A real shop has the wall clock; the demo lends it the clock that can run faster."""

from collections.abc import Callable
from datetime import UTC, datetime


def _wall() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _wall


def use(read: Callable[[], datetime]) -> None:
    """Read the time from here on with `read` (aware UTC)."""
    global _read
    _read = read


def now() -> datetime:
    """Aware UTC."""
    return _read()
