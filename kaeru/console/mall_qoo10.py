"""Qoo10 on the page of malls: a key that was made elsewhere, how long it works, and whether dispatch dates are set early."""

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
from kaeru.connectors.qoo10 import client, letting_in
from kaeru.connectors.qoo10.early_dates import MOST_DAYS, EarlyDates
from kaeru.connectors.qoo10.letting_in import KeyRefused
from kaeru.console import phrases
from kaeru.console.doors import Visit, page
from kaeru.console.mall_parts import Part, add_part, draw
from kaeru.console.settings import back_to, shop_of
from kaeru.core import clock
from kaeru.tenants.models import Shop

SOURCE = client.SOURCE
QSM = "https://qsm.qoo10.jp/"
PROBLEM: phrases.Words = {
    "token_revoked": lazy("Qoo10 does not accept the key: it is over, or a new QSM password ended it. Kaeru asks nothing until there is a new one."),
    "not_understood": lazy("Qoo10 answered something that Kaeru does not understand. It asks again; if this stays, look for a newer Kaeru."),
}  # fmt: skip
REFUSED: phrases.Words = {
    "key": lazy("Qoo10 does not accept this key. Please check it; a key ends after a year, and at once with a new QSM password."),
    "unanswered": lazy("Qoo10 did not answer. Nothing was connected; please try again."),
}  # fmt: skip
TRIED: phrases.Words = {
    "ok": lazy("Qoo10 accepts the key."),
    "key": lazy("Qoo10 does not accept the key. Please enter a new one."),
    "unanswered": lazy("Qoo10 did not answer. Nothing was changed; please try again later."),
}


class KeyForm(forms.Form):
    """The key, whose it is, and since when it works."""

    prefix = "qoo10"
    seller = forms.CharField(label=lazy("Seller ID at Qoo10"), max_length=60)
    key = forms.CharField(
        label=lazy("Seller authorization key"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=lazy("The finished key that CreateCertificationKey answers. Never enter your QSM password here; Kaeru does not need it."),
    )  # fmt: skip
    issued_on = forms.DateField(
        label=lazy("Day on which the key was made"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=lazy("A key works for one year, and Qoo10 does not say when it ends. Kaeru warns you 35, 14 and 3 days before."),
    )  # fmt: skip

    def clean_key(self) -> str:
        """Nothing but what fits into a header."""
        typed = str(self.cleaned_data["key"]).strip()
        if not client.is_key(typed):
            raise ValidationError(_("This cannot be a key: it has spaces or letters that keys do not have."))
        return typed

    def clean_issued_on(self) -> date:
        """Within the last year."""
        day: date = self.cleaned_data["issued_on"]
        today = clock.now().astimezone(client.JST).date()
        if day > today:
            raise ValidationError(_("This day is yet to come."))
        if letting_in.last_day(day) < today:
            raise ValidationError(_("A key of this day is over by now. Please make a new one."))
        return day


class EarlyForm(forms.Form):
    """Planned dispatch dates, early."""

    prefix = "early"
    is_on = forms.BooleanField(label=lazy("Set the planned dispatch date as soon as an order is paid"), required=False)
    days = forms.IntegerField(label=lazy("Business days until it leaves"), min_value=1, max_value=MOST_DAYS)
    only_known_stock = forms.BooleanField(
        label=lazy("Only when every item of the order is counted and there"), required=False
    )

    @classmethod
    def of(cls, rule: EarlyDates) -> "EarlyForm":
        """As it is now."""
        told = {"is_on": rule.is_on, "days": rule.days, "only_known_stock": rule.only_known_stock}
        return cls(initial=told)


def context(shop: Shop, row: Connection | None) -> dict[str, Any]:
    """See `mall_parts.Part`."""
    return {
        "key_form": KeyForm(initial={"seller": row.account if row else ""}),
        "early_form": EarlyForm.of(EarlyDates.of(row.rules if row else {})),
        "early": EarlyDates.of(row.rules if row else {}),
        "qsm": QSM,
    }


@page("manage_keys", "POST")
def connect(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Try the key at Qoo10, then keep it sealed."""
    mine, form, grant = shop_of(visit), KeyForm(request.POST), None
    if form.is_valid():
        told = form.cleaned_data
        try:
            grant = letting_in.proven(mine.id, told["seller"], told["key"], told["issued_on"])
        except KeyRefused as no:
            form.add_error("key" if no.why == "key" else None, str(REFUSED[no.why]))
    if grant is None:
        return draw(request, visit, mine, status=422, key_form=form)
    connecting.connect(mine, SOURCE, grant, actor=visit.actor)
    messages.success(
        request, _("Qoo10 is connected. Kaeru now takes over the orders of the last six months; nothing is changed there.")
    )  # fmt: skip
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


@page("edit_shop", "POST")
def set_early(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Whether and how dispatch dates are set early."""
    mine, form = shop_of(visit), EarlyForm(request.POST)
    row = queries.connection(mine, SOURCE)
    if row is None:
        return back_to("malls", visit)
    if not form.is_valid():
        return draw(request, visit, mine, status=422, early_form=form)
    rule = EarlyDates(form.cleaned_data["is_on"], form.cleaned_data["days"], form.cleaned_data["only_known_stock"])
    connecting.set_rules(row, rule.within(row.rules), actor=visit.actor)
    messages.success(request, _("Saved."))
    return back_to("malls", visit)


add_part(Part("qoo10", "Qoo10", "console/part/mall_qoo10.html", context, PROBLEM))
