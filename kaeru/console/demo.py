"""The demo's bar: what time it is in the demo, how fast it runs, and a way to the next thing that happens."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.module_loading import import_string

from kaeru.core import clock, passes


@dataclass(frozen=True, slots=True)
class Bar:
    """What the bar shows."""

    now: datetime
    speed: float
    next_due: datetime | None


def bar() -> Bar:
    """The bar's figures at this moment."""
    return Bar(now=clock.now(), speed=clock.current().speed, next_due=None)
