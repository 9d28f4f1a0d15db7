"""A message as HTML, as a phone draws it: text, and Flex with its boxes, words and buttons.

No style is written into the page: sizes and places become classes, colours become classes of a stylesheet made for them (`paint`).
Whatever can be tapped is a button of the chat's one form, so that it works without a script.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join, linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe

from examples.line import shapes

COLOUR = re.compile(r"#([0-9a-fA-F]{6})([0-9a-fA-F]{2})?")
KEYWORD = re.compile(r"[a-z0-9-]{1,12}")
NOTHING = mark_safe("")


class Drawing:
    """One message of one chat; `colours` grows with each colour that is met."""

    def __init__(self, bubble_id: int, message: Mapping[str, Any], colours: set[str]) -> None:
        self.bubble_id, self.message, self.colours = bubble_id, message, colours
        self.actions = shapes.actions_of(message)

    def html(self) -> SafeString:
        """The whole message, without its quick replies."""
        kind = self.message.get("type")
        if kind in {"text", "textV2"}:
            words = linebreaks(urlize(self.message["text"], autoescape=True))
            return format_html('<div class="said">{}</div>', mark_safe(words))  # noqa: S308 - urlize escapes
        if kind == "flex":
            return self._container(self.message["contents"])
        if kind == "template":
            return self._template(self.message["template"])
        return format_html('<div class="said plain">[{}]</div>', kind)

    def quick(self) -> list[tuple[str, str]]:
        """(value, label) of each quick reply."""
        return [(self._value(one), str(one.get("label", ""))) for one in shapes.quick_of(self.message)]

    def _value(self, action: Mapping[str, Any]) -> str:
        index = next(place for place, one in enumerate(self.actions) if one is action)
        return f"{self.bubble_id}:{index}"

    def _container(self, told: Mapping[str, Any]) -> SafeString:
        if told["type"] == "carousel":
            return format_html(
                '<div class="carousel" tabindex="0">{}</div>', _all(self._bubble(one) for one in told["contents"])
            )
        return self._bubble(told)

    def _bubble(self, told: Mapping[str, Any]) -> SafeString:
        blocks = _all(
            format_html('<div class="block {}">{}</div>', name, self._part(told[name], "vertical"))
            for name in ("header", "hero", "body", "footer")
            if told.get(name)
        )
        return format_html('<div class="card {}">{}</div>', _word(told.get("size"), "mega"), blocks)

    def _part(self, told: Mapping[str, Any], within: str) -> SafeString:
        draw: Callable[[Mapping[str, Any], str], SafeString] = {
            "box": self._box, "text": self._text, "button": self._button, "separator": self._separator,
        }.get(told["type"], self._nothing)  # fmt: skip
        return draw(told, within)

    def _box(self, told: Mapping[str, Any], within: str) -> SafeString:
        layout = _word(told.get("layout"), "vertical")
        inner = _all(self._part(one, layout) for one in told.get("contents", ()))
        named = [
            "box", layout, *self._common(told, within), self._colour("back", told.get("backgroundColor")), _key("gap", told.get("spacing")),
            _key("pad", told.get("paddingAll")), _key("round", told.get("cornerRadius")), _key("high", told.get("height")),
            _key("justify", told.get("justifyContent")),
        ]  # fmt: skip
        if isinstance(told.get("action"), dict):
            return format_html(
                '<button class="{} tap" name="tap" value="{}">{}</button>',
                _join(named),
                self._value(told["action"]),
                inner,
            )
        return format_html('<div class="{}">{}</div>', _join(named), inner)

    def _text(self, told: Mapping[str, Any], within: str) -> SafeString:
        words = _all(self._span(one) for one in told["contents"]) if told.get("contents") else told.get("text", "")
        named = [
            *self._words(told),
            *self._common(told, within),
            _key("align", told.get("align")),
            "wrap" if told.get("wrap") else "cut",
        ]
        return format_html('<p class="{}">{}</p>', _join(named), words)

    def _span(self, told: Mapping[str, Any]) -> SafeString:
        return format_html('<span class="{}">{}</span>', _join(self._words(told)), told.get("text", ""))

    def _words(self, told: Mapping[str, Any]) -> list[str]:
        return [
            "words", _key("size", told.get("size")), _key("weight", told.get("weight")), _key("line", told.get("decoration")),
            self._colour("ink", told.get("color")),
        ]  # fmt: skip

    def _button(self, told: Mapping[str, Any], within: str) -> SafeString:
        style = _word(told.get("style"), "link")
        where = "back" if style in {"primary", "secondary"} else "ink"
        named = ["press", style, self._colour(where, told.get("color")), *self._common(told, within)]
        return format_html(
            '<button class="{}" name="tap" value="{}">{}</button>', _join(named), self._value(told["action"]), told["action"].get("label", "")
        )  # fmt: skip

    def _separator(self, told: Mapping[str, Any], within: str) -> SafeString:
        return format_html('<hr class="{}">', _join(["rule", *self._common(told, within)]))

    def _nothing(self, told: Mapping[str, Any], within: str) -> SafeString:
        """A picture from elsewhere, an icon: this phone loads nothing from the world."""
        return NOTHING

    def _template(self, told: Mapping[str, Any]) -> SafeString:
        head = format_html('<p class="words weight-bold">{}</p>', told["title"]) if told.get("title") else NOTHING
        buttons = format_html_join(
            "",
            '<button class="press link" name="tap" value="{}">{}</button>',
            ((self._value(one), one.get("label", "")) for one in told.get("actions", ())),
        )
        body = format_html('<div class="block body">{}<p class="words wrap">{}</p></div>', head, told.get("text", ""))
        return format_html('<div class="card">{}<div class="block footer">{}</div></div>', body, buttons)

    def _common(self, told: Mapping[str, Any], within: str) -> list[str]:
        flex = told.get("flex", 1 if within in {"horizontal", "baseline"} and told["type"] != "separator" else None)
        return [
            _key("margin", told.get("margin")),
            _key("flex", flex) if within != "vertical" or "flex" in told else "",
        ]

    def _colour(self, where: str, told: Any) -> str:
        found = COLOUR.fullmatch(told) if isinstance(told, str) else None
        if found is None:
            return ""
        self.colours.add(found[1].lower())
        return f"{where}-{found[1].lower()}"


def _all(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((one,) for one in parts))


def _join(names: Sequence[str]) -> str:
    return " ".join(name for name in names if name)


def _word(told: Any, otherwise: str) -> str:
    return told if isinstance(told, str) and KEYWORD.fullmatch(told) else otherwise


def _key(name: str, told: Any) -> str:
    word = str(told) if isinstance(told, str | int) else ""
    return f"{name}-{word}" if KEYWORD.fullmatch(word) else ""


def paint(colours: Iterable[str]) -> str:
    """The stylesheet of these colours (rrggbb); words on a colour are black or white, whichever can be read."""
    rules = []
    for code in sorted(set(colours)):
        if not COLOUR.fullmatch(f"#{code}"):
            continue
        red, green, blue = (int(code[place : place + 2], 16) for place in (0, 2, 4))
        ink = "#111" if red * 299 + green * 587 + blue * 114 > 150_000 else "#fff"
        rules.append(
            f".ink-{code}{{color:#{code}}}.back-{code}{{background-color:#{code}}}.press.back-{code}{{background-color:#{code};color:{ink}}}"
        )
        rules.append(f".bar-{code}{{background-color:#{code};color:{ink}}}")
    return "\n".join(rules)
