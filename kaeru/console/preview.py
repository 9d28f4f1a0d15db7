"""The preview of a mail, with the names that break layouts: long, bare, rare letters, emoji, HTML."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from kaeru.console import editor
from kaeru.console.doors import Visit, page, show
from kaeru.console.mail import framed
from kaeru.console.scenarios import one
from kaeru.scenarios.models import Scenario

NAMES = {
    "usual": _("A usual name"),
    "long": _("A very long name"),
    "rare": _("Rare letters"),
    "emoji": _("Emoji"),
    "html": _("HTML in the name"),
    "empty": _("No name"),
}


def _step(scenario: Scenario, path: str) -> dict[str, Any]:
    step = editor.step_at(editor.tidy(scenario.draft), path)
    if step is None or step["kind"] != "message":
        raise Http404
    return step


@page("see")
def preview(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The draft's mail in a frame, with tabs for names and languages."""
    scenario = one(scenario_id)
    at, name, language = _asked(request)
    _step(scenario, at)
    query = {"at": at, "name": name, "in": language}
    context = {
        "scenario": scenario,
        "at": at,
        "anchor": at.replace(".", "-"),
        "names": [(key, label, urlencode({**query, "name": key})) for key, label in NAMES.items()],
        "languages": [
            (code, label, urlencode({**query, "in": code})) for code, label in (("ja", "日本語"), ("en", "English"))
        ],
        "name": name,
        "language": language,
        "body_href": reverse("console:preview_body", args=[scenario.id]) + "?" + urlencode(query),
    }
    return show(request, visit, "console/preview.html", "scenarios", context)


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    name, language = request.GET.get("name", "usual"), request.GET.get("in", "ja")
    return (
        request.GET.get("at", ""),
        name if name in NAMES else "usual",
        language if language in editor.LANGUAGES else "ja",
    )


@page("see")
def body(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The mail alone, for the frame."""
    scenario = one(scenario_id)
    at, name, language = _asked(request)
    step = _step(scenario, at)
    return framed(str(step["texts"][language]["body"]))
