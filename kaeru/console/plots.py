"""Plots one shows to one's boss, drawn on the server: numbers in, an SVG out, as a page or a paper shows it. Pure.

Each plot is whole by itself: its title and its values are in it as text for those who listen, colours stand in it for paper and for files
(pages lay their own over them), and nothing is told by colour alone. Texts keep 14 px, so each plot is drawn twice: WIDE and NARROW.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

WIDE, NARROW = 680, 320
TEXT = 14
_LINE = 22
_COLOURS = {"good": "#2b6a3d", "bad": "#9c3526", "clock": "#805200", "soft": "#8b8a7c", "pale": "#ded9cb"}
Show = Callable[[float], str]
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of value over all groups; None: not known, nothing is drawn."""

    label: str
    values: Sequence[float | None]
    tone: str = "good"
    """good | bad | clock | soft | pale"""
    is_mark: bool = False
    """A line across the column before it, to compare it with."""


@dataclass(frozen=True, slots=True)
class Range:
    """One estimate with its interval; None where there is none, then `said` tells why."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    said: str
    """What stands beside it: the estimate in words."""
    tone: str = "soft"


def columns(title: str, groups: Sequence[str], series: Sequence[Series], show: Show, width: int = WIDE) -> SafeString:
    """Columns side by side for each group (a month), the axis from zero, a legend above. `show` says a value on the axis, in the caller's unit."""
    known = [value for one in series for value in one.values if value is not None]
    ticks = _ticks(min([0.0, *known]), max([0.0, *known]) or 1.0, 4)
    left = max(_long(show(tick)) for tick in ticks) + 10
    legend, top = _legend(series, width)
    bottom, height = top + 180, top + 180 + _LINE + 6
    y = _scale(ticks[0], ticks[-1], bottom, top + 8)
    parts = [*legend, *(_across(left, width, y(tick), show(tick), is_zero=tick == 0) for tick in ticks)]
    step = (width - left) / max(1, len(groups))
    bars = max(1, sum(not one.is_mark for one in series))
    thick = min(44.0, step * 0.72 / bars)
    every = ceil((max((_long(name) for name in groups), default=0) + 8) / step) if groups else 1
    for at, name in enumerate(groups):
        start, place = left + step * at + (step - thick * bars) / 2, -1
        for one in series:
            place += not one.is_mark
            value = one.values[at]
            if value is not None:
                parts.append(_column(one, value, name, show, start + thick * max(0, place), thick, y))
        if (len(groups) - 1 - at) % every == 0:
            parts.append(_text(left + step * (at + 0.5), height - 6, name, "middle"))
    return _svg(title, parts, width, height)


def strips(
    title: str, groups: Sequence[str], series: Sequence[Series], show: Show, width: int = WIDE, *, least: float = 4.0
) -> SafeString:
    """One low strip of columns for each series, all measured alike, its name above and the last value at the end: for many series over time."""
    most = max([least, *(value for one in series for value in one.values if value is not None)])
    tall, gap = 44, 16
    parts: list[SafeString] = []
    step = width / max(1, len(groups))
    for at, one in enumerate(series):
        top = at * (_LINE + tall + gap)
        foot = top + _LINE + tall
        last = next((value for value in reversed(one.values) if value is not None), None)
        said = show(last) if last is not None else "–"
        parts += [
            _text(0, top + 15, _cut(one.label, width - _long(said) - 16), "start", "strong"),
            _text(width, top + 15, said, "end", "strong"),
            _rule(0, foot, width, foot),
        ]
        for number, value in enumerate(one.values):
            if value:
                parts.append(
                    _column(one, value, groups[number], show, step * number + step * 0.1, step * 0.8, _scale(0, most, foot, foot - tall + 4))
                )  # fmt: skip
    height = len(series) * (_LINE + tall + gap) + 6
    if groups:
        parts.append(_text(0, height, groups[0]))
        if len(groups) > 1:
            parts.append(_text(width, height, groups[-1], "end"))
    return _svg(title, parts, width, height + 6)


def ranges(title: str, rows: Sequence[Range], show: Show, width: int = WIDE) -> SafeString:
    """Estimates under each other with their intervals, and the line of "no effect" through all of them."""
    ends = [end for one in rows for end in (one.low, one.high, one.value) if end is not None]
    ticks = _ticks(min([0.0, *ends]), max([0.0, *ends]) or 0.1, 4 if width < WIDE else 6)
    is_low = width < WIDE
    names = 0.0 if is_low else min(230.0, max((_long(one.label) for one in rows), default=0.0) + 16)
    words = 0.0 if is_low else min(260.0, max((_long(one.said) for one in rows), default=0.0) + 16)
    edge = max(_long(show(tick)) for tick in (ticks[0], ticks[-1])) / 2
    x = _scale(ticks[0], ticks[-1], names + edge, width - words - edge)
    tall = 66 if is_low else 38
    foot = len(rows) * tall + 4
    parts = [_rule(x(tick), 0, x(tick), foot, "zero" if tick == 0 else "") for tick in ticks]
    parts += [_text(x(tick), foot + 18, show(tick), "middle") for tick in ticks]
    for at, one in enumerate(rows):
        top = at * tall
        middle = top + 50 if is_low else top + 20
        line = top + 17 if is_low else middle + 5
        room = width - _long(one.said) - 12 if is_low else names - 10
        parts.append(_text(0, line, _cut(one.label, room), "start", "strong halo"))
        parts.append(_text(width, line, one.said, "end", "halo"))
        parts.append(_range(one, x, middle))
    return _svg(title, parts, width, foot + 28)


