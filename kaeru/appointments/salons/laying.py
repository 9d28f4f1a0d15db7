"""Laying out shifts: ninety days ahead, anew when something that decides about them changed, a day more each night.

Only rows that differ are written, so that a salon's version grows only when its calendar is another one. Visits that stand are never
touched: what lies outside of the new shifts is shown as work to do.
"""

import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from kaeru.appointments.salons.models import DayException, Resource, ResourceKind, Salon, Shift, ShiftRule
from kaeru.appointments.salons.rules import Laid, Otherwise, Rule, Week, shifts_of
from kaeru.core import clock, ids, scope, sql
from kaeru.tenants import queries as tenants

DAYS = 90
"""So many days are laid out, today included."""
KEPT_DAYS = 60
"""Shifts that are longer ago are forgotten."""
_COLUMNS = ("id", "organization_id", "shop_id", "resource_id", "day", "starts_at", "ends_at")


@cache
def zone_edition() -> str:
    """Which edition of the time zones this process reads, such as 2026b."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / "tzdata.zi"
        if path.is_file():
            with path.open(encoding="utf-8") as lines:
                return lines.readline().removeprefix("# version ").strip()[:20]
    return metadata.version("tzdata")[:20]


@transaction.atomic
def lay_out(shop_ids: Iterable[int], *, only_new: bool = False) -> int:
    """Lay out the shifts of these salons, from today on. Returns how many have another calendar now; their versions have grown.

    `only_new`: the days that were not laid out yet. A constant number of statements. Visits wait for the salons meanwhile.
    """
    salons = list(Salon.objects.select_for_update().filter(shop_id__in=set(shop_ids)).order_by("id"))
    if not salons:
        return 0
    weeks = _weeks([salon.shop_id for salon in salons])
    first: dict[int, date] = {}
    wanted: dict[int, list[Laid]] = {}
    for salon in salons:
        today = clock.now().astimezone(ZoneInfo(weeks[salon.shop_id].calendar.zone)).date()
        until = salon.laid_out_until
        first[salon.shop_id] = max(today, until + timedelta(days=1)) if only_new and until else today
        days = (today + timedelta(days=DAYS) - first[salon.shop_id]).days
        wanted[salon.shop_id] = shifts_of(weeks[salon.shop_id], first[salon.shop_id], max(0, days))
        salon.laid_out_until = (
            max(until or today, today + timedelta(days=DAYS - 1)) if only_new else today + timedelta(days=DAYS - 1)
        )
        salon.zone_edition = zone_edition()
    changed = _write(salons, first, wanted)
    Salon.objects.bulk_update(salons, ["laid_out_until", "zone_edition"])
    if changed:
        Salon.objects.filter(shop_id__in=changed).update(version=F("version") + 1)
    return len(changed)


def _write(salons: Sequence[Salon], first: dict[int, date], wanted: dict[int, list[Laid]]) -> set[int]:
    """Make the rows those that are wanted; returns the shops whose rows changed."""
    owner = {salon.shop_id: salon.organization_id for salon in salons}
    rows = Shift.objects.filter(shop_id__in=owner, day__gte=min(first.values())).values_list(
        "id", "shop_id", "resource_id", "day", "starts_at", "ends_at"
    )
    standing: dict[int, dict[Laid, int]] = defaultdict(dict)
    for key, shop_id, resource, day, starts_at, ends_at in rows:
        if day >= first[shop_id]:
            standing[shop_id][Laid(resource, day, starts_at, ends_at)] = key
    gone: list[int] = []
    new: list[tuple[int, Laid]] = []
    changed: set[int] = set()
    for shop_id, shifts in wanted.items():
        known, asked = standing[shop_id], set(shifts)
        old = [key for laid, key in known.items() if laid not in asked]
        fresh = [(shop_id, laid) for laid in shifts if laid not in known]
        gone += old
        new += fresh
        if old or fresh:
            changed.add(shop_id)
    past = Q(shop_id__in=owner, day__lt=min(first.values()) - timedelta(days=KEPT_DAYS))
    Shift.objects.filter(past | Q(id__in=sql.keys(gone))).delete()
    sql.insert_many(
        Shift._meta.db_table,
        _COLUMNS,
        [
            (key, owner[shop_id], shop_id, one.resource, one.day if sql.is_postgres() else one.day.isoformat(),
             sql.moment(one.starts_at), sql.moment(one.ends_at))
            for key, (shop_id, one) in zip(ids.new_ids(len(new)), new, strict=True)
        ],
    )  # fmt: skip
    return changed


def _weeks(shop_ids: Sequence[int]) -> dict[int, Week]:
    """All that decides, by shop: four statements."""
    calendars = tenants.calendars(shop_ids)
    people: dict[int, list[int]] = defaultdict(list)
    places: dict[int, list[int]] = defaultdict(list)
    home: dict[int, int] = {}
    found = Resource.objects.filter(shop_id__in=shop_ids, is_active=True).order_by("position", "id")
    for key, shop_id, kind in found.values_list("id", "shop_id", "kind"):
        (people if kind == ResourceKind.STAFF else places)[shop_id].append(key)
        home[key] = shop_id
    lines: dict[int, list[Rule]] = defaultdict(list)
    columns = ("resource_id", "weekday", "starts", "ends", "is_break", "nth", "valid_from", "valid_to")
    for row in ShiftRule.objects.filter(resource__shop_id__in=shop_ids, resource__is_active=True).values_list(*columns):
        lines[home[row[0]]].append(Rule(*row))
    otherwise: dict[int, list[Otherwise]] = defaultdict(list)
    since = clock.now().date() - timedelta(days=2)
    days = DayException.objects.filter(shop_id__in=shop_ids, day__gte=since)
    for shop_id, day, kind, resource, starts, ends in days.values_list(
        "shop_id", "day", "kind", "resource_id", "starts", "ends"
    ):
        otherwise[shop_id].append(Otherwise(day, kind, resource, starts, ends))
    return {
        one: Week(calendars[one], tuple(people[one]), tuple(places[one]), tuple(lines[one]), tuple(otherwise[one]))
        for one in shop_ids
    }


def lay_out_due(limit: int) -> int:
    """The pass: salons whose rules, hours or time zones changed are laid out anew, the others get the days that came nearer."""
    with scope.everyone():
        anew = Q(laid_out_until=None) | ~Q(zone_edition=zone_edition())
        found = list(Salon.objects.filter(anew).order_by("id").values_list("shop_id", flat=True)[:limit])
        if found:
            lay_out(found)
            return len(found)
        near = clock.now().date() + timedelta(
            days=DAYS - 2
        )  # wherever it is a day later already, and a day earlier still
        found = list(
            Salon.objects.filter(laid_out_until__lt=near).order_by("id").values_list("shop_id", flat=True)[:limit]
        )
        if found:
            lay_out(found, only_new=True)
        return len(found)
