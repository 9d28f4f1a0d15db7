"""The edits of a flow, each a command that a plain button can send: add, remove, copy, move.

`up:PATH`, `down:PATH`, `in:PATH`, `out:PATH`, `remove:PATH`, `copy:PATH`, `add:KIND:LIST:INDEX`, `move:PATH:LIST:INDEX`. A command that
fits nothing changes nothing.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from kaeru.console.editor.reading import ROOT, tidy_step
from kaeru.scenarios.flow import Flow, arms_of
from kaeru.scenarios.kinds import kinds

Steps = list[Any]
NewId = Callable[[], str]
STRUCTURE = ("up", "down", "in", "out", "remove", "copy", "add", "move")


def fresh_id() -> str:
    """The id of a new step: never used before, so that nobody on the way is taken for being there."""
    return secrets.token_hex(4)


@dataclass(frozen=True, slots=True)
class Edited:
    """The flow after an edit, the id of the step to look at, and what happened (empty: nothing)."""

    flow: Flow
    look: str = ""
    did: str = ""
    step: Mapping[str, Any] | None = None
    """The step that was moved, added, copied or removed."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A step's own list, its index there, and where that list is."""

    steps: Steps
    index: int
    path: str
    """Of the list."""

    @property
    def step(self) -> Any:
        """The step."""
        return self.steps[self.index]


def list_at(flow: Mapping[str, Any], path: str) -> Steps | None:
    """The list of steps at `path` (steps, steps.2.then), or None."""
    head, *rest = path.split(".")
    if head != ROOT or len(rest) % 2 or not isinstance(flow.get(ROOT), list):
        return None
    here: Steps = flow[ROOT]
    for place, arm in zip(rest[0::2], rest[1::2], strict=True):
        if not (place.isdecimal() and place.isascii() and len(place) < 5 and int(place) < len(here)):
            return None
        step = here[int(place)]
        if not isinstance(step, dict) or arm not in {one.name for one in arms_of(step)}:
            return None
        inner = step.setdefault(arm, [])
        if not isinstance(inner, list):
            return None
        here = inner
    return here


def spot_at(flow: Mapping[str, Any], path: str) -> Spot | None:
    """Where the step of this path stands, or None."""
    parent, _, place = path.rpartition(".")
    here = list_at(flow, parent)
    if here is None or not (place.isdecimal() and place.isascii() and len(place) < 5 and int(place) < len(here)):
        return None
    return Spot(here, int(place), parent)


