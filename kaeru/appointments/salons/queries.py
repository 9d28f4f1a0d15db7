"""Reads of what a salon offers and who works there, for screens, programs and the command line."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from kaeru.appointments.salons.models import DayException, Resource, ResourceKind, Salon, Service, ShiftRule, Skill


@dataclass(frozen=True, slots=True)
class Offer:
    """What clients can choose among, with those who do it."""

    services: list[Service]
    people: list[Resource]
    skills: dict[int, frozenset[int]]
    """Services (`Service.id`) by staff member."""


def salon(shop_id: int) -> Salon | None:
    """The salon of this shop; None when the shop is none, or not opened yet."""
    return Salon.objects.filter(shop_id=shop_id).first()


def services(shop_id: int, *, only_online: bool = False) -> QuerySet[Service]:
    """Those that are offered, in the salon's order."""
    found = Service.objects.filter(shop_id=shop_id, is_active=True).order_by("position", "id")
    return found.filter(is_online=True) if only_online else found


def resources(shop_id: int, kind: str = "") -> QuerySet[Resource]:
    """People, chairs and rooms that can be booked, in the salon's order."""
    found = Resource.objects.filter(shop_id=shop_id, is_active=True).order_by("position", "id")
    return found.filter(kind=kind) if kind else found


def offer(shop_id: int, *, only_online: bool = False) -> Offer:
    """Services that somebody does, who works there, and who does what: three statements."""
    people = list(resources(shop_id, ResourceKind.STAFF))
    skills: dict[int, set[int]] = defaultdict(set)
    rows = Skill.objects.filter(staff__shop_id=shop_id, staff__is_active=True)
    for staff, service in rows.values_list("staff_id", "service_id"):
        skills[staff].add(service)
    done = frozenset().union(*skills.values())
    return Offer(
        [row for row in services(shop_id, only_online=only_online) if row.id in done],
        people,
        {row.id: frozenset(skills[row.id]) for row in people},
    )


def find_service(shop_id: int, said: str) -> Service | None:
    """The service that is offered under this id or name (in either language); None when there is none, or not one only."""
    known = Q(name__iexact=said) | Q(name_en__iexact=said)
    if said.isascii() and said.isdecimal() and len(said) < 19:
        known |= Q(id=int(said))
    found = list(services(shop_id).filter(known)[:2])
    return found[0] if len(found) == 1 else None


def find_staff(shop_id: int, said: str) -> Resource | None:
    """The staff member of this id or name (in either language); None when there is none, or not one only."""
    known = Q(name__iexact=said) | Q(name_en__iexact=said)
    if said.isascii() and said.isdecimal() and len(said) < 19:
        known |= Q(id=int(said))
    found = list(resources(shop_id, ResourceKind.STAFF).filter(known)[:2])
    return found[0] if len(found) == 1 else None


def rules(staff_id: int, since: date) -> list[ShiftRule]:
    """This person's weekly lines that hold on the day `since` or later, by day and time."""
    ends_later = Q(valid_to=None) | Q(valid_to__gte=since)
    return list(ShiftRule.objects.filter(ends_later, resource_id=staff_id).order_by("valid_from", "weekday", "starts"))


def exceptions(shop_id: int, since: date) -> list[DayException]:
    """Days that are otherwise, from this day on."""
    found = DayException.objects.filter(shop_id=shop_id, day__gte=since).select_related("resource")
    return list(found.order_by("day", "starts", "id"))
