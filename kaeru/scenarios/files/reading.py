"""YAML taken apart with the line and column of everything in it. Only what a scenario needs: no anchors, no tags, one document.

Words are read as people write them: `yes`, `10:30` and `2026-11-24` are texts; only true, false, null and plain numbers are not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

LARGEST = 256 * 1024
"""Bytes of a file."""
DEEPEST = 40
"""Levels: a scenario has ways within ways, and a condition within."""
MOST_NODES = 50_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where; lines and columns begin at 1."""

    path: str
    code: str
    message: str
    line: int
    column: int


@dataclass(slots=True)
class Document:
    """What a file says, and where it says it."""

    value: Any = None
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    """path -> (line, column)"""
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: str) -> tuple[int, int]:
        """Where the path stands, or the nearest thing around it."""
        while path not in self.places and path:
            path = path.rpartition(".")[0]
        return self.places.get(path, (1, 1))


class _Loader(yaml.SafeLoader):
    """Knows fewer words than YAML 1.1 does."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?[0-9][0-9]*\.[0-9]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+0123456789.",
    ),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}",
        re.compile(_pattern),
        [*_first.replace("\0", ""), *([""] if _tag == "null" else [])],
    )


def read(raw: bytes | str) -> Document:
    """The document; `faults` says what is wrong with its form. Never raises."""
    found = Document()
    text = raw if isinstance(raw, str) else _decoded(raw, found)
    if text is None:
        return found
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        told = _(
            "The file is larger than %(most)d KB. A scenario has 60 steps at most; please look for text that does not belong."
        )
        found.faults.append(Fault("", "too_large", told % {"most": LARGEST // 1024}, 1, 1))
        return found
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        if not _survey(text, found):
            return found
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as failure:
        _blame(failure, text, found)
        return found
    if node is None:
        found.faults.append(Fault("", "empty_file", _("The file is empty."), 1, 1))
        return found
    found.value = _value(node, "", found)
    return found


def _decoded(raw: bytes, found: Document) -> str | None:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError:
            pass
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as failure:
        line = raw[: failure.start].count(b"\n") + 1
        told = _("The file is not UTF-8 (it may be Shift_JIS). Please save it as UTF-8 in your editor.")
        found.faults.append(Fault("", "not_utf8", told, line, 1))
        return None


def _survey(text: str, found: Document) -> bool:
    """What YAML allows and a scenario does not need, found before anything is built from it."""
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        mark = event.start_mark
        here = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            found.faults.append(
                Fault("", "too_deep", _("This is nested too deeply. Please put fewer ways inside each other."), *here)
            )
            return False
        if count > MOST_NODES:
            found.faults.append(Fault("", "too_large", _("The file has too many parts."), *here))
            return False
        if documents > 1:
            told = _("The file holds several documents. Please keep one scenario in each file and remove the line ---.")
            found.faults.append(Fault("", "several_documents", told, *here))
            return False
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            told = _(
                "Anchors and references (& and *) are not used here. Please write the part out; a text that begins so needs quotes."
            )
            found.faults.append(Fault("", "alias", told, *here))
        tag = getattr(event, "tag", None)
        if tag:
            told = _("Tags such as !tag are not used here. Please remove it, or put the text in quotes.")
            found.faults.append(Fault("", "tag", told, *here))
    return not found.faults


def _value(node: yaml.Node, path: str, found: Document) -> Any:
    place = _place(node)
    found.places.setdefault(path, place)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, found)
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, f"{path}.{index}".lstrip("."), found) for index, inner in enumerate(node.value)]
    return _scalar(node)


def _place(node: yaml.Node) -> tuple[int, int]:
    mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _mapping(node: yaml.MappingNode, path: str, found: Document) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        here = _place(key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            found.faults.append(Fault(path, "bad_key", _("A name is one word, followed by a colon."), *here))
            continue
        key = str(key_node.value)
        inner = f"{path}.{key}".lstrip(".")
        if key in made:
            told = _("“%(name)s” is said twice here (first in line %(line)d). Please keep one of them.")
            first = found.places.get(inner, here)[0]
            found.faults.append(Fault(inner, "twice", told % {"name": key, "line": first}, *here))
            continue
        found.places[inner] = here
        made[key] = _value(value_node, inner, found)
    return made


def _scalar(node: Any) -> Any:
    kind, text = node.tag.rpartition(":")[2], node.value
    match kind:
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text) if len(text) < 30 else text
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        case "null":
            return None
    return text


_FULL_WIDTH = re.compile(r"^\s*(?:-\s*)?[A-Za-z_]+\s*：")


def _blame(failure: yaml.YAMLError, text: str, found: Document) -> None:
    """The parser stops at the first thing it cannot read; what looks like the usual slips is told with it."""
    slips = list(_slips(text))
    mark = getattr(failure, "problem_mark", None) or getattr(failure, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else _reader_place(failure, text)
    if not any(slip.line == line for slip in slips):
        slips.append(Fault("", "unreadable", _remedy(failure), line, column))
    found.faults += sorted(slips, key=lambda fault: (fault.line, fault.column))


def _reader_place(failure: yaml.YAMLError, text: str) -> tuple[int, int]:
    position = getattr(failure, "position", None)
    before = text[:position] if isinstance(position, int) else ""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _remedy(failure: yaml.YAMLError) -> str:
    said = f"{getattr(failure, 'context', '') or ''} {getattr(failure, 'problem', '') or failure}"
    if "special characters" in said:
        return _("There is a control character here that no text can have. Please remove it.")
    if "mapping values are not allowed" in said:
        return _(
            "A colon inside of a text needs quotes around the whole text: subject: 'Today: 20:00'. Or the indentation is not that of the line above."
        )
    if "expected <block end>" in said or "did not find expected" in said or "could not find expected ':'" in said:
        return _(
            "The indentation does not fit, or a colon is missing. Lines of one step begin at the same column; use two spaces for each level."
        )
    if "unexpected end of stream" in said or "while scanning a quoted scalar" in said or "expected ',' or" in said:
        return _("A quote or a bracket that was opened is not closed.")
    if "cannot start any token" in said:
        return _("A text that begins with this sign (%, @, ` or a tab) needs quotes around it.")
    return _("This cannot be read here. Please compare it with the lines around it, or put the text in quotes.")


def _slips(text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.split("\n"), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            told = _("Tabs cannot indent. Please use two spaces for each level.")
            yield Fault("", "tab", told, number, indent.index("\t") + 1)
        elif "\u3000" in indent:
            told = _("A full-width space cannot indent. Please use two half-width spaces for each level.")
            yield Fault("", "wide_space", told, number, indent.index("\u3000") + 1)
        elif _FULL_WIDTH.match(line):
            told = _("The colon after a name is a half-width one, with a space after it.")
            yield Fault("", "wide_colon", told, number, line.index("：") + 1)
