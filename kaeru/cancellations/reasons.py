"""Verbs on the shop's reasons: word them, order them, add the shop's own, retire and bring back.

A reason is never deleted, because old cancellations were given it; a retired one is just not offered any more.
"""

import re
import secrets
from collections.abc import Mapping

from django.db import transaction

from kaeru.cancellations.models import Reason, Side
from kaeru.core import audit
from kaeru.tenants.models import Shop

Texts = Mapping[str, str]


def _code(labels: Texts) -> str:
    """A short code from the English label, or a random one; it is only ever read by machines."""
    stem = re.sub(r"[^a-z0-9]+", "_", labels.get("en", "").lower()).strip("_")[:30]
    return stem or f"own_{secrets.token_hex(4)}"


@transaction.atomic
def add_reason(
    shop: Shop, labels: Texts, answers: Texts, guidance: Texts, *, actor: str, side: str = Side.CUSTOMER
) -> Reason:
    """A reason of the shop's own, offered last."""
    taken = set(Reason.objects.filter(shop=shop).values_list("code", flat=True))
    code = _code(labels)
    if code in taken:
        code = f"{code}_{secrets.token_hex(4)}"
    reason = Reason.objects.create(
        organization_id=shop.organization_id,
        shop=shop,
        code=code,
        side=side,
        labels=dict(labels),
        answers=dict(answers),
        guidance=dict(guidance),
        position=len(taken),
    )
    audit.record(shop.organization_id, actor, "reason.added", "reason", reason.id, code=code)
    return reason


@transaction.atomic
def word_reason(reason: Reason, labels: Texts, answers: Texts, guidance: Texts, *, actor: str) -> None:
    """Say the reason, its answer and its guidance in other words."""
    Reason.objects.filter(id=reason.id).update(labels=dict(labels), answers=dict(answers), guidance=dict(guidance))
    audit.record(reason.organization_id, actor, "reason.worded", "reason", reason.id)


@transaction.atomic
def switch_reason(reason: Reason, *, is_active: bool, actor: str) -> None:
    """Offer the reason on the cancel page, or retire it."""
    if Reason.objects.filter(id=reason.id).exclude(is_active=is_active).update(is_active=is_active):
        audit.record(
            reason.organization_id, actor, "reason.offered" if is_active else "reason.retired", "reason", reason.id
        )


@transaction.atomic
def move_reason(reason: Reason, places: int, *, actor: str) -> None:
    """Move the reason up (negative) or down the list that the shopper sees; positions become 0, 1, 2 … ."""
    rows = list(
        Reason.objects.select_for_update().filter(shop_id=reason.shop_id, is_active=True).order_by("position", "id")
    )
    order = [row.id for row in rows]
    if reason.id not in order:
        return
    at = order.index(reason.id)
    order.insert(max(0, min(len(order) - 1, at + places)), order.pop(at))
    for position, row_id in enumerate(order):
        Reason.objects.filter(id=row_id).update(position=position)
    audit.record(reason.organization_id, actor, "reason.moved", "reason", reason.id, position=order.index(reason.id))
