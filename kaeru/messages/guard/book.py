"""The rule book: `rules/*.toml`, dated data with sources, read once.

An expression may use others as @name (`words.toml`, or the rule's own `[words]`). A space in it stands for "spaces or none".
Its letters are folded as the texts are (`lookalikes`), so that one spelling matches all that look like it.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from kaeru.messages.guard import lookalikes
from kaeru.messages.guard.text import Find, Rule, Severity

_NAME = re.compile(r"@([a-z_]+)")
Words = Mapping[str, Sequence[str] | str]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of their numbers."""
    folder = files("kaeru.messages.guard") / "rules"
    common: Words = tomllib.loads((folder / "words.toml").read_text("utf-8"))
    names = sorted(one.name for one in folder.iterdir() if re.fullmatch(r"L\d\d-.*\.toml", one.name))
    return tuple(_rule(name, tomllib.loads((folder / name).read_text("utf-8")), common) for name in names)


def rule(key: str) -> Rule:
    """The rule of this number. Raises KeyError."""
    for one in rules():
        if one.id == key:
            return one
    raise KeyError(key)


def _rule(file: str, told: dict[str, Any], common: Words) -> Rule:
    words = {**common, **told.get("words", {})}
    return Rule(
        id=told["id"],
        name=file.removesuffix(".toml").partition("-")[2],
        severity=Severity(told["severity"]),
        starts=told["from"].isoformat(),
        ends=told["until"].isoformat() if "until" in told else "",
        title=told["title"],
        why=told["why"],
        better=told["better"],
        source=told["source"],
        enforced=told.get("enforced", {}),
        is_absolute=told.get("is_absolute", False),
        kinds=tuple(told.get("kinds", ())),
        channels=tuple(told.get("channels", ())),
        sides=tuple(told.get("sides", ())),
        check=told.get("check", ""),
        finds=tuple(_find(one, words) for one in told.get("find", ())),
        words={name: expression(f"@{name}", words) for name in words},
    )


def _find(told: Mapping[str, Any], words: Words) -> Find:
    return Find(
        all=tuple(expression(one, words) for one in told["all"]),
        none=tuple(expression(one, words) for one in told.get("none", ())),
        span=told.get("span", 1),
        scope=told.get("scope", "clause"),
        when=told.get("when", ""),
        severity=Severity(told["severity"]) if "severity" in told else None,
        language=_language(told["all"], words),
    )


def _language(wanted: Sequence[str], words: Words) -> str:
    """The language of texts that such expressions can be found in; empty: either."""
    every = [re.sub(r"\\.", " ", _spelled_out(one, words)) for one in wanted]
    if any(one.isascii() for one in every):
        return "en"
    return "ja" if any(not re.search("[a-z]{4,}", one) for one in every) else ""


def expression(source: str, words: Words) -> str:
    """The expression with the words in it spelled out, and folded. Raises KeyError for words that do not exist."""
    return _folded(_spelled_out(source, words))


def _spelled_out(source: str, words: Words) -> str:
    def put(found: re.Match[str]) -> str:
        told = words[found[1]]
        entries = [told] if isinstance(told, str) else told
        return f"(?:{'|'.join(_spelled_out(one, words) for one in entries)})"

    return _NAME.sub(put, source)


def _space(before: str, after: str) -> str:
    """Spaces or none; beside words of any length there must be one, else a sentence could be split in countless ways."""
    if after[:1] in {"*", "+", "?", "{"}:
        return " "
    return " +" if before in {"w+", "w*"} or after == "\\w" else " *"


def _folded(source: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(source):
        letter = source[at]
        if letter == "\\":
            out.append(source[at : at + 2])
            at += 2
            continue
        if letter == " ":
            out.append(_space(source[at - 2 : at], source[at + 1 : at + 3]))
        else:
            out.append(letter if letter.isascii() and letter != "l" else lookalikes.fold(letter))
        at += 1
    return "".join(out)
