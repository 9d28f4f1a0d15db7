"""A body as blocks: paragraphs, buttons, a coupon code shown large. Both parts of a mail, HTML and text, are made of them.

The shop writes plain text. An empty line begins a new paragraph; one of our links on a line of its own becomes a button,
and `[Words]({{ links.reorder }})` gives the button its words; a coupon code on a line of its own is shown large.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kaeru.channels.base import Piece, PieceKind

_ADDRESS = re.compile(r"https?://[^\s<>\"'「」『』（）、。]+")
_LOOKS_LIKE_ADDRESS = re.compile(r"://|www\.|\w\.[A-Za-z]{2,}|\w@\w")
_BEFORE_LETTER = re.compile(r"(?<=[.@:/])(?=\S)")
_GAP = "\u200b"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of words within a line; a link when `url` is set."""

    text: str
    url: str = ""


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to do."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Code:
    """A coupon code."""

    text: str


Block = Paragraph | Button | Code


def fenced(value: str) -> str:
    """A customer's words such that no mail program makes a link of them: what looks like an address gets invisible gaps.

    >>> fenced("#1001"), fenced("evil.example") == "evil.example"
    ('#1001', False)
    """
    return _BEFORE_LETTER.sub(_GAP, value) if _LOOKS_LIKE_ADDRESS.search(value) else value


def blocks(body: Sequence[Piece], labels: Mapping[str, str]) -> list[Block]:
    """The body's blocks. `labels` are the words of links by role."""
    found: list[Block] = []
    waiting: list[Line] = []

    def flush() -> None:
        if waiting:
            found.append(Paragraph(tuple(waiting)))
            waiting.clear()

    for line in _lines(body):
        alone = _alone(line, labels)
        if alone is not None:
            flush()
            found.append(alone)
        elif not any(piece.text.strip() for piece in line):
            flush()
        else:
            waiting.append(tuple(run for piece in line for run in _runs(piece, labels)))
    flush()
    return found


def _lines(body: Sequence[Piece]) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for piece in body:
        first, *rest = piece.text.split("\n") if piece.kind is PieceKind.WORDS else [piece.text]
        line.append(Piece(piece.kind, first, piece.role))
        for text in rest:
            yield line
            line = [Piece(piece.kind, text, piece.role)]
    yield line


def _alone(line: Sequence[Piece], labels: Mapping[str, str]) -> Block | None:
    """The block of a line that holds one link or one code and nothing else."""
    special = [piece for piece in line if piece.kind in {PieceKind.LINK, PieceKind.CODE}]
    if len(special) != 1 or any(piece.kind is PieceKind.VALUE and piece.text for piece in line):
        return None
    only = special[0]
    place = list(line).index(only)
    before = "".join(piece.text for piece in line[:place]).strip()
    after = "".join(piece.text for piece in line[place + 1 :]).strip()
    if not before and not after:
        return Code(only.text) if only.kind is PieceKind.CODE else Button(_label(only, labels), only.text)
    if only.kind is PieceKind.LINK and before.startswith("[") and before.endswith("](") and after == ")":
        words = before[1:-2].strip()
        honest = words and not _LOOKS_LIKE_ADDRESS.search(words)  # a label that names another address would be a lie
        return Button(words if honest else _label(only, labels), only.text)
    return None


def _label(link: Piece, labels: Mapping[str, str]) -> str:
    return labels.get(link.role) or link.text


def _runs(piece: Piece, labels: Mapping[str, str]) -> Iterator[Run]:
    if piece.kind is PieceKind.LINK:
        yield Run(_label(piece, labels), piece.text)
    elif piece.kind is PieceKind.VALUE:
        yield Run(fenced(piece.text))
    elif piece.kind is PieceKind.CODE:
        yield Run(piece.text)
    else:
        end = 0
        for address in _ADDRESS.finditer(piece.text):
            if address.start() > end:
                yield Run(piece.text[end : address.start()])
            url = address[0].rstrip(".,;:!?)")
            yield Run(url, url)
            end = address.start() + len(url)
        if end < len(piece.text):
            yield Run(piece.text[end:])
