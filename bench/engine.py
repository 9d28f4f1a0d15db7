"""How fast do enrolments move? The product's pass against a bare SQL loop, a Procrastinate job per step,
a Celery task per step and a DBOS workflow per enrolment.

    python -m bench.engine [--count 200000] [--rounds 3] [--only sqlite|postgres]

Three steps each: a message now, a coupon a day later, a message after that, or the end for the three of ten who ordered again.
Wanted: at least 50 % of the bare loop on the same database, 25 times a job per step, worker memory below 200 MB.
"""

import argparse
from pathlib import Path

from bench import engine_peers
from bench.stage import Databases, databases, median, play

SAME = ("messages", "coupons", "reordered", "finished", "logs")


def rounds(stage: Databases, folder: Path, player: str, count: int, times: int) -> list[dict[str, float]]:
    """The player's results on fresh copies."""
    found = []
    for _ in range(times):
        url = stage.copy()
        found.append(play("bench.engine_players", player, str(count), database_url=url, home=folder))
        stage.drop(url)
    return found


def measure(kind: str, count: int, times: int) -> None:
    """Print the figures of one database."""
    with databases(kind, lambda url, home: play("bench.engine_fill", str(count), database_url=url, home=home)) as stage:
        product, bare = [], []
        for _ in range(times):
            product += rounds(stage, stage.folder, "product", count, 1)
            bare += rounds(stage, stage.folder, "bare", count, 1)
        for name in SAME:
            assert product[0][name] == bare[0][name], f"the players did different work: {name} {product[0]} {bare[0]}"
        speed, limit = median(product, "steps_per_second"), median(bare, "steps_per_second")
        print(
            f"{kind}: product {speed:,.0f} steps/s, bare loop {limit:,.0f} steps/s, ratio {speed / limit:.2f} (wanted 0.50)"
        )
        print(f"{kind}: worker memory {max(entry['memory_mb'] for entry in product):.0f} MB (wanted < 200)")
        if kind == "postgres":
            jobs = rounds(stage, stage.folder, "job", 1500, times)
            peer = median(jobs, "steps_per_second")
            print(f"{kind}: a job per step {peer:,.0f} steps/s, product is {speed / peer:.0f} times that (wanted 25)")
            engine_peers.compare(stage, speed, times)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    chosen = parser.parse_args()
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgres"]:
        measure(kind, chosen.count, chosen.rounds)


if __name__ == "__main__":
    main()
