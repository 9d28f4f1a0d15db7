"""キャンセル待ち: who waits for a time at the salon, somebody put on the list, somebody taken off."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.clients import queries, waitlist
from kaeru.appointments.clients.errors import NotPossible
from kaeru.appointments.clients.models import WaitlistEntry
from kaeru.console import client_words, phrases
from kaeru.console.client_forms import WaitForm
from kaeru.console.client_parts import HERE, address, client, of_salon, show_form
from kaeru.console.doors import Visit, page, show, way_back
from kaeru.console.sheets import sheet
from kaeru.core import clock
from kaeru.tenants.models import Shop

AHEAD = timedelta(days=28)
"""What the form begins with: somebody wants to come within four weeks."""
_FIELD = {"dates": "until", "past": "until", "times": "not_after", "service": "service", "staff": "staff"}


@page("see")
@of_salon
def listing(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Who waits, in the order in which they came; or how the waiting of the others ended."""
    today = timezone.localtime(clock.now()).date()
    is_over = request.GET.get("only") == "over"
    part = sheet(queries.waitlist(shop.id, is_over=is_over), request.GET.get("page"))
    rows = [
        {
            "id": one.id,
            "href": address("client", shop, visit, one.customer_id),
            "who": visit.person(one.customer.name),
            "what": client_words.called(one.service),
            "staff": client_words.called(one.staff),
            "when": client_words.wanted(one, today.year),
            "since": one.made_at,
            "state": phrases.said(client_words.WAIT, one.state),
            "tone": "good" if one.state == "booked" else "",
            "note": one.note if visit.may("see_people") else "",
        }
        for one in part.rows
    ]
    context = {
        "shop": shop, "rows": rows, "sheet": part, "only": "over" if is_over else "open", "can_decide": visit.may("decide"),
        "tabs": [("open", _("Waiting")), ("over", _("Over"))],
    }  # fmt: skip
    return show(request, visit, "console/waitlist.html", HERE, context)


@page("decide", "GET", "POST")
def new(request: HttpRequest, visit: Visit, customer_id: int) -> HttpResponse:
    """A client wants to come when nothing is free."""
    who = client(customer_id)
    today = timezone.localtime(clock.now()).date()
    form = WaitForm(who.shop, today, today + AHEAD, request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            waitlist.wait(
                who, int(told["service"]), first_day=told["first_day"], until=told["until"],
                staff_id=int(told["staff"]) if told["staff"] else None, weekdays=[int(day) for day in told["weekdays"]],
                not_before=told["not_before"], not_after=told["not_after"], note=told["note"], actor=visit.actor,
            )  # fmt: skip
        except NotPossible as refused:
            form.add_error(_FIELD.get(refused.code), client_words.refusal(refused.code))
        else:
            messages.success(
                request, _("The client is on the waitlist. They are asked first when such a time becomes free.")
            )
            return redirect(address("client", who.shop, visit, who.id))
    return show_form(request, visit, "console/client_wait.html", who, form)


@page("decide", "POST")
def withdraw(request: HttpRequest, visit: Visit, entry_id: int) -> HttpResponse:
    """The client does not want to come any more."""
    if not WaitlistEntry.objects.filter(id=entry_id).exists():
        raise Http404
    try:
        waitlist.withdraw(entry_id, actor=visit.actor)
    except NotPossible as refused:
        messages.error(request, client_words.refusal(refused.code))
    else:
        messages.success(request, _("The client is off the waitlist."))
    return way_back(request)
