"""Whether a scenario may be published: its steps, and the words of its messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from kaeru.messages import rules as messages
from kaeru.messages.variables import VARIABLES, WITHOUT_COUPON
from kaeru.scenarios.steps import Problem, check_steps


def check_scenario(steps: Any) -> list[Problem]:
    """All problems of a draft, in the order of its steps."""
    problems = check_steps(steps)
    if problems:
        return problems
    if not steps:
        return [Problem("steps", "empty", _("The scenario has no steps yet. Please add one."))]
    return _check_words(steps, "steps", has_coupon=False)[0]


def _check_words(steps: Sequence[Mapping[str, Any]], path: str, has_coupon: bool) -> tuple[list[Problem], bool]:
    """Problems of the texts, and whether a coupon is certain to exist after these steps."""
    problems: list[Problem] = []
    for index, step in enumerate(steps):
        here = f"{path}.{index}"
        match step["kind"]:
            case "coupon":
                has_coupon = True
            case "branch":
                found_then, then_has = _check_words(step.get("then", []), f"{here}.then", has_coupon)
                found_else, else_has = _check_words(step.get("else", []), f"{here}.else", has_coupon)
                problems += found_then + found_else
                has_coupon = then_has and else_has
            case "message":
                allowed = VARIABLES if has_coupon else WITHOUT_COUPON
                problems += [
                    Problem(f"{here}.{found.path}", found.code, found.message)
                    for found in messages.check_texts(step["texts"], step["purpose"], allowed)
                ]
    return problems, has_coupon
