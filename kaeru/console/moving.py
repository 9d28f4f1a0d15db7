"""Move: those on the way through earlier versions go on with the published one, by choice, knowing what happens to whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.console import summary
from kaeru.console.chosen import one
from kaeru.console.doors import Visit, page, show
from kaeru.scenarios import actions
from kaeru.scenarios.flow import walk
from kaeru.scenarios.models import Enrollment, Revision, Scenario
from kaeru.scenarios.move import ON_THE_WAY, Group, plan
from kaeru.scenarios.moving import NEXT, OUT, PASSED, SAME, Landing
from kaeru.tenants.models import Shop

PEOPLE = 10
"""Named in each group."""


@page("see", "GET", "POST")
def move(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """What a move would do; a POST does it for the chosen versions."""
    scenario = one(scenario_id)
    if request.method == "POST":
        if not visit.may("edit_scenarios"):
            raise PermissionDenied
        return _do(request, visit, scenario)
    groups = plan(scenario) if scenario.revision_id else []
    steps = _steps(scenario, groups)
    context = {
        "scenario": scenario,
        "name": summary.name_of(scenario),
        "groups": [_group(visit, group, steps, scenario) for group in groups],
        "versions": _versions(groups),
        "moved": sum(group.count for group in groups if not group.landing.is_out),
        "ended": sum(group.count for group in groups if group.landing.is_out),
        "is_recountable": any(group.landing.is_new_rest for group in groups),
        "can_edit": visit.may("edit_scenarios"),
    }
    return show(request, visit, "console/move.html", "scenarios", context)


def _do(request: HttpRequest, visit: Visit, scenario: Scenario) -> HttpResponse:
    chosen = {
        int(key) for key in request.POST.getlist("from")[:200] if key.isascii() and key.isdigit() and len(key) < 20
    }
    back = reverse("console:scenario_move", args=[scenario.id])
    if not chosen or scenario.revision_id is None:
        messages.error(request, _("Please choose at least one version."))
    else:
        done = actions.move(scenario.id, chosen, actor=visit.actor, recount=request.POST.get("recount") == "1")
        told = ngettext(
            "%(n)d customer goes on with version %(number)d.",
            "%(n)d customers go on with version %(number)d.",
            done.moved,
        )
        messages.success(request, told % {"n": done.moved, "number": done.revision})
        if done.ended:
            over = ngettext(
                "For %(n)d customer the scenario is over.", "For %(n)d customers the scenario is over.", done.ended
            )
            messages.info(request, over % {"n": done.ended})
        back = reverse("console:scenario_history", args=[scenario.id])
    response = HttpResponseRedirect(back)
    response.status_code = 303
    return response


def _versions(groups: Sequence[Group]) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for group in groups:
        one_version = found.setdefault(group.revision_id, {"id": group.revision_id, "number": group.number, "count": 0})
        one_version["count"] += group.count
    return sorted(found.values(), key=lambda version: -int(version["number"]))


Steps = dict[int, dict[str, str]]


def _steps(scenario: Scenario, groups: Sequence[Group]) -> Steps:
    """By revision, each step in a few words."""
    wanted = {scenario.revision_id, *(group.revision_id for group in groups)}
    return {
        revision.id: {
            str(place.step.get("id")): _says(place.step, scenario.shop) for place in walk(revision.flow.get("steps"))
        }
        for revision in Revision.objects.filter(id__in=[key for key in wanted if key])
    }


def _says(step: Any, shop: Shop) -> str:
    return summary.says(step, shop)


HOW = {SAME: "good", NEXT: "clock", PASSED: "clock", OUT: "bad"}


def _then(landing: Landing, new: Mapping[str, str]) -> str:
    if landing.is_out:
        return ""
    if landing.then and landing.then == landing.after:  # they wait for news, or for a call
        return _("one of its ways")
    return new.get(landing.then) or _("End")


def _group(visit: Visit, group: Group, steps: Steps, scenario: Scenario) -> dict[str, Any]:
    landing, target = group.landing, scenario.revision_id or 0
    old, new = steps.get(group.revision_id, {}), steps.get(target, {})
    how = {
        SAME: _("stays at the same step"), NEXT: _("the step is gone: goes on with the next one"),
        PASSED: _("goes on after the steps that they may have had"), OUT: _("nothing is left: the scenario is over"),
    }[landing.way]  # fmt: skip
    rows = (
        Enrollment.objects.filter(revision_id=group.revision_id, step=group.step, state__in=ON_THE_WAY)
        .select_related("customer", "order")
        .order_by("due_at")[:PEOPLE]
    )
    return {
        "number": group.number,
        "count": group.count,
        "rests": old.get(landing.after) or _("has not begun yet"),
        "then": _then(landing, new),
        "how": how,
        "tone": HOW[landing.way],
        "is_new_rest": landing.is_new_rest,
        "people": [
            {
                "name": visit.person(row.customer.name if row.customer else ""),
                "number": row.order.number if row.order else "",
                "href": reverse("console:cancellation", args=[row.cancellation_id]) if row.cancellation_id else "",
                "at": row.due_at,
            }
            for row in rows
        ],
        "more": max(0, group.count - PEOPLE),
    }
