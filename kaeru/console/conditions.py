"""The condition editor: a condition as form fields and back, for any page that embeds it (the scenario builder, the branch step).

One form, one POST brings everything back: nothing typed is lost, whichever button was pressed, and it works without script.

    told = conditions.read_condition(request.POST, "when", fields("order", "customer"), shop.currency)     # JSON or None
    told = conditions.edit_condition(told, "when", conditions.command_of(request.POST))    # buttons named `do`
    problems = check(told, "when", fields(), choices(...)) if told is not None else []
    context["condition"] = conditions.draw_condition(told, "when", problems, shop, fields("order", "customer"))
    {% include "console/part/conditions.html" with condition=condition %}                  (css: kaeru/conditions.css)

`path` names the form's fields (`when`, `steps.2:on`); where `rules.check` was given another path, say it as `at`. The buttons say
`condition:add:NODE`, `condition:group:NODE`, `condition:remove:NODE`; commands of other editors, and of other paths, change nothing. A
question of which another field was chosen than it was drawn with begins anew, whatever sends the form. What
cannot be read as a number is kept as it was typed, and `check` tells it at its field. A condition without any question is None: everybody.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaeru.audiences import wording
from kaeru.audiences.checks import MOST_DEPTH, MOST_LISTED, MOST_TESTS, Problem
from kaeru.audiences.operators import LISTS, OPERATORS, WEEKDAYS
from kaeru.audiences.registry import Field, fields
from kaeru.core.money import minor_digits, to_minor
from kaeru.tenants.models import Shop, ShopKind

Json = Any
Node = dict[str, Any]
"""A group ({"word", "parts"}), question ({"field", "op", …}) or something unreadable ({"raw"}); `at`: its places in the JSON."""

WORDS: Mapping[str, str | Promise] = {
    "all": _("all of these hold"),
    "any": _("at least one of these holds"),
    "not_any": _("none of these holds"),
    "not_all": _("not all of these hold"),
}
KINDS: Mapping[str, str | Promise] = {
    "order": _("About the order"),
    "customer": _("About the customer"),
    "client": _("About their visits"),
    "cancellation": _("About the cancellation"),
    "moment": _("About the moment"),
}
OF_SALONS, OF_SHOPS = frozenset({"client"}), frozenset({"order", "cancellation"})
"""Kinds that only a salon, and only a shop that sells, is offered."""
_LISTED = {"is": "one_of", "is_not": "none_of"}
_NUMBERS = frozenset({"money", "number", "count"})
_MOST_BOXES = 12
"""Suggestions shown as boxes to tick; what else there is can be typed."""
_LONGEST = 2_000
_PLACE = re.compile(r"(?P<trail>(?:\.[0-9]{1,3})*)(?::(?P<name>[a-z_.]*))?")


def command_of(data: Mapping[str, str]) -> str:
    """The pressed button's command; for `condition:add:NODE` with the field that was chosen beside it."""
    command = str(data.get("do", ""))
    if command.startswith("condition:add:"):
        return f"{command}:{data.get(command.removeprefix('condition:add:') + ':new', '')}"
    return command


def tidy_condition(told: Json) -> Json:
    """The condition as the editor would write it, so that two ways of writing the same compare as equal."""
    return _written(_paper(told, ""))


def read_condition(data: Mapping[str, str], path: str, known: Iterable[Field], currency: str) -> Json:
    """The condition that a posted form describes, or None when it asks nothing."""
    reader = _Reader(data, {field.name: field for field in known}, currency)
    node = reader.node(path, 0)
    return _written(node) if "parts" in node else None


def edit_condition(told: Json, path: str, command: str) -> Json:
    """Do one edit of the condition at `path`; a command that fits nothing changes nothing."""
    verb, _sep, rest = command.removeprefix("condition:").partition(":")
    found = (
        _PLACE.fullmatch(rest.removeprefix(path))
        if command.startswith("condition:") and rest.startswith(path)
        else None
    )
    if found is None:
        return told
    root, trail, name = _paper(told, path), found["trail"].split(".")[1:], found["name"]
    parent, node = None, root
    for part in trail:
        if int(part) >= len(node.get("parts", ())):
            return told
        parent, node = node, node["parts"][int(part)]
    if verb == "remove":
        if parent is None:
            return None
        parent["parts"].pop(int(trail[-1]))
    elif verb == "add" and "parts" in node and name in {field.name for field in fields()}:
        node["parts"].append(_new(name))
    elif verb == "group" and "parts" in node:
        node["parts"].append({"word": "any" if node["word"] == "all" else "all", "parts": []})
    return _written(root)


