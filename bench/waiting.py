"""Does a crowd that waits for weeks slow down those who are due?

    python -m bench.waiting [--crowd 1000000] [--few 10000] [--only sqlite|postgres]

Claims 1,000 due enrolments (and gives them back) among a crowd and among few, on the same kind of database in the same run.
Wanted: at most twice the time.
"""

import argparse
import sys
import time

from bench.engine_fill import DUE
from bench.stage import databases, median, play, result

DUE_NOW = 5_000
CLAIMS = 40


def claims() -> None:
    """The player: the median claim, in milliseconds."""
    import statistics

    import django

    django.setup()
    from django.db import transaction

    from kaeru.core import scope
    from kaeru.scenarios.facts import claim

    spent = []
    for _ in range(CLAIMS):
        with scope.everyone(), transaction.atomic():
            begun = time.perf_counter()
            rows = claim(DUE, 1000)
            spent.append((time.perf_counter() - begun) * 1000)
            assert len(rows) == 1000, len(rows)
            transaction.set_rollback(True)
    result(claim_ms=statistics.median(spent))


def measure(kind: str, crowd: int, few: int) -> None:
    """Print the figures of one database."""
    found = {}
    for waiting in (few, crowd):
        with databases(
            kind,
            lambda url, home, n=waiting: play("bench.engine_fill", str(DUE_NOW), str(n), database_url=url, home=home),  # type: ignore[misc]
        ) as stage:
            entries = [
                play("bench.waiting", "--play", database_url=stage.original, home=stage.folder) for _ in range(3)
            ]
            found[waiting] = median(entries, "claim_ms")
    ratio = found[crowd] / found[few]
    print(
        f"{kind}: claiming 1,000 takes {found[crowd]:.1f} ms with {crowd:,} waiting, {found[few]:.1f} ms with {few:,}: "
        f"{ratio:.2f} times (wanted <= 2)"
    )


def main() -> None:
    """The command line."""
    if "--play" in sys.argv:
        claims()
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crowd", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    chosen = parser.parse_args()
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgres"]:
        measure(kind, chosen.crowd, chosen.few)


if __name__ == "__main__":
    main()
