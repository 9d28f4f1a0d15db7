"""What a shop states on its results: minutes of a contact, margin, prices of messages; whether it shares; coupons again after an alarm."""

from dataclasses import fields

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.console.doors import Visit, page
from kaeru.console.settings import shop_of
from kaeru.offers import stops
from kaeru.recoveries.costs import DEAREST_MESSAGE, LONGEST_CONTACT, Costs, set_costs
from kaeru.tenants.models import Shop, ShopKind


class CostsForm(forms.Form):
    """See `recoveries.costs`."""

    minutes_per_contact = forms.IntegerField(
        label=lazy("Minutes per contact"), min_value=1, max_value=LONGEST_CONTACT,
        help_text=lazy("How long a mail or a call about a cancellation takes you."),
    )  # fmt: skip
    margin_percent = forms.IntegerField(
        label=lazy("Margin in %"), min_value=1, max_value=100,
        help_text=lazy("What is left of 100 of sales before coupons and sending. 100: figures are of sales."),
    )  # fmt: skip
    yen_per_mail = forms.IntegerField(label=lazy("Price of a mail"), min_value=0, max_value=DEAREST_MESSAGE)
    yen_per_line = forms.IntegerField(label=lazy("Price of a LINE message"), min_value=0, max_value=DEAREST_MESSAGE)
    yen_per_sms = forms.IntegerField(label=lazy("Price of an SMS"), min_value=0, max_value=DEAREST_MESSAGE)

    @classmethod
    def of(cls, told: Costs) -> "CostsForm":
        """Filled with what the shop has said."""
        return cls(initial={one.name: getattr(told, one.name) for one in fields(Costs)})


def seller_of(visit: Visit) -> Shop:
    """The chosen shop, where it sells. Raises Http404 for a salon."""
    shop = shop_of(visit)
    if shop.kind == ShopKind.SALON:
        raise Http404
    return shop


def _back(shop: Shop, place: str) -> HttpResponse:
    response = HttpResponseRedirect(reverse("console:results") + f"?shop={shop.slug}#{place}")
    response.status_code = 303
    return response


@page("edit_shop", "POST")
def state(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Keep minutes, margin and prices."""
    shop = seller_of(visit)
    form = CostsForm(request.POST)
    if form.is_valid():
        set_costs(shop, Costs(**form.cleaned_data), actor=visit.actor)
        told = _("Saved. Figures in money are counted anew with it; this takes a few minutes.")
        messages.success(request, told)
    else:
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {errors[0]}")
    return _back(shop, "saved")


@page("edit_shop", "POST")
def share(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Share sums with other shops, or no longer."""
    from kaeru.recoveries.sharing import set_sharing

    shop, is_on = seller_of(visit), request.POST.get("is_on") == "1"
    set_sharing(shop, is_on=is_on, actor=visit.actor)
    messages.success(request, _("You share from tonight on.") if is_on else _("You no longer share."))
    return _back(shop, "shared")


@page("decide", "POST")
def allow_coupons(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Coupons again after the alarm."""
    shop = seller_of(visit)
    if stops.lift(shop, actor=visit.actor):
        messages.success(request, _("Scenarios give coupons again. The alarm counts anew from here."))
    return _back(shop, "farming")
