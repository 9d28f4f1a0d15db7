"""The map of a scenario: where everything stands on a drawing that reads from top to bottom. Pure; all lengths in CSS pixels.

Steps stand below each other; the ways of a step stand side by side and come together again below it. A wait is a piece of
the line, the longer the longer it lasts. A way that ends does not come back.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kaeru.console.editor.drawing import Card, Way

WIDTH = 168
BROAD = 240
"""Of the start, which says more."""
LINE = 20
"""Of text, at 14 px."""
TEXT = 117
PAD = 8
GAP = 28
BESIDE = 12
NARROW = 96
"""An empty way: wide enough for its label."""
ROUND = 10
COUNT = 48
"""Room beside a pill for how many wait."""
SHORTEST, LONGEST = 52, 190


@dataclass(frozen=True, slots=True)
class Node:
    """A step, the start, an end, or a wait (a pill on the line)."""

    shape: str
    """start | step | wait | end"""
    x: int
    y: int
    width: int
    height: int
    lines: tuple[tuple[str, int], ...]
    """Text and its baseline."""
    mark: str = ""
    href: str = ""
    label: str = ""
    waiting: int = 0
    problems: int = 0

    @property
    def middle(self) -> int:
        """Of its width."""
        return self.x + self.width // 2

    @property
    def text_x(self) -> int:
        """Where its text begins."""
        return self.x + (PAD + 30 if self.mark else PAD)

    @property
    def mark_y(self) -> int:
        """Top of its mark."""
        return self.y + self.height // 2 - 10

    @property
    def count_x(self) -> int:
        """Left edge of the count of those who wait: on the upper right corner, or beside a pill."""
        return self.x + self.width + (6 if self.shape == "wait" else -36)

    @property
    def count_y(self) -> int:
        """Its upper edge."""
        return self.y + (self.height // 2 if self.shape == "wait" else 0) - 11


@dataclass(frozen=True, slots=True)
class Sign:
    """The name of a way, on its line."""

    x: int
    y: int
    width: int
    text: str

    @property
    def left(self) -> int:
        """Its left edge."""
        return self.x - self.width // 2


@dataclass
class Drawing:
    """Everything on the map."""

    width: int = 0
    height: int = 0
    nodes: list[Node] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the steps besides their cards."""

    lasts: Callable[[Card], timedelta | None]
    """How long a step rests at most; None: it does not."""
    ends: Callable[[Card], bool]
    waiting: Mapping[str, int] = field(default_factory=dict)
    """How many wait at a step, by its id."""
    people: Callable[[int], str] = str
    """So many people, in words."""


def draw(begins: str, cards: Sequence[Card], facts: Facts, end: str) -> Drawing:
    """The map; `begins` says what starts the scenario, `end` what stands where it is over."""
    out = Drawing()
    width = max(_width(cards, facts), BROAD)
    middle = width // 2 + PAD
    lines = wrapped(begins, BROAD - 2 * PAD, 4)
    height = LINE * len(lines) + 2 * PAD
    out.nodes.append(_node("start", middle, PAD, BROAD, height, lines))
    bottom, is_open = _column(out, cards, middle, PAD + height, facts)
    if is_open:
        _down(out, middle, bottom, bottom + GAP)
        wide = max(40, measure(end) + 2 * PAD)
        out.nodes.append(_node("end", middle, bottom + GAP, wide, LINE + PAD, [end]))
        bottom += GAP + LINE + PAD
    out.width, out.height = width + 2 * PAD, bottom + PAD
    return out


def measure(text: str) -> int:
    """Width of a text at 14 px, estimated on the wide side."""
    return math.ceil(sum(14.2 if unicodedata.east_asian_width(letter) in "WFA" else 8 for letter in text))


def wrapped(text: str, width: int, most: int = 2) -> list[str]:
    """The text in lines of at most `width`; what does not fit ends with an ellipsis."""
    lines, line = [], ""
    for word in _words(text):
        if line and measure(line + word.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
    lines.append(line.rstrip())
    if len(lines) > most:
        last = lines[most - 1]
        while last and measure(last + "…") > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "…"]
    return lines


def _words(text: str) -> list[str]:
    """Pieces between which a line may break: after spaces, and around Japanese letters."""
    pieces: list[str] = []
    for letter in text:
        is_wide = unicodedata.east_asian_width(letter) in "WF"
        glued = pieces and not pieces[-1].endswith(" ") and not is_wide and not _is_wide(pieces[-1][-1])
        if pieces and (glued or letter in " 、。）」』"):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    broken: list[str] = []
    for piece in pieces:
        broken += [piece[at : at + 18] for at in range(0, len(piece), 18)]
    return broken


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def length(lasts: timedelta) -> int:
    """How long the line of a wait is drawn: an hour a little, a day more, a month the most."""
    hours = max(0.0, lasts.total_seconds() / 3600)
    return min(LONGEST, SHORTEST + round(13 * math.log2(1 + hours)))


def _width(cards: Sequence[Card], facts: Facts) -> int:
    return max([NARROW, *(_width_of(card, facts) for card in cards)])


