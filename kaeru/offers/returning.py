"""Coupons of orders that are cancelled become usable again, where the shop says so."""

from collections.abc import Sequence

from django.db import transaction

from kaeru.core import audit, clock
from kaeru.offers.models import Coupon, Redemption
from kaeru.orders.models import Order


@transaction.atomic
def return_coupons(orders: Sequence[Order], *, actor: str) -> int:
    """The coupons that these orders took can be used again until they end; returns how many. A constant number of queries.

    Only orders that are cancelled: a coupon is never worth something twice.
    """
    gone = {(order.shop_id, order.source_id[:100]) for order in orders if order.cancelled_at is not None}
    used = [
        coupon
        for coupon in Coupon.objects.select_for_update().filter(
            shop_id__in={shop_id for shop_id, _ in gone},
            redeemed_order_ref__in={ref for _, ref in gone},
            redeemed_at__isnull=False,
            expires_at__gt=clock.now(),
        )
        if (coupon.shop_id, coupon.redeemed_order_ref) in gone
    ]
    Redemption.objects.filter(coupon__in=used).delete()
    Coupon.objects.filter(id__in=[coupon.id for coupon in used]).update(redeemed_at=None, redeemed_order_ref="")
    audit.record_many((coupon.organization_id, actor, "coupon.returned", "coupon", coupon.id, {}) for coupon in used)
    return len(used)
