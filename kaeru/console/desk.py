"""受付 the desk: one queue over all shops, the case whose waiting costs first; and how the desk of a shop works."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from kaeru.calls import queries as calls
from kaeru.cancellations.desk import actions, inquiries, queries, terms
from kaeru.cancellations.desk.clocks import terms_of
from kaeru.cancellations.desk.rules import KINDS, Terms
from kaeru.cancellations.models import Case
from kaeru.cancellations.repairs import kinds
from kaeru.connectors.gate import queries as gates
from kaeru.console import desk_malls, desk_words, phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.console.sheets import sheet
from kaeru.core import clock, wording
from kaeru.marketplaces.desk import clocks
from kaeru.tenants.models import ShopKind

SHOWN = ("all", "mine", "later", "done")


def row_of(
    visit: Visit, case: Case, names: dict[int, str], repair: Any = None, asked: dict[str, Any] | None = None, mall: Any = None
) -> dict[str, Any]:  # fmt: skip
    """What a row of the queue and the head of a case show. `asked`: the buyer's question; `mall`: the mall's clock in words."""
    request = case.request
    order, customer = (request.order, request.customer) if request else (None, None)
    is_closed = case.state == "closed"
    return {
        "id": case.id,
        "kind": case.kind,
        "kind_words": phrases.said(desk_words.KIND, case.kind),
        "name": asked["name"] if asked else visit.person(customer.name if customer else ""),
        "number": asked["number"] if asked else order.number if order else "",
        "asked": asked["title"] if asked else "",
        "mall": mall,
        "reason": request.reason.labels if request and request.reason else "",
        "shop": case.shop.name if len(visit.shops) > 1 else "",
        "value": case.value,
        "currency": case.currency,
        "clock": desk_words.said_clock(case, visit.language) if not is_closed else "",
        "tone": desk_words.OUTCOME_TONE.get(case.outcome, "") if is_closed else desk_words.tone_of(case),
        "outcome": phrases.said(desk_words.OUTCOME, case.outcome) if is_closed else "",
        "closed_at": case.closed_at,
        "proposal": proposed(case),
        "wants": repair_words(repair, visit.language) if repair is not None and visit.may("see_people") else "",
        "assignee": names.get(case.assigned_to or 0, ""),
        "is_mine": case.assigned_to == visit.member.user_id,
        "snoozed_until": case.snoozed_until if case.snoozed_until and case.snoozed_until > clock.now() else None,
    }


def proposed(case: Case) -> str:
    """What Kaeru would do, in a few words."""
    match case.kind, case.proposal.get("verdict"):
        case "decide", "decline":
            ground = phrases.said(desk_words.GROUND, str(case.proposal.get("ground", "")))
            return _("Proposed: decline (%(ground)s)") % {"ground": ground}
        case "decide", _verdict:
            return _("Proposed: approve")
        case _kind, _verdict:
            return ""


def repair_words(repair: Any, language: str) -> str:
    """What the buyer wants changed, in one line."""
    known = kinds().get(repair.kind)
    return known.says(repair, language) if known is not None else str(repair.kind)


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The queue; what is put off; what is over."""
    chosen, kind = request.GET.get("show", "all"), request.GET.get("kind", "")
    chosen, kind = chosen if chosen in SHOWN else "all", kind if kind in KINDS else ""
    user_id = visit.member.user_id
    counts = queries.counts(user_id)
    rows = queries.closed() if chosen == "done" else queries.queue(
        kind=kind, user_id=user_id if chosen == "mine" else None, is_put_off=chosen == "later"
    )  # fmt: skip
    part = sheet(rows, request.GET.get("page"))
    names, changed = queries.assignees(part.rows), queries.repairs_of(part.rows)
    asked = {key: desk_malls.asked_words(one, visit) for key, one in inquiries.of_cases(part.rows).items()}
    counted = desk_malls.lines(part.rows, visit.language)
    to_call = sum(tally.count for tally in calls.tallies(visit.shop_ids).values())
    context = {
        "show": chosen,
        "kind": kind,
        "tabs": [
            ("all", _("All"), counts.all),
            ("mine", _("Mine"), counts.mine),
            ("later", _("Put off for later"), counts.put_off),
            ("done", _("Settled"), None),
        ],
        "kinds": [(name, phrases.said(desk_words.KIND, name), counts.by_kind.get(name, 0)) for name in KINDS],
        "rows": [
            row_of(visit, case, names, changed.get(case.id), asked.get(case.id), counted.get(case.id))
            for case in part.rows
        ],
        "mall_rules": desk_malls.rules_of(visit) if counted else [],
        "sheet": part,
        "can_decide": visit.may("decide"),
        "to_call": to_call,
        "has_calls": any(shop.kind == ShopKind.EC for shop in visit.shops),
        "undo": undoable(request, visit),
    }
    return show(request, visit, "console/desk.html", "desk", context)


