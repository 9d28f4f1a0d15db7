"""The runner for PostgreSQL: any number of hosts run Procrastinate workers, and a task is a turn of one lane's passes.

A turn is never one step of one customer, and holds no lock that could outlive it: rows that one turn holds are skipped by the
others. A turn that dies costs nothing; the next one starts from the rows.
"""

import asyncio
import copy
import logging
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from django.db import close_old_connections, connection
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.periodic import PeriodicRegistry

from kaeru.core import clock
from kaeru.core.passes import LANES, WAKES
from kaeru.worker import heartbeat, registry

log = logging.getLogger(__name__)
WIDE = 2
"""Turns of one lane that are asked for each second, evenly over it: so many more workers join in with every second of overload."""
MARGIN_SECONDS = 0.01
"""So long after its moment a turn is asked for, as a sleep may end a little early."""
LONGEST_TURN_SECONDS = 20.0
"""Then the lane's next job goes on, so that a worker can be stopped in between."""
NOW_AND_THEN_SECONDS = 5
"""How often the passes that run now and then are looked at."""
AGAIN_SECONDS = 1.0
"""Pause after the database went away."""
POOL_SECONDS = 3.0
"""How long the bookkeeping of turns waits for a connection."""
_asked = {lane: PeriodicRegistry() for lane in LANES}  # type: ignore[no-untyped-call]
_last: dict[str, float] = {}
_loop: asyncio.AbstractEventLoop | None = None
"""Where this worker asks for turns."""


def _turn_until_idle(lane: str) -> None:
    quick = [one for one in registry.of_lane(lane) if not one.every_seconds]
    until = time.monotonic() + LONGEST_TURN_SECONDS
    while registry.turn(quick) and time.monotonic() < until:
        _wake(WAKES.get(lane, ()))
        close_old_connections()
        heartbeat.beat()
    heartbeat.beat()


def _task(lane: str, number: int) -> Any:
    """One of the lane's turns: at most one waits, however many hosts ask for it each second."""
    name = f"kaeru.{lane}.{number}"

    @app.task(name=name, queue=lane, queueing_lock=name)
    def turn(timestamp: int) -> None:
        _turn_until_idle(lane)

    return turn


turns = [_task(lane, number) for lane in LANES for number in range(WIDE)]


def _wake(lanes: Sequence[str]) -> None:
    """Ask for a turn of each of them now, beside what is done here."""
    if _loop is not None:
        for lane in lanes:
            asyncio.run_coroutine_threadsafe(_ask(turns[LANES.index(lane) * WIDE]), _loop)


async def _ask(turn: Any) -> None:
    """A turn, unless one waits already."""
    with suppress(AlreadyEnqueued, ConnectorException):
        await turn.defer_async(timestamp=int(clock.wall().timestamp()))


async def _keep_asking() -> None:
    """Every lane's turns of each second, evenly over it; whatever number of hosts asks, each is asked for once."""
    while True:
        await asyncio.sleep((MARGIN_SECONDS - clock.wall().timestamp()) % (1 / WIDE))
        second, number = divmod(int(clock.wall().timestamp() * WIDE), WIDE)
        for turn in turns[number::WIDE]:
            with suppress(AlreadyEnqueued):
                job = turn.configure(task_kwargs={"timestamp": second}).job
                await app.job_manager.defer_periodic_job(job=job, periodic_id=turn.name, defer_timestamp=second)


def _occasional(lane: str) -> Any:
    """The lane's passes that run now and then, leases and retention and the like: a long one holds up nobody in another lane."""
    name = f"kaeru.{lane}.now_and_then"

    @app.task(name=name, queue=lane, queueing_lock=name, priority=1)
    def turn(timestamp: int) -> None:
        now = time.monotonic()
        known = [one for one in registry.of_lane(lane) if one.every_seconds]
        chosen = [one for one in known if now - _last.get(one.name, -1e9) >= one.every_seconds]
        _last.update({one.name: now for one in chosen})
        registry.turn(chosen)
        if lane == LANES[0]:
            _clear_away()

    _asked[lane].register_task(
        turn, cron=f"* * * * * */{NOW_AND_THEN_SECONDS}", periodic_id=name, configure_kwargs={"queueing_lock": name}
    )
    return turn


def _clear_away() -> None:
    """The jobs that dead workers left behind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs j WHERE status = 'doing' AND NOT EXISTS (SELECT 1 FROM procrastinate_workers w "
            "WHERE w.id = j.worker_id AND w.last_heartbeat > now() - interval '2 minutes')"
        )


now_and_then = {lane: _occasional(lane) for lane in LANES}


def work() -> None:
    """Be a worker until SIGTERM or SIGINT; what runs is finished first. A database that goes away is waited for."""
    asyncio.run(_work())


async def _work() -> None:
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    end = asyncio.create_task(asked_to_stop.wait())
    while not end.done():
        if await _answers():
            await _turn_lanes(end)
        await asyncio.wait([end], timeout=AGAIN_SECONDS)


async def _answers() -> bool:
    """Whether the database can be reached. Asked here, as a pool of connections waits ever longer before it tries again."""
    try:
        async with await psycopg.AsyncConnection.connect(**connector_params("default"), connect_timeout=2):
            return True
    except psycopg.Error as failure:
        log.warning("the database cannot be reached (%s); trying again", type(failure).__name__)
        return False


async def _turn_lanes(end: "asyncio.Task[Any]") -> None:
    """A Procrastinate worker for each lane, until asked to end or until one of them has lost the database."""
    global _loop
    pool = PsycopgConnector(
        kwargs=connector_params("default"), min_size=1, max_size=2 * len(LANES), timeout=POOL_SECONDS
    )
    with app.replace_connector(pool) as ready, suppress(ConnectorException):
        async with ready.open_async():
            _loop = asyncio.get_running_loop()
            lanes = [asyncio.create_task(_turn_lane(ready, lane), name=lane) for lane in LANES]
            lanes.append(asyncio.create_task(_keep_asking(), name="asking"))
            await asyncio.wait([*lanes, end], return_when=asyncio.FIRST_COMPLETED)
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)


async def _turn_lane(ready: App, lane: str) -> None:
    one = copy.copy(ready)
    one.periodic_registry = _asked[lane]
    await one.run_worker_async(
        queues=[lane],
        name=f"kaeru-{lane}",
        concurrency=1,
        fetch_job_polling_interval=1.0,
        shutdown_graceful_timeout=30,
        delete_jobs="always",
        install_signal_handlers=False,
    )
