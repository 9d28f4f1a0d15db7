"""The platform that the pages show: one for the process, its book in the demo's folder, on the demo's clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from django.conf import settings

from examples.line.platform import Platform

_clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731


def use(clock: Callable[[], datetime]) -> None:
    """Live in another time, as the demo does."""
    global _clock
    _clock = clock


def platform() -> Platform:
    """The one platform."""
    return _platform(Path(settings.KAERU_HOME) / "line.sqlite3")


@cache
def _platform(path: Path) -> Platform:
    return Platform(path, now=lambda: _clock().timestamp())
