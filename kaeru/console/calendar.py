"""カレンダー: day and week of a salon by staff and by chair, with openings, what is blocked, and what no longer fits."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.models import Occupancy
from kaeru.appointments.calendar import queries, rules
from kaeru.appointments.calendar.queries import Days
from kaeru.appointments.salons.models import Resource
from kaeru.appointments.visits import reasons
from kaeru.console import calendar_board as board
from kaeru.console import calendar_week
from kaeru.console.calendar_pages import HERE, day_of, key_of, salon_page
from kaeru.console.client_parts import of_salon
from kaeru.console.doors import Visit, page, show, way_back
from kaeru.core import clock, wording
from kaeru.tenants.models import Shop

STEP = 15
"""Minutes: what is dragged falls on a quarter of an hour."""


@page("see")
@of_salon
def calendar(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """The day or the week. Whoever did not ask for one of several shops sees the first salon."""
    zone, today = ZoneInfo(shop.timezone), timezone.localtime(clock.now()).date()
    is_week = request.GET.get("view") == "week"
    by = "chair" if request.GET.get("by") == "chair" else "staff"
    day = day_of(request.GET.get("day", ""), today)
    first = day - timedelta(days=day.weekday()) if is_week else day
    found = queries.days(shop, first, 7 if is_week else 1)
    rows = [one for one in found.resources if (one.kind == "staff") == (by == "staff")]
    who = next((one for one in rows if one.id == key_of(request.GET.get("who"))), None)
    clashing = queries.clashes(shop)
    context: dict[str, Any] = {
        "shop": shop,
        "view": "week" if is_week else "day",
        "by": by,
        "who": who,
        "day": day,
        "today": today,
        "title": _title(visit, first, is_week=is_week),
        "resources": [(one, board.name_of(one, visit.language)) for one in rows],
        "has_chairs": any(one.kind != "staff" for one in found.resources),
        "board": None,
        "overview": None,
        "clashes": len(clashing),
        "ended": _ended(visit, found),
        "reload": request.get_full_path(),
        "can_decide": visit.may("decide"),
        "can_edit": visit.may("edit_shop"),
        "is_empty": not found.resources,
        "step": STEP // rules.TICK,
        "salons": visit.salons,
        "who_name": board.name_of(who, visit.language) if who else "",
        **_addresses(visit, day, today, is_week=is_week, by=by, who=who),
    }
    if is_week and who:
        context["board"] = board.by_week(visit, found, who, zone)
    elif is_week:
        context["overview"] = _overview(visit, found, rows, zone, {one.booking.id for one in clashing})
    else:
        context["board"] = paper = board.by_day(visit, found, rows, zone)
        context["opens_on"] = queries.next_shift(shop, day) if paper.is_closed else None
    return show(request, visit, "console/calendar.html", HERE, context)


def _title(visit: Visit, first: date, *, is_week: bool) -> str:
    this_year = timezone.localtime(clock.now()).year
    if not is_week:
        return wording.day(first, visit.language, this_year)
    last = first + timedelta(days=6)
    return f"{wording.day(first, visit.language, this_year)} – {wording.day(last, visit.language, this_year)}"


def _addresses(visit: Visit, day: date, today: date, *, is_week: bool, by: str, who: Resource | None) -> dict[str, Any]:
    """Where the buttons above the paper lead."""
    view, chosen, step = ("week" if is_week else ""), (who.id if who else ""), timedelta(days=7 if is_week else 1)
    kind = "chair" if by == "chair" else ""

    def to(**other: object) -> str:
        return salon_page(
            "calendar", visit, **{"view": view, "by": kind, "who": chosen, "day": day.isoformat(), **other}
        )

    return {
        "before_href": to(day=(day - step).isoformat()),
        "after_href": to(day=(day + step).isoformat()),
        "today_href": to(day=today.isoformat()),
        "views": [(_("Day"), to(view="", who=""), not is_week), (_("Week"), to(view="week"), is_week)],
        "kinds": [(_("Staff"), to(by="", who=""), by == "staff"), (_("Chairs"), to(by="chair", who=""), by == "chair")],
        "all_href": to(who=""),
        "new_href": salon_page("calendar_new", visit, day=day.isoformat()),
        "walk_in_href": salon_page("calendar_new", visit, walk_in=1),
        "leave_href": salon_page("calendar_leave", visit, day=day.isoformat()),
        "clashes_href": salon_page("calendar_clashes", visit),
        "feeds_href": salon_page("calendar_feeds", visit),
        "setup_href": _setup(visit),
        "slug": f"?shop={visit.shop.slug}" if visit.shop and len(visit.shops) > 1 else "",
    }


def _setup(visit: Visit) -> str:
    """The salon's settings; empty while that page is not there."""
    try:
        return salon_page("salon", visit)
    except NoReverseMatch:
        return ""


def _overview(
    visit: Visit, found: Days, rows: list[Resource], zone: ZoneInfo, clashing: set[int]
) -> list[dict[str, Any]]:
    return [
        {
            "name": board.name_of(one, visit.language),
            "href": salon_page(
                "calendar", visit, view="week", who=one.id, day=found.first, by="" if one.kind == "staff" else "chair"
            ),
            "cells": [
                (
                    cell,
                    salon_page("calendar", visit, day=cell.day, by="" if one.kind == "staff" else "chair")
                    + f"#who-{one.id}-{cell.day.isoformat()}",
                )
                for cell in cells
            ],
        }
        for one, cells in calendar_week.overview(found, rows, zone, clashing)
    ]


def _ended(visit: Visit, found: Days) -> list[dict[str, Any]]:
    """What was cancelled or missed on these days: it is not on the paper any more, and its time can be offered."""
    names = {one.id: board.name_of(one, visit.language) for one in found.resources}
    missed = [
        row
        for row in found.bookings
        if row.state == "no_show" and timezone.localtime(row.starts_at).date() in found.days
    ]
    return [
        {
            "id": row.id,
            "at": row.starts_at,
            "who": board.client_name(visit, row),
            "what": board.service_name(row, visit.language),
            "with": names.get(row.staff_id, ""),
            "state": board.state_words(row),
            "tone": "bad" if row.state == "no_show" else "",
            "reason": reasons.label(row.reason),
            "is_coming": row.starts_at > clock.now(),
        }
        for row in sorted([*found.cancelled, *missed], key=lambda one: (one.starts_at, one.id))
    ]


@page("decide", "POST")
def unblock(request: HttpRequest, visit: Visit, block_id: int) -> HttpResponse:
    """Time that was blocked can be booked again."""
    if not Occupancy.objects.filter(id=block_id, booking=None).exists():
        raise Http404
    bookings.unblock(block_id, actor=visit.actor)
    messages.success(request, _("The time can be booked again."))
    return way_back(request)