def draw_condition(
    told: Json,
    path: str,
    problems: Sequence[Problem],
    shop: Shop,
    known: Sequence[Field] | None = None,
    at: str | None = None,
) -> dict[str, Any]:
    """What the template needs: the tree of groups and questions, each with its values, its choices and its own problems."""
    offered = tuple(fields() if known is None else known)
    hidden = OF_SHOPS if shop.kind == ShopKind.SALON else OF_SALONS
    offered = tuple(field for field in offered if field.kind not in hidden)
    pen = _Pen({field.name: field for field in offered}, problems, shop)
    root = pen.node(_paper(told, path if at is None else at), path, 0)
    return {
        "path": path,
        "root": root,
        "kinds": _grouped(offered),
        "currency": shop.currency,
        "is_empty": told is None,
        "unplaced": pen.unplaced(),
    }


def _grouped(known: Iterable[Field]) -> list[dict[str, Any]]:
    groups: dict[str, list[Field]] = {}
    for field in known:
        groups.setdefault(field.kind, []).append(field)
    return [{"label": KINDS.get(kind, kind), "fields": members} for kind, members in groups.items()]


def _new(name: str) -> Node:
    """A fresh question, answered as little as possible: what is left open is told by the checks."""
    field = next(field for field in fields() if field.name == name)
    fresh: Node = {"field": name, "op": OPERATORS[field.type][0], "denies": False, "value": ""}
    if field.type == "yes":
        fresh["value"] = True
    elif field.type in ("choice", "weekday", "tags"):
        fresh |= {"value": [], "op": _LISTED.get(fresh["op"], fresh["op"])}
    elif fresh["op"] == "between" or field.type == "time":
        fresh["value"] = ["", ""]
    elif field.type in _NUMBERS:
        fresh["op"] = "at_least"
    return fresh


# JSON ↔ paper


def _paper(told: Json, path: str) -> Node:
    """The tree to edit: a group at the root, `not` folded into the group's word or the question."""
    if told is None:
        return {"word": "all", "parts": [], "at": [path]}
    node = _unfolded(told, path, 0)
    return node if "parts" in node else {"word": "all", "parts": [node], "at": []}


def _unfolded(told: Json, at: str, depth: int) -> Node:
    if isinstance(told, Mapping) and depth <= 2 * MOST_DEPTH and len(told) == 1:
        for word in ("all", "any"):
            if isinstance(told.get(word), list):
                parts = [_unfolded(part, f"{at}.{word}.{index}", depth + 1) for index, part in enumerate(told[word])]
                return {"word": word, "parts": parts, "at": [at, f"{at}.{word}"]}
        if "not" in told:
            node = _unfolded(told["not"], f"{at}.not", depth + 1)
            if "word" in node:
                turned = {"all": "not_all", "any": "not_any", "not_all": "all", "not_any": "any"}
                return {**node, "word": turned[node["word"]], "at": [at, *node["at"]]}
            if isinstance(node.get("value"), bool):
                return {**node, "value": not node["value"], "at": [at, *node["at"]]}
            if "field" in node:
                return {**node, "denies": not node["denies"], "at": [at, *node["at"]]}
    if _is_question(told):
        return {"denies": False, "value": "", **told, "at": [at]}
    return {"raw": told, "at": [at]}


def _is_question(told: Json) -> bool:
    if not isinstance(told, Mapping) or not set(told) <= {"field", "op", "value", "days"}:
        return False
    return isinstance(told.get("field"), str) and isinstance(told.get("op"), str)


def _written(root: Node) -> Json:
    """A group of one is that one, and a group of none asks nothing."""
    while len(root.get("parts", ())) == 1 and root["word"] in ("all", "any"):
        root = root["parts"][0]
    return None if root.get("parts") == [] else _folded(root)