def _width_of(card: Card, facts: Facts) -> int:
    own = _pill_width(card) + (2 * COUNT if facts.waiting.get(card.id) else 0) if _is_pill(card, facts) else WIDTH
    return max(own, sum(_width_of_way(way, facts) for way in card.ways) + BESIDE * max(0, len(card.ways) - 1))


def _width_of_way(way: Way, facts: Facts) -> int:
    return max(_width(way.steps, facts), measure(way.label) + 3 * PAD)


def _is_pill(card: Card, facts: Facts) -> bool:
    return not card.ways and facts.lasts(card) is not None


def _column(out: Drawing, cards: Sequence[Card], middle: int, top: int, facts: Facts) -> tuple[int, bool]:
    """Draw the steps below `top`; returns where the line ends, and whether it goes on."""
    at, is_open = top, True
    for card in cards:
        lasts = facts.lasts(card)
        if _is_pill(card, facts) and lasts is not None:
            at = _pill(out, card, middle, at, length(lasts), facts)
            continue
        if is_open:
            _down(out, middle, at, at + GAP)
        at += GAP
        lines = wrapped(card.says, TEXT, 4)
        height = max(44, LINE * len(lines) + 2 * PAD)
        out.nodes.append(_step(card, "step", middle, at, WIDTH, height, lines, facts))
        at += height
        is_open = not facts.ends(card)
        if card.ways:
            at, is_open = _ways(out, card, middle, at, facts)
    return at, is_open


def _pill_width(card: Card) -> int:
    """Even, so that it stands in the middle of its line."""
    wide = max(measure(line) for line in wrapped(card.says, TEXT)) + 30 + 2 * PAD
    return wide + wide % 2


def _pill(out: Drawing, card: Card, middle: int, top: int, tall: int, facts: Facts) -> int:
    lines = wrapped(card.says, TEXT)
    wide = _pill_width(card)
    height = LINE * len(lines) + PAD
    tall = max(tall, height + 24)
    _down(out, middle, top, top + tall)
    out.nodes.append(_step(card, "wait", middle, top + (tall - height) // 2, wide, height, lines, facts))
    return top + tall


def _ways(out: Drawing, card: Card, middle: int, top: int, facts: Facts) -> tuple[int, bool]:
    widths = [_width_of_way(way, facts) for way in card.ways]
    left = middle - (sum(widths) + BESIDE * (len(widths) - 1)) // 2
    ends: list[tuple[int, int]] = []
    bottom = top
    for way, width in zip(card.ways, widths, strict=True):
        own = left + width // 2
        left += width + BESIDE
        begin = top + 2 * ROUND + LINE + PAD
        _bend(out, middle, top, own, begin)
        out.signs.append(Sign(own, top + 2 * ROUND + LINE // 2, measure(way.label) + 2 * PAD, way.label))
        end, is_open = _column(out, way.steps, own, begin, facts)
        bottom = max(bottom, end)
        if is_open:
            ends.append((own, end))
    join = bottom + GAP
    for own, end in ends:
        _join(out, own, end, middle, join)
    return (join, True) if ends else (bottom, False)


def _step(
    card: Card, shape: str, middle: int, top: int, wide: int, tall: int, lines: Sequence[str], facts: Facts
) -> Node:
    waiting = facts.waiting.get(card.id, 0)
    told = [f"{card.number}. {card.says}", *([facts.people(waiting)] if waiting else [])]
    return _node(
        shape, middle, top, wide, tall, lines, mark=card.mark, href=f"#{card.anchor}", label=", ".join(told),
        waiting=waiting, problems=card.problems,
    )  # fmt: skip


def _node(shape: str, middle: int, top: int, wide: int, tall: int, lines: Sequence[str], **more: Any) -> Node:
    first = top + (tall - LINE * len(lines)) // 2 + 15
    texts = tuple((line, first + LINE * index) for index, line in enumerate(lines))
    return Node(shape, middle - wide // 2, top, wide, tall, texts, **more)


def _down(out: Drawing, x: int, top: int, bottom: int) -> None:
    out.edges.append(f"M{x} {top}V{bottom}")


def _bend(out: Drawing, x: int, top: int, to: int, bottom: int) -> None:
    """From a step to the head of one of its ways."""
    if to == x:
        _down(out, x, top, bottom)
        return
    turn, side = top + ROUND, 1 if to > x else -1
    round_ = min(ROUND, abs(to - x))
    out.edges.append(f"M{x} {top}V{turn}H{to - side * round_}Q{to} {turn} {to} {turn + round_}V{bottom}")


def _join(out: Drawing, x: int, top: int, to: int, bottom: int) -> None:
    """From the end of a way back to the middle."""
    if to == x:
        _down(out, x, top, bottom)
        return
    turn, side = bottom - ROUND, 1 if to > x else -1
    round_ = min(ROUND, abs(to - x))
    out.edges.append(f"M{x} {top}V{turn - round_}Q{x} {turn} {x + side * round_} {turn}H{to}V{bottom}")
