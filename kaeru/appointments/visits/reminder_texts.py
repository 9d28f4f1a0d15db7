"""What reminders say, in Japanese and English, as a salon would write it. `{{ … }}` is Liquid.

Changing stands before cancelling and is as easy; nobody is blamed for either.
"""

from collections.abc import Mapping
from typing import Final

from kaeru.messages.variables import CUSTOMER, SHOP, VISIT

Text = Mapping[str, str]
ALLOWED: Final = SHOP | CUSTOMER | VISIT
WHO: Final[Text] = {
    "ja": "{% if customer.name %}{{ customer.name }} 様\n\n{% endif %}",
    "en": "{% if customer.name %}Dear {{ customer.name }},\n\n{% endif %}",
}
WHAT: Final[Text] = {
    "ja": "日時：{{ visit.when }}\nメニュー：{{ visit.service }}\n担当：{{ visit.staff }}{% if visit.price %}\n料金：{{ visit.price }}{% endif %}",
    "en": "When: {{ visit.when }}\nService: {{ visit.service }}\nWith: {{ visit.staff }}{% if visit.price %}\nPrice: {{ visit.price }}{% endif %}",
}
TEXTS: Final[dict[str, dict[str, Text]]] = {
    "first": {
        "ja": {
            "subject": "{{ visit.day }}のご予約のお知らせ",
            "body": WHO["ja"] + "{{ shop.name }}です。ご予約の日が近づきましたので、お知らせします。\n\n" + WHAT["ja"]
            + "\n\nご都合が変わりましたら、日時を変更できます。ご来店をお待ちしております。",
        },
        "en": {
            "subject": "Your visit on {{ visit.day }}",
            "body": WHO["en"] + "this is {{ shop.name }}. Your visit is coming up.\n\n" + WHAT["en"]
            + "\n\nIf something has come up, you can move it to another time. We look forward to seeing you.",
        },
    },
    "second": {
        "ja": {
            "subject": "{{ visit.when }}のご予約の確認",
            "body": WHO["ja"] + "{{ shop.name }}です。ご予約の時間が近づきました。ご来店の予定をお知らせください。\n\n" + WHAT["ja"],
        },
        "en": {
            "subject": "Are you coming on {{ visit.when }}?",
            "body": WHO["en"] + "this is {{ shop.name }}. Your visit is soon. Please tell us whether you are coming.\n\n" + WHAT["en"],
        },
    },
}  # fmt: skip
"""By kind of reminder, then by language."""
