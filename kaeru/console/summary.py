"""A scenario in one line: Mail → after 1 day → Coupon: ¥500 off → Mail with an offer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.core import wording
from kaeru.scenarios.flow import walk
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.models import Enrollment, Scenario


def says(step: Mapping[str, Any], currency: str) -> str:
    """One step in a few words."""
    known = kinds().get(str(step.get("kind")))
    return known.says(step, currency) if known else str(step.get("kind", ""))


def of(steps: Sequence[Mapping[str, Any]], currency: str) -> str:
    """The scenario's own line; what is inside branches is left to the page."""
    return " → ".join(says(step, currency) for step in steps)


def next_of(enrollment: Enrollment, currency: str) -> str:
    """What an enrolment does next, where it rests now."""
    places = enrollment.revision.places
    step_id = places[enrollment.step] if enrollment.step < len(places) else ""
    for place in walk(enrollment.revision.flow.get("steps", [])):
        if step_id and place.step.get("id") == step_id:
            return says(place.step, currency)
    return _("End")


def name_of(scenario: Scenario) -> str:
    """The scenario's name: what the shop called it, else its reason in the reader's language."""
    if scenario.reason and scenario.name in scenario.reason.labels.values():
        return wording.pick(scenario.reason.labels, wording.language_of(translation.get_language())) or scenario.name
    return scenario.name
