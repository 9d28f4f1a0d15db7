"""Peers for bench/engine that the project does not depend on: a Celery task per step over Redis, a DBOS workflow per enrolment.

Their packages go into .cache/peers, beside the project's own and never before them. What cannot be had is said aloud.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.stage import ROOT, Databases, median, play, result

PACKAGES = {"celery": "celery[redis]", "dbos": "dbos"}
FOLDER = ROOT / ".cache" / "peers"
TASKS, WORKFLOWS = 1000, 200
"""They are slow; figures are per step, so they compare."""


def _lacks(package: str) -> str:
    """Why the package cannot be had; empty when it is there (or was installed just now)."""
    if (FOLDER / package).is_dir():
        return ""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(FOLDER), PACKAGES[package]]
    if shutil.which("uv"):
        command = [
            "uv",
            "pip",
            "install",
            "--quiet",
            "--python",
            sys.executable,
            "--target",
            str(FOLDER),
            PACKAGES[package],
        ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (
        "" if done.returncode == 0 else f"{package} cannot be installed here: {done.stderr.strip().splitlines()[-1:]}"
    )


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """A Redis of our own that keeps what it acknowledged, as a shop's would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def compare(stage: Databases, speed: float, times: int) -> None:
    """Print how the product's steps per second compare."""
    if shutil.which("redis-server") is None:
        rabbit = (
            " (rabbitmq-server is there, but this bench plays with Redis only)"
            if shutil.which("rabbitmq-server")
            else ""
        )
        print(f"NOT INSTALLED: redis-server, so no Celery peer{rabbit}")
    elif lack := _lacks("celery"):
        print(f"NOT INSTALLED: {lack}")
    else:
        with tempfile.TemporaryDirectory(prefix="kaeru-redis-") as name, _redis(Path(name)) as broker:
            os.environ["BENCH_BROKER"] = broker
            _print("a Celery task per step (Redis)", _rounds(stage, "celery", TASKS, times), speed)
    if lack := _lacks("dbos"):
        print(f"NOT INSTALLED: {lack}")
    else:
        _print("a DBOS workflow per enrolment", _rounds(stage, "dbos", WORKFLOWS, times), speed)


def _rounds(stage: Databases, player: str, count: int, times: int) -> list[dict[str, Any]]:
    found = []
    for _ in range(times):
        url = stage.copy()
        try:
            found.append(play("bench.engine_peers", player, str(count), database_url=url, home=stage.folder))
        except (subprocess.CalledProcessError, ValueError):
            print(f"NOT MEASURED: {player} failed")
        stage.drop(url)
    return found


def _print(name: str, results: list[dict[str, Any]], speed: float) -> None:
    if results:
        peer = median(results, "steps_per_second")
        print(f"postgres: {name} {peer:,.0f} steps/s, product is {speed / peer:.0f} times that", flush=True)


def _first_step(moment: datetime) -> None:
    from kaeru.core import clock

    clock.set_clock(clock.Clock(real=time.time(), shown=moment, speed=1e-9))


def celery(count: int) -> None:
    """Each step of each enrolment is one task; one worker, one after another."""
    warnings.simplefilter("ignore")  # that a bench runs as root
    library: Any = import_module("celery")
    state: Any = import_module("celery.worker.state")

    from bench.engine_fill import DUE
    from kaeru.scenarios.engine import move_due

    app = library.Celery("bench", broker=os.environ["BENCH_BROKER"])
    app.conf.update(task_acks_late=True, task_ignore_result=True, worker_redirect_stdouts=False)
    begun, done = 0.0, 0

    @app.task(name="bench.step")  # type: ignore[untyped-decorator]
    def step(number: int) -> None:
        nonlocal begun, done
        begun = begun or time.perf_counter()
        move_due(1)
        done += 1
        if done == count:
            state.should_stop = os.EX_OK

    _first_step(DUE)
    for number in range(count):
        step.delay(number)
    worker = app.Worker(
        pool="solo", concurrency=1, loglevel="ERROR", without_gossip=True, without_mingle=True, without_heartbeat=True
    )
    with contextlib.suppress(SystemExit):
        worker.start()
    spent = time.perf_counter() - begun
    result(seconds=round(spent, 3), steps=done, steps_per_second=round(done / spent, 1))


def dbos(count: int) -> None:
    """Each enrolment is one workflow with one step, from a queue."""
    library: Any = import_module("dbos").DBOS

    from bench.engine_fill import DUE
    from kaeru.scenarios.engine import move_due

    address = urlsplit(os.environ["KAERU_DATABASE_URL"])
    import psycopg

    with psycopg.connect(address._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench_dbos WITH (FORCE)")
        connection.execute("CREATE DATABASE bench_dbos")
    system = address._replace(path="/bench_dbos").geturl()
    library(config={"name": "bench", "system_database_url": system, "log_level": "ERROR", "max_executor_threads": 4})

    @library.step()  # type: ignore[untyped-decorator]
    def step(number: int) -> int:
        return move_due(1)

    @library.workflow()  # type: ignore[untyped-decorator]
    def enrolment(number: int) -> int:
        return int(step(number))

    _first_step(DUE)
    library.launch()
    queue = library.register_queue("bench", worker_concurrency=4, polling_interval_sec=0.1)
    handles = [queue.enqueue(enrolment, number) for number in range(count)]
    begun = time.perf_counter()
    moved = sum(handle.get_result() for handle in handles)
    spent = time.perf_counter() - begun
    assert moved == count, f"{moved} of {count} moved"
    result(seconds=round(spent, 3), steps=moved, steps_per_second=round(moved / spent, 1))
    os._exit(0)  # its threads would hold the process


if __name__ == "__main__":
    sys.path.append(str(FOLDER))
    import django

    django.setup()
    {"celery": celery, "dbos": dbos}[sys.argv[1]](int(sys.argv[2]))
