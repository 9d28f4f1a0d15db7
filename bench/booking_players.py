"""Clients who all want the same: each a thread with a connection of its own, some dozens in each process.

    python -m bench.booking_players JSON      waits for a line on standard input, plays, prints what it saw as JSON

Kinds that go through the product: identical, partial, stages, hold, pending, move, claim. Kinds of peers and of the limit, on a bare
table: check (look, then write), exclude (plain INSERT against an exclusion constraint), limit (one INSERT … ON CONFLICT DO NOTHING on it).
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bench.booking_world import EVERY, PER_DAY, STAFF

MOST_SAMPLES = 20_000
BARE = "bench_taken"


class Seen:
    """What one process saw."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.spent: list[float] = []
        self.yes: list[int] = []
        """Visits of which a client was told that they are booked."""
        self.refused: dict[int, float] = {}
        """By slot: when the first refusal ended."""
        self.won: dict[int, float] = {}
        """By slot: when the call that won began."""
        self.begun = self.ended = 0.0

    def to_json(self) -> dict[str, Any]:
        """As the parent reads it."""
        step = max(1, len(self.spent) // MOST_SAMPLES)
        return {
            "outcomes": dict(self.outcomes), "errors": dict(self.errors), "spent": sorted(self.spent)[::step],
            "worst": max(self.spent, default=0.0), "count": len(self.spent), "yes": self.yes, "refused": self.refused, "won": self.won,
            "begun": self.begun, "ended": self.ended,
        }  # fmt: skip


class Place:
    """The world that was filled, and the slots of this race."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told, self.world = told, told["world"]
        self.salon = self.world["salons"][told.get("salon", 0)]
        self.begin = datetime.fromisoformat(self.world["begin"]) + timedelta(days=told.get("from_day", 0))

    def slot(self, number: int) -> tuple[int, datetime]:
        """Person and start of a slot; slots of one person do not touch others."""
        day, rest = divmod(number, STAFF * PER_DAY)
        place, who = divmod(rest, STAFF)
        return self.salon["people"][who], self.begin + timedelta(days=day, minutes=place * EVERY)


def _product(place: Place, kind: str) -> Callable[[int, int, random.Random], tuple[str, int | None]]:
    """One attempt (client, slot, chance) → outcome and the visit that the client was told is booked."""
    from kaeru.appointments.bookings import actions
    from kaeru.appointments.bookings.actions import Wish
    from kaeru.appointments.bookings.models import Booking
    from kaeru.appointments.errors import NotAllowed, NotOffered, Taken

    shop, services = place.salon["shop"], place.salon["services"]
    known: dict[str, Any] = {"by": "customer", "via": "web", "actor": "bench"}

    def guarded(attempt: Callable[..., Any]) -> Callable[[int, int, random.Random], tuple[str, int | None]]:
        def one(client: int, number: int, chance: random.Random) -> tuple[str, int | None]:
            try:
                row = attempt(client, number, chance)
            except (Taken, NotOffered, NotAllowed) as refusal:
                return type(refusal).__name__, None
            return ("yes", row.id) if row is not None else ("nothing", None)

        return one

    def wish(number: int, shift: int = 0, service: str = "cut", staff: bool = True) -> Wish:
        person, starts_at = place.slot(number)
        return Wish(shop, services[service], starts_at + timedelta(minutes=shift), staff_id=person if staff else None)

    def identical(client: int, number: int, chance: random.Random) -> Any:
        return actions.book(wish(number), **known)

    def partial(client: int, number: int, chance: random.Random) -> Any:
        return actions.book(wish(number, chance.randrange(-30, 35, 5), staff=chance.random() < 0.7), **known)

    def stages(client: int, number: int, chance: random.Random) -> Any:
        return actions.book(wish(number, chance.randrange(0, 30, 5), "color", chance.random() < 0.7), **known)

    def hold(client: int, number: int, chance: random.Random) -> Any:
        row = actions.book(wish(number), **known, hold_seconds=1 if chance.random() < 0.5 else 0)
        what = chance.random()
        if what < 0.4:
            return actions.settle(row.id, **known)
        if what < 0.6:
            actions.release(row.id, **known)
        return None

    def pending(client: int, number: int, chance: random.Random) -> Any:
        if client % 2:
            return actions.book(wish(number), **known)
        row = actions.book(wish(number), **known, hold_seconds=60)
        time.sleep(chance.random() * 0.01)
        return actions.settle(row.id, **known)

    def move(client: int, number: int, chance: random.Random) -> Any:
        own = mine.setdefault(client, [])
        what = chance.random()
        if len(own) < 3 or what < 0.1:
            own.append(actions.book(wish(chance.randrange(place.told["slots"])), **known).id)
        elif what < 0.2:
            actions.cancel(own.pop(chance.randrange(len(own))), **known)
        else:
            target = wish(chance.randrange(place.told["slots"]), chance.randrange(0, 60, 5))
            actions.move(chance.choice(own), target.starts_at, staff_id=target.staff_id, **known)

    def claim(client: int, number: int, chance: random.Random) -> Any:
        from kaeru.appointments.openings.claiming import claim as take

        customer = place.world["customers"][client]
        row = take(place.world["openings"][number], customer, key=f"tap{client}", via="line")
        return row if isinstance(row, Booking) else None

    mine: dict[int, list[int]] = {}
    kinds = {
        "identical": identical, "partial": partial, "stages": stages, "hold": hold, "pending": pending, "move": move, "claim": claim,
    }  # fmt: skip
    return guarded(kinds[kind])


def _bare(place: Place, kind: str) -> Callable[[int, int, random.Random], tuple[str, int | None]]:
    """Peers and the limit: one row of one person in a table of its own, over the same driver."""
    from django.db import connection

    from kaeru.core import sql

    look = f"SELECT 1 FROM {BARE} WHERE resource = %s AND starts_at < %s AND ends_at > %s LIMIT 1"
    put = f"INSERT INTO {BARE} (resource, starts_at, ends_at) VALUES (%s, %s, %s)"

    def one(client: int, number: int, chance: random.Random) -> tuple[str, int | None]:
        person, start = place.slot(number)
        starts_at, ends_at = sql.moment(start), sql.moment(start + timedelta(minutes=EVERY))
        connection.ensure_connection()
        with connection.cursor() as cursor:
            if kind == "check":
                cursor.execute(look, [person, ends_at, starts_at])
                if cursor.fetchone():
                    return "Taken", None
                cursor.execute(put, [person, starts_at, ends_at])
                return "yes", None
            if kind == "exclude":
                try:
                    cursor.execute(put, [person, starts_at, ends_at])
                except Exception as failure:
                    if "deadlock" in str(failure):
                        return "deadlock", None
                    return "Taken", None
                return "yes", None
            cursor.execute(f"{put} ON CONFLICT DO NOTHING", [person, starts_at, ends_at])
            return ("yes", None) if cursor.rowcount else ("Taken", None)

    return one


def play(told: dict[str, Any]) -> Seen:
    """Every client of this process tries every slot in order."""
    from django.db import connection

    from kaeru.core import scope

    place, seen, lock = Place(told), Seen(), threading.Lock()
    kind = told["kind"]
    attempt = _bare(place, kind) if kind in {"check", "exclude", "limit"} else _product(place, kind)
    gate = threading.Barrier(len(told["clients"]) + 1)

    def client(number: int) -> None:
        chance = random.Random(told["seed"] * 1000 + number)
        outcomes: Counter[str] = Counter()
        errors: Counter[str] = Counter()
        spent: list[float] = []
        yes: list[int] = []
        refused: dict[int, float] = {}
        won: dict[int, float] = {}
        connection.ensure_connection()
        gate.wait()
        with scope.organization(place.world["organization"]):
            for slot in range(told["slots"]):
                begun = time.monotonic()
                try:
                    outcome, booking = attempt(number, slot, chance)
                except Exception as failure:
                    outcome, booking = "error", None
                    errors[f"{type(failure).__name__}: {str(failure).splitlines()[0][:80]}"] += 1
                ended = time.monotonic()
                spent.append((ended - begun) * 1000)
                outcomes[outcome] += 1
                if booking is not None:
                    yes.append(booking)
                if outcome == "yes":
                    won[slot] = begun
                elif outcome == "Taken" or outcome == "nothing":
                    refused[slot] = ended
        connection.close()
        with lock:
            seen.outcomes += outcomes
            seen.errors += errors
            seen.spent += spent
            seen.yes += yes
            seen.won.update(won)
            for slot, ended in refused.items():
                seen.refused[slot] = min(ended, seen.refused.get(slot, ended))

    threads = [threading.Thread(target=client, args=(number,)) for number in told["clients"]]
    for one in threads:
        one.start()
    print("ready", flush=True)
    sys.stdin.readline()
    seen.begun = time.monotonic()
    gate.wait()
    for one in threads:
        one.join()
    seen.ended = time.monotonic()
    return seen


def main() -> None:
    """The command line."""
    import django

    django.setup()
    print(json.dumps(play(json.loads(sys.argv[1])).to_json()), flush=True)


if __name__ == "__main__":
    main()
