"""A text laid out for the rules: one string with all that can be seen, the same normalised, its clauses, and what is known of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from kaeru.messages.guard.book import rule
from kaeru.messages.guard.normalise import Normalised, clauses, normalise
from kaeru.messages.guard.text import Text
from kaeru.messages.guard.visible import Seen, look

_SPACES = re.compile(r"\s+")
_ENGLISH = re.compile(r"[a-z]{2,}[,:]? [a-z]{2,}")


@cache
def compiled(source: str) -> re.Pattern[str]:
    """The expression, ready to search a normalised text."""
    return re.compile(source)


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part of the message stands in the whole."""

    place: str
    start: int
    end: int


class Page:
    """The text, as the rules read it."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.seen: Seen = look(text.html) if text.html else Seen()
        pieces = [("subject", text.subject), ("body", text.body), *self._of_html()]
        whole: list[str] = []
        self.parts: list[Part] = []
        at = 0
        for place, said in pieces:
            if not said.strip():
                continue
            self.parts.append(Part(place, at, at + len(said)))
            whole.append(said)
            at += len(said) + 2
        self.whole = "\n\n".join(whole)
        self._found: dict[str, bool] = {}

    def _of_html(self) -> Iterator[tuple[str, str]]:
        """What the HTML part shows besides the text part; a preview of the first words says nothing new."""
        told = _SPACES.sub("", f"{self.text.subject}{self.text.body}")
        lines = [line for line in self.seen.lines if _SPACES.sub("", line) not in told] if told else self.seen.lines
        yield "html", "\n".join(lines)
        told += _SPACES.sub("", "".join(self.seen.lines))
        self.hidden = [line for line in self.seen.hidden if _SPACES.sub("", line) not in told]
        yield "hidden", "\n".join(self.hidden)

    @cached_property
    def normal(self) -> Normalised:
        """The whole, with all tricks undone."""
        return normalise(self.whole)

    @cached_property
    def languages(self) -> frozenset[str]:
        """Those that words of it may be of."""
        text = self.normal.text
        found = {"": True, "ja": not text.isascii(), "en": _ENGLISH.search(text) is not None or text.isascii()}
        return frozenset(name for name, is_so in found.items() if is_so)

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        """From where to where each clause of the normalised text goes."""
        return clauses(self.normal.text)

    @cached_property
    def said(self) -> list[str]:
        """The clauses."""
        text = self.normal.text
        return [text[start:end] for start, end in self.clauses]

    def has(self, source: str) -> bool:
        """Whether the expression occurs anywhere; asked once for each expression."""
        if source not in self._found:
            self._found[source] = compiled(source).search(self.normal.text) is not None
        return self._found[source]

    @cached_property
    def _visible(self) -> str:
        return normalise("\n".join(line for _at, line in self.lines_of("subject", "body", "html"))).text

    def shows(self, source: str) -> bool:
        """Whether the expression occurs where a reader sees it."""
        return compiled(source).search(self._visible) is not None

    @cached_property
    def is_shop_side(self) -> bool:
        """Told so, or the text gives a reason that is the shop's."""
        words = rule("L03").words
        return self.text.side == "shop" or self.has(words["shop_cause_ja"]) or self.has(words["shop_cause_en"])

    def place(self, at: int) -> str:
        """In which part of the message this stands."""
        return next((part.place for part in self.parts if part.start <= at <= part.end), "body")

    def lines_of(self, *places: str) -> Sequence[tuple[int, str]]:
        """The lines of these parts as they were written, each with where it begins."""
        found: list[tuple[int, str]] = []
        for part in self.parts:
            if part.place not in places:
                continue
            at = part.start
            for line in self.whole[part.start : part.end].split("\n"):
                found.append((at, line))
                at += len(line) + 1
        return found
