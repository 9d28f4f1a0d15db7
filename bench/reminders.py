"""150,000 reminders due in the same minute over 5,000 salons: how long the pass takes, beside the limit in the same run.

    python -m bench.reminders [--shops 5000] [--visits 30] [--databases sqlite,postgres]

The pass finds tomorrow's visits, decides for each by which channel and when, writes the reminders, the second ones that wait for the
silent, and the messages into the outbox. The limit writes the very same rows and reads nothing. What LINE allows is 2,000 pushes a second
for each account; a salon has 30.
"""

import argparse
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.stage import databases, play, result

NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)
EVENING = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""18:00 in Tokyo."""


def _many(base: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows like `base`, with these columns of their own, as quickly as the database takes them."""
    from django.db import connection, transaction

    from kaeru.core import sql

    fields = base._meta.concrete_fields
    columns = [field.column for field in fields]
    usual = [field.get_db_prep_save(getattr(base, field.attname), connection) for field in fields]
    places = [columns.index(name) for name in names]
    made = []
    for row in rows:
        mine = list(usual)
        for place, value in zip(places, row, strict=True):
            mine[place] = value
        made.append(mine)
    with transaction.atomic():
        sql.insert_many(base._meta.db_table, columns, made)


def fill(shops: int, visits: int) -> None:
    """Salons with an account, clients who are friends, and tomorrow full of visits."""
    from django.core.management import call_command

    from kaeru.appointments.models import Booking, Resource, Salon, Service
    from kaeru.appointments.visits import reminders
    from kaeru.channels.line.models import LineAccount, LineFriend
    from kaeru.core import clock, ids, scope, sql
    from kaeru.core.clock import Clock
    from kaeru.customers.models import Customer, Identity
    from kaeru.tenants.models import Organization, Shop, ShopKind

    call_command("migrate", verbosity=0)
    clock.set_clock(Clock(real=0.0, shown=NOON, speed=0.0))
    with scope.everyone():
        owners = [Organization(slug=f"o{n}", name=f"o{n}", created_at=NOON) for n in range(shops)]
        Organization.objects.bulk_create(owners, batch_size=1000)
        salons = [
            Shop(
                organization=one, slug="s", name="はさみ美容室", kind=ShopKind.SALON, public_key=f"k{n}", contact="03-0000-0000",
                postal_address="東京都", created_at=NOON,
            )
            for n, one in enumerate(owners)
        ]  # fmt: skip
        Shop.objects.bulk_create(salons, batch_size=500)
        own = [{"organization_id": one.organization_id, "shop": one} for one in salons]
        Salon.objects.bulk_create((Salon(**one) for one in own), batch_size=1000)
        LineAccount.objects.bulk_create(
            (LineAccount(**one, sealed_token=b"sealed", created_at=NOON) for one in own), batch_size=500
        )
        staff = [Resource(**one, kind="staff", name="さくら") for one in own]
        Resource.objects.bulk_create(staff, batch_size=1000)
        services = [Service(**one, name="カット", stages=[{"minutes": 10, "busy": True}]) for one in own]
        Service.objects.bulk_create(services, batch_size=1000)
        every = [(shop, n) for shop in range(shops) for n in range(visits)]
        people, keys = ids.new_ids(len(every)), ids.new_ids(len(every))
        whose = [(salons[shop].organization_id, salons[shop].id) for shop, _ in every]
        ranks = range(len(every))
        _many(
            Customer(name="山田 花子", created_at=NOON), ("id", "organization_id", "shop_id"),
            ((people[n], *whose[n]) for n in ranks),
        )  # fmt: skip
        _many(
            Identity(kind="line"), ("id", "organization_id", "shop_id", "customer_id", "value"),
            ((keys[n], *whose[n], people[n], f"U{people[n]:032x}") for n in ranks),
        )  # fmt: skip
        _many(
            LineFriend(since=NOON), ("id", "organization_id", "shop_id", "customer_id", "user_id"),
            ((keys[n], *whose[n], people[n], f"U{people[n]:032x}") for n in ranks),
        )  # fmt: skip
        base = Booking(stages=[], origin="staff", made_at=NOON - timedelta(days=20), starts_at=NOON, ends_at=NOON)
        day = EVENING + timedelta(hours=16)  # 10:00 tomorrow
        _many(
            base, ("id", "organization_id", "shop_id", "customer_id", "service_id", "staff_id", "starts_at", "ends_at", "key"),
            (
                (
                    keys[n], *whose[n], people[n], services[shop].id, staff[shop].id, sql.moment(day + timedelta(minutes=15 * place)),
                    sql.moment(day + timedelta(minutes=15 * place + 15)), f"b{n}",
                )
                for n, (shop, place) in enumerate(every)
            ),
        )  # fmt: skip
        while reminders.appoint(2000):
            pass
    _analyze()
    result(visits=len(every))


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def tell() -> None:
    """The pass itself, at 18:00."""
    from kaeru.appointments.models import Reminder
    from kaeru.appointments.visits import reminders
    from kaeru.appointments.visits.passes import PASSES
    from kaeru.core import clock, scope
    from kaeru.core.clock import Clock
    from kaeru.messages.models import Message

    clock.set_clock(Clock(real=0.0, shown=EVENING, speed=0.0))
    limit = next(one.limit for one in PASSES if one.name == "reminders")
    longest, began, busy = 0.0, time.perf_counter(), time.process_time()
    while True:
        turn = time.perf_counter()
        if not reminders.tell(limit):
            break
        longest = max(longest, time.perf_counter() - turn)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    with scope.everyone():
        told, waiting = Message.objects.filter(channel="line").count(), Reminder.objects.filter(state="waiting").count()
        assert told == Reminder.objects.filter(state="told").count()
    result(seconds=seconds, busy=busy, told=told, waiting=waiting, longest=longest)


