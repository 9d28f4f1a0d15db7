"""The policy as it is stored, edited and kept in files: JSON, and what is wrong with it.

{"cutoff": "14:00" | null,
 "rules": [{"id", "name", "when": condition | null, "result": "accept|ask|refuse|repair_only", "ground": code}, …],
 "otherwise": "accept", "otherwise_ground": "",
 "grounds": {code: {"ja": …, "en": …}},
 "refund": {"coupons": "always|shop_side|never", "points": …, "form_url": "https://…"}}
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from kaeru.audiences import rules as conditions
from kaeru.audiences.checks import Choices, FieldShape, Problem
from kaeru.audiences.operators import is_time
from kaeru.cancellations.policy.grounds import WORDS
from kaeru.cancellations.policy.rules import DECLINES, RESULTS, Policy, Returns, Rule

MOST_RULES = 50
LONGEST_NAME = 80
LONGEST_WORDS = 300
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KEYS = frozenset({"cutoff", "rules", "otherwise", "otherwise_ground", "grounds", "refund"})
_RULE_KEYS = frozenset({"id", "name", "when", "result", "ground"})
_WHEN = ("always", "shop_side", "never")

EMPTY: Mapping[str, Any] = {"cutoff": None, "rules": [], "otherwise": "accept", "grounds": {}, "refund": {}}
"""Of a shop that has not said anything: every wish is accepted."""


class NotAPolicy(ValueError):
    """The document cannot be used. `problems` say where and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.path or '.'}: {one.message}" for one in problems))
        self.problems = problems


def parse(told: Any) -> Policy:
    """The policy that a checked document describes. Raises NotAPolicy for a shape that `check` would refuse."""
    try:
        return _parse(told)
    except (TypeError, ValueError, AttributeError, LookupError) as wrong:
        raise NotAPolicy([Problem("", "not_a_policy", str(wrong))]) from wrong


def _parse(told: Any) -> Policy:
    rules = tuple(
        Rule(
            id=str(rule["id"]), name=str(rule.get("name", "")), result=_known(rule["result"]), ground=str(rule.get("ground") or ""),
            when=None if rule.get("when") is None else conditions.parse(rule["when"]),
        )
        for rule in told.get("rules", ())
    )  # fmt: skip
    cutoff, refund = told.get("cutoff"), told.get("refund") or {}
    return Policy(
        rules=rules,
        otherwise=_known(told.get("otherwise", "accept")),
        otherwise_ground=str(told.get("otherwise_ground") or ""),
        cutoff=None if cutoff is None else time.fromisoformat(cutoff),
        grounds=dict(told.get("grounds") or {}),
        returns=Returns(
            coupons=refund.get("coupons", "shop_side"),
            points=refund.get("points", "always"),
            form_url=str(refund.get("form_url", "")),
        ),
    )


def _known(word: Any) -> Any:
    if word not in RESULTS:
        raise ValueError(f"not a result: {word!r}")
    return word


def check(told: Any, fields: Iterable[FieldShape], choices: Choices | None = None) -> list[Problem]:
    """What is wrong with this JSON as a policy, by path ("rules.2.when.all.0.value"); nothing when it can be saved. Never raises."""
    if not isinstance(told, Mapping):
        return [Problem("", "not_a_policy", _("Please write a policy here: cutoff, rules, otherwise."))]
    return list(_check(told, tuple(fields), choices))


def _check(told: Mapping[str, Any], fields: tuple[FieldShape, ...], choices: Choices | None) -> Iterator[Problem]:
    yield from _unknown(told, _KEYS, "")
    cutoff = told.get("cutoff")
    if cutoff is not None and not is_time(cutoff):
        yield Problem("cutoff", "not_a_time", _("Please enter the cut-off as hours and minutes, such as 14:00."))
    rules, grounds = told.get("rules", []), told.get("grounds", {})
    if not isinstance(rules, (list, tuple)) or len(rules) > MOST_RULES:
        yield Problem("rules", "bad_rules", _("Please list %d rules at most.") % MOST_RULES)
        rules = []
    own = set(grounds) if isinstance(grounds, Mapping) else set()
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        yield from _check_rule(rule, f"rules.{index}", own, seen, fields, choices)
    yield from _check_result(told.get("otherwise", "accept"), told.get("otherwise_ground"), own, "otherwise")
    yield from _check_grounds(grounds)
    yield from _check_refund(told.get("refund", {}))


