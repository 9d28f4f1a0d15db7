"""A scenario as the owner writes it: one document with its start, its conditions, its goal and its steps. Pure.

    {"trigger": "cancellation.requested", "when": CONDITION | null, "exit_when": CONDITION | null, "goal": "" | EVENT,
     "again_after_days": 30, "steps": [{"id": "k3f9", "kind": "message", …}, {"kind": "branch", "if": …, "then": […], "else": […]}]}

Steps are a tree, as ways on hold steps; each has an id that stays when it is moved, so that revisions can be compared and
people moved from one to the next.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from kaeru.audiences.rules import needs, parse
from kaeru.scenarios.fields import Step, value_of
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.base import Arm, Compiler
from kaeru.scenarios.program import Program, from_json, needs_of, to_json

Flow = dict[str, Any]
EMPTY: Flow = {
    "trigger": "cancellation.requested", "when": None, "exit_when": None, "goal": "", "again_after_days": 30, "steps": [],
}  # fmt: skip
MOST_STEPS = 60
MOST_DEPTH = 5


def flow_of(steps: Sequence[Step] = (), **said: Any) -> Flow:
    """A whole document from what is said; steps without an id get one."""
    return with_ids({**EMPTY, **said, "steps": list(steps)})


def arms_of(step: Step) -> tuple[Arm, ...]:
    """The ways inside a step; none for a kind that is not known."""
    known = kinds().get(str(step.get("kind")))
    return known.arms(step) if known else ()


@dataclass(frozen=True, slots=True)
class Place:
    """A step and where it stands: `path` as steps.2.then.0, `depth` 0 at the top."""

    path: str
    step: Step
    depth: int


def walk(steps: Any, path: str = "steps", depth: int = 0) -> Iterator[Place]:
    """Every step, outer ones first, in reading order. What cannot be a step is left out."""
    if not isinstance(steps, list):
        return
    for index, step in enumerate(steps):
        if not isinstance(step, Mapping):
            continue
        here = f"{path}.{index}"
        yield Place(here, step, depth)
        if depth <= MOST_DEPTH:
            for arm in arms_of(step):
                yield from walk(step.get(arm.name), f"{here}.{arm.name}", depth + 1)


def with_ids(flow: Mapping[str, Any]) -> Flow:
    """The flow with an id at every step: those that have one keep it, doubles and gaps get one made from their place."""
    taken: set[str] = set()

    def tidy(steps: Any, path: str) -> Any:
        if not isinstance(steps, list):
            return steps
        return [one(step, f"{path}.{index}") if isinstance(step, Mapping) else step for index, step in enumerate(steps)]

    def one(step: Step, path: str) -> dict[str, Any]:
        key = str(step.get("id") or "")[:20]
        number = 0
        while not key or key in taken:
            key = blake2b(f"{path}/{step.get('kind')}/{number}".encode(), digest_size=4).hexdigest()
            number += 1
        taken.add(key)
        inner = {arm.name: tidy(step.get(arm.name, []), f"{path}.{arm.name}") for arm in arms_of(step)}
        return {"id": key, **{name: value for name, value in step.items() if name != "id"}, **inner}

    return {**flow, "steps": tidy(flow.get("steps"), "steps")}


def filled(flow: Mapping[str, Any]) -> Flow:
    """The flow with every field said: what a step leaves out is what its kind takes then."""

    def fill(steps: Any) -> Any:
        return (
            [one(step) if isinstance(step, Mapping) else step for step in steps] if isinstance(steps, list) else steps
        )

    def one(step: Step) -> dict[str, Any]:
        known = kinds().get(str(step.get("kind")))
        told = {field.name: value_of(field, step) for field in known.fields} if known else {}
        inner = {arm.name: fill(step.get(arm.name, [])) for arm in arms_of(step)}
        return {**step, **{name: value for name, value in told.items() if value is not None}, **inner}

    return {**flow, "steps": fill(flow.get("steps"))}


def compile_flow(
    flow: Mapping[str, Any], publish: Callable[[str, str, Mapping[str, Any]], int], name: str = ""
) -> Compiler:
    """The program of a checked flow; `publish` (channel, purpose, texts) keeps a template and gives its id.

    `name` is the scenario's (its id): budgets and splits are its own, and stay so from revision to revision.
    """
    out = Compiler(publish, name)
    out.steps(filled(flow)["steps"])
    return out


def program_of(flow: Mapping[str, Any], stored: Sequence[Mapping[str, Any]], places: Sequence[str]) -> Program:
    """The program of a revision as it was kept."""
    kinds()  # loads them: each brings its operations
    ops = from_json(stored)
    when = parse(flow["when"]) if flow.get("when") else None
    exit_when = parse(flow["exit_when"]) if flow.get("exit_when") else None
    leaving = frozenset(f"value:{key}" for key in needs(exit_when)) if exit_when else frozenset[str]()
    wanted = tuple(needs_of(ops, step) | leaving for step in range(len(ops) + 1))
    known = (*places, *[""] * (len(ops) + 1 - len(places)))
    return Program(ops, known, when, exit_when, wanted)


def preview_program(flow: Mapping[str, Any], name: str = "") -> Program:
    """The program that a draft would have, with templates numbered in the order of its messages: for rehearsals and checks."""
    numbers = iter(range(1, 10_000))
    out = compile_flow(flow, lambda channel, purpose, texts: next(numbers), name)
    return program_of(flow, to_json(out.ops), out.places)
