"""History: a scenario's versions, who published them and why, what changed between any two, and the way back."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaeru.console import summary
from kaeru.console.chosen import one
from kaeru.console.doors import Visit, page, show
from kaeru.console.phrases import ACTOR, said
from kaeru.core import wording
from kaeru.core.money import show as money
from kaeru.scenarios import actions, triggers
from kaeru.scenarios.diffing import ADDED, CHANGED, MOVED, REMOVED, SAME, Diff, FieldChange, StepChange, diff, shortened
from kaeru.scenarios.fields import Field
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.branch import describe_for
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, Scenario
from kaeru.tenants.models import Member, Shop

MOST_LISTED = 100


@page("see")
def versions(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """All versions, and what changed from one to another: the last two, unless two are chosen."""
    scenario = one(scenario_id)
    found = list(Revision.objects.filter(scenario=scenario).order_by("-number")[:MOST_LISTED])
    known = ["draft", *(str(row.number) for row in found)]
    after = request.GET.get("to", "draft")
    after = after if after in known else "draft"
    usual = known[known.index(after) + 1] if known.index(after) + 1 < len(known) else after
    before = request.GET.get("from", usual)
    before = before if before in known else usual
    flows = {"draft": scenario.draft, **{str(row.number): row.flow for row in found}}
    changes = diff(flows[before], flows[after])
    names, busy = _actors(found), _on_the_way(scenario)
    context = {
        "scenario": scenario,
        "name": summary.name_of(scenario),
        "versions": [
            {
                "row": row, "by": names.get(row.published_by) or said(ACTOR, row.published_by), "waiting": busy.get(row.id, 0),
                "is_current": row.id == scenario.revision_id,
            }
            for row in found
        ],
        "choices": [(code, _label(code)) for code in known],
        "before": before,
        "after": after,
        "before_label": _label(before),
        "after_label": _label(after),
        "changes": _drawn(changes, scenario.shop),
        "settings": [_setting(change, scenario.shop) for change in changes.settings],
        "is_same": changes.is_empty,
        "counts": _counts(changes),
        "older": sum(count for key, count in busy.items() if key != scenario.revision_id),
        "can_edit": visit.may("edit_scenarios"),
    }  # fmt: skip
    return show(request, visit, "console/history.html", "scenarios", context)


@page("edit_scenarios", "POST")
def restore(request: HttpRequest, visit: Visit, scenario_id: int) -> HttpResponse:
    """Make an earlier version the draft; nothing is published."""
    scenario = one(scenario_id)
    said = request.POST.get("number", "")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 8 else 0
    try:
        actions.restore(scenario.id, number, actor=visit.actor)
    except Revision.DoesNotExist:
        messages.error(request, _("There is no such version."))
        return _to("console:scenario_history", scenario)
    told = _("Version %(number)s is the draft now. It counts once you publish it.")
    messages.success(request, told % {"number": number})
    return _to("console:scenario", scenario)


def _to(page_name: str, scenario: Scenario) -> HttpResponse:
    response = HttpResponseRedirect(reverse(page_name, args=[scenario.id]))
    response.status_code = 303
    return response


def _label(code: str) -> str:
    return _("The draft") if code == "draft" else _("Version %(number)s") % {"number": code}


def _actors(rows: list[Revision]) -> dict[str, str]:
    """`member:12` -> the person's name."""
    ids = {
        int(row.published_by[7:])
        for row in rows
        if row.published_by[:7] == "member:" and row.published_by[7:].isdigit()
    }
    found = Member.objects.filter(id__in=ids).select_related("user")
    return {f"member:{member.id}": member.user.name or member.user.email for member in found}


def _on_the_way(scenario: Scenario) -> dict[int, int]:
    from django.db.models import Count

    alive = [EnrollmentState.WAITING, EnrollmentState.HELD, EnrollmentState.PARKED]
    rows = Enrollment.objects.filter(revision__scenario=scenario, state__in=alive).order_by()
    return dict(rows.values_list("revision_id").annotate(Count("id")))


