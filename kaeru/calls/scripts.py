"""What to say: the shop's script with a few variables, filled in for the person who calls. Pure.

The text is plain: `{{ customer.name }}` and five others are put in their place, and nothing else is computed. What is put in is never read
again, so a customer who is called `{{ order.total }}` stays that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

VARIABLES = ("customer.name", "order.number", "order.total", "reason.label", "shop.name", "staff.name")
"""What a script may mention; `staff.name` is who calls."""
LANGUAGES = ("ja", "en")
LONGEST = 4000
"""Characters of one language: more cannot be read while calling."""
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class ScriptProblem:
    """Why a script cannot be used: in which language, and what. `code`: missing | too_long | unknown_variable | stray_braces."""

    language: str
    code: str
    detail: str = ""
    """The unknown variable, or the first stray piece."""
    nearest: str = ""
    """The variable that was probably meant."""


def check(script: Mapping[str, str]) -> list[ScriptProblem]:
    """What is wrong with a script; empty when it can be used. One language is enough, an empty one counts as not written."""
    written = {language: script.get(language, "").strip() for language in LANGUAGES}
    if not any(written.values()):
        return [ScriptProblem("", "missing")]
    found: list[ScriptProblem] = []
    for language, text in written.items():
        if len(text) > LONGEST:
            found.append(ScriptProblem(language, "too_long", str(LONGEST)))
        for name in _VARIABLE.findall(text):
            if name not in VARIABLES:
                nearest = next(iter(get_close_matches(name, VARIABLES, 1)), "")
                found.append(ScriptProblem(language, "unknown_variable", name[:80], nearest))
        stray = re.search(r"\{\{|\}\}|\{%|%\}", _VARIABLE.sub("", text))
        if stray:
            found.append(ScriptProblem(language, "stray_braces", stray.group()))
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables; one that has no value, or that nobody knows, leaves nothing behind."""
    return _VARIABLE.sub(lambda found: values.get(found.group(1), ""), text)
