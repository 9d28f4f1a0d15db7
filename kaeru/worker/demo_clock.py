"""The demo's clock: it can run faster, be put forward to the next thing that happens, and goes on after a restart."""

import time
from datetime import datetime, timedelta

from kaeru.core import clock, scope
from kaeru.core.clock import Clock
from kaeru.core.models import AuditEntry, ClockSetting
from kaeru.worker import registry


def start(speed: float) -> None:
    """Go on where the demo stood, `speed` times as fast as the wall. While it was stopped one hour was one hour."""
    real = time.time()
    shown = datetime.fromtimestamp(real, clock.wall().tzinfo)
    kept = ClockSetting.objects.first()
    if kept is not None:
        shown = max(shown, kept.shown + timedelta(seconds=max(0.0, real - kept.real)))
    with scope.everyone():
        last = AuditEntry.objects.order_by("-id").values_list("at", flat=True).first()
    if last is not None:
        shown = max(shown, last)
    clock.set_clock(Clock(real=real, shown=shown, speed=speed))
    keep()


def has_run() -> bool:
    """Whether a demo was ever started on this database."""
    return ClockSetting.objects.exists()


def keep() -> None:
    """Write down where the clock stands."""
    now = clock.current()
    real = time.time()
    ClockSetting.objects.update_or_create(id=1, defaults={"real": real, "shown": now.read(real), "speed": now.speed})


def skip_to_next_step(due: datetime | None = None) -> datetime | None:
    """Put the clock to `due`, else to the next due row, do what is due then, and remember; None when nothing waits."""
    due = registry.skip_to_next_step(due)
    if due is not None:
        keep()
    return due
