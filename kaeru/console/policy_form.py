"""A cancellation policy as form fields and back: one form brings the whole document, whichever button was pressed.

Rules are `rules.0:name`, `rules.0:result`, …, their conditions those of `console.conditions` at `rules.0.when`. Buttons say `add`,
`up:0`, `down:0`, `remove:0`, `ground` (one more ground of the shop's own), `ready:CODE`, and what the conditions say.
"""

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaeru.audiences import registry, wording
from kaeru.audiences.checks import Problem
from kaeru.audiences.rules import NotACondition, parse
from kaeru.cancellations.policy.document import MOST_RULES
from kaeru.cancellations.policy.grounds import WORDS
from kaeru.cancellations.policy.ready import ready
from kaeru.console import conditions
from kaeru.tenants.models import Shop

Document = dict[str, Any]

RESULTS: Mapping[str, str | Promise] = {
    "accept": _("accept at once"),
    "ask": _("ask us"),
    "refuse": _("decline"),
    "repair_only": _("offer a change instead"),
}
TONES = {"accept": "good", "ask": "clock", "refuse": "bad", "repair_only": "clock"}
GROUNDS: Mapping[str, str | Promise] = {
    "shipped": _("It has been shipped"),
    "passed_cutoff": _("The cut-off is over"),
    "made_to_order": _("Made to order"),
    "too_late": _("Too long after the order"),
    "repair_only": _("Only a change is possible"),
    "other": _("Another ground"),
}
WHEN: Mapping[str, str | Promise] = {
    "always": _("with every cancellation"),
    "shop_side": _("when it is the shop's doing"),
    "never": _("never"),
}
MOST_GROUNDS = 20


def read(data: Mapping[str, str], shop: Shop) -> Document:
    """The document that the form describes. What cannot be understood is kept as it was typed, and `check` tells it."""
    count = data.get("rules:count", "")
    size = min(int(count), MOST_RULES + 1) if count.isdecimal() and len(count) < 4 else 0
    refund = {name: _text(data, f"refund:{name}", 10) or "always" for name in ("coupons", "points")}
    return {
        "cutoff": _clock(data.get("cutoff", "")),
        "rules": [_rule(data, f"rules.{index}", shop) for index in range(size)],
        "otherwise": _text(data, "otherwise:result", 20) or "accept",
        "otherwise_ground": _text(data, "otherwise:ground", 40),
        "grounds": _grounds(data),
        "refund": {**refund, "form_url": _text(data, "refund:form_url", 500)},
    }


def _text(data: Mapping[str, str], name: str, longest: int) -> str:
    return str(data.get(name, "")).strip()[: longest + 1]


def _clock(typed: str) -> str | None:
    tidy = unicodedata.normalize("NFKC", typed).strip()[:10]
    hours, colon, minutes = tidy.partition(":")
    return (f"{hours:0>2}:{minutes[:2]}" if colon else tidy) or None


def _rule(data: Mapping[str, str], path: str, shop: Shop) -> dict[str, Any]:
    return {
        "id": _text(data, f"{path}:id", 40) or _key(),
        "name": _text(data, f"{path}:name", 80),
        "when": conditions.read_condition(data, f"{path}.when", registry.fields(), shop.currency),
        "result": _text(data, f"{path}:result", 20),
        "ground": _text(data, f"{path}:ground", 40),
    }


def _key() -> str:
    return f"r{secrets.token_hex(4)}"


