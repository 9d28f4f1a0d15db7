"""Is a slot ever sold twice? Clients who all want the same at once, and a checker that knows nothing of the code that sold it.

    python -m scripts.race                                   every kind on SQLite and PostgreSQL, some thousand attempts
    python -m scripts.race --attempts 1000000 --database postgres
    python -m scripts.race --kind move claim --clients 16 --attempts 5000 --seed 7

Kinds: identical (everybody wants the same starts), partial (starts that overlap by some minutes), stages (colour with a pause, a chair
throughout), hold (kept for a second, settled, let go or forgotten), pending (kept by one, settled while others book), move (moving,
booking and cancelling in one salon), claim (one opening, every client taps).

Checked afterwards with SQL of its own: no two spans of one person or chair overlap; each visit has exactly the rows that its stages ask
for, and nothing else has any; whoever was told yes has a visit that stands; one winner for each opening; no deadlock; no slot refused
before the call that won it had begun. Exit code 1 otherwise.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.booking_race import Race, environment, filled, race
from bench.booking_world import PER_DAY, STAFF

KINDS = ("identical", "partial", "stages", "hold", "pending", "move", "claim")
LANES = {"identical": 0, "partial": 1, "stages": 2, "hold": 3, "pending": 4, "move": 5, "claim": 0}
"""Each kind has a salon of its own; openings have days of their own in the first."""
OVERLAPS = """SELECT count(*) FROM appointments_occupancy a JOIN appointments_occupancy b
  ON a.resource_id = b.resource_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"""
VISITS = "SELECT id, state, staff_id, chair_id, starts_at, stages, cleanup_minutes FROM appointments_booking"
ROWS = "SELECT booking_id, resource_id, starts_at, ends_at FROM appointments_occupancy WHERE booking_id IS NOT NULL"
OPENINGS = """SELECT o.id, o.state, o.winner_id, b.state FROM appointments_opening o
  LEFT JOIN appointments_booking b ON b.id = o.winner_id"""
TAKEN = (
    "SELECT opening_id, count(*) FROM appointments_offer WHERE state = 'taken' GROUP BY opening_id HAVING count(*) > 1"
)


@contextmanager
def open_database(kind: str, home: Path) -> Iterator[str]:
    """An empty database of the kind; yields its address."""
    if kind == "sqlite":
        yield f"sqlite:///{home}/race.sqlite3"
        return
    from scripts.postgres import server

    with server() as url:
        yield url


class Checker:
    """Looks at the tables alone."""

    def __init__(self, url: str, home: Path) -> None:
        import os

        os.environ.update(environment(url, home))
        import django
        from django.conf import settings

        if not settings.configured:
            django.setup()
        from django.db import connection

        from kaeru.conf.databases import database

        connection.close()
        connection.settings_dict.update(database(url, home))
        self.connection = connection
        self.is_postgres = not url.startswith("sqlite")

    def ask(self, text: str) -> list[tuple[Any, ...]]:
        """All rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            return list(cursor.fetchall())

    def deadlocks(self) -> int:
        """As the server counts them; SQLite has none."""
        if not self.is_postgres:
            return 0
        return int(self.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])

    def wrongs(self, races: list[Race]) -> Counter[str]:
        """What must not be, and how often it is."""
        import json

        from kaeru.core.sql import read_moment
        from tests.visits.model import rows_of

        found: Counter[str] = Counter()
        found["spans that overlap"] = self.ask(OVERLAPS)[0][0]
        rows: dict[int, set[tuple[int, int, int]]] = {}
        for visit, resource, starts_at, ends_at in self.ask(ROWS):
            span = (int(read_moment(at).timestamp()) // 60 for at in (starts_at, ends_at))
            rows.setdefault(visit, set()).add((resource, *span))
        states: dict[int, str] = {}
        for key, state, staff, chair, starts_at, stages, cleanup in self.ask(VISITS):
            states[key] = state
            start = int(read_moment(starts_at).timestamp()) // 60
            told = json.loads(stages) if isinstance(stages, str) else stages
            wanted = set(rows_of(told, cleanup, start, staff, chair)) if state in ("held", "booked", "done") else set()
            found["visits without exactly their rows"] += rows.pop(key, set()) != wanted
        found["rows of no visit"] = len(rows)
        for one in races:
            stays = {"booked"} if one.kind != "move" else {"booked", "cancelled"}
            found["told yes, and no visit stands"] += sum(states.get(key) not in stays for key in one.yes)
            found["the same visit given to two"] += len(one.yes) - len(set(one.yes))
            if one.kind in ("identical", "pending", "claim"):  # otherwise the time may have been given back in between
                found["refused before the winner began"] += one.early
            found["calls that broke"] += sum(one.errors.values())
        claimed = sum(1 for _, state, _, _ in self.ask(OPENINGS) if state == "claimed")
        found["openings whose winner has no visit"] = sum(
            1 for _, state, _, visit in self.ask(OPENINGS) if state == "claimed" and visit != "booked"
        )
        found["openings with two winners"] = len(self.ask(TAKEN))
        for one in races:
            if one.kind == "claim":
                found["openings and yeses that differ"] = abs(claimed - one.outcomes["yes"])
        found["deadlocks"] = self.deadlocks()
        return found


def run(database: str, kinds: list[str], attempts: int, clients: int, processes: int, seed: int) -> bool:
    """Race and check on one database; True when nothing was wrong."""
    slots = max(1, attempts // len(kinds) // clients)
    days = slots // (STAFF * PER_DAY) + 2
    with tempfile.TemporaryDirectory(prefix="kaeru-race-") as name, open_database(database, Path(name)) as url:
        home = Path(name)
        openings = slots if "claim" in kinds else 0
        world = filled(url, home, max(LANES[kind] for kind in kinds) + 1, days, clients, openings)
        races = []
        for kind in kinds:
            told: dict[str, Any] = {"world": {**world}, "slots": slots, "seed": seed, "salon": LANES[kind]}
            if kind != "claim":
                told["world"] = {key: value for key, value in world.items() if key not in ("openings", "customers")}
            one = race(url, home, kind, clients=clients, processes=processes, **told)
            races.append(one)
            said = ", ".join(f"{count} {outcome}" for outcome, count in one.outcomes.most_common())
            print(
                f"{database:<9}{kind:<10}{one.attempts:>9,} attempts {one.per_second:>8,.0f}/s  p50 {one.p50:6.1f} p99 {one.p99:6.1f}"
                f" worst {one.worst:7.1f} ms  {said}",
                flush=True,
            )
            for what, count in one.errors.most_common(3):
                print(f"          {count} × {what}")
        checker = Checker(url, home)
        wrongs = checker.wrongs(races)
        checker.connection.close()
    total = sum(one.attempts for one in races)
    bad = {what: count for what, count in wrongs.items() if count}
    said = f"WRONG: {bad}" if bad else "nothing wrong: " + ", ".join(f"0 {what}" for what in wrongs)
    print(f"{database}: {total:,} attempts of {clients} clients; {said}")
    return not bad


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=28_000, help="of all kinds together, on each database")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--processes", type=int, default=4, help="over which the clients are spread")
    parser.add_argument("--kind", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--database", choices=["sqlite", "postgres"])
    parser.add_argument("--seed", type=int, default=6)
    chosen = parser.parse_args()
    is_good = True
    for database in [chosen.database] if chosen.database else ["sqlite", "postgres"]:
        is_good &= run(database, chosen.kind, chosen.attempts, chosen.clients, chosen.processes, chosen.seed)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
