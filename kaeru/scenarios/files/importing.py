"""A scenario file read for use: everything that is wrong with it at once, each with line, column and what to do."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from kaeru.scenarios import holdout
from kaeru.scenarios.checks import Surroundings, check_flow
from kaeru.scenarios.fields import Field, Problem
from kaeru.scenarios.files.reading import Document, Fault, read
from kaeru.scenarios.files.writing import HEAD, SETTINGS, VERSION, complete
from kaeru.scenarios.flow import Flow, arms_of, walk, with_ids
from kaeru.scenarios.kinds import kinds
from kaeru.scenarios.kinds.base import Compiler

LANGUAGES = ("ja", "en")
PARTS = ("subject", "body")
CATALOGUE = ("title", "sentence", "for", "rank")
"""Words of the scenarios that Kaeru brings along; a file may keep them."""
_CONDITION = ("all", "any", "not", "field", "op", "value", "days")


@dataclass(frozen=True, slots=True)
class FileProblem:
    """What is wrong with a file, where, and what to do. Lines and columns begin at 1."""

    line: int
    column: int
    path: str
    code: str
    message: str
    is_warning: bool = False

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"path": self.path, "code": self.code, "message": self.message, "line": self.line, "column": self.column}


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds, when it holds a scenario at all."""

    flow: Flow | None
    """None when the file could not be read as one; else the document, with an id at every step."""
    name: str = ""
    reason: str = ""
    """Code of the reason that it is for."""
    holdout: str | None = None
    """Setting of who is held back for comparison; None: the file does not say."""
    problems: tuple[FileProblem, ...] = ()

    @property
    def errors(self) -> list[FileProblem]:
        """What keeps it from being published."""
        return [one for one in self.problems if not one.is_warning]

    @property
    def warnings(self) -> list[FileProblem]:
        """What should be looked at."""
        return [one for one in self.problems if one.is_warning]


def load(raw: bytes | str, around: Surroundings | None = None) -> Imported:
    """The scenario in the file, and all that is wrong with it. Never raises."""
    document = read(raw)
    if document.value is None or not isinstance(document.value, Mapping):
        if not document.faults:
            told = _(
                "A scenario file begins with words such as “trigger:” and “steps:”. Please compare it with an exported one."
            )
            document.faults.append(Fault("", "not_a_scenario", told, 1, 1))
        return Imported(None, problems=tuple(_told(document.faults)))
    look = _Look(document)
    look.check_head()
    flow = _ready(document.value)
    look.check_names(flow)
    problems = [*_told(document.faults), *look.problems]
    seen = {problem.path for problem in problems}
    whole = {**flow, "steps": [_filled(step) for step in flow["steps"]]} if isinstance(flow["steps"], list) else flow
    for problem in check_flow(whole, around):
        if problem.path not in seen and not _is_below(problem.path, seen):
            problems.append(located(problem, document))
    problems += _missing(flow, document, {problem.path for problem in problems})
    problems.sort(key=lambda one: (one.line, one.column, one.is_warning))
    usable = isinstance(flow["steps"], list) and not document.faults
    head = document.value
    return Imported(
        with_ids(flow) if usable else None,
        _name(head),
        str(head.get("reason") or "") if isinstance(head.get("reason"), str) else "",
        look.holdout,
        tuple(problems),
    )


def _filled(step: Any) -> Any:
    """The step with usual values where it says nothing, for the checks alone."""
    known = kinds().get(str(step.get("kind"))) if isinstance(step, Mapping) else None
    if known is None:
        return step
    usual = {field.name: field.default for field in known.fields if field.default is not None and field.low > 0}
    inner = {
        arm.name: [_filled(one) for one in step[arm.name]]
        for arm in arms_of(step)
        if isinstance(step.get(arm.name), list)
    }
    return {**usual, **step, **inner}


def _missing(flow: Flow, document: Document, wrong: Collection[str]) -> list[FileProblem]:
    """Steps without a field that has no usual value: what cannot be compiled alone cannot be published."""
    found = []
    for place in walk(flow["steps"]):
        known = kinds().get(str(place.step.get("kind")))
        if known is None or any(path == place.path or path.startswith(f"{place.path}.") for path in wrong):
            continue
        alone = {**place.step, "id": "x", **{arm.name: [] for arm in known.arms(place.step)}}
        try:
            known.compile(alone, Compiler(lambda channel, purpose, texts: 1))
        except KeyError as gone:
            told = _("“%(name)s:” is missing in this step.") % {"name": gone.args[0]}
            found.append(located(Problem(place.path, "missing", told), document))
    return found


