"""A scenario in one line: Mail → 1 d → Coupon ¥500 → Mail with an offer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.core import wording
from kaeru.core.money import show
from kaeru.scenarios.models import Scenario
from kaeru.scenarios.steps import UNITS, wait_seconds


def worth(kind: str, value: int, currency: str) -> str:
    """What a coupon gives: ¥500 off, 10% off, free shipping."""
    language = wording.language_of(translation.get_language())
    if kind == "amount":
        return _("%(money)s off") % {"money": show(value, currency, language)}
    return _("%(value)s%% off") % {"value": value} if kind == "percent" else _("free shipping")


def _whole(value: Any) -> int:
    """The number; 0 for what was typed and is none."""
    return value if isinstance(value, int) else 0


def _seconds(step: Mapping[str, Any]) -> int:
    return wait_seconds({unit: _whole(step.get(unit)) for unit in UNITS})


def says(step: Mapping[str, Any], currency: str) -> str:
    """One step in a few words."""
    language = wording.language_of(translation.get_language())
    match step.get("kind"):
        case "wait":
            return _("after %(span)s") % {"span": wording.span(timedelta(seconds=_seconds(step)), language)}
        case "message":
            return _("Mail with an offer") if step.get("purpose") == "advertisement" else _("Mail")
        case "coupon":
            return _("Coupon: %(worth)s") % {
                "worth": worth(step.get("coupon", ""), _whole(step.get("value")), currency)
            }
        case "branch" if step.get("on") == "order_value":
            return _("orders of %(money)s or more?") % {"money": show(_whole(step.get("at_least")), currency, language)}
        case "branch":
            return _("the customer's first order?")
        case _:
            return _("End")


def of(steps: Sequence[Mapping[str, Any]], currency: str) -> str:
    """The scenario's own line; what is inside branches is left to the page."""
    return " → ".join(says(step, currency) for step in steps)


def next_of(program: Sequence[Mapping[str, Any]], step: int, currency: str) -> str:
    """What an enrolment at `step` of its program does next."""
    if step >= len(program):
        return _("End")
    op = program[step]
    match op["op"]:
        case "wait":
            return says({"kind": "wait", "minutes": op["seconds"] // 60}, currency)
        case "message":
            return says({"kind": "message", "purpose": op["purpose"]}, currency)
        case "coupon":
            return says({"kind": "coupon", "coupon": op["kind"], "value": op["value"]}, currency)
        case "branch":
            return says({"kind": "branch", "on": op["on"], "at_least": op["at_least"]}, currency)
        case "jump":
            return next_of(program, op["to"], currency)
        case _:
            return _("End")


def name_of(scenario: Scenario) -> str:
    """The scenario's name: its reason in the reader's language."""
    language = wording.language_of(translation.get_language())
    return (wording.pick(scenario.reason.labels, language) if scenario.reason else "") or scenario.name