def _range(one: Range, place: Scale, middle: float) -> SafeString:
    parts = []
    colour = _COLOURS[one.tone]
    if one.low is not None and one.high is not None:
        low, high = place(one.low), place(one.high)
        path = f"M{low:.1f} {middle:g}H{high:.1f}M{low:.1f} {middle - 6:g}v12M{high:.1f} {middle - 6:g}v12"
        parts.append(
            format_html(
                '<path class="t-{} stroke" d="{}" fill="none" stroke="{}" stroke-width="2.5"/>', one.tone, path, colour
            )
        )
    if one.value is not None:
        circle = '<circle class="t-{}" cx="{}" cy="{}" r="6" fill="{}"/>'
        parts.append(format_html(circle, one.tone, f"{place(one.value):.1f}", f"{middle:g}", colour))
    return _join(parts)


def _column(one: Series, value: float, group: str, show: Show, left: float, thick: float, y: Scale) -> SafeString:
    said = f"{group} {one.label}: {show(value)}"
    if one.is_mark:
        path = f"M{left - 3:.1f} {y(value):.1f}h{thick + 6:.1f}"
        return format_html(
            '<path class="mark" d="{}" stroke="#23261f" stroke-width="3"><title>{}</title></path>', path, said
        )
    top, foot = min(y(value), y(0)), max(y(value), y(0))
    return format_html(
        '<rect class="t-{}" x="{}" y="{}" width="{}" height="{}" rx="1.5" fill="{}"><title>{}</title></rect>',
        one.tone, f"{left + 1:.1f}", f"{top:.1f}", f"{max(1.0, thick - 2):.1f}", f"{max(1.0, foot - top):.1f}", _COLOURS[one.tone], said,
    )  # fmt: skip


def _legend(series: Sequence[Series], width: int) -> tuple[list[SafeString], float]:
    """Its parts and where it ends."""
    parts, left, top = [], 0.0, 4.0
    for one in series:
        long = _long(one.label) + 36
        if left and left + long > width:
            left, top = 0.0, top + _LINE
        if one.is_mark:
            line = '<path class="mark" d="M{} {}h16" stroke="#23261f" stroke-width="3"/>'
            parts.append(format_html(line, f"{left:.1f}", f"{top + 6:g}"))
        else:
            box = '<rect class="t-{}" x="{}" y="{}" width="12" height="12" rx="2" fill="{}"/>'
            parts.append(format_html(box, one.tone, f"{left:.1f}", f"{top:g}", _COLOURS[one.tone]))
        parts.append(_text(left + 20, top + 11, _cut(one.label, width - 24)))
        left += long
    return parts, top + _LINE


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers that reach from under `low` to over `high`, about `most` steps."""
    rough = (high - low) / most or 1.0
    power = 10.0 ** floor(log10(rough))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(step * at, 12) for at in range(first, last + 1)]


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    whole = (high - low) or 1.0
    return lambda value: start + (end - start) * (value - low) / whole


def _long(text: str) -> float:
    """About how many px a text of 14 px takes."""
    return sum(14.0 if unicodedata.east_asian_width(one) in "WFA" else 7.8 for one in text)


def _cut(text: str, room: float) -> str:
    if _long(text) <= room:
        return text
    while text and _long(text) + 14 > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _across(left: float, width: int, y: float, said: str, *, is_zero: bool) -> SafeString:
    return _join([_rule(left, y, width, y, "zero" if is_zero else ""), _text(left - 8, y + 5, said, "end")])


def _rule(x1: float, y1: float, x2: float, y2: float, kind: str = "") -> SafeString:
    told = (f"{x1:.1f}", f"{y1:.1f}", f"{x2:.1f}", f"{y2:.1f}")
    colour = "#8b8a7c" if kind else "#ded9cb"
    return format_html('<path class="rule {}" d="M{} {}L{} {}" stroke="{}" stroke-width="1"/>', kind, *told, colour)


def _text(x: float, y: float, said: str, anchor: str = "start", kind: str = "") -> SafeString:
    weight = "600" if "strong" in kind else "400"
    text = '<text class="{}" x="{}" y="{}" text-anchor="{}" font-weight="{}" fill="#23261f">{}</text>'
    return format_html(text, kind, f"{x:.1f}", f"{y:.1f}", anchor, weight, said)


def _join(parts: Sequence[SafeString]) -> SafeString:
    return mark_safe("".join(conditional_escape(part) for part in parts))  # noqa: S308 each part is escaped


def _svg(title: str, parts: Sequence[SafeString], width: int, height: float) -> SafeString:
    return format_html(
        '<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" width="{}" height="{}" role="img" font-size="{}"'
        ' font-family="Hiragino Sans, Yu Gothic UI, Noto Sans JP, Noto Sans CJK JP, sans-serif"><title>{}</title>{}</svg>',
        width, f"{height:g}", width, f"{height:g}", TEXT, title, _join(parts),
    )  # fmt: skip
