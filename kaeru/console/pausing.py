"""The big red button: stop what is sent and moved at a shop, and let it go on."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kaeru.console.doors import Visit, page, way_back
from kaeru.tenants import actions


@page("decide", "POST")
def switch(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Pause the shop that the form names, or let it go on; back to the page the button was on. Twice does nothing more."""
    asked = request.POST.get("shop", "")
    if not asked:
        return HttpResponse(status=400)
    shop = next((shop for shop in visit.shops if shop.slug == asked), None)
    if shop is None:
        raise Http404
    match request.POST.get("do"):
        case "pause":
            actions.pause_shop(shop, actor=visit.actor)
        case "resume":
            actions.resume_shop(shop, actor=visit.actor)
            messages.success(request, _("%(shop)s goes on where it stopped.") % {"shop": shop.name})
        case _:
            return HttpResponse(status=400)
    return way_back(request)
