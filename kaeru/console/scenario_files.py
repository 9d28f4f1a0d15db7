"""Scenario files: download a scenario, take one over by upload or paste, and see what is wrong with it line by line."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.cancellations.models import Reason
from kaeru.console import summary
from kaeru.console.chosen import one
from kaeru.console.doors import Visit, page, show
from kaeru.scenarios import actions, files, queries
from kaeru.scenarios.files.reading import LARGEST
from kaeru.scenarios.models import Revision, Scenario

AROUND = 2
"""Lines shown around each problem."""
MOST_SHOWN = 30


@page("see", "GET", "POST")
def file(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """Both ways on one page."""
    scenario = one(scenario_id)
    if request.method != "POST":
        return _draw(request, visit, scenario)
    if not visit.may("edit_scenarios"):
        raise PermissionDenied
    upload = request.FILES.get("file")
    typed = request.POST.get("text", "")
    raw: bytes | str = upload.read(LARGEST + 1) if upload else typed
    if not raw:
        messages.error(request, _("Please choose a file, or paste its text."))
        return _draw(request, visit, scenario, status=422)
    found = files.load(raw, actions.surroundings(scenario.shop))
    text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
    if found.errors or found.flow is None:
        return _draw(request, visit, scenario, text=text, found=found, status=422)
    target = scenario
    if request.POST.get("into") == "new":
        reason = Reason.objects.filter(shop=scenario.shop, code=found.reason).first() if found.reason else None
        title = found.name or summary.name_of(scenario)
        target = actions.begin(scenario.shop, actor=visit.actor, reason=reason, name=title, flow=found.flow)
    else:
        actions.save_draft(scenario.id, found.flow, actor=visit.actor)
    if found.holdout is not None:
        actions.hold_back(target.id, setting=found.holdout, actor=visit.actor)
    messages.success(request, _("The file is the draft now. Nothing is published yet."))
    for warning in found.warnings:
        messages.warning(request, _("Line %(line)d: %(said)s") % {"line": warning.line, "said": warning.message})
    response = HttpResponseRedirect(reverse("console:scenario", args=[target.id]))
    response.status_code = 303
    return response


@page("see")
def download(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The draft as a file, or the version that is asked for."""
    scenario = one(scenario_id)
    flow, said = scenario.draft, request.GET.get("version", "")
    if said:
        revision = (
            Revision.objects.filter(scenario=scenario, number=int(said)).first()
            if said.isascii() and said.isdigit() and len(said) < 8
            else None
        )
        if revision is None:
            raise Http404
        flow = revision.flow
    code = scenario.reason.code if scenario.reason else ""
    response = HttpResponse(
        files.dump(flow, name=summary.name_of(scenario), reason=code, holdout=scenario.holdout),
        content_type="application/yaml; charset=utf-8",
    )
    name = f"{code or f'scenario-{scenario.id}'}{f'-v{said}' if said else ''}.yaml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _draw(
    request: HttpRequest,
    visit: Visit,
    scenario: Scenario,
    text: str = "",
    found: files.Imported | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "scenario": scenario,
        "name": summary.name_of(scenario),
        "versions": queries.revisions(scenario.id),
        "text": text[:LARGEST],
        "problems": [
            {"problem": problem, "lines": _lines(text, problem.line)}
            for problem in (found.problems if found else ())[:MOST_SHOWN]
        ],
        "can_edit": visit.may("edit_scenarios"),
    }
    return show(request, visit, "console/scenario_file.html", "scenarios", context, status=status)


def _lines(text: str, line: int) -> list[dict[str, Any]]:
    """The line with its neighbours."""
    every = text.splitlines()
    first = max(1, line - AROUND)
    return [
        {"number": number, "text": every[number - 1][:200], "is_wrong": number == line}
        for number in range(first, min(len(every), line + AROUND) + 1)
    ]
