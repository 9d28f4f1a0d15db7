"""One visit as the salon's sheet: who, what, when, what can be done with it, and its story."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings import rules
from kaeru.appointments.bookings.models import Booking, BookingChange, BookingState
from kaeru.appointments.calendar import actions, queries
from kaeru.appointments.clients import queries as clients
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.salons.models import Resource
from kaeru.appointments.slots import queries as slots
from kaeru.appointments.visits import reasons
from kaeru.console import calendar_board as board
from kaeru.console import calendar_words as words
from kaeru.console.calendar_pages import HERE, key_of, moment_of, salon_page
from kaeru.console.doors import Visit, page, show, way_back
from kaeru.console.entries import Entry
from kaeru.core import clock, wording

PROPOSED = 6
MARKS = {
    "held": "waiting", "booked": "calendar", "confirmed": "done", "moved": "return", "cancelled": "cancel",
    "no_show": "note", "done": "done", "undone": "undo", "lapsed": "waiting",
}  # fmt: skip


def one(booking_id: int) -> Booking:
    """The visit; 404 when it is not this organization's."""
    found = queries.booking(booking_id)
    if found is None:
        raise Http404
    return found


def sheet_page(booking: Booking, visit: Visit) -> str:
    """Address of the sheet."""
    slug = f"?shop={booking.shop.slug}" if len(visit.shops) > 1 else ""
    return reverse("console:visit", args=[booking.id]) + slug


@page("see")
def detail(request: HttpRequest, visit: Visit, booking_id: int) -> HttpResponse:
    """The sheet, in the salon's own time."""
    row = one(booking_id)
    if visit.shop is None or visit.shop.id != row.shop_id:
        return HttpResponseRedirect(sheet_page(row, visit))
    return _sheet(request, visit, row)


def _sheet(request: HttpRequest, visit: Visit, row: Booking, status: int = 200) -> HttpResponse:
    now = clock.now()
    is_live = row.state in (BookingState.BOOKED, BookingState.HELD)
    starts = timezone.localtime(row.starts_at)
    context: dict[str, Any] = {
        "row": row,
        "who": board.client_name(visit, row),
        "what": board.service_name(row, visit.language),
        "with": board.name_of(row.staff, visit.language),
        "chair": board.name_of(row.chair, visit.language) if row.chair else "",
        "state": board.state_words(row) or _("Booked"),
        "tone": {"no_show": "bad", "done": "good", "held": "clock", "booked": "good"}.get(row.state, ""),
        "origin": words.ORIGINS.get(row.origin, row.origin),
        "reason": reasons.label(row.reason),
        "stages": _stages(row),
        "phone": _phone(visit, row),
        "card": clients.card_of(row.customer_id) if row.customer_id else None,
        "card_href": _client_page(row, visit),
        "clash": _clash(row),
        "is_live": is_live,
        "is_coming": row.starts_at > now,
        "can_decide": visit.may("decide"),
        "can_done": is_live and row.starts_at <= now + rules.EARLY,
        "can_miss": row.state in (BookingState.BOOKED, BookingState.DONE) and row.starts_at <= now,
        "can_undo": row.state in (BookingState.CANCELLED, BookingState.DONE, BookingState.NO_SHOW),
        "can_offer": row.state in (BookingState.CANCELLED, BookingState.NO_SHOW) and row.ends_at > now,
        "day": starts.date().isoformat(),
        "time": f"{starts:%H:%M}",
        "people": [(person, board.name_of(person, visit.language)) for person in _people(row)],
        "proposals": proposals(row, visit) if is_live and visit.may("decide") and row.starts_at > now else [],
        "reasons": [*reasons.REASONS.items(), *reasons.SALONS.items()],
        "story": story(row, visit),
        "can_read": visit.may("see_people"),
        "up": salon_page("calendar", visit, day=starts.date().isoformat()),
        "slug": f"?shop={row.shop.slug}" if len(visit.shops) > 1 else "",
        "back": sheet_page(row, visit),
    }
    return show(request, visit, "console/visit.html", HERE, context, status=status)


def _people(row: Booking) -> list[Resource]:
    found = queries.staff_of(row.shop)
    return found if any(person.id == row.staff_id for person in found) else [row.staff, *found]


def _stages(row: Booking) -> list[dict[str, Any]]:
    found = [
        {"name": one.get("name", ""), "minutes": one["minutes"], "busy": one.get("busy", True)} for one in row.stages
    ]
    if row.cleanup_minutes:
        found.append({"name": _("Clean-up"), "minutes": row.cleanup_minutes, "busy": True})
    return found


def _phone(visit: Visit, row: Booking) -> str:
    return clients.ways_of(row.customer_id).get("phone", "") if row.customer_id and visit.may("see_people") else ""


def _client_page(row: Booking, visit: Visit) -> str:
    """The client's card; empty for who walked in, and while that page is not there."""
    with suppress(NoReverseMatch):
        if row.customer_id:
            slug = f"?shop={row.shop.slug}" if len(visit.shops) > 1 else ""
            return reverse("console:client", args=[row.customer_id]) + slug
    return ""


def _clash(row: Booking) -> str:
    found = next((one for one in queries.clashes(row.shop) if one.booking.id == row.id), None)
    return str(words.UNFIT[found.why]) if found else ""


