"""The scenarios a new shop starts with: a notice at once, and for those who agreed a coupon a day later. Lawful as they stand."""

from typing import Any

from kaeru.cancellations.models import Reason
from kaeru.scenarios import actions
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop

NOTICE = {
    "ja": {
        "subject": "【{{ shop.name }}】キャンセルを承りました（ご注文 {{ order.number }}）",
        "body": """{{ customer.name }} 様

{{ shop.name }}です。ご注文 {{ order.number }}（{{ order.placed_on }}、{{ order.total }}）のキャンセルを承りました。

{% for line in order.lines %}・{{ line.title }}{% if line.variant %}（{{ line.variant }}）{% endif %} × {{ line.quantity }}
{% endfor %}
理由：{{ reason.label }}
{% if reason.guidance %}
ご注文し直しの際は、次の点をご確認ください。
{{ reason.guidance }}
{% endif %}
同じ商品を入れたカートはこちらです。
{{ links.reorder }}

ご不明な点は {{ shop.contact }} までお知らせください。
""",
    },
    "en": {
        "subject": "{{ shop.name }}: your order {{ order.number }} is being cancelled",
        "body": """Dear {{ customer.name }},

{{ shop.name }} has received the cancellation of your order {{ order.number }} ({{ order.placed_on }}, {{ order.total }}).

{% for line in order.lines %}- {{ line.title }}{% if line.variant %} ({{ line.variant }}){% endif %} x {{ line.quantity }}
{% endfor %}
Reason: {{ reason.label }}
{% if reason.guidance %}
When you order again, please note:
{{ reason.guidance }}
{% endif %}
Your cart with the same items:
{{ links.reorder }}

If anything is unclear, please write to {{ shop.contact }}.
""",
    },
}
COUPON_MAIL = {
    "ja": {
        "subject": "【{{ shop.name }}】{{ coupon.value }}クーポンをお送りします（{{ coupon.expires_on }}まで）",
        "body": """{{ customer.name }} 様

先日は{{ shop.name }}をご利用いただき、ありがとうございました。
次のご注文でお使いいただけるクーポンをお送りします。

{{ coupon.code }}

・{{ coupon.value }}（1回限り）
・{{ coupon.expires_on }}まで
{% if coupon.minimum %}・{{ coupon.minimum }}以上のご注文で
{% endif %}
カートには前回の商品とクーポンを入れてあります。
{{ links.reorder }}
{% if reason.guidance %}
{{ reason.guidance }}
{% endif %}""",
    },
    "en": {
        "subject": "{{ shop.name }}: a coupon for you, {{ coupon.value }} until {{ coupon.expires_on }}",
        "body": """Dear {{ customer.name }},

thank you for visiting {{ shop.name }} the other day. Here is a coupon for your next order.

{{ coupon.code }}

- {{ coupon.value }}, once
- until {{ coupon.expires_on }}
{% if coupon.minimum %}- for orders of {{ coupon.minimum }} or more
{% endif %}
Your last items and the coupon are already in the cart.
{{ links.reorder }}
{% if reason.guidance %}
{{ reason.guidance }}
{% endif %}""",
    },
}


def notice() -> dict[str, Any]:
    """The mail at once."""
    return {"kind": "message", "purpose": "notice", "texts": NOTICE}


def coupon_mail() -> dict[str, Any]:
    """The coupon's mail."""
    return {"kind": "message", "purpose": "advertisement", "texts": COUPON_MAIL}


def coupon(kind: str, value: int, days: int = 14, minimum: int = 0, budget: int = 30_000) -> dict[str, Any]:
    """A coupon step: an amount in minor units, or percent points; `budget` for each month, minor units."""
    terms = {"percent": value} if kind == "percent" else {"value": value} if kind == "amount" else {}
    return {"kind": "coupon", "coupon": kind, **terms, "days": days, "minimum": minimum, "budget": budget}


STEPS: dict[str, list[dict[str, Any]]] = {
    "mistaken_order": [notice(), {"kind": "wait", "days": 1}, coupon("amount", 300), coupon_mail()],
    "delivery_too_late": [notice(), {"kind": "wait", "days": 1}, coupon("free_shipping", 0), coupon_mail()],
    "shipping_fee_too_high": [notice(), {"kind": "wait", "days": 1}, coupon("free_shipping", 0), coupon_mail()],
    "change_address": [notice(), {"kind": "wait", "days": 1}, coupon("amount", 300), coupon_mail()],
    "change_payment": [notice(), {"kind": "wait", "days": 1}, coupon("amount", 300), coupon_mail()],
    "forgot_coupon": [
        notice(),
        {"kind": "wait", "days": 1},
        {
            "kind": "branch",
            "if": {"field": "order.value", "op": "at_least", "value": 8000},
            "then": [coupon("percent", 10)],
            "else": [coupon("amount", 500)],
        },
        coupon_mail(),
    ],
    "changed_mind": [notice()],
}
"""Reason code -> steps."""


def seed_scenarios(shop: Shop, *, actor: str, is_on: bool = False) -> list[Scenario]:
    """One published scenario for each of the shop's usual reasons that has none yet; switched off unless asked."""
    have = set(Scenario.objects.filter(shop=shop).values_list("reason_id", flat=True))
    made = []
    for reason in Reason.objects.filter(shop=shop, code__in=STEPS).order_by("position"):
        if reason.id in have:
            continue
        scenario = actions.begin(shop, actor=actor, reason=reason, flow=flow_of(STEPS[reason.code]))
        actions.publish(scenario.id, actor=actor)
        if is_on:
            actions.switch(scenario.id, is_on=True, actor=actor)
        made.append(scenario)
    return made
