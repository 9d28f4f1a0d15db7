"""Held back for comparison 比較用: on a scenario's page why some customers get no offer, what it costs, and how many it shall be."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaeru.console.chosen import one
from kaeru.console.doors import Visit, page
from kaeru.core import wording
from kaeru.core.money import show
from kaeru.scenarios import actions, assigning, holdout, learning, planner, programs, proofs
from kaeru.scenarios.flow import walk
from kaeru.scenarios.kinds.split import LETTERS
from kaeru.scenarios.models import Scenario, SplitLesson

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
    """By path: at each coupon step how much it must bring to pay, where the shop's orders are known; at a learning split what it knows."""
    currency = scenario.shop.currency
    known = proofs.of(scenario) if planner.has_coupon(flow) else None
    found = {one.path: one.words(currency) for one in planner.worths(flow, known)} if known else {}
    splits = {
        str(place.step.get("id")): place.path for place in walk(flow.get("steps")) if place.step.get("mode") == "learn"
    }
    known_ways = learning.lessons(scenario) if splits else {}
    return found | {path: _learned(known_ways[key], currency) for key, path in splits.items() if key in known_ways}


def _learned(lesson: SplitLesson, currency: str) -> str:
    """A 12% (¥690 each of 30 customers) · B 88% (…)."""
    language = wording.language_of(get_language())
    ways = [
        _("%(way)s %(share)s%% (%(net)s from each of %(units)s customers)")
        % {
            "way": LETTERS[at].upper(),
            "share": round(weight * 100),
            "net": show(told["net"], currency, language),
            "units": told["units"],
        }
        for at, (weight, told) in enumerate(zip(lesson.weights, lesson.told, strict=False))
    ]
    return _("Learned so far: %(ways)s") % {"ways": " · ".join(ways)} if ways else _("Nothing is learned yet.")


@page("edit_scenarios", "POST")
def hold_back(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """Another share, from the next customer on."""
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
