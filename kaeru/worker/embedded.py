"""The default runner: a thread beside the web server that turns all passes, for SQLite and for a single host."""

import logging
import sys
import threading
import time

from django.db import close_old_connections, connections

from kaeru.core.passes import Pass
from kaeru.worker import heartbeat, registry

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
BREATH_SECONDS = 0.1
"""Rest between two turns that moved something: what arrives meanwhile is moved together, and web requests get their turn at
the one writer of SQLite."""
SWITCH_SECONDS = 0.0005
"""How soon a pass lets a waiting web request go on (Python's own habit is ten times that, at each of its steps)."""


class Runner:
    """Turns the passes until stopped. `kick()` ends its rest at once."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle = idle_seconds
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._last: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="kaeru-passes", daemon=True)

    def start(self) -> None:
        """Begin."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread.start()

    def kick(self) -> None:
        """Look for due rows now."""
        self._awake.set()

    def stop(self, timeout_seconds: float = 20) -> None:
        """Finish the pass that is running, then end."""
        self._stopping.set()
        self._awake.set()
        self._thread.join(timeout_seconds)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _due(self) -> list[Pass]:
        now = time.monotonic()
        chosen = [one for one in registry.passes() if now - self._last.get(one.name, -1e9) >= one.every_seconds]
        self._last.update({one.name: now for one in chosen})
        return chosen

    def _run(self) -> None:
        while not self._stopping.is_set():
            close_old_connections()
            moved = registry.turn(self._due())
            heartbeat.beat()
            self._awake.wait(BREATH_SECONDS if moved else self._idle)
            self._awake.clear()
        connections.close_all()
