"""Changes in the shop's system: whether Kaeru acts there or only notes down what it would do, up to which amounts, and all that it did."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.connectors.gate import actions, queries
from kaeru.connectors.gate.rules import Terms
from kaeru.connectors.models import Connection, OrderChange
from kaeru.connectors.webhook import connecting
from kaeru.console import gate_words, phrases, shopify
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.console.sheets import sheet
from kaeru.core.money import LARGEST
from kaeru.tenants.models import Shop

FOUND = {
    "connected": lazy("Your shop's system answered. What it carries out is listed here."),
    "listens_only": lazy("Your shop's system answered, but carries out no changes. Orders are changed by hand, as before."),
    "no_address": lazy("Kaeru knows no address for calls yet. Enter it under “Shop”."),
    "unanswered": lazy("Your shop's system did not answer. Nothing was changed; please try again later."),
    "not_let_in": lazy("Your shop's system takes Kaeru's signature for a stranger's. Make a new secret under “Connections”."),
}  # fmt: skip


class TermsForm(forms.Form):
    """Live or dry run, and the caps."""

    is_live = forms.ChoiceField(
        label=lazy("What Kaeru does in your shop's system"),
        choices=(
            ("dry_run", lazy("Only note down what would be done (dry run)")),
            ("live", lazy("Really make the changes")),
        ),
        widget=forms.RadioSelect,
    )
    most_per_order = forms.IntegerField(
        label=lazy("At most for one change (yen)"),
        min_value=0,
        max_value=LARGEST,
        help_text=lazy("What moves more money than that waits for a person."),
    )
    most_per_day = forms.IntegerField(
        label=lazy("At most in one day (yen)"),
        min_value=0,
        max_value=LARGEST,
        help_text=lazy("All changes of one day together. What goes beyond it waits for a person."),
    )

    @classmethod
    def of(cls, terms: Terms) -> "TermsForm":
        """As it is now."""
        told = {"most_per_order": terms.most_per_order, "most_per_day": terms.most_per_day}
        return cls(initial={"is_live": "live" if terms.is_live else "dry_run", **told})


def _row(row: OrderChange, visit: Visit) -> dict[str, Any]:
    currency = row.shop.currency
    return {
        "id": row.id,
        "asked": gate_words.asked(row, currency, visit.language),
        "state": phrases.said(gate_words.STATE, row.state),
        "tone": gate_words.TONE.get(row.state, ""),
        "why": gate_words.why(row),
        "number": row.order.number if row.order else "",
        "at": row.done_at or row.created_at,
        "would": row.answer if row.state == "dry_run" else "",
        "differences": gate_words.differences(row, currency, visit.language),
        "url": str(row.made.get("url", "")),
        "is_open": row.state == "failed",
    }


def _problem(connection: Connection) -> str:
    if connection.source == shopify.SOURCE:
        return shopify.told(connection)
    return phrases.said(gate_words.PROBLEM, connection.problem) if connection.problem else ""


def _context(request: HttpRequest, visit: Visit, shop: Shop, form: TermsForm) -> dict[str, Any]:
    able = queries.capabilities(shop)
    rest = queries.recent([shop.id]).exclude(state="held")
    shown = sheet(rest, request.GET.get("page"))
    connection = queries.connection(shop)
    return {
        "able": gate_words.able(able),
        "connection": connection,
        "problem": _problem(connection) if connection else "",
        "has_address": bool(shop.notify_url),
        "is_live": queries.is_live(shop.id),
        "form": form,
        "held": [_row(row, visit) for row in queries.held([shop.id])[:50]],
        "rows": [_row(row, visit) for row in shown.rows],
        "sheet": shown,
        "currency": shop.currency,
        "can_edit": visit.may("edit_shop"),
        "can_decide": visit.may("decide"),
    }


@page("see")
def changes(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What Kaeru may do, what waits for a person, and all changes, newest first."""
    mine = shop_of(visit)
    terms = queries.terms_of([mine.id]).get(mine.id, Terms())
    return show(request, visit, "console/gate.html", "settings", _context(request, visit, mine, TermsForm.of(terms)))


@page("edit_shop", "POST")
def terms(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Switch between a dry run and acting, and set the caps."""
    mine, form = shop_of(visit), TermsForm(request.POST)
    if not form.is_valid():
        return show(request, visit, "console/gate.html", "settings", _context(request, visit, mine, form), status=422)
    told = form.cleaned_data
    actions.set_terms(
        mine,
        is_live=told["is_live"] == "live",
        most_per_order=told["most_per_order"],
        most_per_day=told["most_per_day"],
        actor=visit.actor,
    )
    messages.success(request, _("Saved. It holds for everything that is not made yet."))
    return back_to("gate", visit)


@page("edit_shop", "POST")
def check(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask the shop's own system now what it carries out."""
    found = connecting.check(shop_of(visit), actor=visit.actor)
    tell = messages.success if found in {"connected", "listens_only"} else messages.error
    tell(request, str(FOUND[found]))
    return back_to("gate", visit)


def _held(visit: Visit, change_id: int) -> OrderChange:
    row = queries.one(change_id)
    if row is None:
        raise Http404
    return row


@page("decide", "POST")
def let_go(request: HttpRequest, visit: Visit, change_id: int) -> HttpResponse:
    """Let a change go that waits over a cap."""
    if actions.let_go(_held(visit, change_id).id, actor=visit.actor):
        messages.success(request, _("It goes now."))
    else:
        messages.info(request, _("It does not wait any more."))
    return back_to("gate", visit)


@page("decide", "POST")
def drop(request: HttpRequest, visit: Visit, change_id: int) -> HttpResponse:
    """Take a change back that was not called yet."""
    if actions.drop([_held(visit, change_id).id], actor=visit.actor):
        messages.success(request, _("It is not made."))
    else:
        messages.info(request, _("It does not wait any more."))
    return back_to("gate", visit)
