"""How many clients can want the same slot at once, and what does it cost to be sure?

    python -m bench.booking [--clients 64] [--slots 100] [--moves 40] [--rounds 3] [--only sqlite|postgres]

64 clients try every slot at the same moment, each over a connection of its own. Players, in the same run on the same database:

- `kaeru`: the whole path: a glance, a look, the salon's lock, rows with ON CONFLICT DO NOTHING, the visit, its story, the audit trail, the
  news, the version; two rows (person and chair) for each visit
- `limit`: nothing but one INSERT … ON CONFLICT DO NOTHING of one row with the same judge, over the same driver: the least it can cost
- `check`: look, then write, as most others do: it is quick, and sells slots twice (`sold twice` counts them)
- `exclude` (PostgreSQL): a plain INSERT against the exclusion constraint: safe, and it waits for itself

Then all clients move, book and cancel in one salon. Wanted on PostgreSQL: at least 5,000 contested attempts a second with p99 at most 150 ms,
at least 500 moves a second in one salon, no doubles and no deadlock. What the clients themselves cost is in all figures, as they run on
the same machine: ratios are what counts.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.booking_players import BARE
from bench.booking_race import Race, filled, race
from bench.booking_world import PER_DAY, STAFF
from scripts.race import Checker, open_database

LEAST_PER_SECOND, MOST_P99, LEAST_MOVES = 5_000, 150.0, 500
TABLE = {
    "postgres": f"CREATE TABLE {BARE} (id bigserial PRIMARY KEY, resource bigint, starts_at timestamptz, ends_at timestamptz)",
    "sqlite": f"CREATE TABLE {BARE} (id integer PRIMARY KEY, resource bigint, starts_at datetime, ends_at datetime)",
}
JUDGE = {
    "postgres": f"ALTER TABLE {BARE} ADD EXCLUDE USING gist (resource WITH =, tstzrange(starts_at, ends_at) WITH &&)",
    "sqlite": f"""CREATE TRIGGER {BARE}_judge BEFORE INSERT ON {BARE} WHEN (SELECT o.starts_at < NEW.ends_at FROM {BARE} o
        WHERE o.resource = NEW.resource AND o.ends_at > NEW.starts_at ORDER BY o.ends_at LIMIT 1) BEGIN SELECT RAISE(IGNORE); END""",
}
DOUBLES = f"""SELECT count(*) FROM {BARE} a JOIN {BARE} b
  ON a.resource = b.resource AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"""


def _bare(checker: Checker, database: str, player: str) -> None:
    """The table of the peers and of the limit, made anew."""
    with checker.connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {BARE}")
        cursor.execute(TABLE[database])
        if player != "check":
            cursor.execute(JUDGE[database])
        cursor.execute(f"CREATE INDEX {BARE}_span ON {BARE} (resource, ends_at)")
    checker.connection.close()


def _round(database: str, url: str, home: Path, world: dict[str, Any], chosen: Any, number: int) -> dict[str, Any]:
    """All players once; in each round others begin, on days of their own."""
    days = chosen.slots // (STAFF * PER_DAY) + 1
    known = {"clients": chosen.clients, "processes": chosen.processes}
    checker = Checker(url, home)
    players = ["kaeru", "limit", "check", *(["exclude"] if database == "postgres" else [])]
    found: dict[str, Any] = {}
    for player in players[number % len(players) :] + players[: number % len(players)]:
        told = {"world": world, "slots": chosen.slots, "seed": number, "from_day": number * days}
        if player == "kaeru":
            checker.connection.close()
            found[player] = race(url, home, "identical", **known, **told), 0
            continue
        if player == "exclude":
            told["slots"] = min(chosen.slots, chosen.exclude_slots)
        _bare(checker, database, player)
        one = race(url, home, player, **known, **told)
        found[player] = one, checker.ask(DOUBLES)[0][0]
        checker.connection.close()
    told = {"world": world, "slots": chosen.moves, "seed": number, "salon": 1, "from_day": number * days}
    found["moves"] = race(url, home, "move", **known, **told), 0
    found["wrongs"] = {
        what: count for what, count in checker.wrongs([found["kaeru"][0], found["moves"][0]]).items() if count
    }
    checker.connection.close()
    return found


def measure(database: str, chosen: Any) -> bool:
    """Print the figures of one database."""
    days = (chosen.slots // (STAFF * PER_DAY) + 1) * chosen.rounds + 1
    with tempfile.TemporaryDirectory(prefix="kaeru-bench-") as name, open_database(database, Path(name)) as url:
        home = Path(name)
        world = filled(url, home, 2, days, chosen.clients, 0)
        rounds = [_round(database, url, home, world, chosen, number) for number in range(chosen.rounds)]
    figures: dict[str, dict[str, float]] = {}
    for player in (name for name in rounds[0] if name != "wrongs"):
        races: list[Race] = [one[player][0] for one in rounds]
        figures[player] = {
            "rate": statistics.median(one.per_second for one in races), "p99": statistics.median(one.p99 for one in races),
            "worst": max(one.worst for one in races), "doubles": statistics.median(one[player][1] for one in rounds),
            "deadlocks": sum(one.outcomes["deadlock"] for one in races), "yes": statistics.median(one.outcomes["yes"] for one in races),
        }  # fmt: skip
    limit = figures["limit"]["rate"]
    print(f"{database}: {chosen.clients} clients, {chosen.slots} slots, {chosen.rounds} rounds, medians")
    for player, one in figures.items():
        print(
            f"  {player:<8} {one['rate']:>8,.0f} attempts/s ({one['rate'] / limit:5.2f} of the limit)  p99 {one['p99']:7.1f} ms"
            f"  worst {one['worst']:8.1f} ms  sold twice {one['doubles']:4.0f}  deadlocks {one['deadlocks']:3.0f}"
        )
    wrongs = [one["wrongs"] for one in rounds if one["wrongs"]]
    print(f"  checked after each round: {wrongs or 'nothing wrong'}")
    own, moves = figures["kaeru"], figures["moves"]
    is_kept = own["rate"] >= LEAST_PER_SECOND and own["p99"] <= MOST_P99 and moves["rate"] >= LEAST_MOVES
    print(
        f"  wanted: {LEAST_PER_SECOND:,}/s ({own['rate'] / LEAST_PER_SECOND:.2f} of it), p99 at most {MOST_P99:.0f} ms, moves"
        f" {LEAST_MOVES}/s ({moves['rate'] / LEAST_MOVES:.2f} of it): {'kept' if is_kept else 'NOT KEPT'}"
    )
    return is_kept and not wrongs


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--slots", type=int, default=100)
    parser.add_argument("--moves", type=int, default=40, help="deeds of each client in one salon")
    parser.add_argument(
        "--exclude-slots", type=int, default=20, help="for the plain exclusion constraint, which waits seconds"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    chosen = parser.parse_args()
    is_good = True
    for database in [chosen.only] if chosen.only else ["sqlite", "postgres"]:
        is_good &= measure(database, chosen)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
