"""How fast is an import? The product's import against bare executemany (SQLite) and COPY (PostgreSQL) of the same rows.

    python -m bench.import_orders [--file ../shared/data/online_retail/online_retail.csv.gz] [--rounds 3] [--only sqlite|postgres]

The product decides the encoding, reads strictly, groups, compares, matches credit slips and writes in batches. The bare player
gets the finished rows of the same tables (orders, lines, buyers, slips and their lines) and writes them in one transaction;
a second bare figure, for comparison only, adds Python's csv reader over the same file. Wanted: at least a third of the speed of
bare writing; memory below 300 MB.
"""

import argparse
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.stage import ROOT, Databases, databases, median, play, result

FILE = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
TABLES = ("customers_customer", "orders_order", "orders_orderline", "orders_refund", "orders_refundline")
WANTED = 0.33


def _fill(url: str, home: Path) -> None:
    play("bench.import_orders", "fill", database_url=url, home=home)


def fill() -> None:
    """Tables, an organization and a shop."""
    from kaeru.cli.shops import migrate
    from kaeru.tenants import actions

    migrate()
    actions.add_shop(
        actions.create_organization("main", "Main"), "retail", "Retail", currency="GBP", timezone="Europe/London"
    )
    _leave()
    result()


def product(file: str, rows_to: str) -> None:
    """The product's import; then the rows it wrote, for the bare player."""
    from django.db import connection

    from kaeru.connectors.files import layout
    from kaeru.connectors.files.importing import import_orders
    from kaeru.core import events, scope
    from kaeru.tenants.models import Shop

    with scope.everyone():
        shop = Shop.objects.get()
    started, worked = time.perf_counter(), time.process_time()
    told = import_orders(shop, Path(file), layout.load("", ROOT / "examples" / "online_retail.toml"), actor="bench")
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    from resource import RUSAGE_SELF, getrusage

    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    while events.deliver(1000):
        pass
    settled = time.perf_counter() - started
    tables = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            tables[table] = ([column[0] for column in cursor.description], _driver_values(cursor.fetchall()))
    if rows_to:
        Path(rows_to).write_bytes(pickle.dumps(tables, 5))
    written = sum(len(rows) for _, rows in tables.values())
    _leave()
    result(seconds=seconds, cpu=cpu, settled=settled, lines=told.rows, written=written, peak_mb=round(peak, 1))


def _driver_values(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Values as the driver wants them back: SQLite's times as text, PostgreSQL's JSON as text."""
    from datetime import datetime

    from django.db import connection

    if connection.vendor == "postgresql":
        return rows
    return [tuple(str(value) if isinstance(value, datetime) else value for value in row) for row in rows]


def bare(file: str, rows_from: str) -> None:
    """The finished rows by executemany or COPY, and the same with a plain csv reader over the file before it."""
    import csv
    import gzip

    from django.db import connection, transaction

    tables = pickle.loads(Path(rows_from).read_bytes())
    started, worked = time.perf_counter(), time.process_time()
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        lines = sum(1 for _ in csv.reader(stream)) - 1
    reading = time.perf_counter() - started
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            names, rows = tables[table]
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.cursor.executemany(
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", rows
                )
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    _leave()
    result(
        seconds=seconds,
        cpu=cpu,
        with_reading=seconds + reading,
        lines=lines,
        written=sum(len(rows) for _, rows in tables.values()),
    )


def _leave() -> None:
    from django.db import connections

    connections.close_all()


def measure(kind: str, file: Path, times: int) -> None:
    """Print the figures of one database."""
    with databases(kind, _fill) as stage, tempfile.TemporaryDirectory() as folder:
        rows = str(Path(folder) / "rows")
        products, bares = [], []
        for _ in range(times):
            products.append(_round(stage, "product", file, rows))
            bares.append(_round(stage, "bare", file, rows))
        assert products[0]["written"] == bares[0]["written"], "the players wrote different rows"
        lines, took = products[0]["lines"], median(products, "seconds")
        ratio, plain = median(bares, "seconds") / took, median(bares, "with_reading") / took
        peak = max(entry["peak_mb"] for entry in products)
        print(
            f"{kind}: import {lines / took:,.0f} lines/s ({took:.1f} s; cancellations recorded in {median(products, 'settled'):.1f} s more)"
        )
        print(
            f"{kind}: bare writing {lines / median(bares, 'seconds'):,.0f} lines/s, ratio {ratio:.2f} (wanted {WANTED})"
        )
        print(
            f"{kind}: bare reading and writing {lines / median(bares, 'with_reading'):,.0f} lines/s, ratio {plain:.2f}"
        )
        if kind == "sqlite":  # all work is in the players' own processes: neighbours on the machine count for less
            shares = median(bares, "cpu") / median(products, "cpu")
            print(
                f"{kind}: by processor time, bare reading and writing {median(bares, 'cpu'):.1f} s, ratio {shares:.2f}"
            )
        print(f"{kind}: memory {peak:.0f} MB (wanted < 300)")


def _round(stage: Databases, player: str, file: Path, rows: str) -> dict[str, float]:
    url = stage.copy()
    try:
        return play("bench.import_orders", player, str(file), rows, database_url=url, home=stage.folder)
    finally:
        stage.drop(url)


def main() -> int:
    """The command line."""
    if sys.argv[1:2] and sys.argv[1] in ("fill", "product", "bare"):
        import django

        django.setup()
        players: dict[str, Callable[..., None]] = {"fill": fill, "product": product, "bare": bare}
        players[sys.argv[1]](*sys.argv[2:])
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    chosen = parser.parse_args()
    if not chosen.file.exists():
        print(f"{chosen.file} is not here: nothing was measured")
        return 0
    kinds = [chosen.only] if chosen.only else ["sqlite", "postgres"]
    for kind in kinds:
        measure(kind, chosen.file, chosen.rounds)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaeru.conf.settings")
    sys.exit(main())
