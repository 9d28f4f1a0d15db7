"""Fields of a step as form fields: what each type of field looks like, and how it is read back."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from kaeru.console.editor import conditions
from kaeru.console.editor.form import Form, amount, clock, number, shown_amount
from kaeru.scenarios.fields import CLOCK, Field, Problem, Step, value_of

LANGUAGES = ("ja", "en")
PARTS = ("subject", "body")
MOST_LISTED = 10


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values to choose from."""

    code: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One input of a field that has several: a language, a subject, a rank."""

    name: str
    id: str
    label: str
    value: str = ""
    lang: str = ""
    is_long: bool = False
    options: tuple[Option, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Widget:
    """A field as the template draws it."""

    type: str
    name: str
    id: str
    label: str
    hint: str = ""
    unit: str = ""
    value: str = ""
    is_on: bool = False
    is_native: bool = True
    """Whether the browser's own control can hold the value; else it is shown as text, as it was typed."""
    options: tuple[Option, ...] = ()
    parts: tuple[Part, ...] = ()
    wrong: tuple[str, ...] = ()
    asked_name: str = ""
    asked_values: str = ""
    asked_hint: str = ""
    """Where there is no script: when this field counts."""
    inner: Any = None
    """What a condition is drawn from."""


@dataclass(frozen=True)
class Paper:
    """What counts for every field of a form."""

    currency: str = "JPY"
    shop: Any = None
    """For the choices that conditions offer."""
    problems: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    """By path."""
    members: tuple[tuple[str, str], ...] = ()
    """Mail address and name of those who can be given something to do."""
    can_edit: bool = True


def tidy(one: Field, step: Step) -> Any:
    """The field's value with every part said, so that two ways of writing the same compare as equal."""
    value = value_of(one, step)
    match one.type:
        case "texts":
            told = value if isinstance(value, Mapping) else {}
            return {code: {part: _text(told.get(code), part) for part in PARTS} for code in LANGUAGES}
        case "script":
            return {code: _text(value, code) for code in LANGUAGES}
        case "tick":
            return bool(value)
        case "choices" | "order" | "weekdays":
            return list(value) if isinstance(value, (list, tuple)) else []
        case "whole" | "money":
            return 0 if value is None else value
        case "condition":
            return conditions.tidy(step[one.name] if one.name in step else deepcopy(one.default))
    return "" if value is None else value


def _text(told: Any, name: str) -> str:
    value = told.get(name) if isinstance(told, Mapping) else None
    return value if isinstance(value, str) else ""


def read(one: Field, form: Form, path: str, name: str, paper: Paper) -> Any:
    """What the form says of this field; a value that cannot be read stays as it was typed."""
    match one.type:
        case "whole" | "money":
            typed = form.one(name)
            if not typed.strip():
                return 0
            return amount(typed, paper.currency) if one.type == "money" else number(typed)
        case "choices":
            return form.many(name)
        case "order":
            ranked = [form.one(f"{name}.{rank}") for rank in range(MOST_LISTED)]
            return list(dict.fromkeys(value for value in ranked if value))
        case "weekdays":
            return sorted({int(day) for day in form.many(name) if day.isdecimal() and day.isascii() and int(day) < 7})
        case "tick":
            return form.has(name)
        case "clock":
            return clock(form.one(name))
        case "script":
            return {code: form.one(f"{name}.{code}") for code in LANGUAGES}
        case "texts":
            return {code: {part: form.one(f"{name}.{code}.{part}") for part in PARTS} for code in LANGUAGES}
        case "condition":
            return conditions.read(form, path, paper.currency)
    return form.one(name)


