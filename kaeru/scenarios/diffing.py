"""What changed from one version of a scenario to another, step by step, as a shop owner reads it. Pure.

Steps are known by their ids, so a step that was moved and reworded is one step that was moved and reworded.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from kaeru.scenarios.fields import Field, Step
from kaeru.scenarios.flow import EMPTY, Place, arms_of, walk
from kaeru.scenarios.kinds import kinds

ADDED, REMOVED, CHANGED, MOVED, SAME = "added", "removed", "changed", "moved", "same"
_TOKEN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|[A-Za-z0-9_'’.@:/-]+|\n|\s|.", re.DOTALL)
_KEPT = 40
"""Letters of unchanged text that are shown around a change; more is left out."""
_SETTINGS = ("trigger", "when", "exit_when", "goal", "again_after_days")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text: "" kept, "ins" new, "del" gone, "skip" unchanged and left out."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text in one language that reads differently now."""

    field: str
    language: str
    """ja | en"""
    part: str
    """subject | body; empty for a text in one piece"""
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A value that is another now. None: not said."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class StepChange:
    """One step in either version."""

    kind: str
    """ADDED | REMOVED | CHANGED | MOVED (and maybe changed, too) | SAME"""
    step: Step
    """As it is after; of a removed one as it was."""
    depth: int
    before: Step | None = None
    fields: tuple[FieldChange, ...] = ()
    texts: tuple[TextChange, ...] = ()

    @property
    def is_changed_too(self) -> bool:
        """Moved, and different besides."""
        return bool(self.fields or self.texts)


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything that is different, and in between what is not."""

    settings: tuple[FieldChange, ...]
    steps: tuple[StepChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both are the same."""
        return not self.settings and all(change.kind == SAME for change in self.steps)

    def count(self, kind: str) -> int:
        """How many steps were …"""
        return sum(change.kind == kind for change in self.steps)


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> Diff:
    """What happened from `before` to `after`: steps in the order of `after`, removed ones where they stood."""
    old, new = _places(before), _places(after)
    moved = _moved(before, after)
    steps: list[StepChange] = []
    rest = [key for key in old if key not in new]
    placed: set[str] = set()
    order = list(old)
    for key, place in new.items():
        steps += _gone_before(key, order, rest, old, placed)
        steps.append(_change(old.get(key), place, is_moved=key in moved))
    steps += [StepChange(REMOVED, old[key].step, old[key].depth) for key in rest if key not in placed]
    return Diff(tuple(_settings(before, after)), tuple(steps))


def _gone_before(
    key: str, order: Sequence[str], rest: Sequence[str], old: Mapping[str, Place], placed: set[str]
) -> list[StepChange]:
    """Removed steps that stood right before this one and are not told yet."""
    if key not in old:
        return []
    found = []
    at = order.index(key) - 1
    while at >= 0 and order[at] in rest and order[at] not in placed:
        placed.add(order[at])
        found.append(StepChange(REMOVED, old[order[at]].step, old[order[at]].depth))
        at -= 1
    return found[::-1]


def _places(flow: Mapping[str, Any]) -> dict[str, Place]:
    return {str(place.step.get("id")): place for place in walk(flow.get("steps"))}


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    pairs = ((name, before.get(name, EMPTY[name]), after.get(name, EMPTY[name])) for name in _SETTINGS)
    return [FieldChange(name, was, now) for name, was, now in pairs if (was or None) != (now or None)]


def _change(was: Place | None, now: Place, *, is_moved: bool) -> StepChange:
    if was is None:
        return StepChange(ADDED, now.step, now.depth)
    fields, texts = compare(was.step, now.step)
    kind = MOVED if is_moved else CHANGED if fields or texts else SAME
    return StepChange(kind, now.step, now.depth, was.step, tuple(fields), tuple(texts))