def _counts(changes: Diff) -> list[tuple[str, int]]:
    told = ((ADDED, _("new")), (REMOVED, _("gone")), (CHANGED, _("changed")), (MOVED, _("moved")))
    return [(label, changes.count(kind)) for kind, label in told if changes.count(kind)]


BADGE = {ADDED: "good", REMOVED: "bad", CHANGED: "clock", MOVED: "clock", SAME: ""}


def _drawn(changes: Diff, shop: Shop) -> list[dict[str, Any]]:
    words = {ADDED: _("new"), REMOVED: _("gone"), CHANGED: _("changed"), MOVED: _("moved"), SAME: ""}
    return [
        {
            "kind": change.kind,
            "badge": words[change.kind],
            "tone": BADGE[change.kind],
            "is_inside": change.depth > 0,
            "mark": _mark(change),
            "says": summary.says(change.step, shop),
            "fields": [_field(change, one_field, shop) for one_field in change.fields],
            "texts": [
                {
                    "label": _text_label(change, text.field, text.part),
                    "language": {"ja": "日本語", "en": "English"}.get(text.language, text.language),
                    "lang": text.language,
                    "segments": shortened(text.segments),
                }
                for text in change.texts
            ],
        }
        for change in changes.steps
    ]


def _mark(change: StepChange) -> str:
    known = kinds().get(str(change.step.get("kind")))
    return known.mark if known is not None else "exit"


def _known(change: StepChange, name: str) -> Field | None:
    for step in (change.step, change.before or {}):
        known = kinds().get(str(step.get("kind")))
        for field in known.fields if known is not None else ():
            if field.name == name:
                return field
    return None


def _text_label(change: StepChange, name: str, part: str) -> str:
    if part:
        return {"subject": _("Subject"), "body": _("Text")}.get(part, part)
    field = _known(change, name)
    return str(field.label) if field else name


def _field(change: StepChange, one_field: FieldChange, shop: Shop) -> dict[str, str]:
    if one_field.field == "kind":
        both = [kinds().get(str(value)) for value in (one_field.before, one_field.after)]
        before, after = (str(kind.label) if kind is not None else "" for kind in both)
        return {"label": _("Kind of step"), "before": before, "after": after}
    field = _known(change, one_field.field)
    return {
        "label": str(field.label) if field else one_field.field,
        "before": _value(field, one_field.before, shop),
        "after": _value(field, one_field.after, shop),
    }


def _value(field: Field | None, value: Any, shop: Shop) -> str:
    """A field's value as its form shows it."""
    if value is None or value in ("", []):
        return "–"
    if field is None:
        return str(value)
    offered = {code: str(label) for code, label in field.offered()}
    match field.type:
        case "money" if isinstance(value, int):
            return money(value, shop.currency, _language())
        case "whole":
            return f"{value} {field.unit}".strip()
        case "choice":
            return offered.get(value, str(value)) if isinstance(value, str) else str(value)
        case "choices" | "order" if isinstance(value, list):
            return " → ".join(offered.get(one, str(one)) if isinstance(one, str) else str(one) for one in value)
        case "weekdays" if isinstance(value, list):
            names = "月火水木金土日" if _language() == "ja" else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
            return " ".join(names[one] for one in value if isinstance(one, int) and 0 <= one < 7)
        case "tick":
            return _("ticked") if value else _("not ticked")
        case "condition":
            return describe_for(value, shop) or "–"
    return str(value)


def _language() -> str:
    return wording.language_of(get_language())


def _setting(change: FieldChange, shop: Shop) -> dict[str, str]:
    labels: Mapping[str, str] = {
        "trigger": _("What starts it"), "when": _("For whom"), "exit_when": _("Who leaves"), "goal": _("Goal"),
        "again_after_days": _("Days until the same customer may start again"),
    }  # fmt: skip

    def said(value: Any) -> str:
        if value in (None, "", {}):
            return "–"
        match change.field:
            case "trigger":
                return triggers.trigger_label(str(value))
            case "goal":
                return triggers.event_label(str(value))
            case "when" | "exit_when":
                return describe_for(value, shop) or "–"
        return str(value)

    return {"label": labels[change.field], "before": said(change.before), "after": said(change.after)}