def _ready(value: Mapping[str, Any]) -> Flow:
    """The flow as the rest of the house takes it: what is no flow's own word is left out, ids are texts."""
    flow = complete({key: part for key, part in value.items() if key not in CATALOGUE})
    flow.setdefault("steps", [])
    if flow["steps"] is None:
        flow["steps"] = []
    return flow


def _name(head: Mapping[str, Any]) -> str:
    title = head.get("name") or head.get("title") or ""
    if isinstance(title, Mapping):
        title = title.get("ja") or next((text for text in title.values() if isinstance(text, str)), "")
    return title[:120] if isinstance(title, str) else ""


def _is_below(path: str, seen: Collection[str]) -> bool:
    return any(path.startswith(f"{one}.") for one in seen if one.count(".") > 1)


def _told(faults: Iterable[Fault]) -> list[FileProblem]:
    return [FileProblem(one.line, one.column, one.path, one.code, one.message) for one in faults]


def located(problem: Problem, document: Document) -> FileProblem:
    """A check's problem with its place in the file."""
    line, column = document.place(problem.path)
    return FileProblem(line, column, problem.path, problem.code, problem.message, problem.is_warning)


class _Look:
    """Looks for what only a file can get wrong: words that nobody knows, and values of the wrong sort."""

    def __init__(self, document: Document) -> None:
        self.document, self.problems = document, list[FileProblem]()
        self.holdout: str | None = None

    def _add(self, path: str, code: str, message: str) -> None:
        self.problems.append(located(Problem(path, code, message), self.document))

    def check_head(self) -> None:
        """The version, the name, and words that no scenario has."""
        head = self.document.value
        version = head.get("kaeru_scenario", VERSION)
        if version != VERSION or isinstance(version, bool):
            told = _("This Kaeru reads files of version %(known)d. Please export the scenario again, or update Kaeru.")
            self._add("kaeru_scenario", "bad_version", told % {"known": VERSION})
        for name in ("name", "reason"):
            if head.get(name) is not None and not isinstance(head[name], str):
                self._add(name, "not_a_text", _("Please put this text in quotes."))
        if head.get("holdout") is not None:
            self._check_holdout(head["holdout"])
        self._unknown(head, "", (*HEAD, *SETTINGS, "steps", *CATALOGUE))
        if "steps" not in head:
            self._add("", "no_steps", _("The file has no “steps:”. Please add them."))
        for name in ("when", "exit_when"):
            self._condition(head.get(name), name)

    def _check_holdout(self, told: object) -> None:
        try:
            self.holdout = holdout.read(told)
        except ValueError:
            self._add(
                "holdout", "bad_holdout", _("Please write tapered, off, or a whole number of per cent from 1 to 50.")
            )

    def check_names(self, flow: Flow) -> None:
        """Every step's words and values."""
        ids: dict[str, str] = {}
        for place in walk(flow["steps"]):
            key = place.step.get("id")
            if key is not None and not isinstance(key, (str, int)):
                self._add(f"{place.path}.id", "bad_id", _("An id is one short word."))
            elif key is not None and len(str(key)) > 20:
                self._add(f"{place.path}.id", "bad_id", _("An id has at most 20 letters."))
            elif key is not None and str(key) in ids:
                told = _(
                    "The id %(id)s is used twice (first in line %(line)d). Each step has its own; without one it gets a new one."
                )
                line = self.document.place(f"{ids[str(key)]}.id")[0]
                self._add(f"{place.path}.id", "same_id", told % {"id": key, "line": line})
            elif key is not None:
                ids[str(key)] = place.path
            self._step(place.step, place.path)

    def _step(self, step: Mapping[str, Any], path: str) -> None:
        kind = step.get("kind")
        known = kinds().get(kind) if isinstance(kind, str) else None
        if known is None:
            near = _near(str(kind or ""), kinds())
            told = _("This kind of step is not known. There are: %(kinds)s.") % {"kinds": ", ".join(kinds())}
            line, column = self.document.place(f"{path}.kind")
            self.problems.append(FileProblem(line, column, path, "unknown_step", f"{told}{near}"))
            return
        arms = [arm.name for arm in arms_of(step)]
        every = [arm.name for arm in known.arms({**step, **{f"weight_{letter}": 1 for letter in "abcd"}})]
        self._unknown(step, path, ("id", "kind", *(field.name for field in known.fields), *arms, *every))
        for field in known.fields:
            if step.get(field.name) is not None:
                self._field(field, step[field.name], f"{path}.{field.name}")
        for name in arms:
            if step.get(name) is None and name in step:
                step[name] = []  # type: ignore[index]  # "then:" with nothing below is an empty way

    def _field(self, field: Field, value: Any, path: str) -> None:
        match field.type:
            case "whole" | "money":
                self._number(field, value, path)
            case "condition":
                self._condition(value, path)
            case "texts":
                self._texts(value, path)
            case "script":
                if isinstance(value, Mapping):
                    self._unknown(value, path, LANGUAGES)
                    self._must_be_texts(value, path)
                else:
                    self._add(path, "not_by_language", _("Please write one text for each language: “ja:” and “en:”."))
            case "text" | "clock" | "address" | "choice" if not isinstance(value, str):
                self._add(path, "not_a_text", _("Please put this text in quotes."))
            case "tick" if not isinstance(value, bool):
                self._add(path, "not_a_tick", _("Please write true or false."))
            case "choices" | "order" | "weekdays" if not isinstance(value, list):
                self._add(path, "not_a_list", _("Please write a list in brackets, such as [mail]."))

    def _number(self, field: Field, value: Any, path: str) -> None:
        if type(value) is int:
            return
        half = unicodedata.normalize("NFKC", value).replace(",", "").strip() if isinstance(value, str) else ""
        digits = "".join(letter for letter in half if letter.isdigit())
        if half.isdigit() and isinstance(value, str) and value != half:
            told = _("%(label)s: please write %(number)s, in half-width digits and without signs.")
            self._add(path, "not_a_number", told % {"label": field.label, "number": half})
        elif digits and isinstance(value, str):
            told = _(
                "%(label)s: please write a whole number alone, such as %(number)s, without words, signs or quotes."
            )
            self._add(path, "not_a_number", told % {"label": field.label, "number": digits})
        else:
            told = _("%(label)s: please write a whole number, without quotes or a decimal point.")
            self._add(path, "not_a_number", told % {"label": field.label})

    def _texts(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            self._add(path, "not_by_language", _("Please write one text for each language: “ja:” and “en:”."))
            return
        self._unknown(value, path, LANGUAGES)
        for language in LANGUAGES:
            said = value.get(language)
            if said is None:
                continue
            if not isinstance(said, Mapping):
                told = _("A text has a “subject:” and a “body:”.")
                self._add(f"{path}.{language}", "no_parts", told)
                continue
            self._unknown(said, f"{path}.{language}", PARTS)
            self._must_be_texts(said, f"{path}.{language}")

    def _must_be_texts(self, value: Mapping[str, Any], path: str) -> None:
        for name, text in value.items():
            if text is not None and not isinstance(text, str):
                self._add(f"{path}.{name}", "not_a_text", _("Please put this text in quotes."))

    def _condition(self, value: Any, path: str, depth: int = 0) -> None:
        if not isinstance(value, Mapping) or depth > 20:
            return
        self._unknown(value, path, _CONDITION)
        for word in ("all", "any"):
            if isinstance(value.get(word), list):
                for number, part in enumerate(value[word]):
                    self._condition(part, f"{path}.{word}.{number}", depth + 1)
        self._condition(value.get("not"), f"{path}.not", depth + 1)

    def _unknown(self, value: Mapping[str, Any], path: str, known: Collection[str]) -> None:
        for name in value:
            if name.startswith("\u3000"):
                told = _("A full-width space cannot indent. Please use two half-width spaces for each level.")
                self._add(f"{path}.{name}".lstrip("."), "wide_space", told)
            elif name not in known:
                told = _("“%(name)s” is not known here.") % {"name": name}
                here = f"{path}.{name}".lstrip(".")
                self._add(here, "unknown_word", f"{told}{_near(str(name), known)}")


def _near(word: str, known: Iterable[str]) -> str:
    """Did you mean …? Nothing when nothing is like it."""
    half = unicodedata.normalize("NFKC", word).strip().lower().replace("-", "_").replace(" ", "_")
    names = [name for name in known if name]
    found = [half] if half in names else get_close_matches(half, names, 1, 0.6)
    return " " + _("Did you mean “%(word)s”?") % {"word": found[0]} if found else ""
