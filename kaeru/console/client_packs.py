"""回数券: all packs of the salon, one sold, a ticket taken off or given back, a pack taken back or made good for longer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.clients import queries, tickets
from kaeru.appointments.clients.errors import NotPossible
from kaeru.appointments.clients.models import TicketPack, TicketUse
from kaeru.console import client_words
from kaeru.console.client_forms import ExtendForm, SellForm
from kaeru.console.client_parts import HERE, address, client, of_salon, service_names, show_form
from kaeru.console.doors import Visit, page, show
from kaeru.console.sheets import sheet
from kaeru.core import clock
from kaeru.tenants.models import Shop


def drawn(pack: TicketPack, names: Mapping[int, str], today: date) -> dict[str, Any]:
    """What a row shows of a pack."""
    state, tone = client_words.pack_state(pack, today)
    return {
        "id": pack.id,
        "name": pack.name,
        "left": pack.total - pack.used,
        "total": pack.total,
        "expires_on": pack.expires_on,
        "bought_on": pack.bought_on,
        "price": pack.price,
        "good_for": [names[key] for key in pack.services if key in names],
        "state": state,
        "tone": tone,
        "is_open": not pack.is_withdrawn and pack.used < pack.total,
        "is_withdrawn": pack.is_withdrawn,
        "note": pack.note,
    }


@page("see")
@of_salon
def listing(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Packs of which something is left, those that expire first at the top; or those that are over."""
    today = timezone.localtime(clock.now()).date()
    is_over = request.GET.get("only") == "over"
    part = sheet(
        queries.over_packs(shop.id, today) if is_over else queries.open_packs(shop.id, today), request.GET.get("page")
    )
    names = service_names(shop)
    rows = [
        {
            **drawn(pack, names, today),
            "who": visit.person(pack.customer.name),
            "href": address("client", shop, visit, pack.customer_id),
            "is_soon": pack.expires_on is not None and (pack.expires_on - today).days <= 30 and not is_over,
        }
        for pack in part.rows
    ]
    context = {
        "shop": shop, "rows": rows, "sheet": part, "only": "over" if is_over else "open",
        "tabs": [("open", _("Something left")), ("over", _("Over"))],
    }  # fmt: skip
    return show(request, visit, "console/packs.html", HERE, context)


@page("decide", "GET", "POST")
def sell(request: HttpRequest, visit: Visit, customer_id: int) -> HttpResponse:
    """A client has bought a pack."""
    who = client(customer_id)
    form = SellForm(who.shop, timezone.localtime(clock.now()).date(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            tickets.sell(
                who, told["name"], told["total"], services=[int(one) for one in told["services"]], price=told["price"],
                bought_on=told["bought_on"], expires_on=told["expires_on"], used=told["used"], actor=visit.actor,
            )  # fmt: skip
        except NotPossible as refused:
            form.add_error(
                {"dates": "expires_on", "total": "used"}.get(refused.code), client_words.refusal(refused.code)
            )
        else:
            messages.success(request, _("The pack is on the card. A ticket is used when a visit is done."))
            return redirect(address("client", who.shop, visit, who.id))
    return show_form(request, visit, "console/client_sell.html", who, form)


@page("decide", "POST")
def change(request: HttpRequest, visit: Visit, pack_id: int) -> HttpResponse:
    """`do`: use (one ticket by hand) | back (give one back: `use`) | withdraw | extend (`expires_on`)."""
    pack = TicketPack.objects.select_related("shop").filter(id=pack_id).first()
    if pack is None:
        raise Http404
    try:
        done = _do(request, visit, pack)
    except NotPossible as refused:
        messages.error(request, client_words.refusal(refused.code))
    else:
        if not done:
            return HttpResponse(status=400)
        messages.success(request, done)
    return redirect(address("client", pack.shop, visit, pack.customer_id) + "#packs")


def _do(request: HttpRequest, visit: Visit, pack: TicketPack) -> str:
    match request.POST.get("do"):
        case "use":
            tickets.take_off(pack.id, actor=visit.actor)
            return _("One ticket was taken off.")
        case "back":
            use = request.POST.get("use", "")
            if not use.isdecimal() or not TicketUse.objects.filter(id=int(use[:19]), pack=pack).exists():
                raise Http404
            tickets.give_back(int(use), actor=visit.actor)
            return _("The ticket was given back.")
        case "withdraw":
            tickets.withdraw(pack.id, actor=visit.actor)
            return _("The pack was taken back.")
        case "extend":
            form = ExtendForm(request.POST)
            if form.is_valid():
                tickets.extend(pack.id, form.cleaned_data["expires_on"], actor=visit.actor)
                return _("Saved.")
    return ""
