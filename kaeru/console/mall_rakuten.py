"""Rakuten on the page of malls: serviceSecret and licenseKey from RMS, and until when the key works."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.connectors import connecting, queries
from kaeru.connectors.models import Connection
from kaeru.connectors.rakuten import client, keys, letting_in
from kaeru.connectors.rakuten.letting_in import KeyRefused
from kaeru.console import phrases
from kaeru.console.doors import Visit, page
from kaeru.console.mall_parts import Part, add_part, draw
from kaeru.console.settings import back_to, shop_of
from kaeru.core import clock
from kaeru.tenants.models import Shop

SOURCE = "rakuten"
RMS = "https://mainmenu.rms.rakuten.co.jp/"
PROBLEM: phrases.Words = {
    "token_revoked": lazy(
        "RMS does not accept the key: it is over, was renewed, or may not read orders. Kaeru asks for nothing until there is a new one."
    ),
    "not_understood": lazy("RMS answered something that Kaeru does not understand. It asks again; if this stays, look for a newer Kaeru."),
}  # fmt: skip
REFUSED: phrases.Words = {
    "key": lazy("RMS does not accept serviceSecret and licenseKey. Please check both, and that the order functions are ticked for this key in RMS."),
    "unanswered": lazy("RMS did not answer. Nothing was connected; please try again."),
}  # fmt: skip
TRIED: phrases.Words = {
    "ok": lazy("RMS accepts the key."),
    "key": lazy("RMS does not accept the key. Please enter a new one."),
    "unanswered": lazy("RMS did not answer, or does not know a new key yet. Nothing was changed; please try again later."),
}  # fmt: skip
FUNCTIONS = (
    "rpay.order.searchOrder", "rpay.order.getOrder", "rpay.order.cancelOrder", "rpay.order.cancelOrderAfterShipping",
    "rpay.order.updateOrderSender",
)  # fmt: skip
"""What the shop ticks for the key in RMS."""


def _secret(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=100, widget=forms.PasswordInput(attrs={"autocomplete": "off"}), **more
    )


class KeyForm(forms.Form):
    """Both halves of the key, whose they are, and since when they work."""

    prefix = "rakuten"
    shop = forms.CharField(
        label=lazy("Shop URL at Rakuten"), max_length=60, help_text=lazy("The part behind rakuten.co.jp/ : your-shop")
    )
    service_secret = _secret("serviceSecret")
    license_key = _secret(
        "licenseKey",
        help_text=lazy("Both are made in RMS under WEB API. They are kept sealed and never shown again."),
    )
    made_on = forms.DateField(
        label=lazy("Day on which the licenseKey was made or renewed"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=lazy("A licenseKey works for 90 days. Kaeru warns you from day 75 on."),
    )

    def clean_service_secret(self) -> str:
        """One line of plain letters."""
        return _plain(self.cleaned_data["service_secret"])

    def clean_license_key(self) -> str:
        """One line of plain letters."""
        return _plain(self.cleaned_data["license_key"])

    def clean_made_on(self) -> date:
        """Within the last ninety days."""
        day: date = self.cleaned_data["made_on"]
        today = clock.now().astimezone(client.JST).date()
        if day > today:
            raise ValidationError(_("This day is yet to come."))
        if keys.ends_on(day) < today:
            raise ValidationError(_("A key of this day is over by now. Please renew it in RMS."))
        return day


def _plain(typed: str) -> str:
    told = typed.strip()
    if not (told.isascii() and told.isprintable()) or " " in told or ":" in told:
        raise ValidationError(_("This cannot be a key: it has spaces or letters that keys do not have."))
    return told


def context(shop: Shop, row: Connection | None) -> dict[str, Any]:
    """See `mall_parts.Part`."""
    return {
        "rakuten_form": KeyForm(initial={"shop": row.account if row else ""}),
        "rms": RMS,
        "functions": FUNCTIONS,
    }


@page("manage_keys", "POST")
def connect(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Try the key at RMS, then keep it sealed."""
    mine, form, grant, is_known = shop_of(visit), KeyForm(request.POST), None, False
    if form.is_valid():
        told = form.cleaned_data
        try:
            grant, is_known = letting_in.proven(
                mine.id, told["shop"], told["service_secret"], told["license_key"], told["made_on"]
            )
        except KeyRefused as no:
            form.add_error("license_key" if no.why == "key" else None, str(REFUSED[no.why]))
    if grant is None:
        return draw(request, visit, mine, status=422, rakuten_form=form)
    connecting.connect(mine, SOURCE, grant, actor=visit.actor)
    if is_known:
        said = _(
            "Rakuten is connected. Kaeru now takes over the orders of the last sixty days; nothing is changed there."
        )
    else:
        said = _(
            "The key is kept. RMS does not know it yet; after a renewal that takes ten to thirty minutes. Kaeru tries again by itself."
        )
    messages.success(request, said)
    return back_to("malls", visit)


@page("manage_keys", "POST")
def test_key(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Try the key that is kept."""
    row = queries.connection(shop_of(visit), SOURCE)
    if row is not None:
        tried = letting_in.try_again(row)
        tell = messages.success if tried == "ok" else messages.error
        tell(request, str(TRIED[tried]))
    return back_to("malls", visit)


add_part(Part("rakuten", lazy("Rakuten Ichiba"), "console/part/mall_rakuten.html", context, PROBLEM))
