"""Scenarios: what follows each reason, which of several comes first, and beginning a new one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.cancellations import queries as cancellations
from kaeru.cancellations.models import Reason
from kaeru.console import summary
from kaeru.console.chosen import one
from kaeru.console.doors import Visit, page, show
from kaeru.console.editor import reading
from kaeru.core import wording
from kaeru.scenarios import actions, queries, ready
from kaeru.scenarios.checks import Surroundings, check_flow
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop, ShopKind


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The shop's scenarios in their order, with what starts them and who waits in each."""
    shop = visit.shop
    found = list(queries.of_shop(shop.id)) if shop else []
    waiting = queries.waiting_by_scenario(shop.id) if shop else {}
    used = queries.used(shop.id) if shop else set()
    around = actions.surroundings(shop) if shop else Surroundings()
    rows = [
        _row(
            scenario,
            visit,
            around,
            waiting.get(scenario.id, 0),
            is_used=scenario.id in used,
            at=at,
            last=len(found) - 1,
        )
        for at, scenario in enumerate(found)
    ]
    taken = {scenario.reason_id for scenario in found}
    without = [
        reason for reason in (cancellations.reasons(shop.id) if shop else ()) if reason.is_active
        and reason.id not in taken
    ]  # fmt: skip
    context = {"rows": rows, "without": without, "can_edit": visit.may("edit_scenarios")}
    return show(request, visit, "console/scenarios.html", "scenarios", context)


def _row(
    scenario: Scenario, visit: Visit, around: Surroundings, waiting: int, *, is_used: bool, at: int, last: int
) -> dict[str, Any]:
    published = scenario.revision
    flow = published.flow if published else scenario.draft
    problems = [] if published else [one for one in check_flow(scenario.draft, around) if not one.is_warning]
    return {
        "scenario": scenario,
        "name": summary.name_of(scenario),
        "begins": summary.begins(flow, scenario, visit.language),
        "summary": summary.of(flow.get("steps") or [], scenario.shop),
        "waiting": waiting,
        "is_changed": published is not None and reading.essence(scenario.draft) != reading.essence(published.flow),
        "problems": len(problems),
        "can_remove": not is_used,
        "is_first": at == 0,
        "is_last": at == last,
    }


def _back(visit: Visit, shop: Shop) -> HttpResponse:
    return redirect(reverse("console:scenarios") + (f"?shop={shop.slug}" if len(visit.shops) > 1 else ""))


def _to(scenario: Scenario) -> HttpResponse:
    return redirect(reverse("console:scenario", args=[scenario.id]))


@page("edit_scenarios", "POST")
def switch(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """Switch the scenario on or off, as the posted `on` says; posting it twice changes nothing more."""
    scenario = one(scenario_id)
    is_on = request.POST.get("on") == "1"
    if is_on and scenario.revision is None:
        messages.error(request, _("Please publish the scenario before you switch it on."))
        return _to(scenario)
    actions.switch(scenario.id, is_on=is_on, actor=visit.actor)
    held = queries.waiting_by_scenario(scenario.shop_id).get(scenario.id, 0)
    told = {"name": summary.name_of(scenario), "count": held}
    if is_on:
        said = _("“%(name)s” is on.") % told
    elif held:
        said = ngettext(
            "“%(name)s” is off. %(count)d on the way is held where they are.",
            "“%(name)s” is off. %(count)d on the way are held where they are.", held,
        ) % told  # fmt: skip
    else:
        said = _("“%(name)s” is off. Nobody was on the way.") % told
    messages.success(request, said)
    return _to(scenario) if request.POST.get("from") == "scenario" else _back(visit, scenario.shop)


@page("edit_scenarios", "POST")
def arrange(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """One place up or down: of several that fit, the first one starts."""
    scenario = one(scenario_id)
    actions.arrange(scenario.id, by=-1 if request.POST.get("to") == "up" else 1, actor=visit.actor)
    return _back(visit, scenario.shop)


@page("edit_scenarios", "POST")
def copy(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The same scenario once more, off, to be changed."""
    scenario = one(scenario_id)
    made = actions.copy(scenario.id, actor=visit.actor, name=_("%(name)s (copy)") % {"name": summary.name_of(scenario)})
    messages.success(request, _("This is the copy. It is off until you publish it and switch it on."))
    return _to(made)


@page("edit_scenarios", "POST")
def remove(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """Delete a scenario that nobody ever went through."""
    scenario = one(scenario_id)
    if actions.remove(scenario.id, actor=visit.actor):
        messages.success(request, _("“%(name)s” is deleted.") % {"name": summary.name_of(scenario)})
    else:
        messages.error(
            request, _("Customers have gone through this scenario, so it stays in the records. You can switch it off.")
        )
    return _back(visit, scenario.shop)


@page("edit_scenarios", "GET", "POST")
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Begin a scenario: from a ready one, or empty; for one reason or for any."""
    shop = visit.shop
    if shop is None:
        raise Http404
    if request.method == "POST":
        return _begin(request, visit, shop)
    asked = request.GET.get("reason", "")
    reasons = [reason for reason in cancellations.reasons(shop.id) if reason.is_active]
    chosen = next((reason for reason in reasons if str(reason.id) == asked), None)
    offered = sorted(
        (entry for entry in ready.catalogue(visit.language) if _suits(entry.name, shop)),
        key=lambda entry: not (chosen is not None and ready.everything()[entry.name].reason == chosen.code),
    )
    context = {
        "entries": [
            {"entry": entry, "summary": summary.of(ready.everything()[entry.name].flow["steps"], shop)}
            for entry in offered
        ],
        "reasons": [(reason.id, wording.pick(reason.labels, visit.language), reason == chosen) for reason in reasons],
        "chosen": chosen,
    }
    return show(request, visit, "console/new_scenario.html", "scenarios", context)


def _suits(name: str, shop: Shop) -> bool:
    """Scenarios about visits are a salon's, all others a shop's."""
    is_about_visits = str(ready.everything()[name].flow["trigger"]).startswith("appointment.")
    return is_about_visits == (shop.kind == ShopKind.SALON)


def _begin(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    name = request.POST.get("ready", "")
    if name in ready.everything():
        return _to(ready.add(shop, name, visit.actor))
    asked = request.POST.get("reason", "")
    reason = Reason.objects.filter(shop=shop, id=int(asked)).first() if asked.isdecimal() else None
    if asked and reason is None:
        raise Http404
    label = _("New scenario") if reason is None else ""
    return _to(actions.begin(shop, actor=visit.actor, reason=reason, name=label))
