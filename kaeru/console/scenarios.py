"""Scenarios: what follows each reason; switching it, editing it, publishing it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from kaeru.cancellations import queries as cancellations
from kaeru.cancellations.models import Reason
from kaeru.console import editor, summary
from kaeru.console.doors import Visit, page, show
from kaeru.core import wording
from kaeru.messages.variables import COUPON as COUPON_VARIABLES
from kaeru.messages.variables import WITHOUT_COUPON as VARIABLES
from kaeru.scenarios import actions, queries
from kaeru.scenarios.errors import NotPublishable
from kaeru.scenarios.models import Scenario
from kaeru.scenarios.steps import Problem


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The shop's scenarios, one for each reason, with who waits in each."""
    shop = visit.shop
    found = list(queries.of_shop(shop.id)) if shop else []
    waiting = queries.waiting_by_scenario(shop.id) if shop else {}
    rows = [
        {
            "scenario": scenario,
            "summary": summary.of(scenario.revision.steps, scenario.shop.currency) if scenario.revision else "",
            "waiting": waiting.get(scenario.id, 0),
            "is_changed": scenario.revision is not None
            and editor.tidy(scenario.draft) != editor.tidy(scenario.revision.steps),
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


def one(scenario_id: int) -> Scenario:
    """The scenario, or 404 when there is none of that id in scope."""
    found = queries.one(scenario_id)
    if found is None:
        raise Http404
    return found


MARKS = {"wait": "wait", "message": "mail", "coupon": "coupon", "branch": "branch"}


def _word(drawn: list[dict[str, Any]], currency: str) -> None:
    """Give each drawn step its mark and its few words."""
    for item in drawn:
        step = item["step"]
        item["mark"] = MARKS.get(item["kind"], "exit")
        item["says"] = summary.says(step, currency)
        item["subject"] = wording.pick(
            {code: texts.get("subject", "") for code, texts in (step.get("texts") or {}).items()}, "ja"
        )
        for side in item["sides"]:
            _word(side["steps"], currency)


def _draw(
    request: HttpRequest,
    visit: Visit,
    scenario: Scenario,
    steps: editor.Steps,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> HttpResponse:
    currency = scenario.shop.currency
    drawn = editor.draw(steps, problems, currency, request.GET.get("open", ""))
    _word(drawn, currency)
    context: dict[str, Any] = {
        "scenario": scenario,
        "steps": drawn,
        "count": len(steps),
        "problems": problems,
        "whole_problems": editor.unplaced(steps, problems),
        "currency": currency,
        "can_edit": visit.may("edit_scenarios"),
        "is_changed": scenario.revision is None or editor.tidy(steps) != editor.tidy(scenario.revision.steps),
        "revisions": queries.revisions(scenario.id),
        "waiting": queries.waiting_by_scenario(scenario.shop_id).get(scenario.id, 0),
        "variables": sorted(VARIABLES),
        "coupon_variables": sorted(COUPON_VARIABLES),
    }
    return show(request, visit, "console/scenario.html", "scenarios", context, status=status)


def _to(scenario: Scenario, path: str = "") -> HttpResponse:
    """Back to the editor, at the step that was touched. 303: the answer is read with a GET."""
    place = f"?{urlencode({'open': path})}#{path.replace('.', '-')}" if path else ""
    address = reverse("console:scenario", args=[scenario.id]) + place
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


@page("see", "GET", "POST")
def detail(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The editor. Every button brings the whole form, so every button keeps what was typed."""
    scenario = one(scenario_id)
    if request.method != "POST":
        return _draw(request, visit, scenario, editor.tidy(scenario.draft))
    if not visit.may("edit_scenarios"):
        raise PermissionDenied
    command = request.POST.get("do", "save")
    if command == "discard":
        actions.save_draft(scenario.id, scenario.revision.steps if scenario.revision else [], actor=visit.actor)
        messages.info(request, _("Back to the published version."))
        return _to(scenario)
    steps, look = editor.edit(editor.read(request.POST.dict(), scenario.shop.currency), command)
    actions.save_draft(scenario.id, steps, actor=visit.actor)
    if command == "publish":
        return _publish(request, visit, scenario, steps)
    if command.startswith("preview:"):
        at = command.removeprefix("preview:")
        return redirect(reverse("console:preview", args=[scenario.id]) + "?" + urlencode({"at": at}))
    return _to(scenario, look)


def _publish(request: HttpRequest, visit: Visit, scenario: Scenario, steps: editor.Steps) -> HttpResponse:
    try:
        revision = actions.publish(scenario.id, actor=visit.actor)
    except NotPublishable as refused:
        return _draw(request, visit, scenario, steps, refused.problems, status=422)
    messages.success(
        request,
        _("Version %(number)s is published. Who is already on the way finishes the version they began.")
        % {"number": revision.number},
    )
    return _to(scenario)


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
    return _to(actions.begin(reason, actor=visit.actor))
