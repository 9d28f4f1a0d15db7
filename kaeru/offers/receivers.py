"""A coupon and the order that used it find each other when the order is told; a coupon that is issued becomes a code in the shop."""

from kaeru.core import clock, ids
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.offers import codes
from kaeru.offers.models import Coupon, Redemption
from kaeru.offers.rules import tidy_code
from kaeru.orders.models import Order


@receiver("order.placed")
def settle(told: list[Event]) -> None:
    """Note which order took which coupon; a code that the shop's own checkout accepted counts as redeemed."""
    orders = [
        order for order in Order.objects.filter(id__in=[event.subject_id for event in told]) if order.coupon_codes
    ]
    by_code = {(order.shop_id, tidy_code(code)): order for order in orders for code in order.coupon_codes}
    coupons = [
        coupon
        for coupon in Coupon.objects.filter(code__in={code for _, code in by_code})
        if (coupon.shop_id, coupon.code) in by_code
    ]
    redemptions = []
    for coupon in coupons:
        order = by_code[coupon.shop_id, coupon.code]
        if coupon.redeemed_at is None:
            Coupon.objects.filter(id=coupon.id).update(redeemed_at=clock.now(), redeemed_order_ref=order.source_id)
        redemptions.append(
            Redemption(
                id=ids.new_id(),
                organization_id=coupon.organization_id,
                coupon=coupon,
                order=order,
                discount=order.discount,
                redeemed_at=order.placed_at,
            )
        )
    Redemption.objects.bulk_create(redemptions, ignore_conflicts=True)


@receiver(codes.ISSUED)
def make_codes(told: list[Event]) -> None:
    """A code of the same letters in the shop's own system, so that its checkout takes it."""
    codes.ask_for_codes([event.subject_id for event in told])
