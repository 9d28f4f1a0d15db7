"""What keeps a condition from being used: where it is wrong, and what to do about it, in the reader's language. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from kaeru.audiences.operators import LISTS, OPERATORS, WEEKDAYS, is_time, is_whole

MOST_DEPTH = 5
"""Groups inside groups."""
MOST_TESTS = 50
MOST_LISTED = 50
"""Texts in one list."""
LONGEST_TEXT = 100
MOST_DAYS = 3650
LARGEST = 10**15


class FieldShape(Protocol):
    """What a check must know of a field."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def has_days(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a condition cannot be used: where, and in the reader's language what to do."""

    path: str
    code: str
    message: str


Choices = Mapping[str, Collection[str]]
"""The values that some fields can have at all, by field."""


def check(told: Any, path: str, fields: Iterable[FieldShape], choices: Choices | None = None) -> list[Problem]:
    """What is wrong with this JSON as a condition; nothing when it can be parsed and means something.

    A value that is not among the field's `choices` is told too, when they are given. Never raises, whatever the JSON is.
    """
    known = {field.name: field for field in fields}
    if _count(told, 0) > MOST_TESTS:
        return [
            Problem(
                path, "too_many", _("A condition can ask %d questions at most. Please leave some out.") % MOST_TESTS
            )
        ]
    return _check(told, path, known, choices or {}, 0)


def _count(told: Any, depth: int) -> int:
    if not isinstance(told, Mapping) or depth > MOST_DEPTH:
        return 1
    parts = [part for word in ("all", "any") if isinstance(told.get(word), (list, tuple)) for part in told[word]]
    parts += [told["not"]] if "not" in told else []
    total = 0
    for part in parts:
        total += _count(part, depth + 1)
        if total > MOST_TESTS:
            break
    return total if parts else 1


def _check(told: Any, path: str, fields: Mapping[str, FieldShape], choices: Choices, depth: int) -> list[Problem]:
    if depth > MOST_DEPTH:
        return [
            Problem(path, "too_deep", _("Groups can be nested %d deep at most. Please flatten this one.") % MOST_DEPTH)
        ]
    if not isinstance(told, Mapping):
        return [
            Problem(
                path,
                "not_a_condition",
                _("Please write a condition here: all, any, not, or a field with its question."),
            )
        ]
    word = next((word for word in ("all", "any", "not") if word in told), None)
    allowed = {word} if word else {"field", "op", "value", "days"}
    extra = sorted(str(name)[:40] for name in told if name not in allowed)
    if extra:
        return [
            Problem(
                path,
                "unknown_key",
                _("“%s” is not understood here. Please check its spelling or take it out.") % extra[0],
            )
        ]
    if word == "not":
        return _check(told["not"], f"{path}.not", fields, choices, depth + 1)
    if word:
        parts = told[word]
        if not isinstance(parts, (list, tuple)):
            return [Problem(f"{path}.{word}", "not_a_list", _("Please write a list of conditions here."))]
        if not parts:
            return [
                Problem(
                    f"{path}.{word}",
                    "empty_group",
                    _("This group is empty. Please add a question or remove the group."),
                )
            ]
        return [
            problem
            for index, part in enumerate(parts)
            for problem in _check(part, f"{path}.{word}.{index}", fields, choices, depth + 1)
        ]
    return _check_test(told, path, fields, choices)


def _check_test(
    told: Mapping[str, Any], path: str, fields: Mapping[str, FieldShape], choices: Choices
) -> list[Problem]:
    name = told.get("field")
    field = fields.get(name) if isinstance(name, str) else None
    if field is None:
        return [Problem(f"{path}.field", "unknown_field", _("Please choose what the condition looks at."))]
    op = told.get("op")
    operators = OPERATORS[field.type]
    if not isinstance(op, str) or op not in operators:
        message = _("This cannot be asked of this field. Please choose one of: %s.") % ", ".join(operators)
        return [Problem(f"{path}.op", "unknown_operator", message)]
    found = _wrong_value(field.type, op, told.get("value"), choices.get(field.name))
    problems = [Problem(f"{path}.value", *found)] if found else []
    days = told.get("days")
    if days is not None and not field.has_days:
        problems.append(
            Problem(f"{path}.days", "bad_days", _("This field is not counted over days. Please leave the days out."))
        )
    elif days is not None and not (is_whole(days) and 1 <= days <= MOST_DAYS):
        message = _("Please enter the days as a whole number from 1 to %d.") % MOST_DAYS
        problems.append(Problem(f"{path}.days", "bad_days", message))
    return problems


Wrong = tuple[str, str]


def _wrong_value(kind: str, op: str, value: Any, choices: Collection[str] | None) -> Wrong | None:
    if kind in ("money", "number", "count"):
        return _wrong_number(op, value)
    if kind == "yes":
        return (
            None
            if isinstance(value, bool)
            else ("not_yes_or_no", _("Please choose yes or no (true or false in a file)."))
        )
    if kind == "time":
        return _wrong_time(op, value)
    if kind == "weekday":
        choices = WEEKDAYS
    if op in LISTS:
        return _wrong_list(value, choices)
    return _wrong_texts([value], choices)


def _wrong_number(op: str, value: Any) -> Wrong | None:
    parts = value if op == "between" and isinstance(value, (list, tuple)) else [value]
    if len(parts) != (2 if op == "between" else 1):
        return "bad_range", _("Please enter two numbers, the smaller one first.")
    if not all(is_whole(part) and 0 <= part <= LARGEST for part in parts):
        return "not_a_number", _("Please enter a whole number, 0 or more.")
    return ("bad_range", _("Please enter two numbers, the smaller one first.")) if parts[0] > parts[-1] else None


def _wrong_time(op: str, value: Any) -> Wrong | None:
    parts = value if op == "between" and isinstance(value, (list, tuple)) else [value]
    if len(parts) != (2 if op == "between" else 1) or not all(is_time(part) for part in parts):
        return "not_a_time", _(
            'Please enter times as hours and minutes, such as 08:30 (in a file in quotation marks: "08:30").'
        )
    return ("bad_range", _("Please enter two different times.")) if len(parts) == 2 and parts[0] == parts[1] else None


def _wrong_list(value: Any, choices: Collection[str] | None) -> Wrong | None:
    if not isinstance(value, (list, tuple)):
        return "not_a_list", _("Please give a list here.")
    if not value:
        return "empty_list", _("Please choose at least one.")
    if len(value) > MOST_LISTED:
        return "list_too_long", _("Please list %d at most.") % MOST_LISTED
    return _wrong_texts(value, choices)


def _wrong_texts(parts: Iterable[Any], choices: Collection[str] | None) -> Wrong | None:
    for part in parts:
        if not isinstance(part, str) or not part.strip() or not part.isprintable():
            return "not_a_text", _("Please choose or write what to compare with.")
        if len(part) > LONGEST_TEXT:
            return "text_too_long", _("Please write %d characters at most.") % LONGEST_TEXT
        if choices is not None and part not in choices:
            return "unknown_choice", _("“%s” is not known here. Please choose again.") % part[:40]
    return None
