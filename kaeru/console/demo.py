"""The demo's bar: what time it is in the demo, how fast it runs, and a way to the next thing that happens."""

from dataclasses import dataclass
from datetime import datetime

from kaeru.core import clock
from kaeru.worker import registry


@dataclass(frozen=True, slots=True)
class Bar:
    """What the bar shows."""

    now: datetime
    speed: float
    next_due: datetime | None
    """When the next thing happens by itself; None when nothing waits."""


def bar() -> Bar:
    """The bar's figures at this moment."""
    return Bar(now=clock.now(), speed=clock.current().speed, next_due=registry.next_due())
