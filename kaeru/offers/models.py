"""Tables: coupons and what became of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop, TenantModel


class CouponKind(models.TextChoices):
    """What the coupon gives."""

    AMOUNT = "amount"
    PERCENT = "percent"
    FREE_SHIPPING = "free_shipping"


class Coupon(TenantModel):
    """A single-use code for one customer."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    enrollment_id = models.BigIntegerField(null=True)
    """What issued it (a room above)."""
    code = models.CharField(max_length=24)
    kind = models.CharField(max_length=15, choices=CouponKind.choices)
    value = models.BigIntegerField()
    """Minor units for amount, percent points for percent, 0 for free shipping."""
    minimum = models.BigIntegerField(default=0)
    """Smallest order subtotal, minor units."""
    currency = models.CharField(max_length=3)
    cost = models.BigIntegerField(default=0, db_default=0)
    """Minor units that it may cost the shop at most, as known when it was issued: what its budget was charged."""
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    redeemed_order_ref = models.CharField(max_length=100, blank=True)
    """The shop's own order id that took it."""

    objects: ClassVar[ScopedManager[Coupon]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "shop_id", "code", name="coupon_code")]
        indexes = [
            models.Index("enrollment_id", name="coupon_enrollment"),
            models.Index("customer_id", "issued_at", name="coupon_last_of_customer"),
        ]


class Redemption(TenantModel):
    """A coupon met its order."""

    coupon = models.OneToOneField(Coupon, models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    discount = models.BigIntegerField()
    redeemed_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Redemption]] = ScopedManager()


class Budget(TenantModel):
    """What coupons of one key may have cost a shop in one month, at most. Coupons that expire unused give nothing back."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=60)
    month_on = models.DateField()
    """The first day of the month, in the shop's time zone."""
    limit = models.BigIntegerField(null=True)
    """Minor units, as the newest ask named it; null is without an end."""
    spent = models.BigIntegerField(default=0)
    """Minor units."""

    objects: ClassVar[ScopedManager[Budget]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "key", "month_on", name="budget_once")]


class IncentiveLimit(TenantModel):
    """One incentive per customer in so many weeks. A shop without a row has the usual four."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    weeks = models.PositiveSmallIntegerField()
    """0: as many as the scenarios give."""

    objects: ClassVar[ScopedManager[IncentiveLimit]] = ScopedManager()


class ShippingTerms(TenantModel):
    """What delivery costs in a shop: one fee, and free from an amount. A shop without a row has not said."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    fee = models.BigIntegerField(default=0)
    """Minor units, tax included."""
    free_from = models.BigIntegerField(null=True)
    """Smallest subtotal with free delivery, minor units; null: never free."""

    objects: ClassVar[ScopedManager[ShippingTerms]] = ScopedManager()


class CouponStop(TenantModel):
    """The shop's scenarios give no coupons until somebody lets them again."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=20)
    """farming: it is proven that more orders are cancelled because cancelling is rewarded"""
    evidence = models.JSONField(default=dict)
    """The figures it stands on, as they were then."""
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=60, blank=True)

    objects: ClassVar[ScopedManager[CouponStop]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", name="coupon_stop_once", condition=Q(lifted_at=None))]
