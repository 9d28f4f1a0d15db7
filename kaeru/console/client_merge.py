"""Two cards of one person become one: the other card is looked for, both are shown side by side, then it is done for good."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from kaeru.appointments.clients import queries
from kaeru.console import client_words, phrases
from kaeru.console.client_parts import HERE, address, client
from kaeru.console.doors import Visit, page, show
from kaeru.core import clock
from kaeru.customers import merging
from kaeru.customers.models import Customer

MOST_FOUND = 20


@page("decide", "GET", "POST")
def merge(request: HttpRequest, visit: Visit, customer_id: int) -> HttpResponse:
    """`other` in the address: both cards, and the button. Without it: who it may be."""
    who = client(customer_id)
    other = _other(request, who)
    if request.method == "POST":
        if other is None:
            return HttpResponse(status=400)
        merging.merge(who.id, other.id, actor=visit.actor)
        messages.success(request, _("The two cards are one now."))
        return redirect(address("client", who.shop, visit, who.id))
    text = request.GET.get("q", "")[:80]
    found = (
        [row.customer for row in queries.listed(who.shop_id, "all", text, clock.now())[:MOST_FOUND]]
        if text.strip()
        else []
    )
    rows = [*queries.likely_same(who), *found]
    seen: dict[int, Customer] = {one.id: one for one in rows if one.id != who.id}
    context = {
        "shop": who.shop,
        "own": _side(who),
        "other": _side(other) if other else None,
        "rows": [_side(one) for one in seen.values()],
        "text": text,
        "up": address("client", who.shop, visit, who.id),
    }
    return show(request, visit, "console/client_merge.html", HERE, context)


def _other(request: HttpRequest, who: Customer) -> Customer | None:
    told = (request.POST if request.method == "POST" else request.GET).get("other", "")
    if not told:
        return None
    found = client(int(told)) if told.isascii() and told.isdigit() and len(told) < 19 else None
    if found is None or found.shop_id != who.shop_id or found.id == who.id:
        raise Http404
    return found


def _side(one: Customer) -> dict[str, Any]:
    card = queries.card_of(one.id)
    return {
        "id": one.id,
        "name": one.name,
        "ways": [(phrases.said(client_words.WAY, kind), "✓" if kind == "line" else value) for kind, value in queries.ways_of(one.id).items()],
        "visits": card.visits if card else 0,
        "last": card.last_visit_at if card else None,
        "packs": len([pack for pack in queries.packs_of(one.id) if not pack.is_withdrawn and pack.used < pack.total]),
    }  # fmt: skip
