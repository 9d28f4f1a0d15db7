"""Verbs of a salon: open it, say what it offers, who works there and when, and what clients may choose among.

Each lays the shifts out anew where it decides about them, and lets the salon's version grow, so that the next client sees it.
Visits that stand are never touched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Max, Q

from kaeru.appointments.salons.checks import KINDS, SalonRefused, check_terms, check_times, check_week, read_stages
from kaeru.appointments.salons.laying import lay_out as lay_out
from kaeru.appointments.salons.models import DayException, Resource, ResourceKind, Salon, Service, ShiftRule, Skill
from kaeru.appointments.salons.rules import Rule
from kaeru.core import audit, clock
from kaeru.tenants import actions as tenants
from kaeru.tenants.hours import usual_hours
from kaeru.tenants.models import Shop

USUAL_WEEK: list[list[str] | None] = [None, *([["10:00", "19:00"]] * 6)]
"""Of a salon that said nothing: Tuesday to Sunday, 10:00 to 19:00, public holidays as well."""
MOST_DAYS_AT_ONCE = 120


@dataclass(frozen=True, slots=True)
class ServiceSaid:
    """A service as the salon says it."""

    name: str
    stages: Sequence[Mapping[str, Any]]
    """As `Service.stages`; minutes are multiples of five."""
    name_en: str = ""
    category: str = ""
    price: int = 0
    """In the shop's minor units."""
    cleanup_minutes: int = 0
    needs: str = "chair"
    """chair | room | empty."""
    is_online: bool = True
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ResourceSaid:
    """A staff member, a chair or a room as the salon says it."""

    name: str
    kind: str = ResourceKind.STAFF
    """Fixed once it is made."""
    name_en: str = ""
    color: str = ""
    nomination_fee: int = 0
    """In the shop's minor units."""
    is_active: bool = True


@transaction.atomic
def open_salon(shop: Shop, *, actor: str) -> Salon:
    """Give the shop a calendar; again changes nothing. A shop that never said its hours gets those of a salon."""
    salon, is_new = Salon.objects.get_or_create(shop=shop, defaults={"organization_id": shop.organization_id})
    if is_new:
        if shop.hours == usual_hours():
            tenants.change_hours(shop, hours=USUAL_WEEK, closed_on=shop.closed_on, keeps_holidays=False, actor=actor)
        audit.record(shop.organization_id, actor, "salon.opened", "shop", shop.id)
        lay_out([shop.id])
        salon.refresh_from_db()
    return salon


@transaction.atomic
def set_terms(shop: Shop, *, grid_minutes: int, days_ahead: int, notice_minutes: int, actor: str) -> None:
    """What clients may choose among: starts so far apart, so many days ahead (today included), no later than so long before.

    Raises SalonRefused.
    """
    check_terms(grid_minutes, days_ahead, notice_minutes)
    told = {"grid_minutes": grid_minutes, "days_ahead": days_ahead, "notice_minutes": notice_minutes}
    if Salon.objects.filter(shop=shop).exclude(**told).update(**told, version=F("version") + 1):
        audit.record(shop.organization_id, actor, "salon.terms_set", "shop", shop.id, **told)


@transaction.atomic
def set_service(shop: Shop, said: ServiceSaid, *, actor: str, service_id: int | None = None) -> Service:
    """Add a service, or change one; what is booked keeps the stages and the price it was booked at.

    Raises SalonRefused, and Service.DoesNotExist for one of another salon.
    """
    name = said.name.strip()
    if not name:
        raise SalonRefused("no_name")
    if said.needs not in {"", ResourceKind.CHAIR, ResourceKind.ROOM}:
        raise SalonRefused("no_kind", said.needs)
    told: dict[str, Any] = {
        "name": name[:80], "name_en": said.name_en.strip()[:80], "category": said.category.strip()[:40], "price": max(0, said.price),
        "stages": read_stages(said.stages, said.cleanup_minutes), "cleanup_minutes": said.cleanup_minutes, "needs": said.needs,
        "is_online": said.is_online, "is_active": said.is_active,
    }  # fmt: skip
    if service_id is None:
        place = Service.objects.filter(shop=shop).aggregate(last=Max("position"))["last"]
        row = Service(
            organization_id=shop.organization_id, shop=shop, position=0 if place is None else place + 1, **told
        )
        row.save(force_insert=True)
        changed = sorted(told)
    else:
        row = Service.objects.get(id=service_id, shop=shop)
        changed = _apply(row, told)
    if changed:
        verb = "service.added" if service_id is None else "service.changed"
        audit.record(shop.organization_id, actor, verb, "service", row.id, fields=changed)
        _grow(shop)
    return row


