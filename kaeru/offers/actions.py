"""Verbs: look at a coupon, redeem it, say how often a customer may get one. A code is taken by one order; the same order
may ask again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News
from kaeru.offers.errors import CouponExpired, CouponNotFit, CouponNotFound, CouponUsed
from kaeru.offers.models import Coupon, IncentiveLimit, Redemption, ShippingTerms
from kaeru.offers.rules import CouponTerms, discount, tidy_code
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class CouponView:
    """A coupon as the shop's checkout sees it."""

    id: int
    code: str
    terms: CouponTerms
    currency: str
    is_used: bool
    is_expired: bool
    discount: int | None = None
    """For the asked order, minor units; None when no order was named."""


def view(coupon: Coupon, subtotal: int | None = None, shipping_fee: int = 0) -> CouponView:
    """The coupon, and what it takes off the order when one is named."""
    terms = CouponTerms(coupon.kind, coupon.value, coupon.minimum, coupon.expires_at)
    return CouponView(
        id=coupon.id,
        code=coupon.code,
        terms=terms,
        currency=coupon.currency,
        is_used=coupon.redeemed_at is not None,
        is_expired=coupon.expires_at <= clock.now(),
        discount=None if subtotal is None else discount(terms, subtotal, shipping_fee),
    )


def check(shop_id: int, code: str, *, subtotal: int | None = None, shipping_fee: int = 0) -> CouponView:
    """The coupon as it stands. Raises CouponNotFound."""
    coupon = Coupon.objects.filter(shop_id=shop_id, code=tidy_code(code)).first()
    if coupon is None:
        raise CouponNotFound(code)
    return view(coupon, subtotal, shipping_fee)


@transaction.atomic
def redeem(shop_id: int, code: str, order_ref: str, *, subtotal: int, shipping_fee: int = 0) -> CouponView:
    """Take the coupon for the shop's order `order_ref`.

    Raises CouponNotFound, CouponExpired, CouponUsed (by another order), CouponNotFit (order too small).
    """
    coupon = Coupon.objects.select_for_update().filter(shop_id=shop_id, code=tidy_code(code)).first()
    if coupon is None:
        raise CouponNotFound(code)
    if coupon.redeemed_at is not None:
        if coupon.redeemed_order_ref != order_ref:
            raise CouponUsed(code)
        return view(coupon, subtotal, shipping_fee)
    if coupon.expires_at <= clock.now():
        raise CouponExpired(code)
    if subtotal < coupon.minimum:
        raise CouponNotFit(code)
    coupon.redeemed_at, coupon.redeemed_order_ref = clock.now(), order_ref[:100]
    Coupon.objects.filter(id=coupon.id, redeemed_at=None).update(
        redeemed_at=coupon.redeemed_at, redeemed_order_ref=coupon.redeemed_order_ref
    )
    audit.record(coupon.organization_id, "shop", "coupon.redeemed", "coupon", coupon.id)
    events.emit([News("coupon.redeemed", coupon.organization_id, coupon.id)])
    return view(coupon, subtotal, shipping_fee)


def give_back(taken: Sequence[tuple[Order, str]], *, actor: str) -> int:
    """These orders do not take their coupons after all, so that they can be used again; in the caller's transaction.

    A coupon that another order has, or that is off its order's price already, stays as it is. Three queries, however many.
    """
    by_code = {(order.shop_id, tidy_code(code)): order for order, code in taken}
    rows = [
        coupon
        for coupon in Coupon.objects.select_for_update().filter(
            code__in={code for _, code in by_code}, redeemed_at__isnull=False
        )
        if (order := by_code.get((coupon.shop_id, coupon.code))) and coupon.redeemed_order_ref == order.source_id[:100]
    ]
    kept = set(Redemption.objects.filter(coupon__in=rows).values_list("coupon_id", flat=True)) if rows else set()
    free = [coupon for coupon in rows if coupon.id not in kept]
    if free:
        Coupon.objects.filter(id__in=[one.id for one in free]).update(redeemed_at=None, redeemed_order_ref="")
        audit.record_many((one.organization_id, actor, "coupon.given_back", "coupon", one.id, {}) for one in free)
    return len(free)


def note_redemptions(taken: Sequence[tuple[Order, str, int]]) -> None:
    """Coupons that were taken off orders that stood already, with the minor units; in the caller's transaction, two queries."""
    by_code = {(order.shop_id, tidy_code(code)): (order, amount) for order, code, amount in taken}
    rows = [
        Redemption(
            id=ids.new_id(), organization_id=coupon.organization_id, coupon=coupon, order=by_code[coupon.shop_id, coupon.code][0],
            discount=by_code[coupon.shop_id, coupon.code][1], redeemed_at=clock.now(),
        )
        for coupon in Coupon.objects.filter(code__in={code for _, code in by_code})
        if (coupon.shop_id, coupon.code) in by_code
    ]  # fmt: skip
    Redemption.objects.bulk_create(rows, ignore_conflicts=True)


LONGEST_WEEKS = 104


@transaction.atomic
def set_incentive_limit(shop: Shop, weeks: int, *, actor: str) -> None:
    """One incentive per customer of the shop in so many weeks; 0: as many as the scenarios give. Raises ValueError."""
    if not 0 <= weeks <= LONGEST_WEEKS:
        raise ValueError(f"weeks are 0 to {LONGEST_WEEKS}, not {weeks}")
    IncentiveLimit.objects.update_or_create(organization_id=shop.organization_id, shop=shop, defaults={"weeks": weeks})
    audit.record(shop.organization_id, actor, "incentive_limit.set", "shop", shop.id, weeks=weeks)


@transaction.atomic
def set_shipping_terms(shop: Shop, fee: int, free_from: int | None, *, actor: str) -> None:
    """What delivery costs: one fee, free from this subtotal (None: never). Raises ValueError for amounts below 0."""
    if fee < 0 or (free_from is not None and free_from < 0):
        raise ValueError("an amount cannot be below 0")
    told = {"organization_id": shop.organization_id, "fee": fee, "free_from": free_from}
    ShippingTerms.objects.update_or_create(shop=shop, defaults=told)
    audit.record(shop.organization_id, actor, "shipping_terms.set", "shop", shop.id, fee=fee, free_from=free_from)


@transaction.atomic
def forget_shipping_terms(shop: Shop, *, actor: str) -> None:
    """Nobody says what delivery costs any more."""
    if ShippingTerms.objects.filter(shop=shop).delete()[0]:
        audit.record(shop.organization_id, actor, "shipping_terms.forgotten", "shop", shop.id)
