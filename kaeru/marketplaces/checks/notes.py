"""Mails to the staff about what cannot be right: at once, as every further order at a wrong price costs."""

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings

from kaeru.core import money
from kaeru.marketplaces.checks.models import Discrepancy
from kaeru.marketplaces.dispatch.models import PreventionTerms
from kaeru.messages.actions import enqueue
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.messages.staff import addresses, language_of, note, template_of
from kaeru.tenants.models import Shop

SOURCE = "discrepancy"
"""The discrepancy's id is the `source_id`."""
MOST_AT_ONCE = 5
"""Mails to one shop at one time; the rest is on the page."""
TEXTS: Final = {
    "ja": {
        "subject": "【要確認】{{ desk.what }}：{{ desk.title }}",
        "body": "{{ shop.name }}で、確認が必要な商品があります。\n\n{{ desk.title }}（{{ desk.sku }}）\n{{ desk.what }}\n{{ desk.figures }}\n\n"
        "{{ links.story }}\n",
    },
    "en": {
        "subject": "Please check: {{ desk.what }}, {{ desk.title }}",
        "body": "An item of {{ shop.name }} needs a look.\n\n{{ desk.title }} ({{ desk.sku }})\n{{ desk.what }}\n{{ desk.figures }}\n\n"
        "{{ links.story }}\n",
    },
}
WHAT: Final = {
    "below_cost": {"ja": "価格が原価を下回っています", "en": "the price is below its cost"},
    "digit_missing": {"ja": "価格の桁が足りない可能性があります", "en": "the price may lack a digit"},
    "digit_too_many": {"ja": "価格の桁が多い可能性があります", "en": "the price may have a digit too many"},
    "far_below": {"ja": "価格がいつもの半分に届きません", "en": "the price is less than half of the usual one"},
    "far_above": {"ja": "価格がいつもの2倍を超えています", "en": "the price is more than double the usual one"},
    "oversold": {"ja": "在庫より多く注文を受けています", "en": "more is ordered than there is"},
    "shows_more": {"ja": "表示している在庫が実際より多くなっています", "en": "more is shown than there is"},
}


def tell(rows: Sequence[Discrepancy]) -> int:
    """Put a mail about each of these into the outbox, in the caller's transaction; returns how many. Shops that want none get none."""
    if not rows:
        return 0
    silent = set(PreventionTerms.objects.filter(tells=False).values_list("shop_id", flat=True))
    by_shop: dict[int, list[Discrepancy]] = {}
    for row in rows:
        if row.shop_id not in silent:
            by_shop.setdefault(row.shop_id, []).append(row)
    shops = Shop.objects.in_bulk(by_shop)
    mails = [
        note(shops[shop_id], template, SOURCE, row.id)
        for shop_id, told in by_shop.items()
        for template in [template_of(shops[shop_id], TEXTS)]
        for row in told[:MOST_AT_ONCE]
    ]
    enqueue(mails)
    return len(mails)


def figures(row: Discrepancy, currency: str, language: str) -> str:
    """Its figures in one line."""
    told, is_japanese = row.detail, language == "ja"
    if row.kind == "stock":
        pieces, left, shown = told.get("pieces", 0), told.get("left", 0), told.get("shown", 0)
        if row.why == "oversold":
            return f"足りない数 {pieces}" if is_japanese else f"{pieces} missing"
        return f"表示 {shown}、実際 {max(left, 0)}" if is_japanese else f"shown {shown}, there are {max(left, 0)}"
    names = {"price": ("価格", "price"), "usual": ("いつもの価格", "usual price"), "cost": ("原価", "cost")}
    parts = [
        f"{names[name][0 if is_japanese else 1]} {money.show(told[name], currency, language)}"
        for name in names
        if isinstance(told.get(name), int)
    ]
    return "、".join(parts) if is_japanese else ", ".join(parts)


def words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """What such a mail may mention, by message id; one query."""
    found = {
        one.id: one for one in Discrepancy.objects.filter(id__in={row.source_id for row in rows}).select_related("shop")
    }
    told: dict[int, dict[str, Any]] = {}
    for row in rows:
        one = found.get(row.source_id)
        if one is None:
            continue
        language = language_of(row)
        told[row.id] = {
            "customer": {"name": ""},
            "desk": {
                "what": WHAT[one.why][language],
                "title": one.title,
                "sku": one.sku,
                "figures": figures(one, one.shop.currency, language),
            },
            "links": {"story": f"{settings.KAERU_BASE_URL}/late/checks/"},
        }
    return told


def settled(rows: Sequence[Message]) -> dict[int, str]:
    """What is right again needs no mail."""
    waiting = Discrepancy.objects.filter(id__in={row.source_id for row in rows}, settled_at=None)
    known = set(waiting.values_list("id", flat=True))
    return {row.id: "settled" for row in rows if row.source_id not in known}


register_source(SOURCE, words, settled, addresses=addresses, is_internal=True)
