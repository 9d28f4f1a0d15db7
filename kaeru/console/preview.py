"""The preview of a mail, with the names that break layouts: long, bare, rare letters, emoji, HTML."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaeru.channels.base import Worded
from kaeru.console.builder import one
from kaeru.console.doors import Visit, page, show
from kaeru.console.editor import edits, reading
from kaeru.console.editor.widgets import LANGUAGES
from kaeru.messages.errors import TemplateBroken
from kaeru.messages.preview import preview as word
from kaeru.scenarios.models import Scenario

NAMES = {
    "usual": gettext_lazy("A usual name"),
    "long": gettext_lazy("A very long name"),
    "rare": gettext_lazy("Rare letters"),
    "emoji": gettext_lazy("Emoji"),
    "html": gettext_lazy("HTML in the name"),
    "empty": gettext_lazy("No name"),
}
FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
"""A mail brings its own styles; it may run nothing, send nothing and load nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which mail, for whom, in which language."""

    at: str
    name: str
    language: str

    @property
    def query(self) -> dict[str, str]:
        """As parts of an address."""
        return {"at": self.at, "name": self.name, "in": self.language}


def _asked(request: HttpRequest) -> Asked:
    name, language = request.GET.get("name", "usual"), request.GET.get("in", "ja")
    return Asked(
        at=request.GET.get("at", ""),
        name=name if name in NAMES else "usual",
        language=language if language in LANGUAGES else "ja",
    )


def _worded(scenario: Scenario, asked: Asked) -> Worded:
    """The draft's mail in words. Raises TemplateBroken; 404 when there is no mail at that place."""
    step = edits.step_at(reading.tidy(scenario.draft), asked.at)
    if step is None or "texts" not in step:
        raise Http404
    return word(scenario.shop, step["purpose"], step["texts"][asked.language], asked.language, asked.name)


@page("see")
def preview(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The draft's mail in a frame, with tabs for names and languages."""
    scenario, asked = one(scenario_id), _asked(request)
    context: dict[str, Any] = {
        "scenario": scenario,
        "anchor": asked.at.replace(".", "-"),
        "at": asked.at,
        "names": [(key, label, urlencode({**asked.query, "name": key})) for key, label in NAMES.items()],
        "languages": [
            (code, label, urlencode({**asked.query, "in": code}))
            for code, label in (("ja", "日本語"), ("en", "English"))
        ],
        "name": asked.name,
        "language": asked.language,
    }
    try:
        context["worded"] = _worded(scenario, asked)
        context["body_href"] = reverse("console:preview_body", args=[scenario.id]) + "?" + urlencode(asked.query)
    except TemplateBroken as broken:
        context["problem"] = _("Line %(line)d: %(detail)s") % {"line": max(broken.line, 1), "detail": broken.detail}
    return show(request, visit, "console/preview.html", "scenarios", context)


@page("see")
def body(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The mail alone, for the sandboxed frame."""
    try:
        response = HttpResponse(_worded(one(scenario_id), _asked(request)).html)
    except TemplateBroken as broken:
        raise Http404 from broken
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
