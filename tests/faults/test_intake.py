"""kill -9 of the web process at any moment, while deliveries arrive: what was answered with 200 is there, and has its effect once."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from django.conf import settings

from kaeru.cancellations.models import CancellationRequest
from kaeru.connectors import queries
from kaeru.connectors.models import InboundDelivery
from kaeru.core import scope
from kaeru.orders.models import Order
from kaeru.worker.registry import drain
from tests.amount import in_each_run
from tests.cast import Cast
from tests.fakes.shopify import Delivery, FakeShopify
from tests.faults.test_kill import _database_url
from tests.integration.connectors.test_hooks import SECRET, set_secret

KILLS, SENDERS = 6, 4
ORDERS = in_each_run(600, sqlite=300, postgres=600)
"""Each third one is cancelled again."""
PAUSE_SECONDS = 0.03
"""Between two deliveries of one sender, so that there is still something to send when the last kill comes."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _served(port: int, errors: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The server with all its processes in a session of their own, which is killed at the end."""
    environment = {**os.environ, "KAERU_DATABASE_URL": _database_url(), "KAERU_HOME": str(settings.KAERU_HOME)}
    command = [sys.executable, "-m", "kaeru", "serve", "--port", str(port)]
    with errors.open("ab") as sink:
        process = subprocess.Popen(command, env=environment, stdout=sink, stderr=sink, start_new_session=True)
    try:
        for _ in range(600):
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).ok:
                    break
            assert process.poll() is None, errors.read_text()
            time.sleep(0.1)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


class Sender:
    """Posts deliveries, as Shopify does: again and again until one is answered with 200."""

    def __init__(self, address: str, deliveries: list[Delivery]) -> None:
        self._address, self._left, self._guard = address, list(reversed(deliveries)), threading.Lock()
        self.acknowledged: set[str] = set()
        self._threads = [threading.Thread(target=self._run) for _ in range(SENDERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(120)

    @property
    def done(self) -> int:
        return len(self.acknowledged)

    def _run(self) -> None:
        while True:
            with self._guard:
                if not self._left:
                    return
                delivery = self._left.pop()
            while not self._send(delivery):
                time.sleep(0.05)
            time.sleep(PAUSE_SECONDS)

    def _send(self, delivery: Delivery) -> bool:
        try:
            answer = requests.post(self._address, delivery.body, headers=dict(delivery.headers), timeout=5)
        except requests.RequestException:
            return False
        if answer.status_code == 200:
            self.acknowledged.add(delivery.headers["X-Shopify-Webhook-Id"])
        return answer.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_it_loses_and_doubles_nothing_when_killed(cast: Cast, tmp_path: Path) -> None:
    set_secret(cast.kotori, SECRET)
    shop, dice, deliveries = FakeShopify(SECRET), random.Random(7), list[Delivery]()
    for number in range(ORDERS):
        deliveries.append(shop.place(email=f"buyer{number}@example.com"))
        if number % 3 == 0:
            deliveries.append(shop.cancel(deliveries[-1].payload["id"]))
    port = _free_port()
    sender = Sender(f"http://127.0.0.1:{port}/hooks/shopify/{cast.kotori.public_key}", deliveries)
    sender.start()
    for _ in range(KILLS):
        with _served(port, tmp_path / "errors"):
            before = sender.done
            until = time.monotonic() + dice.uniform(0.2, 1.2)
            while time.monotonic() < until or (sender.done == before and sender.done < len(deliveries)):
                time.sleep(0.01)
    with _served(port, tmp_path / "errors"):
        sender.join()
    drain()
    with scope.everyone():
        kept = set(InboundDelivery.objects.filter(done_at__isnull=False, error="").values_list("event_id", flat=True))
        assert sender.acknowledged == kept == {delivery.headers["X-Shopify-Webhook-Id"] for delivery in deliveries}
        assert queries.undone_deliveries().count == 0
        assert Order.objects.count() == ORDERS
        assert Order.objects.filter(cancelled_at__isnull=False).count() == ORDERS // 3
        assert CancellationRequest.objects.count() == ORDERS // 3
