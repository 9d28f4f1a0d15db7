"""「確認しました」: an option that the buyer chooses before the purchase, for items that are cancelled often. Ready words to paste.

Malls have no call for it: the seller adds an option to the item's page, with one choice that must be taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kaeru.core import wording


@dataclass(frozen=True, slots=True)
class Notice:
    """The option's name, and its only choice."""

    name: str
    choice: str


_CHOICE: Final = {"ja": "確認しました", "en": "I have checked this"}
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "mistaken_order": {
        "ja": "ご注文前のご確認：サイズ・色・数量（ご注文後の変更は、発送前まで承ります）",
        "en": "Before you order, please check size, colour and quantity (changes are possible until it is sent)",
    },
    "changed_mind": {
        "ja": "ご注文前のご確認：商品の内容と、お届けまでの日数",
        "en": "Before you order, please check what is in the box and how long delivery takes",
    },
    "delivery_too_late": {
        "ja": "ご注文前のご確認：発送までの日数（商品ページの発送予定日をご覧ください）",
        "en": "Before you order, please check the days until dispatch on this page",
    },
    "": {
        "ja": "ご注文前のご確認：サイズ・色・数量・発送予定日",
        "en": "Before you order, please check size, colour, quantity and dispatch date",
    },
}


def text(reason: str, language: str) -> Notice:
    """The words for items that are cancelled for this reason; a reason without words of its own gets the general ones."""
    return Notice(wording.pick(dict(_NAMES.get(reason) or _NAMES[""]), language), _CHOICE[language])
