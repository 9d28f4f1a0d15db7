"""The runner for PostgreSQL: any number of hosts run Procrastinate workers, and a task is a turn of all passes.

A turn is never one step of one customer. Four lanes may turn at once over the whole fleet; rows that one lane holds are
skipped by the others. A turn that dies costs nothing: the next one starts from the rows.
"""

import logging
import time
from typing import Any

from procrastinate.contrib.django import app

from kaeru.worker import heartbeat, registry

log = logging.getLogger(__name__)
LANES = 4
LONGEST_TURN_SECONDS = 20.0
"""Then the lane's next job goes on, so that a worker can be stopped in between."""


def _turn_until_idle() -> None:
    quick = [one for one in registry.passes() if not one.every_seconds]
    until = time.monotonic() + LONGEST_TURN_SECONDS
    while registry.turn(quick) and time.monotonic() < until:
        heartbeat.beat()
    heartbeat.beat()


def _lane(number: int) -> Any:
    """The task of one lane: at most one runs and one waits, however many hosts ask for it each second."""

    @app.periodic(
        cron="* * * * * *", periodic_id=f"lane-{number}", lock=f"lane-{number}", queueing_lock=f"lane-{number}"
    )
    @app.task(name=f"kaeru.turn.{number}", lock=f"lane-{number}", queueing_lock=f"lane-{number}")
    def turn(timestamp: int) -> None:
        _turn_until_idle()

    return turn


lanes = [_lane(number) for number in range(LANES)]


@app.periodic(cron="* * * * *", lock="slow", queueing_lock="slow")
@app.task(name="kaeru.turn.slow", lock="slow", queueing_lock="slow")
def turn_slow(timestamp: int) -> None:
    """Passes that run now and then: retention and the like."""
    registry.turn([one for one in registry.passes() if one.every_seconds])


def work() -> None:
    """Be a worker until SIGTERM or SIGINT; what runs is finished first."""
    with app.replace_connector(app.connector.get_worker_connector()) as ready:  # type: ignore[attr-defined]
        ready.run_worker(
            name="kaeru",
            concurrency=1,
            fetch_job_polling_interval=1.0,
            shutdown_graceful_timeout=30,
            delete_jobs="always",
            install_signal_handlers=True,
        )
