"""The demo's bar: what time it is in the demo, how fast it runs, and a way to the next thing that happens."""

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from kaeru.core import clock
from kaeru.core.models import ClockSetting


@dataclass(frozen=True, slots=True)
class Bar:
    """What the bar shows."""

    now: datetime
    speed: float
    next_due: datetime | None
    """When the next thing happens by itself; None when nothing waits."""


def bar() -> Bar:
    """The bar's figures at this moment."""
    return Bar(now=clock.now(), speed=clock.current().speed, next_due=next_due())


def next_due() -> datetime | None:
    """The earliest moment at which a room's pass has something to do."""
    moments = []
    for room in apps.get_app_configs():
        if room.name.startswith("kaeru.") and find_spec(f"{room.name}.passes"):
            for item in import_module(f"{room.name}.passes").PASSES:
                moment = item.next_due() if item.next_due else None
                if moment is not None:
                    moments.append(moment)
    return min(moments, default=None)


def skip() -> datetime | None:
    """Move the demo's clock to the next thing that happens, and keep it there over a restart."""
    moment = next_due()
    if moment is None:
        return None
    after = clock.skip_to(moment)
    ClockSetting.objects.update_or_create(
        id=1, defaults={"real": after.real, "shown": after.shown, "speed": after.speed}
    )
    return moment
