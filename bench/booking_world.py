"""Salons for races: eight people and eight chairs who work around the clock, so that every attempt meets another.

    python -m bench.booking_world SALONS DAYS CLIENTS OPENINGS

migrates the database in KAERU_DATABASE_URL and prints the keys as JSON. Days begin the day after tomorrow.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

STAFF = 8
EVERY = 70
"""Minutes between two slots of one person: a cut with its clean-up."""
PER_DAY = 20
STAGES = {
    "cut": ([{"minutes": 60, "busy": True, "name": "カット"}], 10),
    "color": (
        [
            {"minutes": 45, "busy": True, "name": "塗布"},
            {"minutes": 30, "busy": False, "name": "放置"},
            {"minutes": 30, "busy": True, "name": "仕上げ"},
        ],
        10,
    ),
}


def first_day() -> datetime:
    """Midnight in Tokyo, the day after tomorrow."""
    now = datetime.now(UTC) + timedelta(hours=9)
    return datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=2) - timedelta(hours=9)


def fill(salons: int, days: int, clients: int, openings: int) -> dict[str, Any]:
    """The salons' keys, and the openings' with a client for each who races."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from kaeru.core import scope
    from kaeru.tenants import actions as tenants

    owner = tenants.create_organization("race", "競走")
    with scope.organization(owner.id):
        made = [_salon(owner, number, days) for number in range(salons)]
        claims = _openings(owner, made[0], clients, openings) if openings else {}
    return {"organization": owner.id, "salons": made, "begin": first_day().isoformat(), "days": days, **claims}


def _salon(owner: Any, number: int, days: int) -> dict[str, Any]:
    from kaeru.appointments.models import Resource, Salon, Service, Shift, Skill
    from kaeru.tenants import actions as tenants
    from kaeru.tenants.models import ShopKind

    shop = tenants.add_shop(owner, f"salon{number}", f"はさみ{number}", actor="bench", kind=ShopKind.SALON)
    own = {"organization_id": owner.id, "shop": shop}
    Salon.objects.update_or_create(
        shop=shop, defaults={"organization_id": owner.id, "days_ahead": 1000, "notice_minutes": 0, "grid_minutes": 5}
    )
    people = [Resource.objects.create(**own, kind="staff", name=f"人{place}", position=place) for place in range(STAFF)]
    chairs = [Resource.objects.create(**own, kind="chair", name=f"席{place}", position=place) for place in range(STAFF)]
    services = {
        name: Service.objects.create(
            **own, name=name, price=5500, stages=stages, cleanup_minutes=cleanup, needs="chair"
        )
        for name, (stages, cleanup) in STAGES.items()
    }
    Skill.objects.bulk_create(
        Skill(organization_id=owner.id, staff=one, service=service) for one in people for service in services.values()
    )
    begin = first_day()
    Shift.objects.bulk_create(
        Shift(
            **own, resource=one, day=(begin + timedelta(days=day, hours=9)).date(), starts_at=begin + timedelta(days=day),
            ends_at=begin + timedelta(days=day + 1),
        )
        for one in (*people, *chairs) for day in range(-1, days + 1)
    )  # fmt: skip
    return {
        "shop": shop.id, "people": [one.id for one in people], "chairs": [one.id for one in chairs],
        "services": {name: one.id for name, one in services.items()},
    }  # fmt: skip


def _openings(owner: Any, salon: dict[str, Any], clients: int, count: int) -> dict[str, Any]:
    """Openings of the first salon on days behind those of the other races, offered to every client."""
    from kaeru.appointments.models import Shift
    from kaeru.appointments.openings.models import Offer, Opening
    from kaeru.core import ids
    from kaeru.customers.models import Customer

    now = datetime.now(UTC)
    own = {"organization_id": owner.id, "shop_id": salon["shop"]}
    people = Customer.objects.bulk_create(
        Customer(id=key, **own, name="競走者", created_at=now) for key in ids.new_ids(clients)
    )
    begin = first_day() + timedelta(days=400)
    days = count // (STAFF * PER_DAY) + 1
    Shift.objects.bulk_create(
        Shift(
            **own, resource_id=one, day=(begin + timedelta(days=day, hours=9)).date(), starts_at=begin + timedelta(days=day),
            ends_at=begin + timedelta(days=day + 1),
        )
        for one in (*salon["people"], *salon["chairs"]) for day in range(days + 1)
    )  # fmt: skip
    rows = []
    for number, key in enumerate(ids.new_ids(count)):
        day, rest = divmod(number, STAFF * PER_DAY)
        place, who = divmod(rest, STAFF)
        starts_at = begin + timedelta(days=day, minutes=place * EVERY)
        rows.append(
            Opening(
                id=key, **own, staff_id=salon["people"][who], starts_at=starts_at, ends_at=starts_at + timedelta(minutes=EVERY),
                service_id=salon["services"]["cut"], cause="hand", deadline=starts_at, created_at=now, started_at=now, wave=1,
            )
        )  # fmt: skip
    Opening.objects.bulk_create(rows)
    Offer.objects.bulk_create(
        Offer(
            organization_id=owner.id, opening_id=row.id, customer_id=one.id, service_id=salon["services"]["cut"], channel="line",
            place=place, wave=1, why="waits", state="sent", sent_at=now,
        )
        for row in rows for place, one in enumerate(people)
    )  # fmt: skip
    return {"openings": [row.id for row in rows], "customers": [one.id for one in people]}


def main() -> None:
    """The command line."""
    import django

    django.setup()
    salons, days, clients, openings = (int(text) for text in sys.argv[1:5])
    print(json.dumps(fill(salons, days, clients, openings)), flush=True)


if __name__ == "__main__":
    main()
