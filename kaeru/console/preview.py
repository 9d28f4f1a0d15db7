"""The preview of a mail, with the names that break layouts: long, bare, rare letters, emoji, HTML."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaeru.channels import registry as channels
from kaeru.channels.base import Worded
from kaeru.console import summary
from kaeru.console.chosen import one
from kaeru.console.doors import Visit, page, show
from kaeru.console.editor import edits, reading
from kaeru.console.editor.widgets import LANGUAGES
from kaeru.messages import actions as outbox
from kaeru.messages import guarding, trials
from kaeru.messages.errors import OverruleRefused, TemplateBroken, TextsRefused
from kaeru.messages.guard.text import Finding
from kaeru.messages.preview import Card, in_line
from kaeru.messages.preview import preview as word
from kaeru.messages.texts import check_texts
from kaeru.scenarios.kinds.message import channels_of
from kaeru.scenarios.models import Scenario

NAMES = {
    "usual": gettext_lazy("A usual name"),
    "long": gettext_lazy("A very long name"),
    "rare": gettext_lazy("Rare letters"),
    "emoji": gettext_lazy("Emoji"),
    "html": gettext_lazy("HTML in the name"),
    "empty": gettext_lazy("No name"),
}
FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"
"""A mail brings its own styles; it may run nothing, send nothing and load nothing but the shop's logo."""


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


def _asked(said: QueryDict) -> Asked:
    name, language = said.get("name", "usual"), said.get("in", "ja")
    return Asked(
        at=said.get("at", ""),
        name=name if name in NAMES else "usual",
        language=language if language in LANGUAGES else "ja",
    )


def _step(scenario: Scenario, asked: Asked) -> dict[str, Any]:
    """The draft's step that writes to somebody; 404 when there is none at that place."""
    step = edits.step_at(reading.tidy(scenario.draft), asked.at)
    if step is None or "texts" not in step:
        raise Http404
    return step


def _worded(scenario: Scenario, asked: Asked) -> Worded:
    """The draft's mail in words. Raises TemplateBroken; 404 when there is no mail at that place."""
    step = _step(scenario, asked)
    return word(scenario.shop, step["purpose"], step["texts"][asked.language], asked.language, asked.name)


def _card(scenario: Scenario, asked: Asked) -> Card | None:
    """The same in LINE, when the step goes there. Raises TemplateBroken."""
    step = _step(scenario, asked)
    if "line" not in channels_of(step):
        return None
    return in_line(scenario.shop, step["purpose"], step["texts"][asked.language], asked.language, asked.name)


@page("see")
def preview(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The draft's mail in a frame, with tabs for names and languages."""
    scenario, asked = one(scenario_id), _asked(request.GET)
    context: dict[str, Any] = {
        "scenario": scenario,
        "scenario_name": summary.name_of(scenario),
        "key": str((edits.step_at(scenario.draft, asked.at) or {}).get("id", "")),
        "my_address": visit.member.user.email if visit.may("edit_scenarios") else "",
        "at": asked.at,
        "names": [(key, label, urlencode({**asked.query, "name": key})) for key, label in NAMES.items()],
        "languages": [
            (code, label, urlencode({**asked.query, "in": code}))
            for code, label in (("ja", "日本語"), ("en", "English"))
        ],
        "name": asked.name,
        "language": asked.language,
    }
    context["said"] = _findings(scenario, asked)
    context["can_overrule"] = visit.may("manage_members")
    try:
        context["worded"] = _worded(scenario, asked)
        context["card"] = _card(scenario, asked)
        context["body_href"] = reverse("console:preview_body", args=[scenario.id]) + "?" + urlencode(asked.query)
    except TemplateBroken as broken:
        context["problem"] = _("Line %(line)d: %(detail)s") % {"line": max(broken.line, 1), "detail": broken.detail}
    return show(request, visit, "console/preview.html", "scenarios", context)


def _findings(scenario: Scenario, asked: Asked) -> tuple[Finding, ...]:
    """What the guard says of this language's text; nothing of a text that cannot be filled in yet."""
    step = _step(scenario, asked)
    text = step["texts"][asked.language]
    if not text["body"].strip() or check_texts({asked.language: text}, step["purpose"]):
        return ()
    side = scenario.reason.side if scenario.reason else ""
    but = guarding.overruled(scenario.shop_id)
    over = [name for name in channels_of(step) if name in channels.names()]
    return guarding.findings(step["purpose"], text, asked.language, side=side, over=over, but=but)


def _gone(request: HttpRequest, scenario: Scenario) -> HttpResponse:
    messages.error(request, _("This message is not in the draft any more."))
    return redirect(reverse("console:scenario", args=[scenario.id]))


@page("manage_members", "POST")
def overrule(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The owner lets this text go against a rule, for a written reason."""
    scenario, asked = one(scenario_id), _asked(request.POST)
    step = edits.step_at(reading.tidy(scenario.draft), asked.at)
    if step is None or "texts" not in step:
        return _gone(request, scenario)
    text, rule = step["texts"][asked.language], request.POST.get("rule", "")
    try:
        outbox.overrule(scenario.shop, rule, step["purpose"], text, request.POST.get("reason", ""), actor=visit.actor)
        messages.success(
            request,
            _("The rule %(rule)s is overruled for exactly this text. It is kept who did it and why.") % {"rule": rule},
        )
    except OverruleRefused as refused:
        words = {
            "absolute": _("Nobody may overrule this rule."),
            "unknown": _("There is no such rule."),
            "no_reason": _("Please write down why."),
        }
        messages.error(request, words[refused.code])
    return redirect(reverse("console:preview", args=[scenario.id]) + "?" + urlencode(asked.query))


@page("edit_scenarios", "POST")
def test(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """Send the draft's message to the member who asks, the real way."""
    scenario = one(scenario_id)
    asked = _asked(request.POST)
    step = edits.step_at(reading.tidy(scenario.draft), asked.at)
    if step is None or "texts" not in step:
        return _gone(request, scenario)
    user = visit.member.user
    try:
        trials.send_test(
            scenario.shop, user, step["purpose"], step["texts"], asked.language, name=asked.name, actor=visit.actor
        )
        messages.success(request, _("A test is on its way to %(address)s.") % {"address": user.email})
    except TextsRefused as refused:
        messages.error(request, " ".join(problem.message for problem in refused.problems))
    return redirect(reverse("console:preview", args=[scenario.id]) + "?" + urlencode(asked.query))


@page("see")
def body(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """The mail alone, for the sandboxed frame."""
    try:
        html = _worded(one(scenario_id), _asked(request.GET)).html
    except TemplateBroken as broken:
        raise Http404 from broken
    response = HttpResponse(_lit(html, "dark" if request.GET.get("dark") else "light"))
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _lit(html: str, light: str) -> str:
    """The mail as readers show it by day or by night, whatever the screen on which it is looked at: its own night colours."""
    html = html.replace("(prefers-color-scheme: dark)", "all" if light == "dark" else "not all")
    return html.replace('content="light dark"', f'content="{light}"')