def draw(one: Field, step: Step, path: str, name: str, paper: Paper, beside: Sequence[Field] = ()) -> Widget:
    """The field of this step; `path` is where its problems are told, `name` what the browser sends it under.

    `beside` are the fields of the same form, on one of which it may depend.
    """
    value = tidy(one, step)
    wrong = tuple(problem.message for problem in paper.problems.get(path, ()))
    key = element(name)
    asked = one.shown_if
    shown: dict[str, Any] = {
        "type": one.type, "name": name, "id": key, "label": str(one.label), "hint": str(one.hint), "unit": str(one.unit),
        "wrong": wrong,
        "asked_name": f"{name.rpartition(':')[0]}:{asked[0]}" if asked else "",
        "asked_values": " ".join(asked[1]) if asked else "",
        "asked_hint": _only_if(asked[0], asked[1], beside) if asked else "",
    }  # fmt: skip
    match one.type:
        case "whole":
            shown["value"] = str(value)
        case "money":
            shown |= {"value": shown_amount(value, paper.currency), "unit": unit_of(paper.currency)}
        case "choice" | "member":
            anybody = (("", _("Anybody")),) if one.is_optional else ()
            known = (*anybody, *paper.members) if one.type == "member" else one.offered()
            shown["options"] = _options(known, [str(value)])
        case "choices":
            shown["options"] = _options(one.offered(), value)
        case "weekdays":
            names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
            shown["options"] = tuple(Option(str(day), names[day], day in value) for day in range(7))
        case "order":
            shown["parts"] = _ranks(one, value, name)
        case "tick":
            shown["is_on"] = value
        case "clock":
            shown |= {"value": str(value), "is_native": not value or CLOCK.fullmatch(str(value)) is not None}
        case "script" | "texts":
            shown["parts"] = _parts(one.type, value, path, name, paper)
        case "condition":
            shown["inner"] = conditions.draw(value, path, paper.problems, paper.shop)
        case _:
            shown["value"] = str(value)
    return Widget(**shown)


def _only_if(other: str, values: Sequence[str], beside: Sequence[Field]) -> str:
    """For pages without a script: for which answers of another field this one counts."""
    found = next((one for one in beside if one.name == other), None)
    labels = [str(label) for code, label in found.offered() if code in values] if found else []
    if found is None or not labels:
        return ""
    return _("Counts only for %(label)s: %(values)s.") % {"label": found.label, "values": ", ".join(labels)}


def element(name: str) -> str:
    """The name as an id of the page."""
    return "f-" + name.replace(".", "-").replace(":", "-")


def unit_of(currency: str) -> str:
    """What follows an amount that is typed."""
    return _("yen") if currency == "JPY" else currency


def _options(known: Sequence[tuple[str, Any]], chosen: Sequence[Any]) -> tuple[Option, ...]:
    """Those offered, and what is chosen although it is not offered: nothing is dropped in silence."""
    codes = {code for code, _label in known}
    strange = [str(code) for code in chosen if str(code) and str(code) not in codes]
    offered = [*known, *((code, code) for code in strange)]
    return tuple(Option(code, str(label), code in chosen) for code, label in offered)


def _ranks(one: Field, value: Sequence[Any], name: str) -> tuple[Part, ...]:
    known = one.offered()
    found = []
    for rank in range(min(MOST_LISTED, max(len(known), len(value)))):
        chosen = str(value[rank]) if rank < len(value) else ""
        options = _options(known, [chosen])
        none = () if rank == 0 and len(known) == 1 else (Option("", "–", not chosen),)
        label = _("First") if rank == 0 else _("Else")
        found.append(Part(f"{name}.{rank}", element(f"{name}.{rank}"), label, options=(*none, *options)))
    return tuple(found)


def _parts(kind: str, value: Mapping[str, Any], path: str, name: str, paper: Paper) -> tuple[Part, ...]:
    labels = {
        "ja": _("in Japanese"), "en": _("in English"),
        "ja.subject": _("Subject, in Japanese"), "ja.body": _("Text, in Japanese"),
        "en.subject": _("Subject, in English"), "en.body": _("Text, in English"),
    }  # fmt: skip
    keys = [f"{code}.{part}" for code in LANGUAGES for part in PARTS] if kind == "texts" else list(LANGUAGES)
    found = []
    for key in keys:
        code, _dot, part = key.partition(".")
        text = value[code][part] if part else value[code]
        wrong = tuple(problem.message for problem in paper.problems.get(f"{path}.{key}", ()))
        found.append(
            Part(f"{name}.{key}", element(f"{name}.{key}"), labels[key], text, code, part != "subject", wrong=wrong)
        )
    return tuple(found)
