"""Repairs: what is offered instead of a cancellation, what delivery costs and how long it takes, how long a swap stays open."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.cancellations.repairs import kinds
from kaeru.cancellations.repairs.malls import MallCannot
from kaeru.cancellations.repairs.terms import MOST_DAYS, MOST_MINUTES, Terms, set_terms, terms_of
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.offers import actions as offers
from kaeru.offers import queries as offered
from kaeru.tenants.models import Shop


def choices() -> list[tuple[str, Promise]]:
    """The kinds that answer a reason, by name."""
    return [(kind.name, kind.label) for kind in kinds().values() if kind.reasons]


MOST_YEN = 10_000_000


class RepairForm(forms.Form):
    """Everything of the page."""

    kinds = forms.MultipleChoiceField(
        label=lazy("What is offered"), required=False, choices=choices, widget=forms.CheckboxSelectMultiple
    )
    fee = forms.IntegerField(
        label=lazy("Delivery fee"), min_value=0, max_value=MOST_YEN, required=False,
        help_text=lazy("Tax included. Empty: the page says nothing of free delivery."),
    )  # fmt: skip
    free_from = forms.IntegerField(
        label=lazy("Free from"), min_value=0, max_value=MOST_YEN, required=False,
        help_text=lazy("Sum of the items. Empty: never free."),
    )  # fmt: skip
    handling_days = forms.IntegerField(
        label=lazy("Opening days until dispatch"), min_value=0, max_value=MOST_DAYS,
        help_text=lazy("0: the same day."),
    )  # fmt: skip
    delivery_days = forms.IntegerField(label=lazy("Days from dispatch to the door"), min_value=0, max_value=MOST_DAYS)
    express_days = forms.IntegerField(
        label=lazy("The same by express"), min_value=0, max_value=MOST_DAYS, required=False,
        help_text=lazy("Empty: you have no express."),
    )  # fmt: skip
    payment_url = forms.CharField(
        label=lazy("Your page for paying another way"), max_length=300, required=False,
        help_text=lazy("{order} becomes the order's number. Empty: the order is swapped for a new one."),
    )  # fmt: skip
    swap_minutes = forms.IntegerField(
        label=lazy("A swap stays open for (minutes)"), min_value=1, max_value=MOST_MINUTES,
        help_text=lazy("So long a new order counts as the swap, and stock is kept where your shop's system can."),
    )  # fmt: skip
    undo_minutes = forms.IntegerField(
        label=lazy("It can be taken back for (minutes)"), min_value=0, max_value=MOST_MINUTES,
        help_text=lazy("After that the old order is cancelled."),
    )  # fmt: skip

    @classmethod
    def of(cls, shop: Shop) -> "RepairForm":
        """The form as the shop is now."""
        terms, costs = terms_of(shop.id), offered.shipping_terms(shop.id)
        return cls(
            initial={
                "kinds": [name for name, _label in choices() if name not in terms.without],
                "fee": costs.fee if costs else None,
                "free_from": costs.free_from if costs else None,
                "handling_days": terms.handling_days,
                "delivery_days": terms.delivery_days,
                "express_days": terms.express_days,
                "payment_url": terms.payment_url,
                "swap_minutes": terms.swap_minutes,
                "undo_minutes": terms.undo_minutes,
            }
        )

    def clean(self) -> dict[str, Any]:
        """A free line needs a fee; an address is one of the web; express is faster."""
        told = super().clean() or self.cleaned_data
        if told.get("free_from") is not None and told.get("fee") is None and "fee" not in self.errors:
            self.add_error("fee", _("Please enter the fee, too."))
        address = told.get("payment_url", "")
        if address and not address.startswith(("https://", "http://")):
            self.add_error("payment_url", _("Please enter an address that begins with https://."))
        usual, express = told.get("delivery_days"), told.get("express_days")
        if usual is not None and express is not None and express >= usual:
            self.add_error("express_days", _("Express is faster than the usual way, or it is none."))
        return told

    def terms(self) -> Terms:
        """As it was typed."""
        told = self.cleaned_data
        return Terms(
            frozenset(name for name, _label in choices() if name not in told["kinds"]), told["handling_days"],
            told["delivery_days"], told["express_days"], told["swap_minutes"], told["undo_minutes"], told["payment_url"],
        )  # fmt: skip


@page("edit_shop", "GET", "POST")
def repairs(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One page for all of it."""
    mine = shop_of(visit)
    form = RepairForm(request.POST) if request.method == "POST" else RepairForm.of(mine)
    if request.method == "POST" and form.is_valid():
        try:
            _save(mine, form, visit.actor)
        except MallCannot as no:
            labels = dict(choices())
            for name, instead in no.instead.items():
                form.add_error("kinds", f"{labels.get(name, name)}: {instead}")
        else:
            messages.success(request, _("Saved."))
            return back_to("repairs", visit)
    return show(
        request, visit, "console/repair_terms.html", "settings", {"form": form}, status=422 if form.errors else 200
    )


@transaction.atomic
def _save(shop: Shop, form: RepairForm, actor: str) -> None:
    set_terms(shop, form.terms(), actor=actor)
    fee, free_from = form.cleaned_data["fee"], form.cleaned_data["free_from"]
    if fee is None:
        offers.forget_shipping_terms(shop, actor=actor)
    else:
        offers.set_shipping_terms(shop, fee, free_from, actor=actor)
