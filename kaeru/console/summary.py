"""A scenario in one line: Mail → after 1 day → Coupon: ¥500 off → Mail with an offer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.core import wording
from kaeru.scenarios import triggers
from kaeru.scenarios.flow import walk
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.branch import describe_for
from kaeru.scenarios.models import Enrollment, Scenario
from kaeru.tenants.models import Shop


def says(step: Mapping[str, Any], shop: Shop) -> str:
    """One step in a few words; a step that asks a condition says it with the shop's own words."""
    known = kinds().get(str(step.get("kind")))
    if known is None:
        return str(step.get("kind", ""))
    asked = next((field.name for field in known.fields if field.type == "condition"), "")
    return (asked and describe_for(step.get(asked), shop)) or known.says(step, shop.currency)


def of(steps: Sequence[Any], shop: Shop) -> str:
    """The scenario's own line; what is inside branches is left to the page."""
    return " → ".join(says(step, shop) for step in steps if isinstance(step, Mapping))


def begins(flow: Mapping[str, Any], scenario: Scenario, language: str) -> str:
    """What starts it, in one line: A customer cancels: wrong address."""
    said = triggers.trigger_label(str(flow.get("trigger") or ""))
    about = triggers.trigger(str(flow.get("trigger") or ""))
    if scenario.reason and about is not None and about.about == "cancellation":
        said = _("%(trigger)s: %(reason)s") % {
            "trigger": said,
            "reason": wording.pick(scenario.reason.labels, language),
        }
    whom = describe_for(flow["when"], scenario.shop) if flow.get("when") else ""
    return _("%(trigger)s (%(whom)s)") % {"trigger": said, "whom": whom} if whom else said


def next_of(enrollment: Enrollment) -> str:
    """What an enrolment does next, where it rests now."""
    places, program, at = enrollment.revision.places, enrollment.revision.program, enrollment.step
    while at < len(program) and program[at]["op"] == "jump":
        at = program[at]["to"]
    step_id = places[at] if at < len(places) else ""
    for place in walk(enrollment.revision.flow.get("steps", [])):
        if step_id and place.step.get("id") == step_id:
            return says(place.step, enrollment.shop)
    return _("End")


def name_of(scenario: Scenario) -> str:
    """The scenario's name: what the shop called it, else its reason in the reader's language."""
    if scenario.reason and scenario.name in scenario.reason.labels.values():
        return wording.pick(scenario.reason.labels, wording.language_of(translation.get_language())) or scenario.name
    return scenario.name
