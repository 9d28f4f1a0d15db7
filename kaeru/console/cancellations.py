"""Cancellations: the list, and the whole story of one."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.cancellations import actions, queries
from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.console import money_back, phrases, story, tags
from kaeru.console.doors import Visit, page, show
from kaeru.console.sheets import sheet
from kaeru.core import clock
from kaeru.recoveries import queries as recoveries
from kaeru.scenarios import actions as scenario_actions
from kaeru.scenarios import queries as scenarios

SPANS = ("today", "week", "all", "back", "hand")


def _since(span: str) -> datetime | None:
    """From when the list begins: midnight in the shop's zone, seven days ago, or the beginning."""
    now = timezone.localtime(clock.now())
    if span == "today":
        return datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
    return now - timedelta(days=7) if span == "week" else None


def row(visit: Visit, request: CancellationRequest, is_back: bool) -> dict[str, Any]:
    """What a list row shows of a cancellation."""
    return {
        "id": request.id,
        "name": visit.person(request.customer.name if request.customer else ""),
        "number": request.order.number if request.order else "",
        "reason": request.reason.labels if request.reason else _("no reason given"),
        "at": request.requested_at,
        "value": request.value,
        "currency": request.currency,
        "shop": request.shop.name if len(visit.shops) > 1 else "",
        "state": _("came back") if is_back else phrases.said(phrases.REQUEST, request.state),
        "tone": "good" if is_back else phrases.REQUEST_TONE.get(request.state, ""),
    }


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The list: today's, the last seven days', or all."""
    span = request.GET.get("span", "week")
    span = span if span in SPANS else "week"
    if span == "hand":
        found_all = queries.to_cancel_by_hand(visit.shop_ids)
    elif span == "back":
        found_all = recoveries.recovered(visit.shop_ids)
    else:
        found_all = queries.listed(visit.shop_ids, _since(span))
    part = sheet(found_all, request.GET.get("page"))
    found = part.rows
    back = recoveries.of_cancellations([item.id for item in found])
    context = {
        "span": span,
        "tabs": [
            ("today", _("Today")),
            ("week", _("7 days")),
            ("all", _("All")),
            ("back", _("came back")),
            ("hand", _("Need you")),
        ],
        "sheet": part,
        "rows": [row(visit, item, item.id in back) for item in found],
    }
    return show(request, visit, "console/cancellations.html", "cancellations", context)


@page("see")
def detail(request: HttpRequest, visit: Visit, request_id: int) -> HttpResponse:
    """One cancellation's whole story on one timeline."""
    wish = queries.one(request_id)
    if wish is None:
        raise Http404
    told = story.tell(visit, wish)
    by_hand = queries.to_cancel_by_hand([wish.shop_id]).filter(id=wish.id).exists()
    context = {
        "wish": wish,
        "row": row(visit, wish, told.recovery is not None),
        "story": told,
        "by_hand": by_hand,
        "has_stopped": told.enrollment is not None and told.enrollment.state == "parked",
        "can_decide": visit.may("decide"),
        "tags": tags.drawn(visit, wish.customer),
        "money_back": None if wish.state == RequestState.KEPT else money_back.drawn(wish),
        "lines": list(wish.order.lines.order_by("position")) if wish.order else [],
    }
    return show(request, visit, "console/cancellation.html", "cancellations", context)


@page("decide", "POST")
def confirm(request: HttpRequest, visit: Visit, request_id: int) -> HttpResponse:
    """A person says that the order is cancelled in the shop's own system."""
    if queries.one(request_id) is None:
        raise Http404
    if actions.mark_cancelled(request_id, actor=visit.actor):
        messages.success(request, _("Noted: the order is cancelled in the shop."))
    return redirect("console:cancellation", request_id=request_id)


@page("decide", "POST")
def retry(request: HttpRequest, visit: Visit, request_id: int) -> HttpResponse:
    """A scenario that stopped goes on: its step is tried again."""
    way = scenarios.of_cancellation(request_id)
    if way is None:
        raise Http404
    if scenario_actions.retry(way.id, actor=visit.actor):
        messages.success(request, _("The step is tried again now."))
    return redirect("console:cancellation", request_id=request_id)
