"""What the page needs to draw a flow: cards with their fields, their problems, and the ways inside them."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaeru.console import summary
from kaeru.console.editor import widgets
from kaeru.console.editor.reading import DEEPEST, ROOT, kept
from kaeru.console.editor.widgets import Paper, Widget
from kaeru.core import wording
from kaeru.scenarios.fields import Problem, Step
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.base import Kind


@dataclass(frozen=True, slots=True)
class Way:
    """A way inside a step."""

    name: str
    label: str
    path: str
    steps: tuple["Card", ...]
    is_open: bool

    @property
    def count(self) -> int:
        """How many steps are on it, those inside them included."""
        return sum(1 + sum(way.count for way in card.ways) for card in self.steps)


@dataclass(frozen=True, slots=True)
class Card:
    """A step."""

    path: str
    id: str
    number: str
    """As people count: 3, 3.2."""
    kind: str
    label: str
    hint: str
    mark: str
    says: str
    more: str = ""
    """The first words of what it says to people."""
    widgets: tuple[Widget, ...] = ()
    ways: tuple[Way, ...] = ()
    kept: str = ""
    wrong: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    note: str = ""
    """What it would take for the step to pay."""
    problems: int = 0
    """All that are wrong with it, those at its fields included."""
    is_open: bool = False
    is_known: bool = True
    moves: tuple[str, ...] = ()
    """Where it can go: up, down, in, out."""

    @property
    def anchor(self) -> str:
        """Its id on the page; it stays when the step is moved."""
        return f"step-{self.id}"

    @property
    def way_names(self) -> str:
        """Its ways, for the form."""
        return " ".join(way.name for way in self.ways)

    @property
    def has_texts(self) -> bool:
        """Whether there is something to preview."""
        return any(widget.type == "texts" for widget in self.widgets)


@dataclass(frozen=True)
class View:
    """How the page is looked at: which cards are open, which ways are folded, and whether problems are shown at their fields."""

    open: Collection[str] = ()
    folded: Collection[str] = ()
    look: str = ""
    is_checked: bool = False
    problems: Sequence[Problem] = field(default_factory=tuple)
    notes: Mapping[str, str] = field(default_factory=dict)
    """By path."""


def draw(flow: Mapping[str, Any], view: View, paper: Paper) -> tuple[Card, ...]:
    """The cards of the flow's steps, in order."""
    return _cards(flow.get(ROOT), ROOT, "", view, paper, 0)


def _cards(steps: Any, path: str, number: str, view: View, paper: Paper, depth: int) -> tuple[Card, ...]:
    if not isinstance(steps, list):
        return ()
    has_room = [bool(_ways_of(step)) for step in steps]
    cards = []
    for index, step in enumerate(steps):
        beside = has_room[index - 1] if index else False
        beside = beside or (index + 1 < len(steps) and has_room[index + 1])
        moves = [
            name
            for name, can in (
                ("up", index > 0 or depth > 0),
                ("down", index + 1 < len(steps) or depth > 0),
                ("in", beside),
                ("out", depth > 0),
            )
            if can
        ]
        here = f"{path}.{index}"
        card = _card(step, here, f"{number}{index + 1}", view, paper, depth)
        cards.append(replace(card, moves=tuple(moves)))
    return tuple(cards)


def _ways_of(step: Any) -> tuple[Any, ...]:
    known = _kind(step)
    return known.arms(step) if known else ()


def _kind(step: Any) -> Kind | None:
    return kinds().get(str(step.get("kind"))) if isinstance(step, Mapping) else None