def _folded(node: Node) -> Json:
    if "raw" in node:
        return node["raw"]
    if "word" in node:
        word = node["word"].removeprefix("not_")
        told = {word: [_folded(part) for part in node["parts"]]}
        return told if word == node["word"] else {"not": told}
    told = {name: node[name] for name in ("field", "op", "value", "days") if node.get(name) is not None}
    if (
        node["op"] in LISTS
        and isinstance(node["value"], (list, tuple))
        and all(isinstance(part, str) for part in node["value"])
    ):
        told["value"] = sorted(
            set(node["value"]), key=lambda word: (WEEKDAYS.index(word) if word in WEEKDAYS else 7, word)
        )
    return {"not": told} if node["denies"] else told


# Form → paper


class _Reader:
    """Reads a posted form."""

    def __init__(self, data: Mapping[str, str], known: Mapping[str, Field], currency: str) -> None:
        self._data, self._known, self._currency = data, known, currency
        self._left = MOST_TESTS * 2

    def _text(self, path: str, name: str) -> str:
        return str(self._data.get(f"{path}:{name}", ""))[:_LONGEST]

    def node(self, path: str, depth: int) -> Node:
        """The node of this name."""
        self._left -= 1
        kind = self._text(path, "node")
        if kind == "group":
            word, count = self._text(path, "word"), self._text(path, "count")
            size = int(count) if count.isdecimal() and len(count) < 4 and depth <= MOST_DEPTH + 1 else 0
            parts = [
                self.node(f"{path}.{index}", depth + 1)
                for index in range(size)
                if self._left > 0 and f"{path}.{index}:node" in self._data
            ]
            return {"word": word if word in WORDS else "all", "parts": parts}
        field = self._known.get(self._text(path, "field"))
        if kind == "question" and field is not None:
            is_other = self._text(path, "drawn") not in ("", field.name)
            return _new(field.name) if is_other else self._question(path, field)
        try:
            return {"raw": json.loads(self._text(path, "raw") or "null")}
        except (ValueError, RecursionError):
            return {"raw": self._text(path, "raw")}

    def _question(self, path: str, field: Field) -> Node:
        chosen = self._text(path, "op")
        op = chosen.removeprefix("not:")
        node: Node = {"field": field.name, "op": op, "denies": chosen.startswith("not:")}
        if field.type == "yes":
            node |= {"op": "is", "value": self._text(path, "value") != "no"}
        elif field.type in ("choice", "tags", "weekday"):
            node["value"] = self._ticked(path, field)
            was = self._text(path, "was")
            if _LISTED.get(was) == op and len(node["value"]) == 1:
                node |= {"op": was, "value": node["value"][0]}
        else:
            values = [self._typed(self._text(path, name), field) for name in ("value", "to")]
            node["value"] = values if op == "between" else values[0]
        days = self._text(path, "days").strip()
        return {**node, "days": _number(days)} if field.has_days and days else node

    def _ticked(self, path: str, field: Field) -> list[str]:
        prefix = f"{path}:has:"
        ticked = [str(name).removeprefix(prefix) for name in self._data if str(name).startswith(prefix)]
        typed = (
            self._text(path, "more").replace("、", ",").replace("，", ",").split(",") if field.type != "weekday" else []
        )
        words = [word for part in typed if (word := part.strip())]
        return list(dict.fromkeys([*ticked, *words]))[: MOST_LISTED + 1]

    def _typed(self, typed: str, field: Field) -> int | str:
        if field.type == "money":
            return _amount(typed, self._currency)
        return typed.strip() if field.type == "time" else _number(typed)


def _half_width(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).replace(",", "").strip()


def _number(typed: str) -> int | str:
    tidy = _half_width(typed)
    return int(tidy) if tidy.isascii() and tidy.isdigit() and len(tidy) <= 12 else typed


def _amount(typed: str, currency: str) -> int | str:
    tidy = _half_width(typed)
    try:
        return to_minor(tidy, currency) if 0 < len(tidy) <= 15 else typed
    except ValueError:
        return typed


# Paper → page


