"""Waiting: what goes on by itself and when; why a message was put off."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.console import phrases, story, summary, tags, waits, ways
from kaeru.console.doors import Visit, page, show
from kaeru.console.sheets import SIZE, sheet
from kaeru.core import clock
from kaeru.core.templatetags.look import until
from kaeru.messages import queries as messages
from kaeru.messages.limits import Limits
from kaeru.messages.models import Message, MessageState
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.models import Enrollment, EnrollmentState


def _left(at: Any) -> str:
    return _("in %(span)s") % {"span": until(at)} if at > clock.now() else _("now")


def _enrollment(visit: Visit, item: Enrollment, at: datetime) -> dict[str, Any]:
    scenario = item.revision.scenario
    is_held = item.state == EnrollmentState.HELD
    return {
        "href": ways.href(item),
        "what": summary.next_of(item),
        "scenario": summary.name_of(scenario),
        "name": visit.person(item.customer.name if item.customer else ""),
        "number": ways.number(item),
        "why": phrases.said(phrases.WHY, "switched_off") if is_held else "",
        "at": at,
        "left": _("held") if is_held else _left(at),
        "tone": "clock" if is_held else "",
    }


def _message(visit: Visit, item: Message, bounds: Limits) -> dict[str, Any]:
    return {
        "href": reverse("console:message", args=[item.id]),
        "what": _("Mail with an offer") if item.purpose == "advertisement" else _("Mail"),
        "name": visit.person(item.customer.name if item.customer else ""),
        "number": "",
        "why": waits.said(item, bounds),
        "at": item.due_at,
        "left": _("held") if item.state == MessageState.HELD else _left(item.due_at),
        "tone": "clock" if item.reason else "",
    }


@page("see")
def detail(request: HttpRequest, visit: Visit, enrollment_id: int) -> HttpResponse:
    """One customer's way through a scenario that did not begin with a cancellation: an order's delay, an event of the shop."""
    item = scenarios.enrollment(enrollment_id)
    if item is None:
        raise Http404
    if item.cancellation_id is not None:
        return redirect(ways.href(item))
    entries = sorted(story.of_enrollment(visit, item), key=lambda entry: (entry.is_coming, entry.at))
    context = {
        "name": visit.person(item.customer.name if item.customer else ""),
        "number": ways.number(item),
        "scenario": summary.name_of(item.revision.scenario),
        "entries": entries,
        "tags": tags.drawn(visit, item.customer),
    }
    return show(request, visit, "console/enrollment.html", "waiting", context)


@page("see")
def waiting(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Mails on their way first, then who waits in a scenario; those held by a switched-off scenario have their own tab."""
    is_held = request.GET.get("state") == "held"
    shop_ids = [visit.shop.id] if visit.shop and visit.is_asked else visit.shop_ids
    found = scenarios.held(shop_ids) if is_held else scenarios.waiting(shop_ids)
    part = sheet(found, request.GET.get("page"))
    mails = list(messages.pending(shop_ids)[:SIZE]) if part.number == 1 and not is_held else []
    bounds, moments = waits.bounds_of(mails), ways.goes_on(part.rows)
    context = {
        "rows": [
            *(_message(visit, item, bounds) for item in mails),
            *(_enrollment(visit, item, moments[item.id]) for item in part.rows),
        ],
        "sheet": part,
        "state": "held" if is_held else "waiting",
        "tabs": [("waiting", _("Going on")), ("held", _("Held"))],
    }
    return show(request, visit, "console/waiting.html", "waiting", context)
