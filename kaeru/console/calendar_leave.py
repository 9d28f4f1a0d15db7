"""Leave, days off and blocked time from the calendar, and the visits that have to move because of them."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.calendar import queries
from kaeru.appointments.errors import Taken
from kaeru.appointments.salons import actions as salons
from kaeru.appointments.salons.checks import SalonRefused
from kaeru.appointments.salons.models import DayException, Resource
from kaeru.console import calendar_board as board
from kaeru.console import calendar_words as words
from kaeru.console.calendar_pages import HERE, day_of, key_of, moment_of, salon_page, salon_shop
from kaeru.console.calendar_visit import proposals, sheet_page
from kaeru.console.client_parts import of_salon
from kaeru.console.doors import Visit, page, show
from kaeru.core import clock
from kaeru.tenants.models import Shop

MOST_SHOWN = 40
MOST_PROPOSED = 12
"""For so many clashes other times are looked for at once; the others have theirs on the sheet."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was filled in."""

    who: int
    day: date
    last: date | None
    starts: time | None
    ends: time | None
    note: str
    is_readable: bool


def _typed(told: QueryDict, today: date) -> Typed:
    first = day_of(told.get("day", ""), today)
    last = told.get("last", "").strip()
    is_whole = told.get("whole") == "1"
    starts, ends = _time(told.get("starts", "")), _time(told.get("ends", ""))
    return Typed(
        who=key_of(told.get("who")),
        day=first,
        last=day_of(last, first) if last else None,
        starts=None if is_whole else starts,
        ends=None if is_whole else ends,
        note=told.get("note", "").strip()[:200],
        is_readable=is_whole or (starts is not None and ends is not None and starts != ends),
    )


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        return None