class _Pen:
    """Draws the tree for the template."""

    def __init__(self, known: Mapping[str, Field], problems: Sequence[Problem], shop: Shop) -> None:
        self._known, self._shop = known, shop
        self._problems: dict[str, list[str]] = {}
        for problem in problems:
            self._problems.setdefault(problem.path, []).append(problem.message)
        self._choices: dict[str, list[tuple[str, str]]] = {}

    def unplaced(self) -> list[str]:
        """Problems that no node shows."""
        return [line for lines in self._problems.values() for line in lines]

    def _wrong(self, *places: str) -> list[str]:
        return [line for place in places for line in self._problems.pop(place, [])]

    def node(self, node: Node, path: str, depth: int) -> dict[str, Any]:
        """The node with everything that is shown of it."""
        at = node.get("at", [])
        drawn: dict[str, Any] = {"path": path, "anchor": path.replace(".", "-").replace(":", "-"), "depth": depth}
        if "word" in node:
            parts = [self.node(part, f"{path}.{index}", depth + 1) for index, part in enumerate(node["parts"])]
            words = [
                {"value": word, "label": label, "is_chosen": word == node["word"]} for word, label in WORDS.items()
            ]
            more = {
                "kind": "group",
                "words": words,
                "parts": parts,
                "count": len(parts),
                "may_nest": depth < MOST_DEPTH - 2,
            }
            return {**drawn, **more, "wrong": self._wrong(*at)}
        field = self._known.get(node.get("field", ""))
        if field is None or node["op"] not in field.operators:
            text = json.dumps(_folded(node), ensure_ascii=False)
            inner = [f"{at[-1]}.{name}" for name in ("field", "op", "value", "days")] if at else []
            return {**drawn, "kind": "raw", "raw": text, "wrong": self._wrong(*at, *inner)}
        return {**drawn, "kind": "question", **self._question(node, field, at)}

    def _question(self, node: Node, field: Field, at: Sequence[str]) -> dict[str, Any]:
        value, last = node["value"], at[-1] if at else ""
        pair = value if isinstance(value, (list, tuple)) else [value]
        shown = [self._shown(part, field) for part in (*pair, "", "")[:2]]
        return {
            "field": field,
            "was": node["op"],
            "operators": self._operators(node, field),
            "value": shown[0],
            "to": shown[1],
            "is_yes": value is not False,
            "boxes": self._boxes(pair, field) if field.type in ("choice", "tags", "weekday") else [],
            "is_open": field.type in ("choice", "tags") and (field.is_open or field.choices is None),
            "days": node.get("days") if node.get("days") is not None else "",
            "has_to": field.type == "time" or field.type in _NUMBERS,
            "wrong": {
                "value": self._wrong(f"{last}.value"),
                "days": self._wrong(f"{last}.days"),
                "question": self._wrong(*at, f"{last}.field", f"{last}.op"),
            },
        }

    def _shown(self, value: Json, field: Field) -> str:
        digits = minor_digits(self._shop.currency)
        if field.type == "money" and isinstance(value, int) and not isinstance(value, bool) and digits:
            return f"{value // 10**digits}.{value % 10**digits:0{digits}d}"
        return "" if value is None else str(value)

    def _operators(self, node: Node, field: Field) -> list[dict[str, Any]]:
        chosen = _LISTED.get(node["op"], node["op"]) if field.type == "choice" else node["op"]
        chosen = f"not:{chosen}" if node["denies"] else chosen
        names = [op for op in field.operators if field.type != "choice" or op not in _LISTED]
        offered = [(op, str(wording.OPERATORS[op])) for op in names]
        offered += [
            (f"not:{op}", str(_("not: %s") % label))
            for op, label in offered
            if f"not:{op}" == chosen or op == "between"
        ]
        return [{"value": value, "label": label, "is_chosen": value == chosen} for value, label in offered]

    def _boxes(self, chosen: Sequence[Json], field: Field) -> list[dict[str, Any]]:
        if field.choices and field.name not in self._choices:
            self._choices[field.name] = field.choices(self._shop.id)
        offered = dict(self._choices.get(field.name, []))
        ticked = [str(part) for part in chosen if part not in ("", None)]
        if field.is_open:
            offered = dict(list(offered.items())[:_MOST_BOXES]) | {word: offered.get(word, word) for word in ticked}
        offered = {**offered, **{word: word for word in ticked if word not in offered}}
        return [{"value": value, "label": label, "is_chosen": value in ticked} for value, label in offered.items()]
