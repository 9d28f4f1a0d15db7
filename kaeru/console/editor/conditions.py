"""The condition editor inside this editor's form: a condition is a field like any other."""

from collections.abc import Mapping
from typing import Any

from kaeru.audiences import registry
from kaeru.audiences.checks import Problem
from kaeru.console import conditions
from kaeru.console.editor.form import Form
from kaeru.scenarios.fields import Problem as StepProblem
from kaeru.scenarios.flow import Flow, walk
from kaeru.scenarios.kinds import kinds

HEAD = ("when", "exit_when")


def tidy(value: Any) -> Any:
    """The condition as the form brings it back."""
    return conditions.tidy_condition(value)


def read(form: Form, path: str, currency: str) -> Any:
    """The condition that the form describes; None for none."""
    return conditions.read_condition(form.flat, path, registry.fields(), currency)


def draw(value: Any, path: str, problems: Mapping[str, Any], shop: Any) -> dict[str, Any]:
    """What `part/conditions.html` needs."""
    told = [
        Problem(problem.path, problem.code, problem.message)
        for place, found in problems.items()
        if place == path or place.startswith(f"{path}.")
        for problem in found
        if isinstance(problem, StepProblem)
    ]
    return conditions.draw_condition(value, path, told, shop)


def edit(flow: Flow, form: Form) -> Flow:
    """Do what a button of a condition asks, wherever in the flow it is; other commands change nothing."""
    command = conditions.command_of(form.flat)
    if not command.startswith("condition:"):
        return flow
    for name in HEAD:
        flow[name] = conditions.edit_condition(flow.get(name), name, command)
    for place in walk(flow["steps"]):
        known = kinds().get(str(place.step.get("kind")))
        for field in known.fields if known else ():
            if field.type == "condition" and isinstance(place.step, dict):
                path = f"{place.path}.{field.name}"
                place.step[field.name] = conditions.edit_condition(place.step.get(field.name), path, command)
    return flow


def look_of(flow: Flow, command: str) -> str:
    """The id of the step whose condition a command is about; `start` for those of the head, empty for other commands."""
    verb, _, rest = command.partition(":")
    path = rest.partition(":")[2].partition(":")[0]
    if verb != "condition":
        return ""
    around = [place for place in walk(flow["steps"]) if path.startswith(f"{place.path}.")]
    return str(around[-1].step.get("id")) if around else "start"
