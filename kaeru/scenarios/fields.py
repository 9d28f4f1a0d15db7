"""The forms of step kinds: which fields a step has, what may stand in them, and what is said when it may not.

One declaration serves the editor, the scenario file and the checks; a step kind adds only what is its own.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

Step = Mapping[str, Any]
Said = str | Promise
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a scenario: where, and in the reader's language what to do."""

    path: str
    code: str
    message: str
    is_warning: bool = False
    """It may be published all the same."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a step's form.

    `type`: whole | money (minor units) | choice | choices (a list) | order (a list, the preferred first) | text | script
    ({"ja", "en"}) | texts ({"ja": {"subject", "body"}, "en": …}) | clock ("09:00") | weekdays (list of 0 Monday … 6) | tick |
    condition | address (https) | member.
    """

    name: str
    type: str
    label: Said
    default: Any = None
    low: int = 0
    high: int = 0
    choices: tuple[tuple[str, Said], ...] = ()
    hint: Said = ""
    unit: Said = ""
    is_optional: bool = False
    shown_if: tuple[str, tuple[str, ...]] | None = None
    """(other field, values): only then it is asked, checked and kept."""
    error: Said = ""
    """What to say when the value does not fit; empty: the type's own words."""
    options: Callable[[], tuple[tuple[str, Said], ...]] | None = None
    """What may be chosen, where that is known only while the house runs (its channels)."""

    def offered(self) -> tuple[tuple[str, Said], ...]:
        """What may be chosen, with its words."""
        return self.options() if self.options else self.choices

    def is_asked(self, step: Step) -> bool:
        """Whether the step as it stands has this field."""
        return self.shown_if is None or str(step.get(self.shown_if[0])) in self.shown_if[1]


def value_of(field: Field, step: Step) -> Any:
    """The field's value, or its default when the step does not say."""
    value = step.get(field.name)
    return field.default if value is None else value


def check_fields(fields: Sequence[Field], step: Step, path: str) -> list[Problem]:
    """What does not fit its field. Conditions are checked by the flow, texts by the messages room."""
    problems = []
    for field in fields:
        if field.is_asked(step) and not _fits(field, value_of(field, step)):
            problems.append(Problem(f"{path}.{field.name}", f"bad_{field.name}", str(field.error) or _say(field)))
    return problems


def _fits(field: Field, value: Any) -> bool:
    if field.is_optional and value in (None, "", [], {}):
        return True
    match field.type:
        case "whole" | "money":
            return isinstance(value, int) and not isinstance(value, bool) and field.low <= value <= field.high
        case "choice":
            return value in [code for code, _label in field.offered()]
        case "choices":
            known = {code for code, _label in field.offered()}
            return isinstance(value, list) and bool(value) and all(isinstance(v, str) and v in known for v in value)
        case "text":
            return isinstance(value, str) and bool(value.strip()) and len(value) <= (field.high or 200)
        case "script":
            return isinstance(value, Mapping) and any(
                isinstance(text, str) and text.strip() and len(text) <= (field.high or 2000) for text in value.values()
            )
        case "clock":
            return isinstance(value, str) and CLOCK.fullmatch(value) is not None
        case "weekdays":
            return isinstance(value, list) and all(type(day) is int and 0 <= day <= 6 for day in value)
        case "tick":
            return isinstance(value, bool)
        case "address":
            return isinstance(value, str) and value.startswith("https://") and len(value) <= 300
    return True


def _say(field: Field) -> str:
    match field.type:
        case "whole" | "money":
            return _("%(label)s: please enter a whole number from %(low)d to %(high)d.") % {
                "label": field.label, "low": field.low, "high": field.high,
            }  # fmt: skip
        case "choice" | "choices":
            return _("%(label)s: please choose.") % {"label": field.label}
        case "clock":
            return _("%(label)s: please enter a time such as 09:00.") % {"label": field.label}
        case "weekdays":
            return _("%(label)s: please choose days of the week.") % {"label": field.label}
        case "address":
            return _("%(label)s: please enter an address that begins with https://.") % {"label": field.label}
    return _("%(label)s: please fill it in.") % {"label": field.label}