def undoable(request: HttpRequest, visit: Visit) -> Case | None:
    """The case that this member decided a moment ago, when that can still be taken back."""
    asked = request.GET.get("undo", "")
    case = queries.one(int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 20 else None
    return case if case is not None and actions.can_undo(case, visit.actor) else None


def need_words(visit: Visit) -> tuple[str, str] | None:
    """For Today: how many cases, and the nearest clock; None for an empty desk."""
    counts = queries.counts()
    if not counts.all or counts.due_at is None:
        return None
    title = ngettext("%(n)s case on the desk", "%(n)s cases on the desk", counts.all) % {"n": counts.all}
    left = counts.due_at - clock.now()
    badge = _("due in %(span)s") % {"span": wording.span(left, visit.language)}
    return title, badge if left.total_seconds() > 0 else _("overdue")


class TermsForm(forms.Form):
    """How the desk of a shop works."""

    reply_hours = forms.IntegerField(
        label=lazy("Answer within (opening hours)"),
        min_value=1,
        max_value=80,
        help_text=lazy("Counted in the shop's opening hours, from the moment the buyer asked."),
    )
    tells = forms.ChoiceField(
        label=lazy("Mail to the staff"),
        choices=[
            ("at_once", lazy("At once, when it is urgent or costly")),
            ("morning", lazy("One summary when the shop opens")),
            ("none", lazy("No mail")),
        ],
        widget=forms.RadioSelect,
    )
    soon_minutes = forms.IntegerField(label=lazy("Urgent: minutes left, at most"), min_value=0, max_value=10_000)
    value_from = forms.IntegerField(label=lazy("Costly: at least"), min_value=0, max_value=10**12)
    approves_free = forms.BooleanField(
        label=lazy("Approve a mall buyer's request by itself while it does not count"),
        required=False,
        help_text=lazy(
            "Only requests that your policy has no ground to decline, of orders that have not left, within the mall's free time."
        ),
    )


@page("edit_shop", "GET", "POST")
def how(request: HttpRequest, visit: Visit) -> HttpResponse:
    """By when an answer is owed, and who is told."""
    shop = shop_of(visit)
    now = terms_of([shop.id])[shop.id]
    first = {name: getattr(now, name) for name in TermsForm.base_fields}
    form = TermsForm(request.POST) if request.method == "POST" else TermsForm(initial=first)
    mall = clocks.malls_of([shop.id]).get(shop.id)
    if request.method == "POST" and form.is_valid() and form.cleaned_data["approves_free"] and not now.approves_free:
        gate = gates.terms_of([shop.id]).get(shop.id)
        if gate is None or not (gate.is_live and gate.cancels_alone):
            form.add_error(
                "approves_free", _("First let Kaeru cancel on the mall without a person, under Settings, Malls.")
            )
    if request.method == "POST" and form.is_valid():
        terms.set_terms(shop, Terms(**form.cleaned_data), actor=visit.actor)
        messages.success(request, _("Saved."))
        return back_to("desk_terms", visit)
    context = {"form": form, "mall": mall.called(visit.language) if mall else ""}
    return show(request, visit, "console/desk_terms.html", "settings", context, status=422 if form.errors else 200)
