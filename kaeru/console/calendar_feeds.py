"""Calendars for the staff's own telephones: one address for each person, which can be taken back."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.appointments.calendar import actions, queries
from kaeru.console import calendar_board as board
from kaeru.console.calendar_pages import HERE, key_of, salon_page
from kaeru.console.client_parts import of_salon
from kaeru.console.doors import Visit, page, show
from kaeru.tenants.models import Shop


@page("edit_shop", "GET", "POST")
@of_salon
def feeds(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Everybody with their address; a new one makes the old one useless."""
    people = queries.staff_of(shop)
    if request.method == "POST":
        person = next((one for one in people if one.id == key_of(request.POST.get("who"))), None)
        if person is None:
            messages.error(request, _("This person does not work here any more."))
        elif request.POST.get("do") == "revoke":
            actions.revoke_feed(person, actor=visit.actor)
            messages.success(request, _("The address works no more."))
        else:
            actions.give_feed(person, actor=visit.actor, shows_names=bool(request.POST.get("shows_names")))
            messages.success(request, _("The address is ready."))
        return HttpResponseRedirect(salon_page("calendar_feeds", visit), status=303)
    known = queries.feeds(shop)
    context = {
        "rows": [
            {
                "person": one,
                "name": board.name_of(one, visit.language),
                "feed": known.get(one.id),
                "address": settings.KAERU_BASE_URL.rstrip("/") + reverse("ical", args=[actions.token(known[one.id])])
                if one.id in known
                else "",
            }
            for one in people
        ],
        "up": salon_page("calendar", visit),
        "action": salon_page("calendar_feeds", visit),
    }
    return show(request, visit, "console/calendar_feeds.html", HERE, context)
