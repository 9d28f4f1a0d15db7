"""How soon does a client see what is free?

    python -m bench.slots [--salons 200] [--rounds 400] [--only sqlite|postgres] [--without-peer]

Free starts for 90 minutes and 10 of clean-up with any of eight people in two weeks, 60 % sold, among other salons in the database. Wanted:
the full answer from PostgreSQL in 1.5 ms, from SQLite in 1.1 ms; where the salon is kept, with the version checked, in 0.35 ms; stages with
a chair in at most twice that; at least 500 times as quick as django-appointment on the same salon. Beside it the limit: the bits alone,
without any database. Every answer is compared with one that was found with fingers. Medians of one run.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.slots_world import CHAIRS, DAYS, STAFF, build, oracle
from bench.stage import ROOT, databases, play, result

WANTED = {"postgres": 1.5, "sqlite": 1.1}
KEPT_MS = 0.35
TIMES = 500
PEER = ROOT / ".cache" / "slots-peer"
PACKAGE = "django-appointment==3.12.0"
CUT: list[dict[str, Any]] = [{"minutes": 90, "busy": True, "name": "cut"}]
COLOUR = [
    {"minutes": 45, "busy": True, "name": "a"},
    {"minutes": 30, "busy": False, "name": "b"},
    {"minutes": 30, "busy": True, "name": "c"},
]


def fill(salons: int) -> None:
    """The player: so many salons alike, laid out by the house itself."""
    import django

    django.setup()
    from datetime import UTC, datetime, time, timedelta
    from zoneinfo import ZoneInfo

    from django.core.management import call_command
    from django.db import connection

    from kaeru.appointments.models import Occupancy, Resource, Salon, Service, ShiftRule, Skill
    from kaeru.appointments.salons.laying import lay_out
    from kaeru.core import clock, ids, scope, sql
    from kaeru.tenants import actions as tenants

    call_command("migrate", verbosity=0)
    owner = tenants.create_organization("bench", "Bench")
    tokyo = ZoneInfo("Asia/Tokyo")
    first = clock.now().astimezone(tokyo).date() + timedelta(days=1)
    world = build(first.weekday())
    rows: list[tuple[Any, ...]] = []
    with scope.organization(owner.id):
        for number in range(salons):
            hours = [["10:00", "20:00"]] * 7
            shop = tenants.add_shop(
                owner, f"s{number}", "Bench", actor="bench", kind="salon", hours=hours, keeps_holidays=False
            )
            own: dict[str, Any] = {"organization_id": owner.id, "shop": shop}
            Salon.objects.create(**own)
            chairs = [Resource.objects.create(**own, kind="chair", name=f"c{n}", position=n) for n in range(CHAIRS)]
            people = [Resource.objects.create(**own, kind="staff", name=f"p{n}", position=n) for n in range(STAFF)]
            services = [
                Service.objects.create(**own, name="cut", stages=CUT, cleanup_minutes=10, position=0),
                Service.objects.create(
                    **own, name="colour", stages=COLOUR, cleanup_minutes=10, needs="chair", position=1
                ),
            ]
            Skill.objects.bulk_create(
                Skill(organization_id=owner.id, staff=one, service=what) for one in people for what in services
            )
            for who, one in enumerate(people):
                start, pause = world.starts[who] // 60, world.breaks[who]
                work = [(day, time(start), time(start + 9), False) for day in range(7) if day not in world.off[who]]
                rest = [
                    (day, time(pause // 60, pause % 60), time(pause // 60 + 1, pause % 60), True) for day in range(7)
                ]
                ShiftRule.objects.bulk_create(
                    ShiftRule(organization_id=owner.id, resource=one, weekday=day, starts=begin, ends=end, is_break=is_break,
                              valid_from=first - timedelta(days=1))
                    for day, begin, end, is_break in (*work, *rest)
                )  # fmt: skip
            lay_out([shop.id])
            for home, sold in ((people, world.staff), (chairs, world.chairs)):
                for who, day, begin, end in sold:
                    midnight = datetime.combine(first + timedelta(days=day), time(0), tokyo)
                    span = [(midnight + timedelta(minutes=at)).astimezone(UTC) for at in (begin, end)]
                    rows.append((ids.new_id(), owner.id, shop.id, home[who].id, *map(sql.moment, span), ""))
        columns = ("id", "organization_id", "shop_id", "resource_id", "starts_at", "ends_at", "note")
        sql.insert_many(Occupancy._meta.db_table, columns, rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    result(rows=len(rows))


def ask(rounds: int) -> None:
    """The player: medians of each way to ask, in milliseconds."""
    import django

    django.setup()
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from django.db.models import F

    from kaeru.appointments.models import Salon, Service
    from kaeru.appointments.slots import kept, queries
    from kaeru.core import clock, scope

    tokyo = ZoneInfo("Asia/Tokyo")
    first = clock.now().astimezone(tokyo).date() + timedelta(days=1)
    with scope.everyone():
        salon = Salon.objects.order_by("id").first()
        assert salon is not None
        cut, colour = Service.objects.filter(shop_id=salon.shop_id).order_by("position").values_list("id", flat=True)
    shop = salon.shop_id

    def measure(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
        took = []
        for _ in range(rounds):
            before()
            begun = time.perf_counter()
            work()
            took.append((time.perf_counter() - begun) * 1000)
        return statistics.median(took)

    def bump() -> None:
        Salon.objects.filter(id=salon.id).update(version=F("version") + 1)

    figures: dict[str, Any] = {}
    with scope.organization(salon.organization_id):
        for name, service in (("cut", cut), ("colour", colour)):

            def free(service: int = service) -> queries.Free:
                return queries.free(shop, service, first, DAYS)

            figures[f"{name}_starts"] = [
                [
                    (one.at.astimezone(tokyo).date() - first).days,
                    one.at.astimezone(tokyo).hour * 60 + one.at.astimezone(tokyo).minute,
                ]
                for one in free().starts
            ]
            figures[f"{name}_full"] = measure(free, kept.forget)
            figures[f"{name}_changed"] = measure(free, bump)
            figures[f"{name}_kept"] = measure(free)
            figures[f"{name}_bits"] = measure(*_bare(shop, service, first))
    result(**figures)


def _bare(shop: int, service: int, first: Any) -> tuple[Callable[[], object], Callable[[], object]]:
    """The limit: nothing but the bits, with what was worked out before forgotten."""
    from kaeru.appointments.slots import kept, queries
    from kaeru.core import clock

    held, offered = kept.look(shop, service, first, DAYS, clock.now())
    return lambda: queries.work_out(held, service, offered, first, DAYS), held.answers.clear


def peer(rounds: int) -> dict[str, Any] | None:
    """The peer's figure; None, said aloud, where it cannot be had."""
    python = PEER / "bin" / "python"
    if not python.exists():
        for command in (
            [sys.executable, "-m", "venv", str(PEER)],
            [str(python), "-m", "pip", "install", "--quiet", PACKAGE],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(
                    f"!! {PACKAGE} cannot be installed here, no peer is played: {done.stderr.strip().splitlines()[-1:]}"
                )
                return None
    with tempfile.TemporaryDirectory(prefix="kaeru-bench-") as folder:
        told = [str(python), "-m", "bench.slots_peer", str(rounds), f"{folder}/peer.sqlite3"]
        done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"!! {PACKAGE} does not run here, no peer is played: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Print each figure beside what is wanted; exit code 1 when an answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--salons", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("--player", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.player:
        fill(told.salons) if told.player == "fill" else ask(told.rounds)
        return
    other = None if told.without_peer else peer(max(2, told.rounds // 100))
    if other:
        print(
            f"django-appointment {other['version']} (SQLite): {other['ms']:.0f} ms, {other['statements']} statements, {other['starts']} starts"
        )
    is_right = True
    for kind in ("postgres", "sqlite"):
        if told.only in {None, kind}:
            is_right &= show(kind, told.salons, told.rounds, other)
    sys.exit(0 if is_right else 1)


def show(kind: str, salons: int, rounds: int, other: dict[str, Any] | None) -> bool:
    """Play on one kind of database; whether all answers were right."""

    def filled(url: str, home: Path) -> object:
        return play("bench.slots", "--player", "fill", "--salons", str(salons), database_url=url, home=home)

    with databases(kind, filled) as stage:
        told = play(
            "bench.slots", "--player", "ask", "--rounds", str(rounds), database_url=stage.original, home=stage.folder
        )
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    weekday = (datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(days=1)).weekday()
    world = build(weekday)
    is_right = True
    for name, segments, stay in (("cut", ((0, 100),), 0), ("colour", ((0, 45), (75, 115)), 105)):
        found = {(day, minute) for day, minute in told[f"{name}_starts"]}
        same = found == oracle(world, weekday, segments, stay)
        is_right &= same
        print(
            f"{kind:8} {name:6} full {told[f'{name}_full']:.2f} ms · after a change {told[f'{name}_changed']:.2f} · kept "
            f"{told[f'{name}_kept']:.3f} · bits alone {told[f'{name}_bits']:.3f} · {len(found)} starts, {'as by hand' if same else 'WRONG'}"
        )
    full, colour = told["cut_full"], told["colour_full"]
    print(
        f"{'':8} wanted: full ≤ {WANTED[kind]} {_word(full <= WANTED[kind])}, kept ≤ {KEPT_MS} {_word(told['cut_kept'] <= KEPT_MS)}, "
        f"stages and chair ≤ 2 × {_word(colour <= 2 * full)} ({colour / full:.2f} ×)"
    )
    if other:
        times = other["ms"] / full
        print(
            f"{'':8} {times:.0f} × as quick as django-appointment, kept {other['ms'] / told['cut_kept']:.0f} × (≥ {TIMES} {_word(times >= TIMES)})"
        )
    return is_right


def _word(is_met: bool) -> str:
    return "met" if is_met else "MISSED"


if __name__ == "__main__":
    main()