@transaction.atomic
def set_resource(shop: Shop, said: ResourceSaid, *, actor: str, resource_id: int | None = None) -> Resource:
    """Add a staff member, a chair or a room, or change one. Raises SalonRefused, Resource.DoesNotExist."""
    name = said.name.strip()
    if not name:
        raise SalonRefused("no_name")
    if said.kind not in ResourceKind.values:
        raise SalonRefused("no_kind", said.kind)
    told: dict[str, Any] = {
        "name": name[:80], "name_en": said.name_en.strip()[:80], "color": said.color[:7], "is_active": said.is_active,
        "nomination_fee": max(0, said.nomination_fee),
    }  # fmt: skip
    if resource_id is None:
        place = Resource.objects.filter(shop=shop).aggregate(last=Max("position"))["last"]
        row = Resource(
            organization_id=shop.organization_id, shop=shop, kind=said.kind, position=0 if place is None else place + 1, **told
        )  # fmt: skip
        row.save(force_insert=True)
        changed = sorted(told)
    else:
        row = Resource.objects.get(id=resource_id, shop=shop)
        changed = _apply(row, told)
    if changed:
        verb = f"{row.kind}.added" if resource_id is None else f"{row.kind}.changed"
        audit.record(
            shop.organization_id, actor, verb, "resource", row.id, fields=[one for one in changed if one != "name"]
        )
        if not lay_out([shop.id]):
            _grow(shop)
    return row


@transaction.atomic
def arrange(shop: Shop, rows: type[Service] | type[Resource], order: Sequence[int], *, actor: str) -> None:
    """Put services, or people and chairs, into this order; those that are not named come after."""
    found = {row.id: row for row in rows.objects.filter(shop=shop).order_by("position", "id")}
    wanted = [*(key for key in order if key in found), *(key for key in found if key not in set(order))]
    moved = [found[key] for place, key in enumerate(wanted) if found[key].position != place]
    for place, key in enumerate(wanted):
        found[key].position = place
    if moved:
        rows.objects.bulk_update(moved, ["position"])  # type: ignore[arg-type]
        audit.record(shop.organization_id, actor, "salon.arranged", "shop", shop.id, what=rows._meta.model_name)
        _grow(shop)


@transaction.atomic
def set_skills(staff: Resource, skills: Mapping[int, Sequence[Mapping[str, Any]] | None], *, actor: str) -> None:
    """Which services this person does: by service their own stages, or None as the service says. What is not named they do not.

    Raises SalonRefused.
    """
    if staff.kind != ResourceKind.STAFF:
        raise SalonRefused("not_staff")
    services = {row.id: row for row in Service.objects.filter(shop_id=staff.shop_id, id__in=list(skills))}
    if len(services) != len(skills):
        raise SalonRefused("not_theirs")
    told = {
        key: None if stages is None else read_stages(stages, services[key].cleanup_minutes)
        for key, stages in skills.items()
    }
    known = {row.service_id: row for row in Skill.objects.filter(staff=staff)}
    differ = {key for key, stages in told.items() if key not in known or known[key].stages != stages}
    gone = known.keys() - told.keys()
    if not differ and not gone:
        return
    Skill.objects.filter(staff=staff, service_id__in=differ | gone).delete()
    Skill.objects.bulk_create(
        Skill(organization_id=staff.organization_id, staff=staff, service_id=key, stages=told[key])
        for key in sorted(differ)
    )
    audit.record(
        staff.organization_id, actor, "skills.set", "resource", staff.id, added=sorted(differ), removed=sorted(gone)
    )  # fmt: skip
    Salon.objects.filter(shop_id=staff.shop_id).update(version=F("version") + 1)