def _card(step: Any, path: str, number: str, view: View, paper: Paper, depth: int) -> Card:
    known = _kind(step)
    key = str(step.get("id") or "") if isinstance(step, Mapping) else ""
    if known is None:
        told = tuple(problem.message for problem in view.problems if problem.path == path)
        name = str(step.get("kind", "")) if isinstance(step, Mapping) else ""
        return Card(
            path, key or path.replace(".", "-"), number, name, _("Unknown step"), "", "note", name or _("Unknown step"),
            kept=json.dumps(step, ensure_ascii=False), wrong=told, problems=len(told), is_open=True, is_known=False,
        )  # fmt: skip
    names = [arm.name for arm in known.arms(step)] if depth < DEEPEST else []
    own = [problem for problem in view.problems if _belongs(problem.path, path, names)]
    shown = replace(paper, problems=_by_path(_shown(own, known, step, path, view)))
    drawn = tuple(
        widgets.draw(one, step, f"{path}.{one.name}", f"{path}:{one.name}", shown, known.fields) for one in known.fields
    )
    at_fields = {problem.path for problem in own if _at_field(problem.path, known, path)}
    whole = [problem for problem in own if problem.path not in at_fields]
    hard = [problem for problem in own if not problem.is_warning]
    rest = kept(known, step, depth)
    return Card(
        path, key or path.replace(".", "-"), number, known.name, str(known.label), str(known.hint), known.mark,
        summary.says(step, paper.shop), _more(step, known), drawn,
        _ways(step, known, path, number, view, paper, depth),
        json.dumps(rest, ensure_ascii=False) if rest else "",
        tuple(problem.message for problem in whole if not problem.is_warning) if view.is_checked else (),
        tuple(problem.message for problem in own if problem.is_warning),
        view.notes.get(path, ""),
        len(hard),
        is_open=key in view.open or (view.is_checked and bool(hard)),
    )  # fmt: skip


def _ways(step: Step, known: Kind, path: str, number: str, view: View, paper: Paper, depth: int) -> tuple[Way, ...]:
    if depth >= DEEPEST:
        return ()
    arms = known.arms(step)
    found = []
    for at, arm in enumerate(arms):
        letter = "abcdefghij"[at] if at < 10 else str(at)
        inner = _cards(step.get(arm.name), f"{path}.{arm.name}", f"{number}{letter}", view, paper, depth + 1)
        folded = str(step.get("id")) in view.folded and not any(_is_looked_at(card, view) for card in inner)
        found.append(Way(arm.name, str(arm.label), f"{path}.{arm.name}", inner, not folded))
    return tuple(found)


def _is_looked_at(card: Card, view: View) -> bool:
    return card.id == view.look or any(_is_looked_at(inner, view) for way in card.ways for inner in way.steps)


def _more(step: Step, known: Kind) -> str:
    """The first subject or script in the step, as a reminder of what it says."""
    language = wording.language_of(get_language())
    for one in known.fields:
        told = step.get(one.name)
        if one.type == "texts" and isinstance(told, Mapping):
            subjects = {
                code: str(text.get("subject") or "") for code, text in told.items() if isinstance(text, Mapping)
            }
            return wording.pick(subjects, language)
        if one.type == "script" and isinstance(told, Mapping):
            return wording.pick({code: str(text) for code, text in told.items()}, language)[:80]
    return ""


def _belongs(problem: str, path: str, ways: Collection[str]) -> bool:
    """Whether the problem is this step's own, and not that of a step inside its ways."""
    if problem == path:
        return True
    inside = problem.removeprefix(path + ".")
    if inside == problem:
        return False
    first, _, rest = inside.partition(".")
    return not (first in ways and rest)


def _at_field(problem: str, known: Kind, path: str) -> bool:
    inside = problem.removeprefix(path + ".").partition(".")[0]
    return problem != path and inside in {one.name for one in known.fields}


def _shown(own: Sequence[Problem], known: Kind, step: Step, path: str, view: View) -> Iterator[Problem]:
    """At the fields: everything once the owner has asked, before that only what could not be read."""
    unread = {
        f"{path}.{one.name}"
        for one in known.fields
        if one.type in ("whole", "money", "clock") and isinstance(step.get(one.name), str) and step[one.name]
    }
    for problem in own:
        if not problem.is_warning and (view.is_checked or problem.path in unread):
            yield problem


def _by_path(problems: Iterator[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.path, []).append(problem)
    return found


def every(cards: Sequence[Card]) -> Iterator[Card]:
    """All cards, those inside others after them."""
    for card in cards:
        yield card
        for way in card.ways:
            yield from every(way.steps)


@dataclass(frozen=True, slots=True)
class Told:
    """A problem with the way to its step."""

    message: str
    href: str
    where: str
    is_warning: bool


def told(cards: Sequence[Card], problems: Sequence[Problem]) -> list[Told]:
    """All problems in order, each with the step it is about; what is about the whole points to the start."""
    known = {card.path: card for card in every(cards)}
    found = []
    for problem in problems:
        path = problem.path
        while path and path not in known:
            path = path.rpartition(".")[0]
        card = known.get(path)
        where = f"{card.number}. {card.label}" if card else ""
        found.append(Told(problem.message, f"#{card.anchor}" if card else "#start", where, problem.is_warning))
    return found
