"""Verbs: stop a shop's coupons, and let them again. While they are stopped no scenario gives one; codes that are out stay good."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from kaeru.core import audit, clock, ids
from kaeru.offers.models import CouponStop
from kaeru.tenants.models import Shop


def stopped(shop_ids: Iterable[int]) -> dict[int, CouponStop]:
    """The stop in force of each of these shops that has one. One query."""
    rows = CouponStop.objects.filter(shop_id__in=set(shop_ids), lifted_at=None)
    return {row.shop_id: row for row in rows}


def last(shop_ids: Iterable[int]) -> dict[int, CouponStop]:
    """The newest stop of each of these shops, lifted or not. One query."""
    rows = CouponStop.objects.filter(shop_id__in=set(shop_ids)).order_by("since", "id")
    return {row.shop_id: row for row in rows}


@transaction.atomic
def stop(shop: Shop, reason: str, evidence: Mapping[str, Any], *, actor: str) -> bool:
    """No coupons of this shop from now on; False when they are stopped already."""
    if CouponStop.objects.select_for_update().filter(shop=shop, lifted_at=None).exists():
        return False
    CouponStop.objects.create(
        id=ids.new_id(), organization_id=shop.organization_id, shop=shop, reason=reason, evidence=dict(evidence), since=clock.now()
    )  # fmt: skip
    audit.record(shop.organization_id, actor, "coupons.stopped", "shop", shop.id, reason=reason, **evidence)
    return True


@transaction.atomic
def lift(shop: Shop, *, actor: str) -> bool:
    """Coupons may be given again; False when they were not stopped."""
    rows = CouponStop.objects.filter(shop=shop, lifted_at=None)
    if not rows.update(lifted_at=clock.now(), lifted_by=actor[:60]):
        return False
    audit.record(shop.organization_id, actor, "coupons.allowed", "shop", shop.id)
    return True
