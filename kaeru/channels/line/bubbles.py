"""Bubbles as LINE's message objects: words alone are a text message, everything else a card (Flex) in the shop's colour.

LINE refuses a whole message for one empty text, one label too long or one address that is none, so everything is measured here.
"""

from collections.abc import Sequence
from typing import Any

from kaeru.channels.base import Button
from kaeru.channels.line.conversation import MOST_BUBBLES, MOST_QUICK, Bubble, Said
from kaeru.channels.line.rules import cut
from kaeru.core import colours

MOST_TEXT = 5_000
MOST_ALT = 400
MOST_LABEL = 20
MOST_DATA = 300
MOST_SAID = 300
MOST_ADDRESS = 1_000
MOST_CARD_TEXT = 2_000
MOST_ROWS = 12
MOST_BUTTONS = 8
INK, SOFT, LINE_COLOUR = "#22261f", "#5d6257", "#e4e1d8"
Json = dict[str, Any]


def messages_of(said: Said, colour: str, name: str) -> list[Json]:
    """Up to five message objects; quick replies hang on the last. Empty when nothing can be shown."""
    found = [one for bubble in said.bubbles if (one := message_of(bubble, colour, name))][:MOST_BUBBLES]
    quick = quick_replies(said.quick)
    if found and quick:
        found[-1] = {**found[-1], "quickReply": quick}
    return found


def message_of(bubble: Bubble, colour: str, name: str) -> Json | None:
    """One message object; `name` is the shop's, for the list of talks when the bubble has no words. None for an empty bubble."""
    text = bubble.text.strip()
    if not (bubble.title.strip() or bubble.rows or bubble.buttons):
        return {"type": "text", "text": cut(text, MOST_TEXT)} if text else None
    body: list[Json] = []
    if bubble.title.strip():
        body.append(words(bubble.title.strip(), size="lg", weight="bold"))
    if text:
        body.append(words(text))
    if bubble.rows:
        body.append(
            {"type": "box", "layout": "vertical", "spacing": "sm", "contents": [_row(*row) for row in bubble.rows[:MOST_ROWS]]}
        )  # fmt: skip
    alt = " ".join((bubble.title or text or " ".join(value for _, value in bubble.rows) or name).split())
    return card(alt or name or "LINE", body, bubble.buttons, colour)


def card(alt: str, body: Sequence[Json], pressed: Sequence[Button], colour: str) -> Json:
    """A Flex message: a bar in the shop's colour, the body, the buttons."""
    brand = colours.readable(colours.parse(colour), (255, 255, 255))
    bubble: Json = {
        "type": "bubble",
        "size": "mega",
        "header": {
            "type": "box",
            "layout": "vertical",
            "contents": [],
            "height": "6px",
            "paddingAll": "0px",
            "backgroundColor": colours.code(colours.parse(colour)),
        },
    }
    if body:
        bubble["body"] = {"type": "box", "layout": "vertical", "spacing": "md", "contents": list(body)}
    rows = [
        _button(one, number, colours.code(brand)) for number, one in enumerate(pressed[:MOST_BUTTONS]) if _is_whole(one)
    ]
    if rows:
        bubble["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": rows}
    return {"type": "flex", "altText": cut(alt, MOST_ALT), "contents": bubble}


def words(text: str, *, size: str = "md", weight: str = "regular", colour: str = INK) -> Json:
    """Text that wraps."""
    return {
        "type": "text", "text": cut(text, MOST_CARD_TEXT) or " ", "wrap": True, "size": size, "weight": weight, "color": colour,
    }  # fmt: skip


def quick_replies(pressed: Sequence[Button]) -> Json | None:
    """Up to thirteen; None without any."""
    items = [{"type": "action", "action": action(one)} for one in pressed if _is_whole(one)][:MOST_QUICK]
    return {"items": items} if items else None


def action(button: Button) -> Json:
    """What a press does. Raises ValueError for data or an address that LINE would refuse: those cannot be cut."""
    label = cut(button.label.strip(), MOST_LABEL)
    if button.url:
        if len(button.url) > MOST_ADDRESS or not button.url.startswith(("https://", "http://", "tel:", "line://")):
            raise ValueError("this address cannot stand behind a button in LINE")
        return {"type": "uri", "label": label, "uri": button.url}
    if button.data:
        if len(button.data) > MOST_DATA:
            raise ValueError(f"a button's data has at most {MOST_DATA} characters")
        told = {"type": "postback", "label": label, "data": button.data}
        return {**told, "displayText": cut(button.text, MOST_SAID)} if button.text else told
    return {"type": "message", "label": label, "text": cut(button.text or button.label, MOST_SAID)}


def _is_whole(button: Button) -> bool:
    return bool(button.label.strip())


def _button(button: Button, number: int, colour: str) -> Json:
    told: Json = {"type": "button", "action": action(button), "height": "sm", "adjustMode": "shrink-to-fit"}
    return {**told, "style": "primary", "color": colour} if number == 0 else {**told, "style": "secondary"}


def _row(label: str, value: str) -> Json:
    return {
        "type": "box",
        "layout": "baseline",
        "spacing": "sm",
        "contents": [
            {**words(label, size="sm", colour=SOFT), "flex": 2},
            {**words(value), "flex": 5},
        ],
    }
