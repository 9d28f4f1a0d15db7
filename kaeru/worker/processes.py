"""Several worker processes on one host, each replaced when it dies."""

import multiprocessing
import signal
import time
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from types import FrameType


def _child() -> None:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaeru.conf.settings")
    django.setup()
    from kaeru.worker import fleet

    fleet.work()


def keep_running(count: int, target: Callable[[], None] = _child) -> None:
    """Run `count` workers until SIGTERM or SIGINT; one that dies is started again after a second."""
    context = multiprocessing.get_context("spawn")
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children: list[SpawnProcess] = []
    while not stopping:
        children = [child for child in children if child.is_alive()]
        while len(children) < count:
            child = context.Process(target=target)
            child.start()
            children.append(child)
        time.sleep(1)
    for child in children:
        child.terminate()
    for child in children:
        child.join(35)
