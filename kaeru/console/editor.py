"""The scenario editor's paper: the steps as form fields and back, and the edits that need no script. Pure.

Each field is named by the step's place in the tree (`steps.2.then.0:days`), so one form holds the whole scenario and one
POST brings all of it back: nothing typed is lost, whichever button was pressed. What cannot be read as a number is kept as
it was typed, and the rules say so at its field.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from kaeru.core.money import minor_digits, to_minor
from kaeru.scenarios.steps import MOST_DEPTH, MOST_STEPS, Problem

Steps = list[dict[str, Any]]
KINDS = ("wait", "message", "coupon", "branch", "exit")
ROOT = "steps"
FIELDS = frozenset({"value", "days", "minimum", "at_least", "ja_subject", "ja_body", "en_subject", "en_body"})
"""Fields at which a problem is shown; the others are shown at the step."""
LANGUAGES = ("ja", "en")
_LONGEST_TEXT = 20_000

NEW: dict[str, dict[str, Any]] = {
    "wait": {"kind": "wait", "days": 1, "hours": 0, "minutes": 0},
    "message": {
        "kind": "message",
        "purpose": "notice",
        "texts": {"ja": {"subject": "", "body": ""}, "en": {"subject": "", "body": ""}},
    },
    "coupon": {"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 0},
    "branch": {"kind": "branch", "on": "order_value", "at_least": 10000, "then": [], "else": []},
    "exit": {"kind": "exit"},
}
"""What a fresh step of each kind says."""


def tidy(steps: Sequence[Mapping[str, Any]]) -> Steps:
    """The steps with every field said, so that two ways of writing the same compare as equal."""
    return [_tidy(step) for step in steps]


def _tidy(step: Mapping[str, Any]) -> dict[str, Any]:
    kind = step.get("kind", "")
    if kind == "wait":
        return {"kind": kind, **{unit: step.get(unit) or 0 for unit in ("days", "hours", "minutes")}}
    if kind == "message":
        told = step.get("texts") or {}
        texts = {
            code: {part: (told.get(code) or {}).get(part) or "" for part in ("subject", "body")} for code in LANGUAGES
        }
        return {"kind": kind, "purpose": step.get("purpose", ""), "texts": texts}
    if kind == "coupon":
        return {
            "kind": kind,
            "coupon": step.get("coupon", ""),
            **{name: step.get(name) or 0 for name in ("value", "days", "minimum")},
        }
    if kind == "branch":
        sides = {side: tidy(step.get(side) or []) for side in ("then", "else")}
        return {"kind": kind, "on": step.get("on", ""), "at_least": step.get("at_least") or 0, **sides}
    return {"kind": kind}


def _number(typed: str) -> int | str:
    """The whole number, in half or full width, with or without thousands marks; else the text as typed."""
    tidy = unicodedata.normalize("NFKC", typed).replace(",", "").strip()
    if not tidy:
        return 0
    return int(tidy) if tidy.isascii() and tidy.isdigit() and len(tidy) <= 12 else typed


def _amount(typed: str, currency: str) -> int | str:
    """Minor units of the amount typed; else the text as typed."""
    tidy = unicodedata.normalize("NFKC", typed).replace(",", "").strip()
    if not tidy:
        return 0
    try:
        return to_minor(tidy, currency) if len(tidy) <= 15 else typed
    except ValueError:
        return typed


def shown_amount(amount: Any, currency: str) -> str:
    """Minor units as one types them: 1980 for yen, 19.80 for dollars."""
    digits = minor_digits(currency)
    if not isinstance(amount, int) or not digits:
        return str(amount)
    return f"{amount // 10**digits}.{amount % 10**digits:0{digits}d}"


def read(data: Mapping[str, str], currency: str) -> Steps:
    """The steps that a posted form describes."""
    return _read_list(data, ROOT, currency, [MOST_STEPS + 1], 0)


def _read_list(data: Mapping[str, str], path: str, currency: str, left: list[int], depth: int) -> Steps:
    count = _number(str(data.get(f"{path}:count", "0")))
    steps: Steps = []
    if depth > MOST_DEPTH + 1 or not isinstance(count, int):
        return steps
    for index in range(min(count, MOST_STEPS + 1)):
        if left[0] <= 0:
            break
        left[0] -= 1
        steps.append(_read_step(data, f"{path}.{index}", currency, left, depth))
    return steps


def _read_step(data: Mapping[str, str], path: str, currency: str, left: list[int], depth: int) -> dict[str, Any]:
    def text(name: str) -> str:
        return str(data.get(f"{path}:{name}", ""))[:_LONGEST_TEXT].replace("\r\n", "\n")

    kind = text("kind")
    if kind == "wait":
        return {"kind": kind, **{unit: _number(text(unit)) for unit in ("days", "hours", "minutes")}}
    if kind == "message":
        texts = {code: {part: text(f"{code}_{part}") for part in ("subject", "body")} for code in LANGUAGES}
        return {"kind": kind, "purpose": text("purpose"), "texts": texts}
    if kind == "coupon":
        value = text("value")
        is_money = text("coupon") == "amount"
        return {
            "kind": kind,
            "coupon": text("coupon"),
            "value": 0
            if text("coupon") == "free_shipping"
            else _amount(value, currency)
            if is_money
            else _number(value),
            "days": _number(text("days")),
            "minimum": _amount(text("minimum"), currency),
        }
    if kind == "branch":
        sides = {side: _read_list(data, f"{path}.{side}", currency, left, depth + 1) for side in ("then", "else")}
        return {"kind": kind, "on": text("on"), "at_least": _amount(text("at_least"), currency), **sides}
    return {"kind": kind}


def _place(steps: Steps, path: str) -> tuple[Steps, int] | None:
    """The list that holds the step at `path`, and its index; None when there is no such step."""
    parts = path.split(".")
    if parts[0] != ROOT or len(parts) % 2 or not all(part.isdecimal() and len(part) < 4 for part in parts[1::2]):
        return None
    here, index = steps, int(parts[1])
    for side, next_index in zip(parts[2::2], parts[3::2], strict=True):
        if index >= len(here) or side not in ("then", "else") or here[index].get("kind") != "branch":
            return None
        here, index = here[index][side], int(next_index)
    return (here, index) if index < len(here) else None


def step_at(steps: Steps, path: str) -> dict[str, Any] | None:
    """The step at `path`, or None."""
    place = _place(steps, path)
    return place[0][place[1]] if place else None


def _list_at(steps: Steps, path: str) -> Steps | None:
    if path == ROOT:
        return steps
    parent, _, side = path.rpartition(".")
    step = step_at(steps, parent)
    return step[side] if step is not None and step.get("kind") == "branch" and side in ("then", "else") else None


def edit(steps: Steps, command: str) -> tuple[Steps, str]:
    """Do one edit (`up:PATH`, `down:PATH`, `remove:PATH`, `add:KIND:LIST`); returns the new steps and the path to look at.

    A command that fits nothing changes nothing.
    """
    changed = deepcopy(steps)
    verb, _, rest = command.partition(":")
    if verb == "add":
        kind, _, path = rest.partition(":")
        target = _list_at(changed, path)
        if target is not None and kind in NEW:
            target.append(deepcopy(NEW[kind]))
            return changed, f"{path}.{len(target) - 1}"
        return changed, ROOT
    place = _place(changed, rest)
    if place is None:
        return changed, ROOT
    here, index = place
    stem = rest.rpartition(".")[0]
    if verb == "remove":
        here.pop(index)
        return changed, f"{stem}.{min(index, len(here) - 1)}" if here else ROOT
    to = index + {"up": -1, "down": 1}.get(verb, 0)
    if 0 <= to < len(here):
        here.insert(to, here.pop(index))
        return changed, f"{stem}.{to}"
    return changed, rest


def draw(steps: Steps, problems: Sequence[Problem], currency: str, look: str = "") -> list[dict[str, Any]]:
    """What the template needs of each step: its path, its values, its own problems, its branches.

    Steps with problems, branches, and the step at `look` are open; the others show one line.
    """
    return _draw(steps, ROOT, problems, currency, look)


def _draw(steps: Steps, path: str, problems: Sequence[Problem], currency: str, look: str) -> list[dict[str, Any]]:
    drawn = []
    for index, step in enumerate(steps):
        here = f"{path}.{index}"
        wrong = _wrong(problems, here)
        drawn.append(
            {
                "path": here,
                "anchor": here.replace(".", "-"),
                "step": step,
                "kind": step.get("kind", ""),
                "is_first": index == 0,
                "is_last": index == len(steps) - 1,
                "wrong": wrong,
                "is_open": bool(wrong) or here == look or step.get("kind") == "branch",
                "shown": {
                    "value": shown_amount(step.get("value", 0), currency if step.get("coupon") == "amount" else "JPY"),
                    "minimum": shown_amount(step.get("minimum", 0), currency),
                    "at_least": shown_amount(step.get("at_least", 0), currency),
                },
                "sides": [
                    {"name": side, "path": f"{here}.{side}", "count": len(step.get(side, [])),
                     "steps": _draw(step.get(side, []), f"{here}.{side}", problems, currency, look)}
                    for side in ("then", "else")
                ] if step.get("kind") == "branch" else [],
            }
        )  # fmt: skip
    return drawn


def _wrong(problems: Sequence[Problem], step: str) -> dict[str, list[str]]:
    """The step's own problems by field (`days`, `ja_body`); those of the step as a whole are under `step`."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        if _belongs(problem.path, step):
            inside = problem.path.removeprefix(step).strip(".").replace(".", "_")
            found.setdefault(inside if inside in FIELDS else "step", []).append(problem.message)
    return found


def _belongs(problem: str, step: str) -> bool:
    """Whether the problem is this step's own, and not that of a step inside its branches."""
    if problem == step:
        return True
    inside = problem.removeprefix(step + ".")
    return inside != problem and inside.split(".")[0] not in ("then", "else")


def unplaced(steps: Steps, problems: Sequence[Problem]) -> list[str]:
    """Problems of the scenario as a whole, which no step shows."""

    def paths(tree: Steps, path: str) -> list[str]:
        found = []
        for index, step in enumerate(tree):
            found.append(f"{path}.{index}")
            for side in ("then", "else"):
                found += paths(step.get(side, []), f"{path}.{index}.{side}")
        return found

    known = paths(steps, ROOT)
    return [problem.message for problem in problems if not any(_belongs(problem.path, path) for path in known)]
