"""What scripts/chaos.py plays with: real processes that are started again, a sender that repeats until it is answered, and
somebody who looks how long due rows lie.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests
from django.db import connection
from django.db.models import Min

from kaeru.connectors.models import InboundDelivery
from kaeru.core import clock, scope
from kaeru.core.models import Event
from kaeru.messages.models import Message, MessageState
from kaeru.scenarios.models import Enrollment
from tests.fakes.shopify import Delivery, FakeShopify

ROOT = Path(__file__).resolve().parent.parent
SENDERS = 4


class Process:
    """One command that is started again whenever it ends, as a machine's supervisor does."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name, self._command, self._log = name, list(command), log
        self._running: subprocess.Popen[bytes] | None = None
        self._again_at = 0.0
        self.killed = self.ended = 0

    def look_after(self) -> None:
        """Start it when it does not run; called again and again."""
        if self._running is not None and self._running.poll() is not None:
            if self._again_at == 0.0:
                self.ended += 1
                self._again_at = time.monotonic() + 0.5
            if time.monotonic() < self._again_at:
                return
            self._running = None
        if self._running is None:
            self._again_at = 0.0
            with self._log.open("ab") as log:
                self._running = subprocess.Popen(
                    self._command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
                )

    def kill(self, dice: random.Random) -> None:
        """By -9: everything that belongs to the process, or one of its children only."""
        if self._running is None or self._running.poll() is not None:
            return
        children = _children(self._running.pid)
        self.killed += 1
        if children and dice.random() < 0.3:
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(children), signal.SIGKILL)
            return
        self._again_at = time.monotonic() + dice.uniform(0.0, 1.0)
        self.end()

    def end(self) -> None:
        """Kill it and wait."""
        if self._running is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait(10)


def _children(pid: int) -> list[int]:
    try:
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Loop(threading.Thread):
    """Calls `work` until it is told to end; `work` returns how many seconds to rest."""

    def __init__(self, work: Callable[[], float]) -> None:
        super().__init__(daemon=True)
        self._work, self._ended = work, threading.Event()
        self.start()

    def run(self) -> None:
        """The loop."""
        rest = 0.0
        while not self._ended.wait(rest):
            rest = self._work()
        connection.close()

    def end(self) -> None:
        """End and wait for it."""
        self._ended.set()
        self.join(60)


class Sender:
    """Tells of `count` orders and their cancellations over `seconds`, each again and again until it is answered with 200."""

    def __init__(self, address: str, shop: FakeShopify, count: int, seconds: float) -> None:
        self._address, self._shop, self._left = address, shop, count
        self._pause = seconds / max(1, count) * SENDERS
        self._guard = threading.Lock()
        self.acknowledged: set[str] = set()
        self.refused: Counter[str] = Counter()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def is_alive(self) -> bool:
        """Whether something is still to be sent."""
        return any(thread.is_alive() for thread in self._threads)

    def end(self) -> None:
        """Give up."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopping.is_set():
            with self._guard:
                if self._left <= 0:
                    return
                self._left -= 1
                placed = self._shop.place(email=f"buyer{self._left}@example.com")
            self._tell(placed)
            with self._guard:
                cancelled = self._shop.cancel(placed.payload["id"])
            self._tell(cancelled)
            due += self._pause
            self._stopping.wait(max(0.0, due - time.monotonic()))

    def _tell(self, delivery: Delivery) -> None:
        while not self._stopping.is_set():
            try:
                answer = requests.post(self._address, delivery.body, headers=dict(delivery.headers), timeout=5)
            except requests.RequestException as failure:
                self.refused[type(failure).__name__] += 1
            else:
                if answer.status_code == 200:
                    self.acknowledged.add(delivery.headers["X-Shopify-Webhook-Id"])
                    return
                self.refused[str(answer.status_code)] += 1
            self._stopping.wait(0.1)


@dataclass
class Watch:
    """How long due rows lay before they moved, at most, by kind; and how much is still open."""

    longest: dict[str, float] = field(default_factory=dict)
    open: int = -1
    oldest: str = ""
    """What the longest waiting message was, and how many waited with it."""

    def look(self) -> float:
        """Look once; a database that is away is asked later."""
        try:
            with scope.everyone():
                self._look()
        except Exception:
            with contextlib.suppress(Exception):
                connection.close()
        return 0.5

    def _look(self) -> None:
        now = clock.now()
        held = Message.objects.filter(state__in=[MessageState.WAITING, MessageState.CLAIMED])
        oldest: dict[str, datetime | None] = {
            "arrived": InboundDelivery.objects.filter(done_at=None).aggregate(at=Min("received_at"))["at"],
            "news": Event.objects.filter(delivered_at=None).aggregate(at=Min("occurred_at"))["at"],
            "enrolment": Enrollment.objects.filter(state="waiting").aggregate(at=Min("due_at"))["at"],
            "message": held.aggregate(at=Min("due_at"))["at"],
        }
        for name, at in oldest.items():
            if name == "message" and at is not None and (now - at).total_seconds() > self.longest.get(name, 0.0):
                row = held.order_by("due_at").values_list("state", "reason", "attempts", "claimed_until")[0]
                self.oldest = f"{held.filter(due_at__lte=now).count()} due, the oldest {row}"
            if at is not None:
                self.longest[name] = max(self.longest.get(name, 0.0), (now - at).total_seconds())
        sending = Message.objects.filter(state=MessageState.SENDING).count()
        self.open = sending + sum(at is not None for at in oldest.values())


def web(port: int, log: Path, lease: float) -> Process:
    """`kaeru serve`."""
    return Process("web", [*_kaeru(lease), "serve", "--port", str(port)], log)


def worker(number: int, log: Path, lease: float) -> Process:
    """`kaeru worker`."""
    return Process(f"worker {number}", [*_kaeru(lease), "worker"], log)


def _kaeru(lease: float) -> list[str]:
    """The command line; with shorter leases (seconds) when a run has no minutes to wait for them."""
    if not lease:
        return [sys.executable, "-m", "kaeru"]
    program = (
        "import datetime, sys, django; django.setup(); from kaeru.messages import claims; "
        f"claims.CLAIM_LEASE = claims.SENDING_LEASE = datetime.timedelta(seconds={lease}); "
        "from kaeru.cli.main import main; sys.argv[0] = 'kaeru'; main()"
    )
    return [sys.executable, "-c", program]
