"""How often a shop's system may be called: each shop has its own pace, and whoever is too fast waits here for a moment.

In this process; the lease of a poll and of a change keeps other processes from calling for the same shop all the time, so that
two of them together stay far below what makes a mall shut a door.
"""

import threading
import time

from kaeru.connectors.base import Busy

LONGEST_WAIT_SECONDS = 5.0
"""Who would wait longer is told to come back (`base.Busy`), so that no lane stands still for one shop."""
_MOST = 20_000

_next: dict[str, float] = {}
_lock = threading.Lock()


def take(name: str, per_second: float) -> None:
    """Wait for the next turn of `name` ("qoo10:<shop id>"), so that there are at most `per_second` calls each second. Raises Busy."""
    with _lock:
        now = time.monotonic()
        if len(_next) >= _MOST:
            for known in [one for one, at in _next.items() if at <= now]:
                del _next[known]
        at = max(now, _next.get(name, now))
        if at - now > LONGEST_WAIT_SECONDS:
            raise Busy(at - now)
        _next[name] = at + 1 / per_second
    if at > now:
        time.sleep(at - now)


def forget() -> None:
    """Drop what is remembered (tests)."""
    with _lock:
        _next.clear()
