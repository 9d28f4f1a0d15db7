"""How long does the cancel page keep a buyer waiting, in a shop with a million orders?

    python -m bench.cancel_page [--orders 1000000] [--few 10000] [--buyers 200] [--only sqlite|postgres]

Buyers open their link, choose a reason, read the answer, cancel, and read what became of it; the shop has a policy of ten rules that
asks for tags, history and the cut-off. What is measured is the server's own time for each request, page and form alike, through the
whole of Django. Wanted: 95 of 100 requests within 50 ms. The same with few orders, in the same run, shows what the crowd costs.
"""

import argparse
import random
import sys
import time
from typing import Any

from bench.stage import databases, median, play, result

MOST_MS = 50.0
ROUNDS = 3


def buyers(count: int, number: int) -> None:
    """The player: every buyer's way through the page; other buyers in each round."""
    import django

    django.setup()
    from datetime import timedelta

    from django.test import Client

    from kaeru.core import clock, links, scope
    from kaeru.orders.models import Order

    with scope.everyone():
        newest = Order.objects.order_by("-id").values_list("id", "organization_id")
        last, owner = newest[0]
        total = Order.objects.count()
        chance = random.Random(total + number)
        # Every twentieth order has a wish of the past.
        chosen = [last - place for place in chance.sample(range(total), count * 2) if (total - 1 - place) % 20][:count]
        links.publish("cancel", owner, chosen, clock.now() + timedelta(days=1))
        tokens = [links.token_for("cancel", owner, key) for key in chosen]
    spent: dict[str, list[float]] = {"open": [], "reason": [], "answer": [], "cancel": [], "told": []}
    worked: list[float] = []
    states: dict[str, int] = {}
    for token in (*tokens[:5], *tokens):  # the first five warm up: they come back later as repeats
        browser, path = Client(HTTP_HOST="127.0.0.1"), f"/c/{token}"
        steps: list[tuple[str, str, dict[str, str]]] = [
            ("open", "get", {}), ("reason", "post", {"do": "reason", "reason": "change_address"}), ("answer", "get", {}),
            ("cancel", "post", {"do": "cancel"}), ("told", "get", {}),
        ]  # fmt: skip
        for name, method, data in steps:
            begun, began_work = time.perf_counter(), time.process_time()
            answer = getattr(browser, method)(path, data)
            spent[name].append((time.perf_counter() - begun) * 1000)
            worked.append((time.process_time() - began_work) * 1000)
            assert answer.status_code in (200, 303), (name, answer.status_code)
    with scope.everyone():
        from kaeru.cancellations.models import CancellationRequest

        for state in CancellationRequest.objects.filter(order_id__in=chosen).values_list("state", flat=True):
            states[state] = states.get(state, 0) + 1
    every = sorted(one for name in spent for one in spent[name][5:])
    figures = {f"{name}_p95": _p95(sorted(times[5:])) for name, times in spent.items()}
    result(
        p50=every[len(every) // 2],
        p95=_p95(every),
        cpu_p95=_p95(sorted(worked[25:])),
        requests=len(every),
        states=states,
        **figures,
    )


def _p95(ordered: list[float]) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def measure(kind: str, orders: int, few: int, count: int) -> bool:
    """Print the figures of one database."""
    found: dict[int, list[dict[str, Any]]] = {}
    for size in (few, orders):
        with databases(
            kind,
            lambda url, home, n=size: play("bench.policy_fill", str(n), database_url=url, home=home),  # type: ignore[misc]
        ) as stage:
            found[size] = [
                play(
                    "bench.cancel_page",
                    "--play",
                    str(count),
                    str(number),
                    database_url=stage.original,
                    home=stage.folder,
                )
                for number in range(ROUNDS)
            ]
    p95, p50, small = median(found[orders], "p95"), median(found[orders], "p50"), median(found[few], "p95")
    parts = ", ".join(
        f"{name} {median(found[orders], f'{name}_p95'):.1f}" for name in ("open", "reason", "answer", "cancel", "told")
    )
    print(
        f"{kind}: cancel page with {orders:,} orders: p95 {p95:.1f} ms, {p95 / MOST_MS:.2f} of the {MOST_MS:.0f} ms wanted; p50 {p50:.1f} ms, "
        f"p95 of the processor's time alone {median(found[orders], 'cpu_p95'):.1f} ms; "
        f"with {few:,} orders p95 {small:.1f} ms ({p95 / small:.2f} times). p95 by step: {parts} ms"
    )
    print(f"  what became of the wishes: {found[orders][-1]['states']}")
    return p95 <= MOST_MS


def main() -> None:
    """The command line."""
    if "--play" in sys.argv:
        buyers(int(sys.argv[-2]), int(sys.argv[-1]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--buyers", type=int, default=200)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    chosen = parser.parse_args()
    is_good = True
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgres"]:
        is_good &= measure(kind, chosen.orders, chosen.few, chosen.buyers)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
