"""What a reader sees of HTML: lines, links with their words, and what is there without being seen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

_VOID = {"br", "img", "hr", "meta", "link", "input", "area", "base", "col", "embed", "source", "track", "wbr"}
_BLOCKS = {
    "p", "div", "br", "tr", "td", "th", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "section", "article",
    "header", "footer", "blockquote", "pre", "dl", "dt", "dd", "form", "body", "tbody", "center",
}  # fmt: skip
_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|(?:^|;)opacity:0?(?:\.0\d*|\.1)?(?:;|!|$)|mso-hide:all|text-indent:-\d{3,}|(?:left|top):-\d{3,}"
    r"|clip:rect\(0|(?:^|;)(?:max-)?(?:height|width):0(?:px)?(?:;|!|$)"
)
_SIZE = re.compile(r"(?:^|;)font-size:(\d*\.?\d+)(px|pt|r?em|%)?")
_PIXELS = {"px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "%": 0.16, "": 1.0, None: 1.0}
_SMALLEST = 5.0
"""Pixels; what is smaller nobody reads."""
_COLOR = re.compile(r"(?:^|;)color:([^;!]+)")
_PAPER = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0), "transparent": None, "inherit": None, "none": None}
_NEAR = 24
"""Colours that differ by less than this in each part cannot be told apart."""


@dataclass(slots=True)
class Link:
    """A link: its words, and where it leads."""

    words: str
    target: str


@dataclass(slots=True)
class Seen:
    """What is in an HTML part."""

    lines: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    """Scripts, frames and invisible pictures that are fetched from elsewhere."""


Color = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class _Look:
    """How the words of an element look."""

    is_gone: bool = False
    """Not shown at all, nor anything inside it."""
    paper: Color = (255, 255, 255)
    ink: Color = (0, 0, 0)
    size: float = 16.0

    @property
    def is_hidden(self) -> bool:
        """Whether nobody can read it."""
        return self.is_gone or self.size < _SMALLEST or _is_alike(self.ink, self.paper)


def _is_alike(ink: Color, paper: Color) -> bool:
    return ink is not None and paper is not None and all(abs(a - b) < _NEAR for a, b in zip(ink, paper, strict=True))


@lru_cache(maxsize=2000)
def _styled(said: str, above: _Look) -> _Look:
    """The look of an element with this style inside one that looks so."""
    style = re.sub(r"\s+", "", said.lower())
    paper, ink, size = _PAPER.search(style), _COLOR.search(style), _SIZE.search(style)
    return _Look(
        above.is_gone or _HIDING.search(style) is not None,
        (_color(paper[1]) or above.paper) if paper else above.paper,
        (_color(ink[1]) or above.ink) if ink else above.ink,
        float(size[1]) * _PIXELS[size[2]] if size else above.size,
    )


def _color(said: str) -> Color:
    if said in _NAMED:
        return _NAMED[said]
    found = re.match(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", said)
    if found:
        digits = found[1] if len(found[1]) == 6 else "".join(one * 2 for one in found[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    parts = re.match(r"rgba?\((\d+),(\d+),(\d+)", said)
    return (int(parts[1]), int(parts[2]), int(parts[3])) if parts else None


_TOKEN = re.compile(
    r"<!--.*?(?:-->|$)|<(script|style|title|noscript|template)\b[^>]*>.*?(?:</\1\s*>|$)"
    r"|<(/?)([a-z][\w:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>|<[!?][^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([a-z][\w:-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?", re.IGNORECASE)
_TOLD = {"style", "bgcolor", "color", "hidden", "href", "src", "alt", "width", "height"}


@lru_cache(maxsize=5000)
def _attributes(said: str) -> Mapping[str, str]:
    """Those of a tag that change what is seen."""
    found: dict[str, str] = {}
    for one in _ATTRIBUTE.finditer(said):
        name = one[1].lower()
        if name in _TOLD and name not in found:
            found[name] = unescape(one[2] or one[3] or one[4] or "")
    return found


@lru_cache(maxsize=5000)
def _style_of(tag: str, said: str) -> str:
    told = _attributes(said)
    style = told.get("style", "")
    if "bgcolor" in told:
        style = f"background:{told['bgcolor']};{style}"
    if tag == "font" and "color" in told:
        style = f"color:{told['color']};{style}"
    return f"display:none;{style}" if "hidden" in told else style


class _Reader:
    def __init__(self) -> None:
        self.seen = Seen()
        self.open: list[tuple[str, _Look, bool]] = [("", _Look(), False)]
        self.line: list[str] = []
        self.unseen: list[str] = []
        self.link: Link | None = None

    def read(self, html: str) -> None:
        """Through all tags and the words between them."""
        at = 0
        for token in _TOKEN.finditer(html):
            if token.start() > at:
                self.words(html[at : token.start()])
            at = token.end()
            if token[1]:
                if token[1].lower() == "script":
                    self.outside("script", token[0].partition(">")[0])
            elif token[3]:
                (self.end if token[2] else self.start)(token[3].lower(), token[4])
        if at < len(html):
            self.words(html[at:])
        self.flush()
        self.flush_unseen()

    def outside(self, tag: str, said: str) -> None:
        self.seen.outside.append(f"<{tag}> {_attributes(said).get('src', '')}".strip())

    def start(self, tag: str, said: str) -> None:
        if tag in _BLOCKS:
            self.flush()
        if tag == "iframe":
            self.outside(tag, said)
        style = _style_of(tag, said) if said else ""
        above = self.open[-1]
        look = _styled(style, above[1]) if style else above[1]
        if tag == "img":
            self.picture(_attributes(said), look.is_hidden)
        elif tag not in _VOID:
            self.open.append((tag, look, look.is_hidden if style else above[2]))
        if tag == "a":
            self.link = Link("", _attributes(said).get("href", ""))
            self.seen.links.append(self.link)

    def picture(self, told: Mapping[str, str], is_hidden: bool) -> None:
        if told.get("alt"):
            (self.unseen if is_hidden else self.line).append(told["alt"])
        if self.link is not None and told.get("alt"):
            self.link.words += told["alt"]
        is_tiny = told.get("width", "").strip("px") in {"0", "1"} or told.get("height", "").strip("px") in {"0", "1"}
        if told.get("src", "").startswith(("http:", "https:", "//")) and (is_tiny or is_hidden):
            self.seen.outside.append(told["src"])

    def end(self, tag: str, _said: str) -> None:
        if tag == "a":
            self.link = None
        if tag in _BLOCKS:
            self.flush()
        for at in range(len(self.open) - 1, 0, -1):
            if self.open[at][0] == tag:
                if self.open[at][2]:
                    self.flush_unseen()
                del self.open[at:]
                break

    def words(self, said: str) -> None:
        if said.isspace() and not self.line:
            return
        told = unescape(said) if "&" in said else said
        if self.open[-1][2]:
            self.unseen.append(told)
            return
        self.line.append(told)
        if self.link is not None:
            self.link.words += told

    def flush(self) -> None:
        if self.line:
            said = " ".join("".join(self.line).split())
            if said:
                self.seen.lines.append(said)
            self.line.clear()

    def flush_unseen(self) -> None:
        said = " ".join("".join(self.unseen).split())
        if said:
            self.seen.hidden.append(said)
        self.unseen.clear()


def look(html: str) -> Seen:
    """What this HTML shows and hides."""
    reader = _Reader()
    reader.read(html)
    return reader.seen
