"""A free time on the calendar, offered by hand: from a visit that does not take place, or from an empty place."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.calendar import queries
from kaeru.appointments.openings import freeing
from kaeru.appointments.openings.freeing import NotFree
from kaeru.console.calendar_pages import key_of, moment_of, salon_page, salon_shop
from kaeru.console.client_parts import address
from kaeru.console.doors import Visit, page
from kaeru.core import clock
from kaeru.tenants.models import Shop


@page("decide", "POST")
def offer_visit(request: HttpRequest, visit: Visit, booking_id: int) -> HttpResponse:
    """The time of a visit that does not take place."""
    row = queries.booking(booking_id)
    if row is None:
        raise Http404
    return _offer(request, visit, row.shop, row.staff_id, row.starts_at)


@page("decide", "POST")
def offer_time(request: HttpRequest, visit: Visit) -> HttpResponse:
    """An empty place: `staff`, `day`, `at`."""
    shop = salon_shop(request, visit)
    staff_id = key_of(request.POST.get("staff"))
    told = request.POST.get("day", ""), request.POST.get("other") or request.POST.get("at", "")
    at = moment_of(*told, shop.timezone, timezone.localtime(clock.now()))
    if at is None or not any(one.id == staff_id for one in queries.staff_of(shop)):
        messages.error(request, _("Please choose a person and a time."))
        return HttpResponseRedirect(salon_page("calendar", visit), status=303)
    return _offer(request, visit, shop, staff_id, at)


def _offer(request: HttpRequest, visit: Visit, shop: Shop, staff_id: int, at: datetime) -> HttpResponse:
    day = timezone.localtime(at).date()
    try:
        opening = freeing.open_by_hand(shop.id, staff_id, at, actor=visit.actor)
    except NotFree:
        messages.error(request, _("That time is not free, or too soon to be offered."))
        return HttpResponseRedirect(salon_page("calendar", visit, day=day), status=303)
    return HttpResponseRedirect(address("opening", shop, visit, opening.id), status=303)
