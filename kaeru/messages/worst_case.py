"""The values that break a layout or an encoding, for previews and for the check at save: long, bare, hostile and rare."""

from collections.abc import Mapping
from typing import Any

from kaeru.core import money

NAMES = {
    "usual": "山田 花子",
    "empty": "",
    "long": "寿限無寿限無五劫の擦り切れ海砂利水魚の水行末雲来末風来末食う寝る処に住む処" * 3,
    "rare": "髙﨑 𠮷野󠄀 ｶﾅｺ",
    "emoji": "花子👩‍👩‍👧‍👦🇯🇵✨",
    "html": "<script>alert('x')</script><a href=\"https://evil.example\">花子</a>",
    "template": "{{ shop.contact }}{% include '/etc/passwd' %}",
    "address": "当選は evil.example.com まで https://evil.example/login",
    "lines": "花子\r\nBcc: all@example.com\n\n.\n\u202eofni",
}
"""What customers call themselves, from the usual to the worst."""


def values(language: str, name: str = "usual", currency: str = "JPY") -> dict[str, Any]:
    """All variables a message may mention; `name` is a key of NAMES. The shop's own come from the shop."""
    is_japanese = language == "ja"
    told = NAMES[name]
    title = told if name != "usual" and told else ("藍染めの手ぬぐい" if is_japanese else "Indigo-dyed hand towel")
    many = 30 if name == "long" else 2
    line = {
        "title": title,
        "variant": "紺" if is_japanese else "Navy",
        "quantity": 2,
        "price": money.show(1980, currency, language),
    }
    return {
        "shop": {"name": "小鳥雑貨店", "contact": "support@kotori.example", "site_url": "https://kotori.example"},
        "customer": {"name": told},
        "order": {
            "number": "#1001" if name != "html" else "#<b>1</b>",
            "total": money.show(3960, currency, language),
            "placed_on": "11月24日(火)" if is_japanese else "Tue 24 Nov",
            "lines": [line] * many,
        },
        "reason": {
            "label": "配送先を変更したい" if is_japanese else "Change the delivery address",
            "guidance": (
                "ご注文の前に、会員ページでお届け先をご確認ください。"
                if is_japanese
                else "Please check the delivery address on your account page before you order."
            ),
        },
        "coupon": {
            "code": "KAERU-7QX2-M9PD",
            "value": money.show(500, currency, language) + ("引き" if is_japanese else " off"),
            "expires_on": "12月8日(火)" if is_japanese else "Tue 8 Dec",
            "minimum": money.show(3000, currency, language),
        },
        "parcel": {
            "leaves_on": "11月25日(水)" if is_japanese else "Wed 25 Nov",
            "wished": "11月28日(土) 14:00~16:00" if is_japanese else "Sat 28 Nov 14:00~16:00",
            "carrier": "ヤマト運輸" if is_japanese else "Yamato",
            "tracking": "1234-5678-9012",
        },
        "delay": {
            "cause": "仕入れ先からの入荷が遅れております。" if is_japanese else "Our supplier is late with this item.",
            "words": "",
        },
        "visit": {
            "day": "11月24日(火)" if is_japanese else "Tue 24 Nov",
            "when": "11月24日(火) 14:00" if is_japanese else "Tue 24 Nov, 14:00",
            "service": "カラー" if is_japanese else "Colour",
            "staff": "さくら" if is_japanese else "Sakura",
            "price": money.show(9900, currency, language),
        },
        "links": {
            "reorder": "https://kaeru.example/r/EXAMPLE",
            "cancel": "https://kaeru.example/c/EXAMPLE",
            "unsubscribe": "https://kaeru.example/u/EXAMPLE",
            "account": "https://kotori.example/account",
            "substitute": "https://kaeru.example/c/EXAMPLE",
            "visit": "https://kaeru.example/v/EXAMPLE",
        },
    }


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`, two levels deep: `{"shop": {...}}` keeps what `over` does not name."""
    whole = dict(base)
    for key, value in over.items():
        mine = whole.get(key)
        whole[key] = {**mine, **value} if isinstance(mine, Mapping) and isinstance(value, Mapping) else value
    return whole
