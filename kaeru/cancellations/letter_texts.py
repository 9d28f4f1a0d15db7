"""What the letters about decisions say by default, in Japanese and English, as a Japanese shop would write them.

The reason comes before the request, nobody is blamed, and a no comes with what can be done instead. `{…}` are filled in by
`letters.compose`; `{{ … }}` is Liquid and stays.
"""

from collections.abc import Mapping
from typing import Final

Text = Mapping[str, str]
KINDS: Final = ("approved", "declined", "refused", "offered", "short", "short_bare", "gone")
"""approved · declined · offered: a substitute instead of a cancellation · short: an item is missing, with substitutes ·
short_bare: without any · gone: what was missing is cancelled for the shop's fault · refused: declined, to be said on the mall's own
screen, where nobody is sent elsewhere."""

CLOSING: Final[Text] = {
    "ja": "{% if shop.contact %}ご不明な点がございましたら、{{ shop.contact }} までお知らせください。{% endif %}",
    "en": "{% if shop.contact %}If you have any questions, please write to {{ shop.contact }}.{% endif %}",
}
MALL_CLOSING: Final[Text] = {
    "ja": "ご不明な点がございましたら、こちらのモールのお問い合わせからお知らせください。",
    "en": "If you have any questions, please write to us here on the mall.",
}
OPENING: Final[Text] = {
    "ja": "{% if customer.name %}{{ customer.name }} 様{% else %}お客様{% endif %}\n\n{{ shop.name }}でございます。",
    "en": "{% if customer.name %}Dear {{ customer.name }},{% else %}Hello,{% endif %}",
}

SUBJECTS: Final[Mapping[str, Text]] = {
    "approved": {
        "ja": "ご注文{{ order.number }}のキャンセルを承りました",
        "en": "Your order {{ order.number }} is being cancelled",
    },
    "declined": {
        "ja": "ご注文{{ order.number }}のキャンセルのご希望について",
        "en": "About cancelling your order {{ order.number }}",
    },
    "refused": {
        "ja": "ご注文{{ order.number }}のキャンセルのご希望について",
        "en": "About cancelling your order {{ order.number }}",
    },
    "offered": {
        "ja": "ご注文{{ order.number }}について、代わりの商品のご提案",
        "en": "Your order {{ order.number }}: what we can offer instead",
    },
    "short": {
        "ja": "ご注文{{ order.number }}の商品をお届けできないことのお詫びと、代わりの商品のご案内",
        "en": "Your order {{ order.number }}: an item that we cannot deliver, and what we can offer instead",
    },
    "short_bare": {
        "ja": "ご注文{{ order.number }}の商品をお届けできないことのお詫び",
        "en": "Your order {{ order.number }}: an item that we cannot deliver",
    },
    "gone": {
        "ja": "ご注文{{ order.number }}の商品の取り消しとご返金について",
        "en": "Your order {{ order.number }}: an item is taken out and paid back",
    },
}