def _grounds(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The shop's own words; a usual ground without any keeps ours."""
    codes = [name.removeprefix("ground:") for name in data if name.startswith("ground:")][: MOST_GROUNDS + len(WORDS)]
    found = {}
    for code in codes:
        words = {language: _text(data, f"words:{code}:{language}", 300) for language in ("ja", "en")}
        if code not in WORDS or any(words.values()):
            found[code[:41]] = words
    return found


def edit(told: Document, command: str) -> tuple[Document, int | None]:
    """Do what a button asks; returns the document, and the rule to look at. A command that fits nothing changes nothing."""
    verb, _sep, rest = command.partition(":")
    rules = told["rules"]
    if verb == "condition":
        return _condition(told, command)
    if verb == "add" and len(rules) < MOST_RULES:
        rules.append({"id": _key(), "name": "", "when": None, "result": "ask", "ground": ""})
        return told, len(rules) - 1
    if verb == "ground" and len(told["grounds"]) < MOST_GROUNDS:
        told["grounds"][f"own_{secrets.token_hex(3)}"] = {"ja": "", "en": ""}
        return told, None
    if verb == "drop":
        told["grounds"].pop(rest, None)
        return told, None
    if verb == "ready" and (start := ready(rest)) is not None:
        fresh = {**start.document, "rules": [dict(rule) for rule in start.document["rules"]]}
        return {**fresh, "grounds": told["grounds"], "refund": told["refund"]}, None
    if verb in ("up", "down", "remove") and rest.isdecimal() and len(rest) < 4 and int(rest) < len(rules):
        return told, _arrange(rules, verb, int(rest))
    return told, None


def _arrange(rules: list[Any], verb: str, at: int) -> int | None:
    if verb == "remove":
        rules.pop(at)
        return min(at, len(rules) - 1) if rules else None
    to = max(0, min(len(rules) - 1, at + (-1 if verb == "up" else 1)))
    rules.insert(to, rules.pop(at))
    return to


def _condition(told: Document, command: str) -> tuple[Document, int | None]:
    for index, rule in enumerate(told["rules"]):
        path = f"rules.{index}.when"
        edited = conditions.edit_condition(rule["when"], path, command)
        if edited != rule["when"]:
            rule["when"] = edited
            return told, index
    return told, None


def says(when: Any, shop: Shop, language: str) -> str:
    """The condition in one sentence, as far as it is one."""
    if when is None:
        return str(_("every order"))
    try:
        return wording.describe(parse(when), shop, language)
    except NotACondition:
        return ""


def draw(
    told: Mapping[str, Any], problems: Sequence[Problem], shop: Shop, language: str, look: int | None
) -> dict[str, Any]:
    """What the page needs: each rule with its condition, its choices and its own problems."""
    pen = _Pen(told, problems, shop, language)
    rules = told.get("rules", [])
    return {
        "rules": [pen.rule(rule, index, len(rules), is_looked_at=index == look) for index, rule in enumerate(rules)],
        "otherwise": pen.outcome("otherwise", told.get("otherwise"), told.get("otherwise_ground")),
        "cutoff": told.get("cutoff") or "",
        "grounds": pen.grounds(),
        "refund": pen.refund(told.get("refund") or {}),
        "wrong": pen.wrong,
        "may_add": len(rules) < MOST_RULES,
    }


class _Pen:
    """Draws the parts."""

    def __init__(self, told: Mapping[str, Any], problems: Sequence[Problem], shop: Shop, language: str) -> None:
        self._problems, self._shop, self._language = problems, shop, language
        own = told.get("grounds") or {}
        self._own: Mapping[str, Any] = own
        self._offered = [
            *((code, str(label)) for code, label in GROUNDS.items()),
            *((code, self._title(words)) for code, words in own.items() if code not in GROUNDS),
        ]
        self.wrong: dict[str, list[str]] = {}
        for problem in problems:
            self.wrong.setdefault(problem.path.replace(".", "_"), []).append(problem.message)

    def _title(self, words: Any) -> str:
        told = words.get(self._language) or words.get("ja") if isinstance(words, Mapping) else ""
        return (told[:30] + "…" if len(told) > 30 else told) if told else str(_("Your own ground"))

    def _at(self, *paths: str) -> list[str]:
        return [problem.message for problem in self._problems if problem.path in paths]

    def rule(self, rule: Mapping[str, Any], index: int, count: int, *, is_looked_at: bool) -> dict[str, Any]:
        """One card."""
        path = f"rules.{index}"
        mine = [problem for problem in self._problems if problem.path.startswith(f"{path}.") or problem.path == path]
        return {
            "path": path,
            "index": index,
            "number": index + 1,
            "id": rule.get("id", ""),
            "name": rule.get("name", ""),
            "says": says(rule.get("when"), self._shop, self._language),
            "condition": conditions.draw_condition(rule.get("when"), f"{path}.when", mine, self._shop),
            "outcome": self.outcome(path, rule.get("result"), rule.get("ground")),
            "wrong": self._at(path, f"{path}.id", f"{path}.name"),
            "is_wrong": bool(mine),
            "is_open": is_looked_at or bool(mine),
            "is_looked_at": is_looked_at,
            "may_up": index > 0,
            "may_down": index < count - 1,
        }

    def outcome(self, path: str, result: Any, ground: Any) -> dict[str, Any]:
        """What happens, and on which ground."""
        ground_path = "otherwise_ground" if path == "otherwise" else f"{path}.ground"
        result_path = "otherwise" if path == "otherwise" else f"{path}.result"
        return {
            "path": path,
            "label": str(RESULTS.get(str(result), result)),
            "tone": TONES.get(str(result), ""),
            "results": [
                {"value": code, "label": label, "is_chosen": code == result} for code, label in RESULTS.items()
            ],
            "grounds": [{"value": code, "label": label, "is_chosen": code == ground} for code, label in self._offered],
            "ground": dict(self._offered).get(str(ground), "") if result in ("refuse", "repair_only") else "",
            "wrong": self._at(result_path, ground_path),
        }

    def grounds(self) -> list[dict[str, Any]]:
        """Each ground with our words and the shop's."""
        found = []
        for code, label in self._offered:
            words = self._own.get(code)
            told = words if isinstance(words, Mapping) else {}
            usual = WORDS.get(code, {})
            found.append(
                {
                    "code": code,
                    "label": label,
                    "is_own": code not in WORDS,
                    "ja": told.get("ja", ""),
                    "en": told.get("en", ""),
                    "shown": told.get(self._language) or usual.get(self._language) or told.get("ja", ""),
                    "usual_ja": usual.get("ja", ""),
                    "usual_en": usual.get("en", ""),
                    "wrong": self._at(f"grounds.{code}", f"grounds.{code}.ja", f"grounds.{code}.en"),
                }
            )
        return found

    def refund(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """What comes back besides money."""

        def choices(name: str, usual: str) -> list[dict[str, Any]]:
            chosen = told.get(name, usual)
            return [{"value": code, "label": label, "is_chosen": code == chosen} for code, label in WHEN.items()]

        return {
            "coupons": choices("coupons", "shop_side"),
            "points": choices("points", "always"),
            "form_url": told.get("form_url", ""),
            "wrong": self._at("refund.form_url"),
        }