def _unknown(told: Mapping[str, Any], allowed: frozenset[str], path: str) -> Iterator[Problem]:
    for name in sorted(str(one)[:40] for one in told if one not in allowed):
        message = _("“%s” is not understood here. Please check its spelling or take it out.") % name
        yield Problem(path, "unknown_key", message)


def _check_rule(
    rule: Any, path: str, own: set[str], seen: set[str], fields: tuple[FieldShape, ...], choices: Choices | None
) -> Iterator[Problem]:
    if not isinstance(rule, Mapping):
        yield Problem(path, "not_a_rule", _("Please write a rule here: id, name, when, result, ground."))
        return
    yield from _unknown(rule, _RULE_KEYS, path)
    key, name = rule.get("id"), rule.get("name", "")
    if not isinstance(key, str) or not _CODE.fullmatch(key):
        yield Problem(f"{path}.id", "bad_id", _("A rule's id has small letters, digits and _."))
    elif key in seen:
        yield Problem(f"{path}.id", "same_id", _("Two rules have the id “%s”. Please change one.") % key)
    seen.add(str(key))
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not name.isprintable():
        yield Problem(
            f"{path}.name", "bad_name", _("Please give the rule a name of %d letters at most.") % LONGEST_NAME
        )
    if rule.get("when") is not None:
        yield from conditions.check(rule["when"], f"{path}.when", fields, choices)
    yield from _check_result(rule.get("result"), rule.get("ground"), own, path)


def _check_result(result: Any, ground: Any, own: set[str], path: str) -> Iterator[Problem]:
    at, beside = ("otherwise", "otherwise_ground") if path == "otherwise" else (f"{path}.result", f"{path}.ground")
    if result not in RESULTS:
        yield Problem(at, "unknown_result", _("Please choose what happens: %s.") % ", ".join(RESULTS))
    elif result in DECLINES and not ground:
        yield Problem(beside, "no_ground", _("Please choose the ground that the buyer will read."))
    elif ground and not (isinstance(ground, str) and (ground in WORDS or ground in own)):
        yield Problem(beside, "unknown_ground", _("The ground “%s” has no words yet.") % str(ground)[:40])


def _check_grounds(grounds: Any) -> Iterator[Problem]:
    if not isinstance(grounds, Mapping) or len(grounds) > MOST_RULES:
        yield Problem("grounds", "bad_grounds", _("Please list grounds by their code."))
        return
    for code, words in grounds.items():
        path = f"grounds.{str(code)[:40]}"
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            yield Problem(path, "bad_id", _("A ground's code has small letters, digits and _."))
        elif not isinstance(words, Mapping) or not set(words) <= {"ja", "en"}:
            yield Problem(path, "bad_words", _("Please write the ground in Japanese and English."))
        else:
            yield from _check_words(words, path, needs_all=code not in WORDS)


def _check_words(words: Mapping[str, Any], path: str, *, needs_all: bool) -> Iterator[Problem]:
    for language in ("ja", "en"):
        text = words.get(language, "")
        if not isinstance(text, str) or len(text) > LONGEST_WORDS:
            yield Problem(f"{path}.{language}", "bad_words", _("Please write %d letters at most.") % LONGEST_WORDS)
        elif needs_all and language == "ja" and not text.strip():
            yield Problem(f"{path}.{language}", "no_words", _("Please write what the buyer will read."))


def _check_refund(refund: Any) -> Iterator[Problem]:
    if not isinstance(refund, Mapping):
        yield Problem("refund", "bad_refund", _("Please write what comes back: coupons, points, form_url."))
        return
    yield from _unknown(refund, frozenset({"coupons", "points", "form_url"}), "refund")
    for name in ("coupons", "points"):
        if refund.get(name, "always") not in _WHEN:
            yield Problem(f"refund.{name}", "unknown_choice", _("Please choose one of: %s.") % ", ".join(_WHEN))
    if refund.get("form_url") and not _is_https(refund["form_url"]):
        yield Problem("refund.form_url", "bad_url", _("Please enter an address that begins with https://."))


def _is_https(address: Any) -> bool:
    try:
        parts = urlsplit(address) if isinstance(address, str) and address.isprintable() else None
    except ValueError:
        return False
    return bool(parts and parts.scheme == "https" and parts.hostname and len(address) <= 500 and " " not in address)
