"""What LINE takes for a message: the kinds that it knows, what each must have, how long it may be.

Checks answer with (property, message) as LINE's own details do; an empty list means that the message is taken.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from examples.line import flex

Found = list[tuple[str, str]]
EMPTY, REQUIRED, UNKNOWN = "May not be empty", "must be specified", "unknown field"
MOST_MESSAGES, MOST_QUICK, MOST_TEXT, MOST_ALT = 5, 13, 5000, 1500
COMMON = {"type", "quickReply", "sender"}
FIELDS = {
    "text": {"text", "emojis", "quoteToken"},
    "textV2": {"text", "substitution", "quoteToken"},
    "sticker": {"packageId", "stickerId", "quoteToken"},
    "image": {"originalContentUrl", "previewImageUrl"},
    "flex": {"altText", "contents"},
    "template": {"altText", "template"},
    "location": {"title", "address", "latitude", "longitude"},
}
MUST = {
    "text": ("text",),
    "textV2": ("text",),
    "sticker": ("packageId", "stickerId"),
    "image": ("originalContentUrl", "previewImageUrl"),
    "flex": ("altText", "contents"),
    "template": ("altText", "template"),
    "location": ("title", "address", "latitude", "longitude"),
}
URI = re.compile(r"(https?|line|tel)://?\S+|tel:\S+|mailto:\S+")


def messages(told: Any) -> Found:
    """The `messages` of a request."""
    if not isinstance(told, list) or not told:
        return [("messages", EMPTY)]
    if len(told) > MOST_MESSAGES:
        return [("messages", f"Size must be between 1 and {MOST_MESSAGES}")]
    return [one for place, each in enumerate(told) for one in message(each, f"messages[{place}]")]


def message(told: Any, at: str) -> Found:
    """One message of any kind."""
    if not isinstance(told, dict) or told.get("type") not in FIELDS:
        return [(f"{at}.type", "The property must be one of the known types")]
    kind = told["type"]
    found = [(f"{at}.{name}", UNKNOWN) for name in told if name not in FIELDS[kind] | COMMON]
    found += [(f"{at}.{name}", EMPTY) for name in MUST[kind] if told.get(name) in (None, "", {}, [])]
    found += _length(told, at, {"text": MOST_TEXT, "altText": MOST_ALT})
    if isinstance(told.get("sender"), dict):
        found += _length(told["sender"], f"{at}.sender", {"name": 20, "iconUrl": 2000})
    if kind == "flex" and isinstance(told.get("contents"), dict):
        found += flex.container(told["contents"], f"{at}.contents", action)
    if kind == "template" and isinstance(told.get("template"), dict):
        found += _template(told["template"], f"{at}.template")
    if "quickReply" in told:
        found += _quick(told["quickReply"], f"{at}.quickReply")
    return found


def _length(told: Mapping[str, Any], at: str, most: Mapping[str, int]) -> Found:
    """LINE counts as JavaScript does: an emoji is two."""
    found: Found = []
    for name, limit in most.items():
        value = told.get(name)
        if value is not None and not isinstance(value, str):
            found.append((f"{at}.{name}", "must be a string"))
        elif isinstance(value, str) and len(value.encode("utf-16-le")) // 2 > limit:
            found.append((f"{at}.{name}", f"Length must be between 0 and {limit}"))
    return found


def _quick(told: Any, at: str) -> Found:
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list) or not items:
        return [(f"{at}.items", EMPTY)]
    if len(items) > MOST_QUICK:
        return [(f"{at}.items", f"Size must be between 1 and {MOST_QUICK}")]
    found: Found = []
    for place, item in enumerate(items):
        where = f"{at}.items[{place}]"
        if not isinstance(item, dict) or item.get("type", "action") != "action":
            found.append((f"{where}.type", "must be action"))
            continue
        found += action(item.get("action"), f"{where}.action", needs_label=True)
    return found


_ACTION: dict[str, tuple[set[str], tuple[str, ...], dict[str, int]]] = {
    "postback": ({"data", "displayText", "text", "inputOption", "fillInText"}, ("data",), {"data": 300, "displayText": 300, "text": 300}),
    "message": ({"text"}, ("text",), {"text": 300}),
    "uri": ({"uri", "altUri"}, ("uri",), {"uri": 1000}),
    "datetimepicker": ({"data", "mode", "initial", "max", "min"}, ("data", "mode"), {"data": 300}),
    "clipboard": ({"clipboardText"}, ("clipboardText",), {"clipboardText": 1000}),
    "camera": (set(), (), {}),
    "cameraRoll": (set(), (), {}),
    "location": (set(), (), {}),
}  # fmt: skip
"""By kind: its fields, those that must be there, and how long they may be."""


def action(told: Any, at: str, *, needs_label: bool = False) -> Found:
    """What a tap does."""
    if not isinstance(told, dict) or told.get("type") not in _ACTION:
        return [(f"{at}.type", "The property must be one of the known types")]
    fields, must, most = _ACTION[told["type"]]
    found = [(f"{at}.{name}", UNKNOWN) for name in told if name not in fields | {"type", "label"}]
    found += [(f"{at}.{name}", EMPTY) for name in must if not told.get(name)]
    if needs_label and not told.get("label"):
        found.append((f"{at}.label", EMPTY))
    found += _length(told, at, {**most, "label": 20 if needs_label else 40})
    if told["type"] == "uri" and isinstance(told.get("uri"), str) and not URI.fullmatch(told["uri"]):
        found.append((f"{at}.uri", "invalid uri scheme"))
    return found


def _template(told: Mapping[str, Any], at: str) -> Found:
    """Buttons and confirm, with their limits; carousels are taken as they come."""
    kind = told.get("type")
    if kind not in {"buttons", "confirm", "carousel", "image_carousel"}:
        return [(f"{at}.type", "The property must be one of the known types")]
    if kind in {"carousel", "image_carousel"}:
        return []
    found = [(f"{at}.text", EMPTY)] if not told.get("text") else []
    found += _length(told, at, {"title": 40, "text": 240 if kind == "confirm" else 160})
    actions = told.get("actions")
    most = 2 if kind == "confirm" else 4
    if not isinstance(actions, list) or not 1 <= len(actions) <= most:
        return [*found, (f"{at}.actions", f"Size must be between 1 and {most}")]
    return found + [
        one for n, each in enumerate(actions) for one in action(each, f"{at}.actions[{n}]", needs_label=True)
    ]


def actions_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything in a message that can be tapped, in the order in which it is drawn; quick replies come last."""
    found: list[dict[str, Any]] = []

    def look(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                look(one)
        elif isinstance(node, dict):
            if isinstance(node.get("action"), dict):
                found.append(node["action"])
            for name in ("header", "hero", "body", "footer", "contents", "template"):
                if isinstance(node.get(name), dict | list):
                    look(node[name])
            if isinstance(node.get("actions"), list):
                found.extend(one for one in node["actions"] if isinstance(one, dict))

    look({name: value for name, value in message.items() if name != "quickReply"})
    return found + quick_of(message)


def quick_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The actions of its quick replies."""
    items: Sequence[Any] = (message.get("quickReply") or {}).get("items") or ()
    return [item["action"] for item in items if isinstance(item, dict) and isinstance(item.get("action"), dict)]
