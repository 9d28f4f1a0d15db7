"""What LINE takes for a Flex message: which parts there are, what each may have, how large it may be."""

import json
from collections.abc import Callable, Mapping
from typing import Any

Found = list[tuple[str, str]]
CheckAction = Callable[[Any, str], Found]
MOST_BYTES = 30 * 1024
"""Of a bubble; a carousel takes 50 KB."""
MOST_BUBBLES = 12

PLACE = {"position", "offsetTop", "offsetBottom", "offsetStart", "offsetEnd"}
WORDS = {"text", "size", "color", "weight", "style", "decoration"}
PARTS: dict[str, set[str]] = {
    "box": PLACE
    | {"layout", "flex", "contents", "spacing", "margin", "backgroundColor", "borderColor", "borderWidth", "cornerRadius", "width", "maxWidth"}
    | {"height", "maxHeight", "paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd", "action", "justifyContent"}
    | {"alignItems", "background"},
    "button": PLACE | {"flex", "color", "style", "action", "gravity", "margin", "height", "adjustMode", "scaling"},
    "image": PLACE
    | {"url", "flex", "margin", "align", "gravity", "size", "aspectRatio", "aspectMode", "backgroundColor", "action", "animated"},
    "text": PLACE
    | WORDS
    | {"flex", "align", "gravity", "wrap", "lineSpacing", "margin", "action", "maxLines", "contents", "adjustMode", "scaling"},
    "span": WORDS,
    "separator": {"margin", "color"},
    "icon": PLACE | {"url", "size", "aspectRatio", "margin", "scaling"},
    "filler": {"flex"},
    "video": {"url", "previewUrl", "altContent", "aspectRatio", "action"},
}  # fmt: skip
MUST: dict[str, tuple[str, ...]] = {
    "box": ("layout",),
    "button": ("action",),
    "image": ("url",),
    "icon": ("url",),
    "video": ("url", "previewUrl", "altContent"),
}
WITHIN = {
    "vertical": {"box", "button", "image", "text", "separator", "filler", "video"},
    "horizontal": {"box", "button", "image", "text", "separator", "filler"},
    "baseline": {"icon", "text", "filler", "span"},
}
CHOICES = {
    "layout": set(WITHIN),
    "weight": {"regular", "bold"},
    "align": {"start", "end", "center"},
    "gravity": {"top", "bottom", "center"},
    "position": {"relative", "absolute"},
    "aspectMode": {"fit", "cover"},
    "decoration": {"none", "underline", "line-through"},
}
STYLES = {"button": {"primary", "secondary", "link"}, "text": {"normal", "italic"}, "span": {"normal", "italic"}}
HEIGHTS = {"button": {"sm", "md"}}
BUBBLE = {"type", "direction", "styles", "header", "hero", "body", "footer", "size", "action"}
SIZES = {"nano", "micro", "deca", "hecto", "kilo", "mega", "giga"}


def container(told: Mapping[str, Any], at: str, action: CheckAction) -> Found:
    """A bubble or a carousel of them."""
    kind = told.get("type")
    if kind == "carousel":
        bubbles = told.get("contents")
        if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= MOST_BUBBLES:
            return [(f"{at}.contents", f"Size must be between 1 and {MOST_BUBBLES}")]
        return [one for n, each in enumerate(bubbles) for one in _bubble(each, f"{at}.contents[{n}]", action)]
    return _bubble(told, at, action)


def _bubble(told: Any, at: str, action: CheckAction) -> Found:
    if not isinstance(told, dict) or told.get("type") != "bubble":
        return [(f"{at}.type", "must be bubble or carousel")]
    found = [(f"{at}.{name}", "unknown field") for name in told if name not in BUBBLE]
    if told.get("size", "mega") not in SIZES:
        found.append((f"{at}.size", "invalid property"))
    if len(json.dumps(told, ensure_ascii=False).encode()) > MOST_BYTES:
        found.append((at, "the bubble is too large"))
    if not any(name in told for name in ("header", "hero", "body", "footer")):
        found.append((at, "at least one block must be specified"))
    for name in ("header", "body", "footer"):
        if name in told:
            found += _part(told[name], f"{at}.{name}", action, {"box"})
    if "hero" in told:
        found += _part(told["hero"], f"{at}.hero", action, {"box", "image", "video"})
    if "action" in told:
        found += action(told["action"], f"{at}.action")
    return found


def _part(told: Any, at: str, action: CheckAction, allowed: set[str]) -> Found:
    kind = told.get("type") if isinstance(told, dict) else None
    if not isinstance(told, dict) or kind not in PARTS or kind not in allowed:
        return [(f"{at}.type", "invalid property")]
    found = [(f"{at}.{name}", "unknown field") for name in told if name not in PARTS[kind] | {"type"}]
    found += [(f"{at}.{name}", "must be specified") for name in MUST.get(kind, ()) if not told.get(name)]
    found += [
        (f"{at}.{name}", "invalid property")
        for name, ones in CHOICES.items()
        if name in told and told[name] not in ones
    ]
    if kind in STYLES and told.get("style", next(iter(STYLES[kind]))) not in STYLES[kind]:
        found.append((f"{at}.style", "invalid property"))
    if kind in HEIGHTS and told.get("height", "md") not in HEIGHTS[kind]:
        found.append((f"{at}.height", "invalid property"))
    if kind in {"text", "span"} and not told.get("text") and not told.get("contents"):
        found.append((f"{at}.text", "must be non-empty text"))
    if kind in {"image", "icon"} and isinstance(told.get("url"), str) and not told["url"].startswith("https://"):
        found.append((f"{at}.url", "invalid uri scheme"))
    if kind == "button" and isinstance(told.get("action"), dict) and not told["action"].get("label"):
        found.append((f"{at}.action.label", "must be specified"))
    if isinstance(told.get("action"), dict):
        found += action(told["action"], f"{at}.action")
    within = {"span"} if kind == "text" else WITHIN.get(str(told.get("layout")), set())
    contents = told.get("contents", [])
    if kind == "box" and not isinstance(contents, list):
        return [*found, (f"{at}.contents", "must be specified")]
    for place, one in enumerate(contents if isinstance(contents, list) else []):
        found += _part(one, f"{at}.contents[{place}]", action, within)
    return found
