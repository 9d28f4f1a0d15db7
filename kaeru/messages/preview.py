"""A mail, and a card in LINE, on screen before they are published, with usual and with worst-case values."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kaeru.channels.base import Letter, Worded
from kaeru.channels.line import wording as line
from kaeru.channels.line.rules import units
from kaeru.channels.mail import wording
from kaeru.core import clock
from kaeru.messages import liquid, preparing, worst_case
from kaeru.messages.models import Purpose
from kaeru.tenants.models import Shop


def preview(
    shop: Shop,
    purpose: str,
    text: Mapping[str, str],
    language: str,
    name: str = "usual",
    values: Mapping[str, Any] | None = None,
) -> Worded:
    """The mail of this text ({"subject", "body"}) in the shop's colours. Raises TemplateBroken.

    `name` chooses the customer from `worst_case.NAMES`; `values` are laid over.
    """
    return wording.word(_letter(shop, purpose, text, language, name, values))


@dataclass(frozen=True, slots=True)
class Card:
    """The same text as LINE shows it: one card."""

    title: str
    parts: tuple[str, ...]
    buttons: tuple[str, ...]
    letters: int
    """Of the whole text, as LINE counts them; the guard warns of cards that are too long."""


def in_line(shop: Shop, purpose: str, text: Mapping[str, str], language: str, name: str = "usual") -> Card:
    """The card in LINE of this text, as it would be pushed. Raises TemplateBroken."""
    letter = _letter(shop, purpose, text, language, name, None)
    bubble = line.messages(letter)[0]["contents"]
    said = [
        one.get("text") or one["contents"][0]["text"]
        for one in bubble.get("body", {}).get("contents", [])
        if one["type"] != "separator"
    ]
    has_title = bool(line.word(letter).subject)
    pressed = [one["action"]["label"] for one in bubble.get("footer", {}).get("contents", [])]
    title = said[0] if has_title and said else ""
    return Card(title, tuple(said[1:] if title else said), tuple(pressed), units("".join(said)))


def _letter(
    shop: Shop, purpose: str, text: Mapping[str, str], language: str, name: str, values: Mapping[str, Any] | None
) -> Letter:
    is_advertisement = purpose == Purpose.ADVERTISEMENT
    usual = worst_case.values(language, name, shop.currency)
    stop = usual["links"]["unsubscribe"] if is_advertisement else ""
    own = preparing.base_words(shop, usual["customer"]["name"], stop)
    filled = worst_case.merged(worst_case.merged(usual, own), values or {})
    return Letter(
        key=uuid.UUID(int=0),
        shop=shop,
        language=language,
        is_advertisement=is_advertisement,
        address="preview@kaeru.invalid",
        subject=liquid.fill_in(liquid.parse(text.get("subject", "")), filled),
        body=liquid.fill_in(liquid.parse(text.get("body", "")), filled),
        at=clock.now(),
        unsubscribe_url=stop,
    )