def compare(before: Step, after: Step) -> tuple[list[FieldChange], list[TextChange]]:
    """What two versions of one step say differently; the steps inside it are left out."""
    fields: list[FieldChange] = []
    texts: list[TextChange] = []
    if before.get("kind") != after.get("kind"):
        fields.append(FieldChange("kind", before.get("kind"), after.get("kind")))
    inside = {arm.name for step in (before, after) for arm in arms_of(step)} | {"id", "kind"}
    known = {field.name: field for step in (before, after) for field in _fields_of(step)}
    names = [*known, *sorted({*before, *after} - known.keys())]
    for name in names:
        if name in inside:
            continue
        was, now = _said(before, name), _said(after, name)
        if was == now:
            continue
        if name in known and known[name].type in ("texts", "script", "text") and _are_texts(was, now):
            texts += _texts(name, was, now)
        else:
            fields.append(FieldChange(name, was, now))
    return fields, texts


def _said(step: Step, name: str) -> Any:
    """The field's value; None when it is not asked, or says nothing (0 and no word are the same)."""
    field = next((field for field in _fields_of(step) if field.name == name), None)
    if field is not None and not field.is_asked(step):
        return None
    return step.get(name) or None


def _fields_of(step: Step) -> tuple[Field, ...]:
    known = kinds().get(str(step.get("kind")))
    return known.fields if known else ()


def _are_texts(*values: Any) -> bool:
    return all(value is None or isinstance(value, (str, Mapping)) for value in values)


def _flat(value: Any) -> dict[tuple[str, str], str]:
    """{(language, part): text}"""
    if not isinstance(value, Mapping):
        return {("", ""): str(value or "")}
    found: dict[tuple[str, str], str] = {}
    for language, said in value.items():
        if isinstance(said, Mapping):
            found |= {(str(language), str(part)): str(text or "") for part, text in said.items()}
        else:
            found[str(language), ""] = str(said or "")
    return found


def _texts(name: str, was: Any, now: Any) -> list[TextChange]:
    before, after = _flat(was), _flat(now)
    return [
        TextChange(name, *key, segments(before.get(key, ""), after.get(key, "")))
        for key in dict.fromkeys([*after, *before])
        if before.get(key, "") != after.get(key, "")
    ]


def segments(before: str, after: str) -> tuple[Segment, ...]:
    """The text with its changes marked: words in English, letters in Japanese, variables in one piece."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    found: list[Segment] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Segment("", "".join(new[c:d])))
            continue
        if gone := "".join(old[a:b]):
            found.append(Segment("del", gone))
        if came := "".join(new[c:d]):
            found.append(Segment("ins", came))
    return tuple(found)


def shortened(told: Sequence[Segment]) -> list[Segment]:
    """The same with long unchanged pieces left out between the changes."""
    found: list[Segment] = []
    for number, one in enumerate(told):
        if one.mark or len(one.text) <= 3 * _KEPT:
            found.append(one)
            continue
        if number:
            found.append(Segment("", one.text[:_KEPT]))
        found.append(Segment("skip", "…"))
        if number + 1 < len(told):
            found.append(Segment("", one.text[-_KEPT:]))
    return found


def _lists(steps: Any, door: str) -> dict[str, list[str]]:
    """Each list of steps by the step and the way that it is inside of."""
    if not isinstance(steps, list):
        return {}
    found = {door: [str(step.get("id")) for step in steps if isinstance(step, Mapping)]}
    for step in steps:
        if isinstance(step, Mapping):
            for arm in arms_of(step):
                found |= _lists(step.get(arm.name, []), f"{step.get('id')}.{arm.name}")
    return found


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Steps that stand in another list now, or that changed their order there: as few as explain it."""
    old, new = _lists(before.get("steps"), ""), _lists(after.get("steps"), "")
    home = {key: (door, place) for door, keys in old.items() for place, key in enumerate(keys)}
    moved: set[str] = set()
    for door, keys in new.items():
        stayed = [key for key in keys if key in home and home[key][0] == door]
        moved |= {key for key in keys if key in home and home[key][0] != door}
        kept = _longest_rising([home[key][1] for key in stayed])
        moved |= {key for number, key in enumerate(stayed) if number not in kept}
    return moved


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Places of a longest rising run: those that did not move."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        at = bisect_left(tails, number)
        before.append(last[at - 1] if at else -1)
        tails[at : at + 1] = [number]
        last[at : at + 1] = [place]
    found: set[int] = set()
    place = last[-1] if last else -1
    while place >= 0:
        found.add(place)
        place = before[place]
    return found
