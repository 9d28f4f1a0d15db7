"""The default runner: threads beside the web server that turn all passes, for SQLite and for a single host.

One thread for each lane: a mail server that takes its time delays no timer, and a shop's system that hangs delays no mail.
"""

import logging
import sys
import threading
import time
from dataclasses import replace

from django.db import close_old_connections, connections

from kaeru.core.passes import LANES, WAKES, Pass
from kaeru.worker import heartbeat, registry

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
BREATH_SECONDS = 0.1
"""Rest between two turns that moved something: what arrives meanwhile is moved together, and web requests get their turn at
the one writer of SQLite."""
HOLD_SECONDS = 0.1
"""How long one pass of the lane `rows` may hold SQLite's writer under overload: on a slow machine it takes fewer rows at a time."""
SWITCH_SECONDS = 0.0005
"""How soon a pass lets a waiting web request go on (Python's own habit is ten times that, at each of its steps)."""


class _Lane:
    """Turns the passes of one lane until stopped."""

    def __init__(self, name: str, idle_seconds: float) -> None:
        self._name = name
        self._idle = idle_seconds
        self._last: dict[str, float] = {}
        self._pace: dict[str, float] = {}
        self._stopping = threading.Event()
        self.awake = threading.Event()
        self.wakes: tuple[_Lane, ...] = ()
        """Those that look at once when this one moved something."""
        self.thread = threading.Thread(target=self._run, name=f"kaeru-{name}", daemon=True)

    def end(self) -> None:
        """Finish the pass that is running, then end."""
        self._stopping.set()
        self.awake.set()

    def _due(self) -> list[Pass]:
        now = time.monotonic()
        known = registry.of_lane(self._name)
        chosen = [one for one in known if now - self._last.get(one.name, -1e9) >= one.every_seconds]
        self._last.update({one.name: now for one in chosen})
        return chosen

    def _paced(self, one: Pass) -> Pass:
        """The pass with a limit that fits into HOLD_SECONDS at the pace of its last full turn."""
        if self._name != LANES[0]:
            return one
        limit = max(1, min(one.limit, int(self._pace.get(one.name, one.limit / HOLD_SECONDS) * HOLD_SECONDS)))

        def run(most: int) -> int:
            begun = time.monotonic()
            moved = one.run(most)
            if moved >= most:
                self._pace[one.name] = moved / max(time.monotonic() - begun, 0.001)
            return moved

        return replace(one, run=run, limit=limit)

    def _run(self) -> None:
        while not self._stopping.is_set():
            moved = self._turn()
            if moved:
                for lane in self.wakes:
                    lane.awake.set()
            self.awake.wait(BREATH_SECONDS if moved else self._idle)
            self.awake.clear()
        connections.close_all()

    def _turn(self) -> int:
        """Whatever happens to the database, the lane goes on with the next turn."""
        try:
            close_old_connections()
            moved = registry.turn([self._paced(one) for one in self._due()])
            if self._name == LANES[0]:
                heartbeat.beat()
        except Exception:
            log.exception("lane %s could not turn", self._name)
            return 0
        return moved


class Runner:
    """Turns the passes until stopped. `kick()` ends its rest at once."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        lanes = {name: _Lane(name, idle_seconds) for name in LANES}
        for name, woken in WAKES.items():
            lanes[name].wakes = tuple(lanes[other] for other in woken)
        self._lanes = list(lanes.values())

    def start(self) -> None:
        """Begin."""
        sys.setswitchinterval(SWITCH_SECONDS)
        for lane in self._lanes:
            lane.thread.start()

    def kick(self) -> None:
        """Look for due rows now."""
        for lane in self._lanes:
            lane.awake.set()

    def stop(self, timeout_seconds: float = 20) -> None:
        """Finish the passes that are running, then end."""
        until = time.monotonic() + timeout_seconds
        for lane in self._lanes:
            lane.end()
        for lane in self._lanes:
            lane.thread.join(max(0.0, until - time.monotonic()))

    def is_alive(self) -> bool:
        """Whether all lanes turn."""
        return all(lane.thread.is_alive() for lane in self._lanes)
