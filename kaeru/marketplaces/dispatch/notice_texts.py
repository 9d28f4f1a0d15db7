"""What buyers are told about their parcel by default, in Japanese and English, as a Japanese shop would write it.

The reason comes before the new day, nobody is blamed, and nobody is asked to cancel. `{{ … }}` is Liquid; the shop may word each itself.
"""

from collections.abc import Mapping
from typing import Final

from kaeru.messages.variables import CUSTOMER, ORDER, PARCEL, SHOP

Text = Mapping[str, str]
KINDS: Final = ("date_set", "ready", "shipped", "delayed")
ALLOWED: Final = SHOP | CUSTOMER | ORDER | PARCEL

_OPENING: Final[Text] = {
    "ja": "{% if customer.name %}{{ customer.name }} 様{% else %}お客様{% endif %}\n\n{{ shop.name }}でございます。\n"
    "このたびはご注文いただき、ありがとうございます。",
    "en": "{% if customer.name %}Dear {{ customer.name }},{% else %}Hello,{% endif %}\n\nThank you for your order.",
}
_CLOSING: Final[Text] = {
    "ja": "{% if shop.contact %}ご不明な点がございましたら、{{ shop.contact }} までお知らせください。{% endif %}",
    "en": "{% if shop.contact %}If you have any questions, please write to {{ shop.contact }}.{% endif %}",
}
_WISHED: Final[Text] = {
    "ja": "{% if parcel.wished %}\nお届けのご希望日時：{{ parcel.wished }}{% endif %}",
    "en": "{% if parcel.wished %}\nYou wished for: {{ parcel.wished }}{% endif %}",
}

_SUBJECTS: Final[Mapping[str, Text]] = {
    "date_set": {
        "ja": "ご注文{{ order.number }}の発送予定日のお知らせ",
        "en": "Your order {{ order.number }}: when it will be sent",
    },
    "ready": {
        "ja": "ご注文{{ order.number }}の発送の準備ができました",
        "en": "Your order {{ order.number }} is ready to be sent",
    },
    "shipped": {"ja": "ご注文{{ order.number }}を発送しました", "en": "Your order {{ order.number }} has been sent"},
    "delayed": {
        "ja": "ご注文{{ order.number }}の発送が遅れることのお詫びと、新しい発送予定日のお知らせ",
        "en": "Your order {{ order.number }} will be sent later than planned",
    },
}

_BODIES: Final[Mapping[str, Text]] = {
    "date_set": {
        "ja": "ご注文{{ order.number }}は、{{ parcel.leaves_on }}に発送する予定です。" + _WISHED["ja"] + "\n\n"
        "発送しましたら、あらためてお知らせいたします。",
        "en": "We plan to send your order {{ order.number }} on {{ parcel.leaves_on }}." + _WISHED["en"] + "\n\n"
        "We will tell you when it has left.",
    },
    "ready": {
        "ja": "ご注文{{ order.number }}の発送の準備ができました。{% if parcel.leaves_on %}{{ parcel.leaves_on }}に発送する予定です。{% endif %}"
        + _WISHED["ja"],
        "en": "Your order {{ order.number }} is packed.{% if parcel.leaves_on %} We plan to send it on {{ parcel.leaves_on }}.{% endif %}"
        + _WISHED["en"],
    },
    "shipped": {
        "ja": "ご注文{{ order.number }}を発送しました。{% if parcel.tracking %}\n\n"
        "配送会社：{{ parcel.carrier }}\nお問い合わせ番号：{{ parcel.tracking }}{% endif %}" + _WISHED["ja"] + "\n\n"
        "お届けまで、どうぞお待ちください。",
        "en": "Your order {{ order.number }} has left.{% if parcel.tracking %}\n\n"
        "Carrier: {{ parcel.carrier }}\nTracking number: {{ parcel.tracking }}{% endif %}" + _WISHED["en"],
    },
    "delayed": {
        "ja": "ご注文{{ order.number }}の発送が、お知らせしていた日より遅れます。申し訳ございません。\n\n"
        "{{ delay.cause }}\n{% if delay.words %}{{ delay.words }}\n{% endif %}\n"
        "新しい発送予定日：{{ parcel.leaves_on }}" + _WISHED["ja"] + "\n\n"
        "この日に発送できるよう、準備を進めております。お届けの日時などのご希望がございましたら、お知らせください。",
        "en": "Your order {{ order.number }} will leave later than we had told you. We are sorry.\n\n"
        "{{ delay.cause }}\n{% if delay.words %}{{ delay.words }}\n{% endif %}\n"
        "New dispatch date: {{ parcel.leaves_on }}" + _WISHED["en"] + "\n\n"
        "We are getting it ready for that day. If another day or time would suit you better, please tell us.",
    },
}

CAUSES: Final[Mapping[str, Text]] = {
    "preparing": {
        "ja": "商品の準備に、予定より時間がかかっております。",
        "en": "Getting your items ready takes longer than planned.",
    },
    "supplier": {
        "ja": "仕入れ先からの入荷が遅れております。",
        "en": "Our supplier is late with this item.",
    },
    "made_to_order": {
        "ja": "お作りする商品の仕上げに、予定より時間がかかっております。",
        "en": "Making your item takes longer than planned.",
    },
    "carrier": {
        "ja": "配送会社の集荷が遅れております。",
        "en": "The carrier collects parcels late.",
    },
    "crowded": {
        "ja": "ご注文が集中し、発送の作業が遅れております。",
        "en": "We have had many orders at once, and packing takes longer.",
    },
}
"""Why it is late, truthfully: whoever tells it chooses."""
DELAY_TYPES: Final[Mapping[str, str]] = {"made_to_order": "made_to_order", "preparing": "preparing"}
"""As the mall is told (`changes.SetDispatchDate.delay_type`); all others are `other`."""


def text(kind: str, language: str) -> dict[str, str]:
    """Subject and body in Liquid. Raises KeyError for an unknown kind."""
    body = "\n\n".join([_OPENING[language], _BODIES[kind][language], _CLOSING[language]])
    return {"subject": _SUBJECTS[kind][language], "body": body}