@page("decide", "GET", "POST")
@of_salon
def leave(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Somebody is away, or the salon is closed: on which days, all day or from when to when."""
    today = timezone.localtime(clock.now()).date()
    if request.method != "POST":
        return _page(request, visit, shop, day_of(request.GET.get("day", ""), today), key_of(request.GET.get("who")))
    typed = _typed(request.POST, today)
    person = _resource(shop, typed.who, kind="staff")
    if not typed.is_readable:
        return _page(request, visit, shop, typed.day, typed.who, _("Please enter from when to when."))
    before = {one.booking.id for one in queries.clashes(shop)}
    try:
        salons.add_exception(
            shop, typed.day, "leave" if person else ("closed" if typed.starts is None else "break"), actor=visit.actor,
            resource=person, starts=typed.starts, ends=typed.ends, last=typed.last, note=typed.note,
        )  # fmt: skip
    except SalonRefused as refused:
        return _page(request, visit, shop, typed.day, typed.who, _refused(refused))
    left = [one for one in queries.clashes(shop) if one.booking.id not in before]
    if left:
        said = ngettext("Saved. %(n)s visit has to move.", "Saved. %(n)s visits have to move.", len(left))
        messages.warning(request, said % {"n": len(left)})
        return HttpResponseRedirect(salon_page("calendar_clashes", visit), status=303)
    messages.success(request, _("Saved. No visit is in the way."))
    return HttpResponseRedirect(salon_page("calendar", visit, day=typed.day), status=303)


def _refused(error: SalonRefused) -> str:
    known = {
        "no_time": _("Please enter from when to when."),
        "no_day": _("The last day comes after the first, at most 120 days later."),
    }
    return known.get(error.code) or _("That is not possible. Nothing was changed.")


def _resource(shop: Shop, key: int, kind: str = "") -> Resource | None:
    """One of this salon's; None for the whole salon. 404 for another salon's."""
    if not key:
        return None
    found = Resource.objects.filter(shop=shop, id=key, **({"kind": kind} if kind else {})).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, visit: Visit, shop: Shop, day: date, who: int, error: str = "", block_error: str = ""
) -> HttpResponse:
    today = timezone.localtime(clock.now()).date()
    rows = DayException.objects.filter(shop=shop, day__gte=today).select_related("resource").order_by("day", "id")
    resources = list(Resource.objects.filter(shop=shop, is_active=True).order_by("position", "id"))
    context: dict[str, Any] = {
        "day": day,
        "who": who,
        "people": [(one, board.name_of(one, visit.language)) for one in resources if one.kind == "staff"],
        "all": [(one, board.name_of(one, visit.language)) for one in resources],
        "typed": request.POST if request.method == "POST" else {},
        "error": error,
        "block_error": block_error,
        "coming": [
            {
                "id": row.id,
                "day": row.day,
                "who": board.name_of(row.resource, visit.language) if row.resource else _("The whole salon"),
                "what": board.exception_words(row),
                "note": row.note,
            }
            for row in rows[:MOST_SHOWN]
        ],
        "blocks": [
            {
                "id": row.id,
                "at": row.starts_at,
                "to": row.ends_at,
                "who": board.name_of(row.resource, visit.language),
                "note": row.note,
            }
            for row in queries.blocks(shop, MOST_SHOWN)
        ],
        "up": salon_page("calendar", visit, day=day),
        "action": salon_page("calendar_leave", visit),
        "block_action": salon_page("calendar_block", visit),
        "slug": f"?shop={shop.slug}" if len(visit.shops) > 1 else "",
    }
    return show(
        request, visit, "console/calendar_leave.html", HERE, context, status=422 if error or block_error else 200
    )


@page("decide", "POST")
def remove(request: HttpRequest, visit: Visit, exception_id: int) -> HttpResponse:
    """The day is as usual again."""
    if not DayException.objects.filter(id=exception_id).exists():
        raise Http404
    salons.remove_exception(exception_id, actor=visit.actor)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(salon_page("calendar_leave", visit), status=303)


@page("decide", "POST")
def block(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Nobody can book this person or chair for a while."""
    shop, today = salon_shop(request, visit), timezone.localtime(clock.now())
    typed = _typed(request.POST, today.date())
    resource = _resource(shop, typed.who)
    starts = moment_of(typed.day.isoformat(), request.POST.get("starts", ""), shop.timezone, today)
    ends = moment_of(typed.day.isoformat(), request.POST.get("ends", ""), shop.timezone, today)
    if resource is None or starts is None or ends is None or ends <= starts:
        return _page(request, visit, shop, typed.day, typed.who, block_error=_("Please enter from when to when."))
    try:
        bookings.block(resource.id, starts, ends, typed.note, actor=visit.actor)
    except Taken:
        return _page(
            request, visit, shop, typed.day, typed.who, block_error=_("A visit is booked then. Please move it first.")
        )
    messages.success(request, _("Blocked."))
    return HttpResponseRedirect(salon_page("calendar", visit, day=typed.day), status=303)


@page("see")
@of_salon
def clashes(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """The visits that no longer fit, the soonest first, each with times it could move to."""
    found = queries.clashes(shop)
    may_decide = visit.may("decide")
    context: dict[str, Any] = {
        "rows": [
            {
                "row": one.booking,
                "who": board.client_name(visit, one.booking),
                "what": board.service_name(one.booking, visit.language),
                "with": board.name_of(one.booking.staff, visit.language),
                "why": words.UNFIT[one.why],
                "href": sheet_page(one.booking, visit),
                "proposals": proposals(_with_shop(one.booking, shop), visit, 4)
                if may_decide and number < MOST_PROPOSED
                else [],
            }
            for number, one in enumerate(found[:MOST_SHOWN])
        ],
        "more": max(0, len(found) - MOST_SHOWN),
        "can_decide": may_decide,
        "up": salon_page("calendar", visit),
        "back": salon_page("calendar_clashes", visit),
        "slug": f"?shop={shop.slug}" if len(visit.shops) > 1 else "",
    }
    return show(request, visit, "console/calendar_clashes.html", HERE, context)


def _with_shop(row: Any, shop: Shop) -> Any:
    row.shop = shop
    return row
