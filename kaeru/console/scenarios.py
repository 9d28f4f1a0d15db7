"""Scenarios: what follows each reason; switching it, editing it, publishing it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.cancellations import queries as cancellations
from kaeru.cancellations.models import Reason
from kaeru.console import summary
from kaeru.console.builder import one
from kaeru.console.doors import Visit, page, show
from kaeru.console.editor import reading
from kaeru.scenarios import actions, queries
from kaeru.scenarios.models import Scenario


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The shop's scenarios, one for each reason, with who waits in each."""
    shop = visit.shop
    found = list(queries.of_shop(shop.id)) if shop else []
    waiting = queries.waiting_by_scenario(shop.id) if shop else {}
    rows = [
        {
            "scenario": scenario,
            "name": summary.name_of(scenario),
            "summary": summary.of(scenario.revision.flow["steps"], scenario.shop) if scenario.revision else "",
            "waiting": waiting.get(scenario.id, 0),
            "is_changed": scenario.revision is not None
            and reading.essence(scenario.draft) != reading.essence(scenario.revision.flow),
        }
        for scenario in found
    ]
    taken = {scenario.reason_id for scenario in found}
    without = (
        [reason for reason in cancellations.reasons(shop.id) if reason.is_active and reason.id not in taken]
        if shop
        else []
    )
    context = {"rows": rows, "without": without, "can_edit": visit.may("edit_scenarios")}
    return show(request, visit, "console/scenarios.html", "scenarios", context)


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
    said = _("“%(name)s” is on.") if is_on else _("“%(name)s” is off. Who is on the way is held where they are.")
    messages.success(request, said % {"name": scenario.name})
    return (
        _to(scenario)
        if request.POST.get("from") == "scenario"
        else redirect(reverse("console:scenarios") + (f"?shop={scenario.shop.slug}" if len(visit.shops) > 1 else ""))
    )


@page("edit_scenarios", "POST")
def new(request: HttpRequest, visit: Visit, reason_id: int) -> HttpResponse:
    """Begin a scenario for a reason that has none."""
    reason = Reason.objects.filter(id=reason_id).first()
    if reason is None:
        raise Http404
    found = queries.of_shop(reason.shop_id).filter(reason=reason).first()
    return _to(found or actions.begin(reason.shop, actor=visit.actor, reason=reason))
