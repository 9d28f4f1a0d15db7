"""What the demo's salon is: はさみ美容室 with its services in stages, seven people, six chairs and a room for head spas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from kaeru.appointments.models import Resource, Service
from kaeru.appointments.salons import actions as salons
from kaeru.appointments.salons.actions import ResourceSaid, ServiceSaid
from kaeru.appointments.salons.rules import Rule
from kaeru.core import clock
from kaeru.tenants.models import Shop

ACTOR = "cli"
Stage = Mapping[str, Any]


def busy(name: str, minutes: int) -> Stage:
    """The stylist works."""
    return {"name": name, "minutes": minutes, "busy": True}


def free(name: str, minutes: int) -> Stage:
    """The client waits, the stylist has time for somebody else."""
    return {"name": name, "minutes": minutes, "busy": False}


SERVICES: dict[str, ServiceSaid] = {
    "cut": ServiceSaid("カット", [busy("カット", 60)], "Cut", "カット", 5500, 10),
    "color": ServiceSaid("カラー", [busy("塗布", 45), free("放置", 30), busy("仕上げ", 30)], "Colour", "カラー", 9900, 10),
    "cut_color": ServiceSaid(
        "カット＋カラー", [busy("カットと塗布", 75), free("放置", 30), busy("仕上げ", 45)], "Cut and colour", "カラー", 14300, 10
    ),
    "perm": ServiceSaid("パーマ", [busy("巻く", 50), free("待ち", 20), busy("仕上げ", 50)], "Perm", "パーマ", 12100, 10),
    "treatment": ServiceSaid("トリートメント", [busy("トリートメント", 45)], "Treatment", "ケア", 4400, 5),
    "spa": ServiceSaid("ヘッドスパ", [busy("ヘッドスパ", 45)], "Head spa", "ケア", 6600, 10, needs="room"),
    "fringe": ServiceSaid("前髪カット", [busy("前髪カット", 20)], "Fringe trim", "カット", 1100, 0),
    "dressing": ServiceSaid("着付け", [busy("着付け", 60)], "Kimono dressing", "その他", 7700, 0, needs="room", is_online=False),
}  # fmt: skip
ALL = ("cut", "color", "cut_color", "perm", "treatment", "fringe")


@dataclass(frozen=True, slots=True)
class Who:
    """One of the people."""

    name: str
    name_en: str
    color: str
    fee: int
    does: Sequence[str]
    days_off: Sequence[int]
    """Besides the salon's own; 0 is Monday."""
    is_late: bool = False
    """11:00 to 20:00 instead of 10:00 to 19:00."""


PEOPLE = (
    Who("さくら", "Sakura", "#2f7d4f", 550, (*ALL, "spa", "dressing"), (6,)),
    Who("純", "Jun", "#2d6784", 550, ALL, (0,)),
    Who("美咲", "Misaki", "#9a5b13", 330, (*ALL, "spa"), (3,), is_late=True),
    Who("健太", "Kenta", "#7a4a8c", 330, ("cut", "color", "cut_color", "perm", "fringe"), (4,), is_late=True),
    Who("葵", "Aoi", "#b0413e", 0, ("cut", "color", "treatment", "spa", "fringe"), (0,)),
    Who("リン", "Lin", "#3f6b6b", 0, ("cut", "color", "treatment", "fringe"), (3,), is_late=True),
    Who("ゆい", "Yui", "#8a6d00", 0, ("treatment", "spa", "fringe"), (6,)),
)
CHAIRS = 6


@dataclass(frozen=True, slots=True)
class House:
    """The salon's rows, by the names of this file."""

    shop: Shop
    staff: dict[str, Resource]
    chairs: tuple[Resource, ...]
    rooms: tuple[Resource, ...]
    services: dict[str, Service]

    @property
    def doers(self) -> dict[int, tuple[str, ...]]:
        """By staff member, what they do."""
        return {self.staff[who.name_en].id: tuple(who.does) for who in PEOPLE}


def open_house(shop: Shop, closed_weekday: int) -> House:
    """Open the salon as it stands on the clock's day, with everybody's week; shifts are laid out once, when all is said."""
    hours: list[list[str] | None] = [["10:00", "20:00"] for _ in range(7)]
    hours[closed_weekday] = None
    services = {key: salons.set_service(shop, said, actor=ACTOR) for key, said in SERVICES.items()}
    staff = {}
    for who in PEOPLE:
        said = ResourceSaid(who.name, name_en=who.name_en, color=who.color, nomination_fee=who.fee)
        staff[who.name_en] = salons.set_resource(shop, said, actor=ACTOR)
    chairs = [ResourceSaid(f"席{n}", "chair", f"Chair {n}") for n in range(1, CHAIRS + 1)]
    seats = tuple(salons.set_resource(shop, said, actor=ACTOR) for said in chairs)
    room = salons.set_resource(shop, ResourceSaid("スパ室", "room", "Spa room"), actor=ACTOR)
    for who in PEOPLE:
        row = staff[who.name_en]
        salons.set_skills(row, {services[key].id: _own(who, key) for key in who.does}, actor=ACTOR)
        salons.set_rules(row, _week(who), actor=ACTOR)
    salons.set_hours(shop, hours=hours, closed_on=[], keeps_holidays=False, actor=ACTOR)
    salons.open_salon(shop, actor=ACTOR)
    return House(shop, staff, seats, (room,), services)


def _own(who: Who, key: str) -> Sequence[Stage] | None:
    """Lin is new and takes a quarter of an hour more for a cut."""
    return [busy("カット", 75)] if who.name_en == "Lin" and key == "cut" else None


def _week(who: Who) -> list[Rule]:
    starts, ends, rest = (time(11), time(20), time(15)) if who.is_late else (time(10), time(19), time(13))
    until = time(rest.hour + 1)
    days = [day for day in range(7) if day not in who.days_off]
    return [Rule(0, day, starts, ends) for day in days] + [Rule(0, day, rest, until, is_break=True) for day in days]


def go_on_leave(house: House) -> None:
    """What is otherwise in the coming weeks: holidays of two people, a training morning, an evening that is open longer."""
    today = (clock.now() + timedelta(hours=9)).date()

    def day(days: int) -> Any:
        return today + timedelta(days=days)

    off = salons.add_exception
    off(
        house.shop,
        day(9),
        "leave",
        resource=house.staff["Misaki"],
        last=day(11),
        note="夏休み" if today.month in {7, 8} else "休暇",
        actor=ACTOR,
    )
    off(
        house.shop,
        day(5),
        "leave",
        resource=house.staff["Kenta"],
        starts=time(11),
        ends=time(14),
        note="講習会",
        actor=ACTOR,
    )
    off(
        house.shop,
        day(12),
        "extra",
        resource=house.staff["Jun"],
        starts=time(19),
        ends=time(21),
        note="延長",
        actor=ACTOR,
    )
