"""kill -9 of the worker around the calls into a shop's system: each change is done once, and what is called done was done.

The shop's system answers over real HTTP and knows no keys: a call that comes twice would be done twice.
"""

import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kaeru.connectors.changes import AddDiscount, Cancel, Change, GiveBack, Hold
from kaeru.connectors.gate import actions
from kaeru.connectors.gate.actions import Ask
from kaeru.connectors.models import OrderChange
from kaeru.connectors.webhook import connecting
from kaeru.core import scope
from kaeru.tenants.models import Shop
from tests import builders
from tests.amount import in_each_run
from tests.cast import Cast
from tests.faults.test_kill import _kill, _start, _zygote

ORDERS, KILLS = in_each_run((60, 30), sqlite=(30, 15), postgres=(60, 30))
LONGEST_SECONDS = 150
CHANGES: list[Change] = [Hold(), AddDiscount(300), GiveBack(100), Cancel("changed_mind", "customer", total=3960)]


@dataclass
class Forgetful:
    """The shop's system: does whatever it is told, as often as it is told."""

    url: str = ""
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        """In a few milliseconds, so that a worker may die before, within and after."""
        key, chance = call["data"]["order_id"], random.Random()
        time.sleep(chance.uniform(0.0, 0.01))
        with self.lock:
            order = self.orders.setdefault(
                key,
                {"is_cancelled": False, "is_shipped": False, "is_held": False, "total": 3960, "paid": 3960, "refunded": 0, "discounts": 0},
            )  # fmt: skip
            if call["type"] == "order.look":
                return {"order": dict(order)}
            change = call["data"]["change"]
            self.done[key, change["kind"]] += 1
            if change["kind"] == "hold":
                order["is_held"] = True
            elif change["kind"] == "add_discount":
                order["discounts"] += change["amount"]
            elif change["kind"] == "give_back":
                order["refunded"] += change["amount"]
            else:
                order |= {"is_cancelled": True, "refunded": order["paid"]}
        time.sleep(chance.uniform(0.0, 0.02))
        return {"outcome": "done"}


@contextmanager
def _listening() -> Iterator[Forgetful]:
    system = Forgetful()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(system.answer(call)).encode()
            try:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                """The caller is dead."""

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    system.url = f"http://127.0.0.1:{server.server_address[1]}/kaeru"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()


def _ask(cast: Cast, system: Forgetful) -> None:
    shop = cast.kotori
    with scope.organization(shop.organization_id):
        Shop.objects.filter(id=shop.id).update(notify_url=system.url)
        connecting.connect(shop, ["hold", "release", "add_discount", "give_back", "cancel"], actor="test")
        actions.set_terms(shop, is_live=True, most_per_order=30_000, most_per_day=10**9, actor="test")
        orders = [builders.order(shop) for _ in range(ORDERS)]
        actions.ask(
            [
                Ask(order.organization_id, shop.id, order.id, change, f"{order.id}:{number}", "test", "test", "request", order.id)
                for order in orders
                for number, change in enumerate(CHANGES)
            ]
        )  # fmt: skip


def _open() -> int:
    with scope.everyone():
        return OrderChange.objects.filter(state__in=["waiting", "sending", "pending"]).count()


@pytest.mark.django_db(transaction=True)
def test_each_change_is_done_once(cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    errors, chance = tmp_path / "workers.log", random.Random()
    with _listening() as system, _zygote("smtp://127.0.0.1:1", errors) as zygote:
        _ask(cast, system)
        begun = time.monotonic()
        for _ in range(KILLS):
            heard = sum(system.done.values())
            pid, latest = _start(zygote), time.monotonic() + 2.5
            while sum(system.done.values()) == heard and _open() and time.monotonic() < latest:
                time.sleep(0.002)
            time.sleep(chance.uniform(0.0, 0.06))
            _kill(pid)
        pid = _start(zygote)
        while _open() and time.monotonic() - begun < LONGEST_SECONDS:
            time.sleep(0.2)
        _kill(pid)
        with scope.everyone():
            rows = list(OrderChange.objects.select_related("order"))
        states, stood = Counter(row.state for row in rows), sum(row.answer == "stood_already" for row in rows)
        assert "Traceback" not in errors.read_text()
        assert set(states) == {"done"}, "nothing is lost, and nothing needs a person"
        wanted: dict[tuple[str, str], int] = defaultdict(int)
        for row in rows:
            assert row.order is not None
            wanted[row.order.source_id, row.kind] += 1
        assert dict(system.done) == dict(wanted), "nothing is done twice, nothing is called done that was not"
        assert all(order["refunded"] <= order["paid"] for order in system.orders.values())
        with capsys.disabled():
            print(
                f"\n{connection.vendor}: {KILLS} kills around {len(rows)} changes in {time.monotonic() - begun:.0f} s, "
                f"{stood} answers that died with their worker were read back"
            )
