"""空き枠の案内: when freed times are offered, to how many, and what a message costs."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.appointments.openings import terms
from kaeru.channels.line import accounts
from kaeru.console.client_parts import address, of_salon
from kaeru.console.doors import Visit, page, show
from kaeru.console.opening_forms import RefillForm
from kaeru.tenants.models import Shop


@page("edit_shop", "GET", "POST")
@of_salon
def refill(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """The salon's terms; its segments are next door."""
    known = terms.terms_of(shop)
    form = RefillForm(request.POST) if request.method == "POST" else RefillForm.of(known)
    if request.method == "POST" and form.is_valid():
        terms.set_terms(shop, **form.cleaned_data, actor=visit.actor)
        terms.begin_with(shop)
        messages.success(request, _("Saved."))
        return redirect(address("refill", shop, visit))
    room = accounts.room(shop.id, fresh=False)
    context = {
        "form": form,
        "shop": shop,
        "has_line": room is not None,
        "room": room.left if room else None,
        "segments_href": address("segments", shop, visit),
        "settings_href": reverse("console:settings"),
    }
    return show(request, visit, "console/refill.html", "settings", context, status=422 if form.errors else 200)
