"""What those who are asked are told, in Japanese and English, as a salon would write it. `{{ … }}` is Liquid. No hurry, no pressure."""

from collections.abc import Mapping
from typing import Final

from kaeru.messages.variables import CUSTOMER, LINKS, SHOP, VISIT

Text = Mapping[str, str]
ALLOWED: Final = SHOP | CUSTOMER | VISIT | LINKS
_WHO: Final[Text] = {
    "ja": "{% if customer.name %}{{ customer.name }} 様\n\n{% endif %}",
    "en": "{% if customer.name %}Dear {{ customer.name }},\n\n{% endif %}",
}
_WHAT: Final[Text] = {
    "ja": "日時：{{ visit.when }}\nメニュー：{{ visit.service }}\n担当：{{ visit.staff }}{% if visit.price %}\n料金：{{ visit.price }}{% endif %}",
    "en": "When: {{ visit.when }}\nService: {{ visit.service }}\nWith: {{ visit.staff }}{% if visit.price %}\nPrice: {{ visit.price }}{% endif %}",
}
_HOW: Final[Text] = {
    "ja": "\n\n先に選ばれた方のご予約となります。",
    "en": "\n\nIt goes to whoever takes it first.",
}
TEXTS: Final[Mapping[str, dict[str, dict[str, str]]]] = {
    "advertisement": {
        "ja": {
            "subject": "{{ visit.when }}に空きが出ました",
            "body": _WHO["ja"] + "{{ shop.name }}です。ご予約の時間に空きが出ましたので、ご案内します。\n\n" + _WHAT["ja"] + _HOW["ja"],
        },
        "en": {
            "subject": "A time is free on {{ visit.when }}",
            "body": _WHO["en"] + "this is {{ shop.name }}. A time has become free.\n\n" + _WHAT["en"] + _HOW["en"],
        },
    },
    "notice": {
        "ja": {
            "subject": "ご希望の時間に空きが出ました（{{ visit.when }}）",
            "body": _WHO["ja"] + "{{ shop.name }}です。空きをお待ちの時間に空きが出ましたので、お知らせします。\n\n" + _WHAT["ja"] + _HOW["ja"],
        },
        "en": {
            "subject": "The time you are waiting for: {{ visit.when }}",
            "body": _WHO["en"] + "this is {{ shop.name }}. A time that you are waiting for has become free.\n\n" + _WHAT["en"] + _HOW["en"],
        },
    },
}  # fmt: skip
"""By purpose, then by language."""
