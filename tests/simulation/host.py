"""The machine that Kaeru runs on: its clock, and the places at which it can be killed or somebody else comes between.

A boundary is a place between two statements, before and after a commit, before and after a call to the outside. At each
one the process may die (`Died` flies up, the open transaction is rolled back, everything in memory is gone), and at each one
outside of a transaction another actor may do something: just what may happen between the transactions of two processes.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import time_machine
from django.core.cache import cache
from django.db import connection

from kaeru.core import ids
from kaeru.scenarios.kinds import kinds
from kaeru.worker import registry
from tests.simulation.chance import Chance


class Died(BaseException):
    """The process was killed here. No `except Exception` catches it, as nothing catches a kill -9."""


class _Time(ModuleType):
    """The module `time`, with a monotonic clock that follows the host's."""

    def __init__(self, host: "Host") -> None:
        super().__init__("time")
        import time

        self.__dict__.update({name: value for name, value in vars(time).items() if not name.startswith("__")})
        self.monotonic = self.perf_counter = lambda: host.uptime


class Host:
    """One machine. `deaths` counts kills by the place in the product at which they came."""

    def __init__(self, start: datetime, chance: Chance) -> None:
        self.chance = chance
        self.uptime = 0.0
        self.left: int | None = None
        """Boundaries until the process dies; None: it does not."""
        self.is_dead = False
        self.doom: Callable[[], bool] | None = None
        """Asked at each boundary whether the process dies there (`enumerating`)."""
        self.comes_between: Callable[[], None] | None = None
        self.likely = 0.0
        """How likely somebody comes between, at each boundary outside of a transaction."""
        self.depth = 0
        self.passed = 0
        self.deaths: dict[str, int] = {}
        self._travel = time_machine.travel(start, tick=False)
        self._start = start
        self._at: Any = None

    @contextmanager
    def running(self) -> Iterator["Host"]:
        """Everything inside runs on this machine."""
        shim, was = _Time(self), {}
        import time

        registry.passes()  # their modules are there before their clocks are exchanged
        kinds()
        for name, module in list(sys.modules.items()):
            if name.startswith("kaeru.") and getattr(module, "time", None) is time:
                was[name] = module
                module.time = shim  # type: ignore[attr-defined]
        commit = connection.commit
        ids._node = 0
        self._at = self._travel.start()
        try:
            connection.commit = self._committing(commit)  # type: ignore[method-assign]
            with connection.execute_wrapper(self._statement):
                yield self
        finally:
            connection.__dict__.pop("commit", None)
            self._travel.stop()
            for module in was.values():
                module.time = time  # type: ignore[attr-defined]

    def now(self) -> datetime:
        """What the machine's clock shows."""
        from datetime import UTC

        return datetime.now(UTC)

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        assert self._at is not None
        self.uptime += seconds
        self._at.shift(seconds)

    def until(self, moment: datetime) -> None:
        """Time goes by until `moment`, if that is not over."""
        self.passes(max(0.0, (moment - self.now()).total_seconds()))

    def is_set(self, by: timedelta) -> None:
        """Somebody (or a time server) sets the clock; no time goes by."""
        assert self._at is not None
        self._at.shift(by)

    def boundary(self, *, alone: bool = False, deadly: float = 0.0) -> None:
        """A place at which the process may die, or somebody comes between (not where it is `alone`).

        `deadly`: how likely it dies just here, whatever was planned; where to die proves most.
        """
        if self.is_dead:
            raise Died
        self.passed += 1
        if (self.doom is not None and self.doom()) or (deadly and not self.depth and self.chance.happens(deadly)):
            self._die()
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self._die()
        if alone or self.comes_between is None or not self.likely or self.depth > 1 or in_transaction():
            return
        if self.chance.happens(self.likely):
            self.aside(self.comes_between)

    def aside(self, deed: Callable[[], None]) -> None:
        """Another process does something; the kill that waits for this one does not meet it."""
        left, self.left = self.left, None
        self.depth += 1
        try:
            deed()
        finally:
            self.depth -= 1
            self.left = left

    def _die(self) -> None:
        self.left, self.is_dead = None, True
        place = _place()
        self.deaths[place] = self.deaths.get(place, 0) + 1
        raise Died

    def _statement(self, execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        if not statement.startswith("BEGIN"):  # whoever has asked for the one writer waits; nobody comes between
            self.boundary()
        return execute(statement, values, many, context)

    def _committing(self, commit: Callable[[], None]) -> Callable[[], None]:
        def commit_or_die() -> None:
            try:
                self.boundary()
            except Died:
                connection.rollback()
                raise
            commit()
            self.boundary(alone=True)  # the connection is between two states: a second process has one of its own

        return commit_or_die

    def may_die(self, run: Callable[[], Any], within: int | None) -> bool:
        """Run it; after `within` boundaries the process dies. False when it did; then it is started again, with an empty memory."""
        self.left = within
        try:
            run()
        except Died:
            self.start_again()
            return False
        finally:
            self.left = None
        return True

    def start_again(self) -> None:
        """A new process: nothing is open, nothing is remembered."""
        assert not connection.in_atomic_block, "a dead process leaves no transaction"
        self.is_dead = False
        forget()


def in_transaction() -> bool:
    """Whether statements are waiting for their commit."""
    raw: Any = connection.connection
    if raw is None or connection.in_atomic_block:
        return raw is not None
    return bool(raw.in_transaction) if connection.vendor == "sqlite" else raw.info.transaction_status.name != "IDLE"


def _place() -> str:
    """The nearest line of the product."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith("kaeru.") and not name.startswith(("kaeru.core.sql", "kaeru.core.scope")):
            return f"{name}:{frame.f_code.co_name}"
        frame = frame.f_back
    return "tests"


def forget() -> None:
    """What a new process has not: caches of published programs, broken channels, the last key."""
    from kaeru.core import fair
    from kaeru.messages import passes
    from kaeru.scenarios import programs

    programs._kept.clear()
    for name in ("_broken_until", "_pace"):
        getattr(passes, name, {}).clear()
    passes._held_after = 0
    getattr(fair, "_served", {}).clear()
    ids._node, ids._last_tick = (ids._node + 1) % 2**13, 0  # on a clock that stands still two equal ones would meet
    cache.clear()
