"""How long does a cancellation policy think?

    python -m bench.policy [--orders 100000] [--rounds 3] [--only sqlite|postgres]

1. One decision in pure code, by a policy of ten rules when no rule fits, so that every question is asked. Wanted: at most 50 µs.
   Beside it, the same policy asked through the plain conditions, as a scenario asks them.
2. Past orders judged by it and by the present policy, from the database: the page's trial. Wanted: 100,000 orders in at most 10 s.
   Beside it, a bare read of the same orders and lines.
Medians over the rounds, all of the same run.
"""

import argparse
import statistics
import sys
import time
from typing import Any

from bench.policy_fill import DAYS, POLICY
from bench.stage import databases, median, play, result

DECISIONS = 20_000
MOST_MICROSECONDS = 50.0
MOST_SECONDS = 10.0
NOBODY: dict[str, Any] = {
    "order.product_tag": frozenset({"new"}), "customer.cancellations/90": 1, "order.minutes": 45, "order.passed_cutoff": True,
    "order.value": 12_000, "order.payment_kind": "card", "order.is_first": False, "order.product": frozenset({"sku-7"}),
    "order.items": 2, "moment.weekday": "mon", "order.sales_channel": "online", "cancellation.reason": "change_address",
    "customer.orders": 4,
}  # fmt: skip
"""Values of an order that no rule fits."""


def think() -> None:
    """The player of pure code."""
    import django

    django.setup()
    from kaeru.audiences.rules import weigh
    from kaeru.cancellations.policy.document import parse
    from kaeru.cancellations.policy.rules import decide

    policy = parse(POLICY)
    assert decide(policy, NOBODY).rule == ""
    begun = time.perf_counter()
    for _ in range(DECISIONS):
        decide(policy, NOBODY)
    prepared = time.perf_counter() - begun
    begun = time.perf_counter()
    for _ in range(DECISIONS):
        for rule in policy.rules:
            if rule.when is None or weigh(rule.when, NOBODY) is True:
                break
    plain = time.perf_counter() - begun
    result(decide_us=prepared / DECISIONS * 1e6, plain_us=plain / DECISIONS * 1e6)


def judge() -> None:
    """The player of past orders."""
    import django

    django.setup()
    from kaeru.cancellations.policy.document import parse
    from kaeru.cancellations.policy.trial import try_out
    from kaeru.core import scope
    from kaeru.orders.models import Order, OrderLine
    from kaeru.tenants.models import Shop

    with scope.everyone():
        shop = Shop.objects.get()
        begun = time.perf_counter()
        tried = try_out(shop, parse({**POLICY, "rules": POLICY["rules"][::-1]}), days=DAYS + 5, minutes=60)
        seconds = time.perf_counter() - begun
        begun = time.perf_counter()
        rows = Order.objects.values_list(
            "id", "total", "currency", "payment_kind", "sales_channel", "placed_at", "customer_id"
        )
        read = sum(1 for _ in rows.iterator(chunk_size=10_000))
        lines = OrderLine.objects.values_list("order_id", "sku", "product_id", "tags", "quantity")
        read_lines = sum(1 for _ in lines.iterator(chunk_size=10_000))
        bare = time.perf_counter() - begun
    assert tried.orders == read <= read_lines
    result(seconds=seconds, bare=bare, orders=tried.orders, different=tried.different)


def measure_thinking(rounds: int) -> bool:
    """Print the figures of pure code."""
    entries = [play("bench.policy", "--think", database_url="", home=_home()) for _ in range(rounds)]
    found, plain = median(entries, "decide_us"), median(entries, "plain_us")
    print(
        f"one decision, ten rules, none fits: {found:.1f} µs, {found / MOST_MICROSECONDS:.2f} of the {MOST_MICROSECONDS:.0f} µs wanted; "
        f"by plain conditions {plain:.1f} µs ({plain / found:.1f} times)"
    )
    return found <= MOST_MICROSECONDS


def _home() -> Any:
    import tempfile
    from pathlib import Path

    return Path(tempfile.mkdtemp(prefix="kaeru-bench-"))


def measure_judging(kind: str, orders: int, rounds: int) -> bool:
    """Print the figures of one database."""
    with databases(
        kind, lambda url, home: play("bench.policy_fill", str(orders), database_url=url, home=home)
    ) as stage:
        entries = [
            play("bench.policy", "--judge", database_url=stage.original, home=stage.folder) for _ in range(rounds)
        ]
    found, bare = median(entries, "seconds"), median(entries, "bare")
    wanted = MOST_SECONDS * orders / 100_000
    memory = statistics.median(float(entry["memory_mb"]) for entry in entries)
    print(
        f"{kind}: {orders:,} past orders judged by two policies of ten rules in {found:.2f} s, {found / wanted:.2f} of the {wanted:.1f} s wanted; "
        f"a bare read of the same rows {bare:.2f} s ({found / bare:.1f} times); {memory:.0f} MB"
    )
    return found <= wanted


def main() -> None:
    """The command line."""
    if "--think" in sys.argv:
        think()
        return
    if "--judge" in sys.argv:
        judge()
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    chosen = parser.parse_args()
    is_good = measure_thinking(chosen.rounds)
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgres"]:
        is_good &= measure_judging(kind, chosen.orders, chosen.rounds)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