@transaction.atomic
def set_rules(staff: Resource, week: Iterable[Rule], *, actor: str, since: date | None = None) -> None:
    """This person's weekly work and breaks from the day `since` on (today); until the day before it stays as it was.

    `resource`, `valid_from` and `valid_to` of the lines are not looked at. Raises SalonRefused.
    """
    if staff.kind != ResourceKind.STAFF:
        raise SalonRefused("not_staff")
    shop = Shop.objects.get(id=staff.shop_id)
    lines = [replace(line, resource=staff.id) for line in week]
    check_week(lines)
    today = clock.now().astimezone(ZoneInfo(shop.timezone)).date()
    begin = max(since or today, today)
    ShiftRule.objects.filter(resource=staff, valid_from__gte=begin).delete()
    ShiftRule.objects.filter(Q(valid_to=None) | Q(valid_to__gte=begin), resource=staff).update(
        valid_to=begin - timedelta(days=1)
    )
    ShiftRule.objects.bulk_create(
        ShiftRule(
            organization_id=staff.organization_id, resource=staff, weekday=line.weekday, nth=line.nth, starts=line.starts, ends=line.ends,
            is_break=line.is_break, valid_from=begin,
        )
        for line in lines
    )  # fmt: skip
    audit.record(
        staff.organization_id, actor, "shifts.set", "resource", staff.id, since=begin.isoformat(), lines=len(lines)
    )
    lay_out([shop.id])


@transaction.atomic
def set_hours(shop: Shop, *, hours: Any, closed_on: Any, keeps_holidays: bool, actor: str) -> None:
    """The salon's own hours, within which everybody works; chairs are open as long. Raises HoursRefused."""
    tenants.change_hours(shop, hours=hours, closed_on=closed_on, keeps_holidays=keeps_holidays, actor=actor)
    lay_out([shop.id])


@transaction.atomic
def add_exception(
    shop: Shop,
    day: date,
    kind: str,
    *,
    actor: str,
    resource: Resource | None = None,
    starts: time | None = None,
    ends: time | None = None,
    last: date | None = None,
    note: str = "",
) -> list[DayException]:
    """Let a day, or all days to `last`, be otherwise: closed (the salon) · leave · extra · break. Without times all day.

    What is there already is not added again. Visits that stand remain, and show as clashes. Raises SalonRefused.
    """
    if kind not in KINDS or (kind == "closed" and resource is not None) or (kind == "leave" and resource is None):
        raise SalonRefused("no_kind", kind)
    if resource is not None and resource.shop_id != shop.id:
        raise SalonRefused("not_theirs")
    if starts is not None or ends is not None or kind in {"extra", "break"}:
        check_times(starts, ends)
    days = ((last or day) - day).days + 1
    if not 1 <= days <= MOST_DAYS_AT_ONCE:
        raise SalonRefused("no_day")
    told = {"resource": resource, "kind": kind, "starts": starts, "ends": ends}
    known = set(
        DayException.objects.filter(shop=shop, day__range=(day, last or day), **told).values_list("day", flat=True)
    )
    rows = [
        DayException(organization_id=shop.organization_id, shop=shop, day=one, note=note.strip()[:200], **told)
        for one in (day + timedelta(days=count) for count in range(days))
        if one not in known
    ]
    if rows:
        DayException.objects.bulk_create(rows)
        audit.record(
            shop.organization_id, actor, "day.set", "resource" if resource else "shop", resource.id if resource else shop.id,
            kind=kind, day=day.isoformat(), days=days,
        )  # fmt: skip
        lay_out([shop.id])
    return rows


@transaction.atomic
def remove_exceptions(shop: Shop, exception_ids: Iterable[int], *, actor: str) -> int:
    """Let these days be as usual again. Returns how many there were."""
    rows = list(DayException.objects.filter(shop=shop, id__in=list(exception_ids)))
    if rows:
        DayException.objects.filter(id__in=[row.id for row in rows]).delete()
        audit.record_many(
            (shop.organization_id, actor, "day.unset", "resource" if row.resource_id else "shop", row.resource_id or shop.id,
             {"kind": row.kind, "day": row.day.isoformat()})
            for row in rows
        )  # fmt: skip
        lay_out([shop.id])
    return len(rows)


def remove_exception(exception_id: int, *, actor: str) -> bool:
    """Let this day be as usual again; False when there is none of that id."""
    row = DayException.objects.select_related("shop").filter(id=exception_id).first()
    return row is not None and remove_exceptions(row.shop, [row.id], actor=actor) > 0


def _apply(row: Service | Resource, told: Mapping[str, Any]) -> list[str]:
    """Write what differs; returns its names."""
    changed = sorted(name for name, value in told.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, told[name])
    if changed:
        row.save(update_fields=changed)
    return changed


def _grow(shop: Shop) -> None:
    """The next client sees it."""
    Salon.objects.filter(shop=shop).update(version=F("version") + 1)