def step_at(flow: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    """The step at `path`, or None."""
    spot = spot_at(flow, path)
    return spot.step if spot is not None and isinstance(spot.step, dict) else None


def edit(flow: Mapping[str, Any], command: str, new_id: NewId = fresh_id) -> Edited:
    """Do one edit on a copy of the flow."""
    changed = deepcopy(dict(flow))
    verb, _, rest = command.partition(":")
    if verb not in STRUCTURE:
        return Edited(changed)
    if verb == "add":
        return _add(changed, rest, new_id)
    path, _, to = rest.partition(":")
    spot = spot_at(changed, path)
    if spot is None:
        return Edited(changed)
    match verb:
        case "remove":
            gone = spot.steps.pop(spot.index)
            return Edited(changed, _neighbour(changed, spot), "removed", gone)
        case "copy":
            twin = renewed(spot.step, new_id)
            spot.steps.insert(spot.index + 1, twin)
            return Edited(changed, _id(twin), "copied", twin)
        case "up":
            target = _above(changed, spot)
        case "down":
            target = _below(changed, spot)
        case "in":
            target = _inside(spot)
        case "out":
            target = _outside(changed, spot)
        case _:
            target = _named(changed, to)
    return _put(changed, spot, target)


Target = tuple[Steps, int] | None
"""A list and the index in it, counted before the step is taken out of its place."""


def _put(changed: Flow, spot: Spot, target: Target) -> Edited:
    step = spot.step
    if target is None or _holds(step, target[0]):
        return Edited(changed, _id(step))
    to, index = target
    if to is spot.steps and index in (spot.index, spot.index + 1):
        return Edited(changed, _id(step))
    to.insert(index, step)
    del spot.steps[spot.index + (1 if to is spot.steps and index <= spot.index else 0)]
    return Edited(changed, _id(step), "moved", step)


def _add(changed: Flow, rest: str, new_id: NewId) -> Edited:
    name, _, where = rest.partition(":")
    target, known = _named(changed, where), kinds().get(name)
    if target is None or known is None:
        return Edited(changed)
    step = tidy_step({**known.new(), "id": new_id()})
    target[0].insert(target[1], step)
    return Edited(changed, _id(step), "added", step)


def renewed(step: Any, new_id: NewId = fresh_id) -> Any:
    """The same step once more, with ids of its own, inside as well."""
    if not isinstance(step, Mapping):
        return deepcopy(step)
    inner = {
        arm.name: [renewed(one, new_id) for one in step.get(arm.name) or []]
        for arm in arms_of(step)
        if isinstance(step.get(arm.name), list)
    }
    return {**deepcopy(dict(step)), **inner, "id": new_id()}


def _named(flow: Flow, where: str) -> Target:
    """LIST:INDEX; without an index, at the end."""
    path, _, place = where.partition(":")
    here = list_at(flow, path)
    if here is None:
        return None
    is_number = place.isdecimal() and place.isascii() and len(place) < 5
    return here, min(int(place), len(here)) if is_number else len(here)


def _parent(flow: Flow, spot: Spot) -> tuple[Spot, Sequence[str], int] | None:
    """Of a step inside a way: the step around it, the names of that one's ways, and which of them it is in."""
    around, _, arm = spot.path.rpartition(".")
    outer = spot_at(flow, around) if around else None
    if outer is None:
        return None
    names = [one.name for one in arms_of(outer.step)]
    return outer, names, names.index(arm)


def _above(flow: Flow, spot: Spot) -> Target:
    """One up; at the head of a way to the end of the way before it, at the head of the first way out of it."""
    if spot.index:
        return spot.steps, spot.index - 1
    around = _parent(flow, spot)
    if around is None:
        return None
    outer, names, at = around
    if at:
        before = outer.step.setdefault(names[at - 1], [])
        return (before, len(before)) if isinstance(before, list) else None
    return outer.steps, outer.index


def _below(flow: Flow, spot: Spot) -> Target:
    """One down; at the end of a way to the head of the next way, at the end of the last way out of it."""
    if spot.index + 1 < len(spot.steps):
        return spot.steps, spot.index + 2
    around = _parent(flow, spot)
    if around is None:
        return None
    outer, names, at = around
    if at + 1 < len(names):
        after = outer.step.setdefault(names[at + 1], [])
        return (after, 0) if isinstance(after, list) else None
    return outer.steps, outer.index + 1


def _inside(spot: Spot) -> Target:
    """To the end of the first way of the step before; without one, to the head of the first way of the step after."""
    for index, at_end in ((spot.index - 1, True), (spot.index + 1, False)):
        if 0 <= index < len(spot.steps) and isinstance(spot.steps[index], dict):
            arms = arms_of(spot.steps[index])
            if arms:
                inner = spot.steps[index].setdefault(arms[0].name, [])
                return (inner, len(inner) if at_end else 0) if isinstance(inner, list) else None
    return None


def _outside(flow: Flow, spot: Spot) -> Target:
    """Behind the step around it."""
    around = _parent(flow, spot)
    return (around[0].steps, around[0].index + 1) if around else None


def _holds(step: Any, target: Steps) -> bool:
    """Whether the list is inside the step."""
    if not isinstance(step, Mapping):
        return False
    return any(
        inner is target or any(_holds(one, target) for one in inner)
        for arm in arms_of(step)
        if isinstance(inner := step.get(arm.name), list)
    )


def _neighbour(flow: Flow, spot: Spot) -> str:
    """The step to look at when one has gone: the next, the last, or the one around."""
    if spot.steps:
        return _id(spot.steps[min(spot.index, len(spot.steps) - 1)])
    around = _parent(flow, spot)
    return _id(around[0].step) if around else ""


def _id(step: Any) -> str:
    return str(step.get("id") or "") if isinstance(step, Mapping) else ""
