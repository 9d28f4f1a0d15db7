"""Grounds on which a wish to cancel is declined, as the buyer reads them. A shop may word each anew, and add its own."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "shipped": {
        "ja": "すでに発送しているため、キャンセルを承れません。",
        "en": "Your order has already been shipped, so it can no longer be cancelled.",
    },
    "passed_cutoff": {
        "ja": "発送の準備が始まっているため、キャンセルを承れません。",
        "en": "The warehouse has begun to prepare your order, so it can no longer be cancelled.",
    },
    "made_to_order": {
        "ja": "ご注文をいただいてからお作りする商品のため、キャンセルを承れません。",
        "en": "It is made for your order, so it cannot be cancelled.",
    },
    "too_late": {
        "ja": "ご注文からお時間が経っているため、キャンセルを承れません。",
        "en": "Too much time has passed since the order, so it can no longer be cancelled.",
    },
    "repair_only": {
        "ja": "このご注文は、キャンセルの代わりに内容の変更で承ります。",
        "en": "We can change this order for you instead of cancelling it.",
    },
    "other": {
        "ja": "申し訳ございませんが、このご注文のキャンセルは承れません。",
        "en": "We are sorry, but this order cannot be cancelled.",
    },
}


def words_of(code: str, own: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The ground in the shop's words where it has some, else in ours; never empty."""
    usual = WORDS.get(code, WORDS["other"])
    return {language: own.get(code, {}).get(language) or text for language, text in usual.items()}
