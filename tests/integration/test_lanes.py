"""Who turns the passes: lanes beside each other, none of which can hold up or end another."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection

from kaeru.core.passes import LANES, Pass
from kaeru.worker import heartbeat, registry
from kaeru.worker.embedded import Runner


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Passes that note that they ran; the one of `calls` hangs until the test ends."""
    ran: list[str] = []
    hanging = threading.Event()

    def note(name: str) -> Callable[[int], int]:
        def run(limit: int) -> int:
            ran.append(name)
            if name == "calls":
                hanging.wait(10)
            return 1 if name == "endless" else 0

        return run

    passes = (
        Pass("endless", note("endless")), Pass("timers", note("timers")),
        Pass("mails", note("mails"), lane="messages"), Pass("calls", note("calls"), lane="calls"),
    )  # fmt: skip
    monkeypatch.setattr(registry, "passes", lambda: passes)
    monkeypatch.setattr(heartbeat, "beat", lambda: None)
    return ran


def test_a_lane_that_hangs_holds_up_nobody(turned: list[str]) -> None:
    runner = Runner(idle_seconds=0.01)
    runner.start()
    wait_until(lambda: turned.count("mails") > 20 and turned.count("timers") > 3)
    assert turned.count("calls") == 1
    assert runner.is_alive()
    runner.stop(timeout_seconds=0.5)


def test_a_pass_that_never_runs_dry_leaves_the_others_their_turn(turned: list[str]) -> None:
    runner = Runner(idle_seconds=0.01)
    runner.start()
    wait_until(lambda: turned.count("endless") > 5)
    runner.stop(timeout_seconds=0.5)
    assert abs(turned.count("endless") - turned.count("timers")) <= 1


def test_who_hands_over_looks_at_once_when_rows_have_moved(turned: list[str]) -> None:
    runner = Runner(idle_seconds=60)
    runner.start()
    wait_until(lambda: turned.count("mails") > 3)
    runner.stop(timeout_seconds=0.5)


def test_a_lane_survives_a_database_that_is_away(turned: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(heartbeat, "beat", away)
    runner = Runner(idle_seconds=0.01)
    runner.start()
    wait_until(lambda: turned.count("timers") > 3)
    assert runner.is_alive()
    runner.stop(timeout_seconds=0.5)


def test_a_pass_takes_fewer_rows_when_they_take_long(turned: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []

    def slow(limit: int) -> int:
        limits.append(limit)
        time.sleep(limit * 0.001)
        return limit

    monkeypatch.setattr(registry, "passes", lambda: (Pass("slow", slow, limit=500),))
    runner = Runner(idle_seconds=0.01)
    runner.start()
    wait_until(lambda: len(limits) > 3)
    runner.stop(timeout_seconds=0.5)
    assert limits[0] == 500
    assert all(limit <= 100 for limit in limits[1:])


def test_every_pass_has_a_lane() -> None:
    assert {one.lane for one in registry.passes()} <= set(LANES)
    assert [one.name for one in registry.of_lane("messages")][:2] == ["line.replies", "messages"], (
        "answers within a minute go first"
    )


@pytest.mark.only_on("postgres")
def test_a_turn_that_died_blocks_no_other_and_is_cleared_away() -> None:
    from kaeru.worker import fleet

    assert all(turn.lock is None for turn in fleet.turns), "a lock would outlive the worker that held it"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('rows', 'kaeru.rows.0', '{}', 'doing')"
        )
        fleet.now_and_then["rows"].func(timestamp=0)
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert cursor.fetchone()[0] == 0