def proposals(row: Booking, visit: Visit, most: int = PROPOSED) -> list[dict[str, Any]]:
    """The same time with somebody else, then the nearest other times with whom it was booked, then with anybody."""
    names = {person.id: board.name_of(person, visit.language) for person in queries.staff_of(row.shop)}
    found: list[tuple[datetime, int]] = []
    with suppress(slots.NotThere):
        fit = slots.fit(row.shop_id, row.service_id, row.starts_at, ignoring=row.id, is_online=False)
        found += [(row.starts_at, who) for who in (fit.staff if fit else ()) if who != row.staff_id][:2]
        for staff_id in (row.staff_id, None):
            for start in slots.nearest(
                row.shop_id, row.service_id, row.starts_at, most, staff_id=staff_id, ignoring=row.id, is_online=False
            ):
                who = staff_id or start.staff[0]
                if (
                    len(found) < most
                    and (start.at, who) not in found
                    and not any(at == start.at for at, _who in found[2:])
                ):
                    found.append((start.at, who))
    return [
        {
            "at": at,
            "day": timezone.localtime(at).date().isoformat(),
            "time": f"{timezone.localtime(at):%H:%M}",
            "staff": who,
            "with": names.get(who, ""),
        }
        for at, who in found
    ]


def story(row: Booking, visit: Visit) -> list[Entry]:
    """What was done to it, the newest first."""
    rows = BookingChange.objects.filter(booking=row).order_by("-at", "-id")[:50]
    return [
        Entry(
            at=change.at,
            mark=MARKS.get(change.verb, "note"),
            what=str(words.DEEDS.get(change.verb, change.verb)),
            why=list(_why(change, visit)),
        )
        for change in rows
    ]


def _why(change: BookingChange, visit: Visit) -> list[str]:
    said = [str(words.BY.get(change.by, change.by))]
    if change.verb == "moved" and change.was_at and change.is_at:
        said.append(_("from %(was)s") % {"was": _moment(change.was_at, visit)})
        said.append(_("to %(is)s") % {"is": _moment(change.is_at, visit)})
    return said


def _moment(at: datetime, visit: Visit) -> str:
    return wording.moment(timezone.localtime(at), visit.language, timezone.localtime(clock.now()).year)


@page("decide", "POST")
def move(request: HttpRequest, visit: Visit, booking_id: int) -> HttpResponse:
    """Move it, as the sheet's form or a dragged block says."""
    row = one(booking_id)
    at = moment_of(
        request.POST.get("day", ""), request.POST.get("at", ""), row.shop.timezone, timezone.localtime(clock.now())
    )
    if at is None:
        messages.error(request, _("Please choose a day and a time."))
        return HttpResponseRedirect(sheet_page(row, visit), status=303)
    staff_id = key_of(request.POST.get("staff")) or row.staff_id
    try:
        moved = bookings.move(row.id, at, staff_id=staff_id, by="salon", via="console", actor=visit.actor)
    except (Taken, NotOffered, NotAllowed) as error:
        messages.error(request, words.refused(error))
    else:
        messages.success(request, _("Moved to %(at)s.") % {"at": _moment(moved.starts_at, visit)})
    return way_back(request)


DEEDS = {
    "confirm": lambda row, actor: bookings.confirm(row.id, by="salon", via="console", actor=actor),
    "done": lambda row, actor: bookings.done(row.id, via="console", actor=actor),
    "no_show": lambda row, actor: bookings.no_show(row.id, via="console", actor=actor),
    "undo": lambda row, actor: bookings.undo(row.id, by="salon", via="console", actor=actor),
    "settle": lambda row, actor: bookings.settle(row.id, by="salon", via="console", actor=actor),
    "release": lambda row, actor: bookings.release(row.id, by="salon", via="console", actor=actor),
}


@page("decide", "POST")
def tell(request: HttpRequest, visit: Visit, booking_id: int) -> HttpResponse:
    """The client was here, did not come, is coming; or one of those is taken back."""
    row, deed = one(booking_id), DEEDS.get(request.POST.get("do", ""))
    if deed is None:
        return HttpResponse(status=400)
    try:
        deed(row, visit.actor)
    except (Taken, NotOffered, NotAllowed) as error:
        messages.error(request, words.refused(error))
    else:
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(sheet_page(row, visit), status=303)


@page("decide", "POST")
def cancel(request: HttpRequest, visit: Visit, booking_id: int) -> HttpResponse:
    """It does not take place, for one reason."""
    row, reason = one(booking_id), request.POST.get("reason", "")
    if reason not in reasons.REASONS and reason not in reasons.SALONS:
        messages.error(request, _("Please choose a reason."))
        return HttpResponseRedirect(sheet_page(row, visit), status=303)
    try:
        bookings.cancel(row.id, by="salon", via="console", actor=visit.actor, reason=reason)
    except NotAllowed as error:
        messages.error(request, words.refused(error))
    else:
        messages.success(request, _("Cancelled. The time can be booked again."))
    return HttpResponseRedirect(sheet_page(row, visit), status=303)


@page("decide", "POST")
def note(request: HttpRequest, visit: Visit, booking_id: int) -> HttpResponse:
    """What the salon wants to remember about this visit."""
    row = one(booking_id)
    actions.write_note(row, request.POST.get("note", ""), actor=visit.actor)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(sheet_page(row, visit), status=303)


@page("decide", "POST")
def leave_as_is(request: HttpRequest, visit: Visit, booking_id: int) -> HttpResponse:
    """It stands outside of shifts, and is meant so."""
    actions.leave_as_is(one(booking_id), actor=visit.actor)
    messages.success(request, _("It stays as it is."))
    return way_back(request)
