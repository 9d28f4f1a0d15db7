"""Malls: how each connection stands, what Kaeru can do there and what it cannot, whether it acts or only notes down."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kaeru.connectors import asking, connecting
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import queries as gates
from kaeru.connectors.gate.rules import Terms
from kaeru.console.doors import Visit, page
from kaeru.console.mall_parts import draw, part_of
from kaeru.console.settings import back_to, shop_of


@page("manage_keys")
def malls(request: HttpRequest, visit: Visit) -> HttpResponse:
    """How it stands with each mall."""
    return draw(request, visit, shop_of(visit))


@page("edit_shop", "POST")
def live(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Switch between a dry run and acting; the caps stay as they are. And whether a cancellation wants a person."""
    mine = shop_of(visit)
    terms = gates.terms_of([mine.id]).get(mine.id, Terms())
    gate.set_terms(
        mine,
        is_live=request.POST.get("is_live") == "live",
        most_per_order=terms.most_per_order,
        most_per_day=terms.most_per_day,
        actor=visit.actor,
    )
    is_allowed = request.POST.get("cancels_alone") == "on"
    if is_allowed != terms.cancels_alone:
        gate.let_cancel_alone(mine, is_allowed=is_allowed, actor=visit.actor)
    messages.success(request, _("Saved. It holds for everything that is not made yet."))
    return back_to("malls", visit)


@page("manage_keys", "POST")
def ask_now(request: HttpRequest, visit: Visit, mall: str) -> HttpResponse:
    """Ask the mall within seconds, not in minutes."""
    asking.soon(shop_of(visit), part_of(mall).source)
    messages.success(request, _("Kaeru asks the mall now. Open this page again in a moment."))
    return back_to("malls", visit)


@page("manage_keys", "POST")
def leave(request: HttpRequest, visit: Visit, mall: str) -> HttpResponse:
    """Forget the key at once."""
    if connecting.disconnect(shop_of(visit), part_of(mall).source, actor=visit.actor):
        messages.success(request, _("Disconnected. Kaeru has forgotten the key. Orders that are known stay."))
    return back_to("malls", visit)