def limit(shops: int, visits: int) -> None:
    """The same rows into the same tables, and nothing read or decided."""
    import uuid

    from kaeru.appointments.models import Booking, Reminder
    from kaeru.core import ids, scope, sql
    from kaeru.messages.models import Message, Template
    from kaeru.tenants.models import Shop

    with scope.everyone():
        rows = list(Booking.objects.values_list("id", "organization_id", "shop_id", "customer_id", "starts_at"))
        Template.objects.bulk_create(
            [Template(organization_id=one.organization_id, shop=one, purpose="notice", texts={}, created_at=NOON) for one in Shop.objects.all()]
        )  # fmt: skip
        template = dict(Template.objects.values_list("shop_id", "id"))
        began = time.perf_counter()
        for start in range(0, len(rows), 100 * visits):
            part = rows[start : start + 100 * visits]
            keys, messages, seconds = (ids.new_ids(len(part)) for _ in range(3))
            base = Message(
                purpose="notice", channel="line", source="reminder", source_id=0, due_at=EVENING, created_at=EVENING
            )
            _many(
                base, ("id", "organization_id", "shop_id", "customer_id", "template_id", "source_id", "key"),
                ((m, o, s, c, template[s], k, sql.uuid_value(uuid.uuid4())) for m, k, (_, o, s, c, _) in zip(messages, keys, part, strict=True)),
            )  # fmt: skip
            for kind, mine in (("first", keys), ("second", seconds)):
                _many(
                    Reminder(kind=kind, due_at=EVENING), ("id", "organization_id", "shop_id", "booking_id", "for_at"),
                    ((k, o, s, b, sql.moment(at)) for k, (b, o, s, _, at) in zip(mine, part, strict=True)),
                )  # fmt: skip
        seconds_taken = time.perf_counter() - began
    result(seconds=seconds_taken)


def main() -> None:
    """Fill once, play each on a fresh copy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("player", nargs="?", choices=["fill", "tell", "limit"])
    parser.add_argument("--shops", type=int, default=5000)
    parser.add_argument("--visits", type=int, default=30)
    parser.add_argument("--databases", default="sqlite,postgres")
    asked = parser.parse_args()
    if asked.player:
        _play(asked)
        return
    size = ("--shops", str(asked.shops), "--visits", str(asked.visits))

    def filled(url: str, folder: Path) -> object:
        return play("bench.reminders", "fill", *size, database_url=url, home=folder)

    for kind in asked.databases.split(","):
        with databases(kind, filled) as stage:
            told, bare = (
                play("bench.reminders", player, *size, database_url=stage.copy(), home=stage.folder)
                for player in ("tell", "limit")
            )
            print(
                f"{kind}: {told['told']:,.0f} reminders of {asked.shops:,} salons in {told['seconds']:.1f} s ({told['busy']:.1f} s of its own work)"
                f" ({told['told'] / told['seconds']:,.0f}/s, longest transaction {told['longest'] * 1000:.0f} ms,"
                f" {told['waiting']:,.0f} second ones wait) · the bare rows {bare['seconds']:.1f} s"
                f" · ratio {told['seconds'] / bare['seconds']:.1f} · {told['memory_mb']:.0f} MB",
                flush=True,
            )


def _play(asked: argparse.Namespace) -> None:
    import django

    django.setup()
    match asked.player:
        case "fill":
            fill(asked.shops, asked.visits)
        case "tell":
            tell()
        case _:
            limit(asked.shops, asked.visits)


if __name__ == "__main__":
    main()
