"""予約の決まり: until when clients change and cancel alone, reminders, no-shows, and what can be asked for a visit that fell through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy

from kaeru.appointments.visits import fees
from kaeru.appointments.visits.models import VisitTerms
from kaeru.appointments.visits.refilled import refilled
from kaeru.appointments.visits.terms import BOUNDS, SWITCHES, fee_rule_of, set_terms, terms_of
from kaeru.console.client_parts import address, of_salon
from kaeru.console.doors import Visit, page, show
from kaeru.console.hours import Clock
from kaeru.core import clock
from kaeru.tenants.models import Shop

LAW = "https://laws.e-gov.go.jp/law/412AC0000000061#Mp-At_9"
"""消費者契約法 in the state's own collection, at article 9."""


def _number(name: str, label: Any, hint: Any = "") -> forms.IntegerField:
    least, most = BOUNDS[name]
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=hint)


class VisitTermsForm(forms.Form):
    """All terms of one salon."""

    change_until_hours = _number("change_until_hours", lazy("Clients can move a visit until (hours before)"))
    cancel_until_hours = _number("cancel_until_hours", lazy("Clients can cancel until (hours before)"))
    most_changes = _number(
        "most_changes", lazy("Most changes of one visit"), lazy("0: any number. Then they are sent to the salon.")
    )
    reminds = forms.BooleanField(label=lazy("Remind clients of their visit"), required=False)
    remind_at = forms.TimeField(
        label=lazy("Time of the reminder"), widget=Clock(), help_text=lazy("On the salon's clock. At 18 to 20 o'clock most people read it.")
    )  # fmt: skip
    days_before = _number("days_before", lazy("Days before the visit"))
    nudges = forms.BooleanField(label=lazy("Ask once more who said nothing"), required=False)
    nudge_hours = _number(
        "nudge_hours", lazy("So many hours before the visit"), lazy("Never at night. Each reminder in LINE is one message of your plan.")
    )  # fmt: skip
    no_shows_most = _number(
        "no_shows_most", lazy("No-shows after which clients book by talking to you"), lazy("0: everybody books alone.")
    )
    no_show_months = _number("no_show_months", lazy("A no-show counts for (months)"))
    late_percent = _number(
        "late_percent", lazy("For a late cancellation (% of the price)"), lazy("0: nothing is asked.")
    )
    late_hours = _number("late_hours", lazy("Late is later than (hours before)"))
    no_show_percent = _number("no_show_percent", lazy("For a no-show (% of the price)"), lazy("0: nothing is asked."))
    spared_percent = _number(
        "spared_percent", lazy("What you save when nobody comes (% of the price)"), lazy("Material, laundry and the like. It is no damage.")
    )  # fmt: skip

    @classmethod
    def of(cls, terms: VisitTerms) -> "VisitTermsForm":
        """The form as the salon is now."""
        return cls(initial={name: getattr(terms, name) for name in (*BOUNDS, *SWITCHES, "remind_at")})


class CaseForm(forms.Form):
    """A visit that fell through, for the calculator."""

    price = forms.IntegerField(label=lazy("Price of the visit"), min_value=0, max_value=10_000_000)
    what = forms.ChoiceField(
        label=lazy("What happened"),
        choices=[("cancelled", pgettext_lazy("visit", "Cancelled")), ("no_show", lazy("Did not come"))],
    )
    notice = forms.IntegerField(label=lazy("Hours before the visit"), min_value=0, max_value=2000, required=False)
    booked_on = forms.DateField(
        label=lazy("Booked on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), required=False
    )
    is_online = forms.BooleanField(label=lazy("Booked by the client, online or in LINE"), required=False)


@dataclass(frozen=True, slots=True)
class Sum:
    """What the calculator says."""

    fee: fees.Fee
    refilled: fees.Refilled
    is_no_show: bool
    spared_percent: int
    why: str


WHY = {
    "no_rule": lazy("Your rule asks nothing here."),
    "in_time": lazy("The cancellation came in time: your rule asks nothing."),
    "not_shown": lazy(
        "The client booked before this rule was shown, so it is no part of the contract. Nothing can be asked."
    ),
    "not_known": lazy("You wrote this visit down yourself: it counts only if you told the client of the rule before."),
    "over_bound": lazy("Your rule asks more than the damage that can be expected. What is above it would be void."),
    "within": lazy("Your rule stays within the damage that can be expected."),
}


@page("edit_shop", "GET", "POST")
@of_salon
def visits(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """One page: the terms, and the calculator below, which changes nothing."""
    terms = terms_of(shop.id)
    form = VisitTermsForm(request.POST) if request.method == "POST" else VisitTermsForm.of(terms)
    if request.method == "POST" and form.is_valid():
        set_terms(shop, form.cleaned_data, actor=visit.actor)
        messages.success(request, _("Saved."))
        return redirect(address("visits", shop, visit))
    asked = "price" in request.GET
    case = CaseForm(
        request.GET if asked else None, initial={"price": 6600, "what": "cancelled", "notice": 3, "is_online": True}
    )
    context = {
        "form": form,
        "case": case,
        "sum": _sum(case, terms) if asked and case.is_valid() else None,
        "terms": terms,
        "is_shown": terms.fee_shown_since,
        "is_late_to_act": terms.reminds and max(terms.change_until_hours, terms.cancel_until_hours) >= 24 * terms.days_before - 6,
        "law": LAW,
        "shop": shop,
    }  # fmt: skip
    return show(request, visit, "console/visit_terms.html", "settings", context, status=422 if form.errors else 200)


def _sum(form: CaseForm, terms: VisitTerms) -> Sum:
    """The case as if the visit began now."""
    told, now = form.cleaned_data, clock.now()
    notice = timedelta(hours=told["notice"] or 0)
    made = told["booked_on"]
    made_at = datetime.combine(made, datetime.max.time(), now.tzinfo) if made else now
    is_no_show = told["what"] == "no_show"
    case = fees.Case(
        told["what"], told["price"], now, now if is_no_show else now - notice, made_at, told["is_online"]
    )  # fmt: skip
    known = refilled(terms.shop_id, notice)
    found = fees.fee(case, fee_rule_of(terms), known)
    return Sum(found, known, is_no_show, terms.spared_percent, str(WHY[found.why]))
