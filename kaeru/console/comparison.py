"""Held back for comparison 比較用: on a scenario's page why some customers get no offer, what it costs, and how many it shall be."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.console.doors import Visit, page
from kaeru.scenarios import actions, assigning, holdout, planner, programs, proofs
from kaeru.scenarios.models import Scenario

USUAL_SHARE = 10
"""Per cent, offered where the shop has none of its own."""


def panel(scenario: Scenario) -> dict[str, Any]:
    """What the page says of it: the choice, the share of the moment, how many were divided, and whether anything is held back at all."""
    setting = scenario.holdout
    units = assigning.units_before({scenario.id}).get(scenario.id, 0)
    published = scenario.revision_id and programs.load([scenario.revision_id]).get(scenario.revision_id)
    share = holdout.share_of(setting)
    return {
        "choice": "off" if setting == holdout.OFF else "tapered" if share is None else "own",
        "share": share if share is not None else USUAL_SHARE,
        "least": holdout.LEAST_SHARE,
        "most": holdout.MOST_SHARE,
        "now": holdout.basis_points(setting, units) // 100,
        "units": units,
        "is_many": units >= holdout.TAPER_ENDS,
        "is_same_for_all": bool(published and not published.holds()),
    }


def notes(scenario: Scenario, flow: Mapping[str, Any]) -> dict[str, str]:
    """At each coupon step, by its path, how much it must bring to pay; nothing where nothing is known of the shop's orders."""
    known = proofs.of(scenario) if planner.has_coupon(flow) else None
    if known is None:
        return {}
    return {one.path: one.words(scenario.shop.currency) for one in planner.worths(flow, known)}


@page("edit_scenarios", "POST")
def hold_back(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """Another share, from the next customer on."""
    from kaeru.console.builder import one

    scenario = one(scenario_id)
    choice = request.POST.get("choice", "")
    try:
        setting = holdout.read(request.POST.get("share", "") if choice == "own" else choice)
        if choice not in ("own", "tapered", "off") or (choice == "own" and setting in (holdout.BY_ITSELF, holdout.OFF)):
            raise ValueError(choice)
    except ValueError:
        told = {"least": holdout.LEAST_SHARE, "most": holdout.MOST_SHARE}
        messages.error(request, _("Please enter a whole number from %(least)d to %(most)d.") % told)
    else:
        actions.hold_back(scenario.id, setting=setting, actor=visit.actor)
        messages.success(request, _("This counts for everybody who comes from now on. Who is on one side stays there."))
    response = HttpResponseRedirect(reverse("console:scenario", args=[scenario.id]) + "#comparison")
    response.status_code = 303
    return response
