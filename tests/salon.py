"""A salon for tests: two people, two chairs, three services, shifts of two weeks, written directly.

Sakura does everything, Jun cuts only. Both work 10:00–19:00 every day without a break. "cut" takes 60 minutes and 10 of clean-up on a
chair; "color" 45 + 30 in which the stylist is free + 30 and 10 of clean-up, on a chair throughout; "nail" 60 minutes without a chair.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.appointments.models import Resource, Salon, Service, Shift, ShiftRule, Skill
from kaeru.core import clock, scope
from kaeru.tenants.models import Organization, Shop, ShopKind
from tests import builders

TOKYO = ZoneInfo("Asia/Tokyo")
STAGES = {
    "cut": [{"minutes": 60, "busy": True, "name": "カット"}],
    "color": [
        {"minutes": 45, "busy": True, "name": "塗布"},
        {"minutes": 30, "busy": False, "name": "放置"},
        {"minutes": 30, "busy": True, "name": "仕上げ"},
    ],
    "nail": [{"minutes": 60, "busy": True, "name": "ネイル"}],
}
NAMES = {"cut": ("カット", "Cut", 5500), "color": ("カラー", "Colour", 9900), "nail": ("ネイル", "Nails", 6600)}


@dataclass(frozen=True, slots=True)
class House:
    """The salon and what is in it."""

    shop: Shop
    salon: Salon
    sakura: Resource
    jun: Resource
    chairs: tuple[Resource, Resource]
    services: dict[str, Service]

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A moment on the salon's wall clock."""
        return datetime.combine(day, time(hour, minute), ZoneInfo(self.shop.timezone))


def salon(of: Organization, slug: str = "hasami", name: str = "はさみ美容室", *, days: int = 14) -> House:
    """Shifts begin today, in the salon's zone; what is laid out later follows from the same hours and rules."""
    hours: Any = {"hours": [["10:00", "19:00"]] * 7, "keeps_holidays": False}
    shop = builders.shop(of, slug, name, kind=ShopKind.SALON, **hours)
    with scope.organization(of.id):
        own = {"organization_id": of.id, "shop": shop}
        today = clock.now().astimezone(TOKYO).date()
        row = Salon.objects.create(**own, laid_out_until=today + timedelta(days=days - 1))
        people = [
            Resource.objects.create(**own, kind="staff", name=name, name_en=english, position=place)
            for place, (name, english) in enumerate([("さくら", "Sakura"), ("純", "Jun")])
        ]
        chairs = [Resource.objects.create(**own, kind="chair", name=f"席{n}", name_en=f"Chair {n}") for n in (1, 2)]
        services = {
            key: Service.objects.create(
                **own, name=NAMES[key][0], name_en=NAMES[key][1], price=NAMES[key][2], stages=stages, position=place,
                cleanup_minutes=0 if key == "nail" else 10, needs="" if key == "nail" else "chair",
            )
            for place, (key, stages) in enumerate(STAGES.items())
        }  # fmt: skip
        for key, service in services.items():
            for person in people if key == "cut" else people[:1]:
                Skill.objects.create(organization_id=of.id, staff=person, service=service)
        ShiftRule.objects.bulk_create(
            ShiftRule(
                organization_id=of.id, resource=one, weekday=weekday, starts=time(10), ends=time(19), valid_from=today
            )
            for one in people
            for weekday in range(7)
        )
        _open(shop, [*people, *chairs], today, days)
    return House(shop, row, people[0], people[1], (chairs[0], chairs[1]), services)


def _open(shop: Shop, resources: list[Resource], today: date, days: int) -> None:
    zone = ZoneInfo(shop.timezone)
    Shift.objects.bulk_create(
        Shift(
            organization_id=shop.organization_id, shop=shop, resource=one, day=day,
            starts_at=datetime.combine(day, time(10), zone), ends_at=datetime.combine(day, time(19), zone),
        )
        for one in resources
        for day in (today + timedelta(days=count) for count in range(days))
    )  # fmt: skip
