"""Whether passes are turning: a sign of life that readiness and `kaeru doctor` read."""

import time

from kaeru.core.models import Heartbeat

EVERY_SECONDS = 5.0
DEAD_AFTER_SECONDS = 60.0
_last = 0.0


def beat(who: str = "passes") -> None:
    """Note that passes turn; writes at most every five seconds. Real time, not the demo's."""
    global _last
    if time.monotonic() - _last < EVERY_SECONDS:
        return
    _last = time.monotonic()
    Heartbeat.objects.update_or_create(name=who, defaults={"real": time.time()})


def age_seconds(who: str = "passes") -> float | None:
    """Seconds since the last beat; None when there never was one."""
    found = Heartbeat.objects.filter(name=who).values_list("real", flat=True).first()
    return None if found is None else time.time() - found


def is_turning() -> bool:
    """Whether a beat is young enough."""
    age = age_seconds()
    return age is not None and age < DEAD_AFTER_SECONDS
