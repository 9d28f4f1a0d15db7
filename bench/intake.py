"""How long does a shop wait for the answer to a webhook, while the passes work on what came before?

    python -m bench.intake [--rate 200] [--seconds 60]

Signed Shopify deliveries (new orders, changes, cancellations, refunds, one in twenty a repeat) at a constant rate against a
real `kaeru serve` on SQLite, passes running; then the same requests against the least that any receiver must do (one HMAC,
one durable INSERT) under the same server. Wanted: p99 at most 300 ms, none lost, none doubled.
"""

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.intake_sender import write_requests
from bench.stage import ROOT

SECRET = "shpss_bench"
THREADS = 8


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _requests(path: str, count: int) -> tuple[list[bytes], dict[str, int]]:
    """Ready-made requests, and what they must come to."""
    from tests.fakes.shopify import Delivery, FakeShopify

    shop, dice, told = FakeShopify(SECRET), random.Random(1), list[Delivery]()
    repeats = cancelled = refunds = 0
    open_orders: list[int] = []
    while len(told) < count:
        draw = dice.random()
        if draw < 0.05 and told:
            told.append(dice.choice(told[-200:]))
            repeats += 1
        elif draw < 0.25 and open_orders:
            told.append(shop.update(dice.choice(open_orders), note="x"))
        elif draw < 0.35 and open_orders:
            told.append(shop.cancel(open_orders.pop(dice.randrange(len(open_orders)))))
            cancelled += 1
        elif draw < 0.40 and open_orders:
            told.append(shop.refund(open_orders.pop(dice.randrange(len(open_orders)))))
            refunds += 1
        else:
            told.append(shop.place(email=f"buyer{len(told)}@example.com"))
            open_orders.append(int(told[-1].payload["id"]))
    expected = {
        "deliveries": count - repeats,
        "orders": len(shop.orders),
        "cancellations": cancelled + refunds,
        "refunds": refunds,
    }
    return [_http(path, delivery.headers, delivery.body) for delivery in told], expected


def _http(path: str, headers: Any, body: bytes) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Length: {len(body)}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@contextmanager
def _served(command: list[str], env: dict[str, str], port: int, folder: Path) -> Iterator[int]:
    """The server as a process; ended by its own id."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            else:
                raise RuntimeError(f"the server did not start: {(folder / 'server.log').read_text()[-2000:]}")
            time.sleep(1)
            yield process.pid
        finally:
            process.terminate()
            process.wait(40)


def _send(port: int, file: Path, rate: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.intake_sender", str(port), str(file), str(rate)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return dict(json.loads(done.stdout))


def _figures(name: str, sent: dict[str, Any]) -> dict[str, float]:
    times = sorted(seconds * 1000 for seconds in sent["times"])
    accepted = sum(status == 200 for status in sent["statuses"])
    found = {"p50": statistics.median(times), "p99": times[int(len(times) * 0.99) - 1], "max": times[-1]}
    shown = "  ".join(f"{key} {value:7.1f} ms" for key, value in found.items())
    print(f"{name:24} {shown}  accepted {accepted}/{len(times)}  connections {sent['connections']}", flush=True)
    return found


def _kaeru(folder: Path, count: int, rate: float) -> tuple[dict[str, float], bool]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from kaeru.cancellations.models import CancellationRequest
    from kaeru.cancellations.seeds import seed_reasons
    from kaeru.connectors.models import InboundDelivery
    from kaeru.core import scope
    from kaeru.orders.models import Order, Refund
    from kaeru.scenarios.seeds import seed_scenarios
    from kaeru.tenants import actions

    call_command("migrate", verbosity=0)
    owner = actions.create_organization("bench", "Bench")
    with scope.organization(owner.id):
        shop = actions.add_shop(owner, "bench", "Bench")
        actions.set_secret(shop, "shopify", SECRET, actor="bench")
        seed_reasons(shop)
        seed_scenarios(shop, actor="bench")
    requests, expected = _requests(f"/hooks/shopify/{shop.public_key}", count)
    write_requests(folder / "requests", requests)
    connection.close()
    port = _free_port()
    command = [sys.executable, "-m", "kaeru", "serve", "--port", str(port)]
    with _served(command, dict(os.environ), port, folder):
        sent = _send(port, folder / "requests", rate)
        found, ended = _figures("kaeru serve, passes on", sent), time.perf_counter()

        def left() -> int:
            return InboundDelivery.objects.filter(done_at=None).count()

        with scope.everyone():
            behind = left()
            while left() and time.perf_counter() - ended < 120:
                time.sleep(0.2)
            print(
                f"{'':24} waiting when the last was answered: {behind}; worked on {time.perf_counter() - ended:.1f} s later"
            )
            time.sleep(3)
    with scope.everyone():
        kept = {
            "deliveries": InboundDelivery.objects.filter(done_at__isnull=False, error="").count(),
            "orders": Order.objects.count(),
            "refunds": Refund.objects.count(),
            "cancellations": CancellationRequest.objects.count(),
        }
    is_right = True
    for name, wanted in expected.items():
        lost, doubled = max(0, wanted - kept[name]), max(0, kept[name] - wanted)
        is_right = is_right and not lost and not doubled
        print(f"{'':24} {name}: {kept[name]} kept, {lost} lost, {doubled} doubled")
    return found, is_right and all(status == 200 for status in sent["statuses"])


def _bare(folder: Path, rate: float) -> dict[str, float]:
    port, database = _free_port(), folder / "bare.sqlite3"
    env = {**os.environ, "BENCH_SECRET": SECRET, "BENCH_DATABASE": str(database)}
    subprocess.run(
        [sys.executable, "-c", "from bench.intake_bare import prepare; prepare()"], cwd=ROOT, env=env, check=True
    )
    command = [
        sys.executable, "-m", "gunicorn", "bench.intake_bare:application", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
        "--threads", str(THREADS), "--keep-alive", "5", "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip
    with _served(command, env, port, folder):
        return _figures("one HMAC, one INSERT", _send(port, folder / "requests", rate))


def main() -> int:
    """Exit code 1 when a figure is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=float, default=200)
    options.add_argument("--seconds", type=float, default=60)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="kaeru-bench-") as name:
        folder = Path(name)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="kaeru.conf.settings", KAERU_HOME=name, KAERU_DATABASE_URL="", KAERU_DEMO="0",
            KAERU_SECRET_KEY="bench-only-" + "k" * 40, KAERU_MAIL_URL="smtp://127.0.0.1:9",
        )  # fmt: skip
        print(
            f"{asked.rate:.0f} signed webhooks a second for {asked.seconds:.0f} s, {os.cpu_count()} cores", flush=True
        )
        product, is_right = _kaeru(folder, int(asked.rate * asked.seconds), asked.rate)
        limit = _bare(folder, asked.rate)
    print(f"ratio to the limit: p50 {product['p50'] / limit['p50']:.1f}, p99 {product['p99'] / limit['p99']:.1f}")
    is_fast = product["p99"] <= 300
    print("target p99 <= 300 ms, none lost, none doubled:", "reached" if is_fast and is_right else "MISSED")
    return 0 if is_fast and is_right else 1


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
