"""What a shop states on its results: minutes of a contact, margin, prices of messages; whether it shares; coupons again after an alarm."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.console.doors import Visit, page
from kaeru.console.settings import shop_of
from kaeru.core import clock
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


def _shop(visit: Visit) -> Shop:
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
    shop = _shop(visit)
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

    shop, is_on = _shop(visit), request.POST.get("is_on") == "1"
    set_sharing(shop, is_on=is_on, actor=visit.actor)
    messages.success(request, _("You share from tonight on.") if is_on else _("You no longer share."))
    return _back(shop, "shared")


@page("decide", "POST")
def allow_coupons(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Coupons again after the alarm."""
    shop = _shop(visit)
    if stops.lift(shop, actor=visit.actor):
        messages.success(request, _("Scenarios give coupons again. The alarm counts anew from here."))
    return _back(shop, "farming")


@page("see")
def table(request: HttpRequest, visit: Visit, name: str) -> HttpResponse:
    """The table behind a plot as CSV."""
    from kaeru.console import result_tables, results_shop

    shop = _shop(visit)
    now: datetime = timezone.localtime(clock.now())
    found = results_shop.tables(results_shop.found(visit, shop, now, results_shop.part_of(request))).get(name)
    if found is None:
        raise Http404
    return _file(HttpResponse(result_tables.written(found), content_type="text/csv; charset=utf-8"), shop, name, now)


@page("see_people")
def audit_file(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Each assignment with its lot and outcome, so that anybody can compute the figures again."""
    from kaeru.console.results_shop import part_of
    from kaeru.recoveries import audit

    shop = _shop(visit)
    try:
        lines: Iterator[str] = audit.lines(shop, part=part_of(request))
    except ValueError:
        raise Http404 from None
    sent = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _file(sent, shop, "audit", clock.now())


def _file(response: HttpResponse | StreamingHttpResponse, shop: Shop, name: str, now: datetime) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="kaeru-{shop.slug}-{name}-{now:%Y%m%d}.csv"'
    return response  # type: ignore[return-value]