BODIES: Final[Mapping[str, Text]] = {
    "approved": {
        "ja": "ご連絡をいただき、ありがとうございます。\nご注文{{ order.number }}（{{ order.total }}）のキャンセルを承りました。\n\n{own}\n\n"
        "お支払いがお済みの場合は、お支払いの方法に応じてご返金の手続きを進めます。\nまたのご利用を心よりお待ちしております。",
        "en": "Thank you for telling us. We are cancelling your order {{ order.number }} ({{ order.total }}).\n\n{own}\n\n"
        "What you have paid goes back the way you paid it. We would be glad to see you again.",
    },
    "declined": {
        "ja": "ご連絡をいただき、ありがとうございます。\nご注文{{ order.number }}のキャンセルのご希望について、お返事いたします。\n\n"
        "{ground}\nご希望に沿えず、申し訳ございません。\n\n{alternative}\n\n{own}",
        "en": "Thank you for telling us that you would like to cancel your order {{ order.number }}.\n\n"
        "{ground}\nWe are sorry that we cannot do as you wished.\n\n{alternative}\n\n{own}",
    },
    "refused": {
        "ja": "ご連絡をいただき、ありがとうございます。\nご注文{{ order.number }}のキャンセルのご希望について、お返事いたします。\n\n"
        "{ground}\nご希望に沿えず、申し訳ございません。\n\n{alternative}\n\n{own}",
        "en": "Thank you for telling us that you would like to cancel your order {{ order.number }}.\n\n"
        "{ground}\nWe are sorry that we cannot do as you wished.\n\n{alternative}\n\n{own}",
    },
    "offered": {
        "ja": "ご連絡をいただき、ありがとうございます。\nご注文{{ order.number }}の「{title}」の代わりに、次の商品をご用意できます。\n\n"
        "{items}\n\n{own}\n\n下のページで、お選びいただけます。"
        "{until}までにお返事がない場合は、あらためてご連絡いたします。\n\n{{ links.substitute }}",
        "en": "Thank you for telling us. Instead of “{title}” in your order {{ order.number }} we can send you one of these.\n\n"
        "{items}\n\n{own}\n\nPlease choose on the page below. "
        "If we do not hear from you by {until}, we will come back to you.\n\n{{ links.substitute }}",
    },
    "short": {
        "ja": "このたびはご注文いただき、ありがとうございます。\nご注文{{ order.number }}の「{title}」は、{cause}\n申し訳ございません。\n\n{own}\n\n"
        "代わりに、次の商品をご用意できます。\n\n{items}\n\n下のページで、お選びいただけます。\n\n{{ links.substitute }}\n\n"
        "{until}までにお返事がない場合は、この商品の分を当店で取り消し、代金をお返しします。お手続きは当店で行います。",
        "en": "Thank you for your order {{ order.number }}. {cause_first} “{title}”. We are sorry.\n\n{own}\n\n"
        "We can send you one of these instead.\n\n{items}\n\nPlease choose on the page below.\n\n{{ links.substitute }}\n\n"
        "If we do not hear from you by {until}, we take this item out of the order and pay it back. You need not do anything.",
    },
    "short_bare": {
        "ja": "このたびはご注文いただき、ありがとうございます。\nご注文{{ order.number }}の「{title}」は、{cause}\n申し訳ございません。\n\n{own}\n\n"
        "この商品の分は、{until}に当店で取り消し、代金をお返しします。お手続きは当店で行います。\n"
        "ほかの商品への変更をご希望の場合は、それまでにお知らせください。",
        "en": "Thank you for your order {{ order.number }}. {cause_first} “{title}”. We are sorry.\n\n{own}\n\n"
        "On {until} we take this item out of the order and pay it back. You need not do anything. "
        "If you would like something else instead, please tell us before then.",
    },
    "gone": {
        "ja": "先日お知らせした、ご注文{{ order.number }}の「{title}」の件でご連絡します。\n{cause_past}、当店の都合で取り消します。"
        "代金は、お支払いの方法に応じてお返しします。\nご迷惑をおかけし、申し訳ございません。\n\n{own}",
        "en": "This is about “{title}” in your order {{ order.number }}, of which we have told you. "
        "{cause_past}, so we are taking it out of your order. "
        "What you have paid for it goes back the way you paid it. We are sorry for the trouble.\n\n{own}",
    },
}

CAUSES: Final[Mapping[str, Mapping[str, Text]]] = {
    "out_of_stock": {
        "cause": {"ja": "在庫が足りず、お届けできないことがわかりました。", "en": ""},
        "cause_first": {"ja": "", "en": "We have found that our stock is short, and we cannot deliver"},
        "cause_past": {"ja": "在庫が足りなかったため", "en": "Our stock was short"},
    },
    "price_error": {
        "cause": {"ja": "当店の価格の表示に誤りがあり、お届けできないことがわかりました。", "en": ""},
        "cause_first": {"ja": "", "en": "We had shown a wrong price, and we cannot deliver"},
        "cause_past": {"ja": "当店の価格の表示に誤りがあったため", "en": "We had shown a wrong price"},
    },
    "damaged": {
        "cause": {"ja": "出荷前の検品で傷みが見つかり、お届けできないことがわかりました。", "en": ""},
        "cause_first": {"ja": "", "en": "Before dispatch we found damage, and we cannot deliver"},
        "cause_past": {"ja": "出荷前の検品で傷みが見つかったため", "en": "Before dispatch we found damage"},
    },
}

ALTERNATIVES: Final[Mapping[str, Text]] = {
    "shipped": {
        "ja": "商品が届いたあとに、返品の条件とお手続きをご案内できます。ご希望の場合は、どうぞお知らせください。",
        "en": "Once it has arrived, we can tell you whether and how it can be returned. Please let us know if you would like that.",
    },
    "passed_cutoff": {
        "ja": "お届け日や受け取り方法のご希望がございましたら、できるかぎり対応いたします。",
        "en": "If another day or another way of delivery would help, please tell us; we will do what we can.",
    },
    "made_to_order": {
        "ja": "色やサイズなど、変えられる点がないかをお調べします。ご希望をお知らせください。",
        "en": "We will gladly look whether a colour or a size can still be changed. Please tell us what you would like.",
    },
    "too_late": {
        "ja": "お届け先やお届け日の変更でしたら、承れる場合がございます。ご希望をお知らせください。",
        "en": "Another address or another day may still be possible. Please tell us what you would like.",
    },
    "repair_only": {
        "ja": "お届け先、数量、色やサイズなどを変更できます。ご希望をお知らせください。",
        "en": "We can change the address, the quantity, the colour or the size. Please tell us what you would like.",
    },
    "other": {
        "ja": "ほかにお役に立てることがございましたら、どうぞお知らせください。",
        "en": "If there is anything else that we can do for you, please tell us.",
    },
}
"""By ground: what can be done instead of cancelling."""
