"""XML in and out. What comes from outside is read without any document type and without entities of its own, within limits.

The standard library's reader is told to refuse both before anything of them is acted on. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from kaeru.connectors.errors import Unreadable
from kaeru.connectors.reading import storable

MOST_NODES = 400_000
MOST_DEPTH = 40
Told = Mapping[str, Any]
"""Elements by name: text, number, bool, another of these, or a list of such."""


@dataclass(slots=True)
class Node:
    """One element."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = field(default="", repr=False)
    children: list["Node"] = field(default_factory=list, repr=False)

    def all(self, name: str) -> list["Node"]:
        """Direct children of this name."""
        return [child for child in self.children if child.name == name]

    def one(self, name: str) -> "Node":
        """The first of them; an empty one when there is none."""
        return next(iter(self.all(name)), Node(name))

    def say(self, path: str) -> str:
        """The text at a path like Pay/PayStatus; empty when there is none."""
        found = self
        for name in path.split("/"):
            found = found.one(name)
        return storable(found.text).strip()

    def anywhere(self, name: str) -> Iterator["Node"]:
        """All elements of this name below, however deep."""
        for child in self.children:
            if child.name == name:
                yield child
            else:
                yield from child.anywhere(name)


def read(body: bytes) -> Node:
    """The root element. Raises Unreadable for what is no XML, declares a document type or an entity, or is too large."""
    root = Node("")
    open_ones, count = [root], 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_NODES or len(open_ones) > MOST_DEPTH:
            raise Unreadable("the XML is too large")
        node = Node(name.rpartition(" ")[2], attributes)
        open_ones[-1].children.append(node)
        open_ones.append(node)

    def end(_name: str) -> None:
        open_ones.pop()

    def words(some: str) -> None:
        open_ones[-1].text += some

    def refuse(*_told: object) -> int:
        raise Unreadable("the XML declares a document type or an entity")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, words
    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = refuse, refuse
    parser.ExternalEntityRefHandler = refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    is_all = True
    try:
        parser.Parse(body, is_all)
    except expat.ExpatError as failure:
        raise Unreadable(f"no XML: {expat.errors.messages.get(failure.code, 'unknown')}") from None
    except Unreadable:
        raise
    except (LookupError, ValueError):
        raise Unreadable("no XML: an encoding that nobody knows") from None
    if len(root.children) != 1:
        raise Unreadable("no XML: no root")
    return root.children[0]


def write(name: str, told: Told) -> bytes:
    """An element with what is in it, in this order, as UTF-8.

    >>> write("Req", {"Target": {"OrderId": "a&b", "IsPointFix": True}, "SellerId": "s"}).decode()
    '<?xml version="1.0" encoding="UTF-8"?><Req><Target><OrderId>a&amp;b</OrderId><IsPointFix>true</IsPointFix></Target><SellerId>s</SellerId></Req>'
    """
    return f'<?xml version="1.0" encoding="UTF-8"?>{_element(name, told)}'.encode()


def _element(name: str, told: Any) -> str:
    if isinstance(told, Mapping):
        return f"<{name}>{''.join(_element(key, value) for key, value in told.items())}</{name}>"
    if isinstance(told, Sequence) and not isinstance(told, str):
        return "".join(_element(name, one) for one in told)
    said = str(told).lower() if isinstance(told, bool) else storable(str(told))
    return f"<{name}>{escape(_allowed(said))}</{name}>"


def _allowed(said: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(letter for letter in said if letter in "\t\n\r" or letter >= " ")
