"""The flow that a form describes, and the flow with every field said."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from kaeru.console.editor import start, widgets
from kaeru.console.editor.form import Form as Form
from kaeru.console.editor.form import number
from kaeru.console.editor.widgets import Paper
from kaeru.scenarios.fields import Step
from kaeru.scenarios.flow import EMPTY, MOST_DEPTH, MOST_STEPS, Flow, arms_of
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.base import Kind

ROOT = "steps"
MOST_READ = 4 * MOST_STEPS
"""More than may be published is read as well: the check says what to leave out, and nothing typed is lost."""
DEEPEST = MOST_DEPTH + 2
HIDDEN = ("id", "kind")


def read(form: Form, paper: Paper) -> Flow:
    """The flow that a posted form describes."""
    return {**start.read(form, paper), "steps": _read_list(form, ROOT, paper, [MOST_READ], 0)}


def _read_list(form: Form, path: str, paper: Paper, left: list[int], depth: int) -> list[Any]:
    count = number(form.one(f"{path}:count", "0"))
    steps: list[Any] = []
    for index in range(count if isinstance(count, int) else 0):
        if left[0] <= 0:
            break
        left[0] -= 1
        steps.append(_read_step(form, f"{path}.{index}", paper, left, depth))
    return steps


def _read_step(form: Form, path: str, paper: Paper, left: list[int], depth: int) -> Any:
    kept = form.kept(f"{path}:kept")
    known = kinds().get(form.one(f"{path}:kind"))
    if known is None:
        return kept if kept is not None else {"id": form.one(f"{path}:id"), "kind": form.one(f"{path}:kind")}
    step: dict[str, Any] = {"id": form.one(f"{path}:id"), "kind": known.name}
    for field in known.fields:
        step[field.name] = widgets.read(field, form, f"{path}.{field.name}", f"{path}:{field.name}", paper)
    rest = kept if isinstance(kept, dict) else {}
    if depth < DEEPEST:
        for arm in known.arms({**step, **_sent_arms(form, path)}):
            step[arm.name] = _read_list(form, f"{path}.{arm.name}", paper, left, depth + 1)
    return {**rest, **step}


def _sent_arms(form: Form, path: str) -> dict[str, bool]:
    """Names of ways that were in the form with steps in them: a kind may have ways only while they are not empty."""
    sent = form.one(f"{path}:arms").split()
    return {name: True for name in sent if form.one(f"{path}.{name}:count", "0") not in ("", "0")}


def tidy(flow: Mapping[str, Any]) -> Flow:
    """The flow with every field said, as the form brings it back."""
    return {**start.tidy({**EMPTY, **flow}), "steps": tidy_steps(flow.get("steps"))}


def tidy_steps(steps: Any, depth: int = 0) -> list[Any]:
    """Steps with every field said; what is no step, or of no known kind, is left as it is."""
    return [tidy_step(step, depth) for step in steps] if isinstance(steps, list) else []


def tidy_step(step: Any, depth: int = 0) -> Any:
    """One step with every field said."""
    known = kinds().get(str(step.get("kind"))) if isinstance(step, Mapping) else None
    if known is None:
        return deepcopy(step)
    arms = [arm.name for arm in known.arms(step)] if depth < DEEPEST else []
    return {
        **kept(known, step, depth),
        "id": str(step.get("id") or ""),
        "kind": known.name,
        **{field.name: widgets.tidy(field, step) for field in known.fields},
        **{name: tidy_steps(step.get(name), depth + 1) for name in arms},
    }


def kept(known: Kind, step: Step, depth: int = 0) -> dict[str, Any]:
    """What the step says besides its kind's fields; a form carries it along unseen."""
    arms = {arm.name for arm in known.arms(step)} if depth < DEEPEST else set()
    said = {*HIDDEN, *arms, *(field.name for field in known.fields)}
    return {name: deepcopy(value) for name, value in step.items() if name not in said}


def essence(flow: Mapping[str, Any]) -> Flow:
    """The flow without what nobody is asked: two drafts with the same essence do the same."""
    tidied = tidy(flow)
    return {**tidied, "steps": _essence(tidied["steps"])}


def _essence(steps: Sequence[Any]) -> list[Any]:
    found = []
    for step in steps:
        known = kinds().get(str(step.get("kind"))) if isinstance(step, Mapping) else None
        if known is None:
            found.append(step)
            continue
        unasked = {field.name for field in known.fields if not field.is_asked(step)}
        arms = {arm.name: _essence(step.get(arm.name) or []) for arm in arms_of(step)}
        found.append({**{name: value for name, value in step.items() if name not in unasked}, **arms})
    return found
