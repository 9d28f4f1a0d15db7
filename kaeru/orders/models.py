"""Tables: orders, mirrored from the shop's system. The newest state wins; nothing here is decided by Kaeru."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop, TenantModel


class Order(TenantModel):
    """注文 at its newest known state. Money in minor units of `currency`."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True, db_index=False)
    source_id = models.CharField(max_length=100)
    number = models.CharField(max_length=100)
    placed_at = models.DateTimeField()
    source_updated_at = models.DateTimeField()
    """When the shop's system last changed it."""
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    subtotal = models.BigIntegerField(null=True)
    shipping_fee = models.BigIntegerField(default=0)
    discount = models.BigIntegerField(default=0)
    payment_kind = models.CharField(max_length=20, blank=True)
    sales_channel = models.CharField(max_length=40, blank=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=100, blank=True)
    cancel_side = models.CharField(max_length=10, blank=True)
    shipped_at = models.DateTimeField(null=True)
    coupon_codes = models.JSONField(default=list)
    reorder_ref = models.CharField(max_length=40, blank=True)
    is_history = models.BooleanField(default=False)
    """Came by a file of the past: counted, never acted on."""
    paid_at = models.DateTimeField(null=True)
    """When the buyer's money was there; null: not yet, or nobody told."""
    dispatch_by = models.DateField(null=True)
    """発送予定日: the day on which the shop said it will leave, in the shop's zone."""
    wished_on = models.DateField(null=True)
    """お届け希望日: the day on which the buyer wants it."""
    wished_slot = models.CharField(max_length=20, blank=True)
    """The hours that the buyer chose, as the mall writes them: 14:00~16:00."""
    mall_state = models.CharField(max_length=20, blank=True)
    """The mall's own code of the state: 2 at Qoo10 is 配送要請."""
    cancel_asked_at = models.DateTimeField(null=True)
    """When the buyer asked the mall to cancel it, while nobody has decided; null: no such wish is open."""
    is_reserved = models.BooleanField(default=False)
    """予約商品: sold before it is there."""
    digest = models.BinaryField(max_length=16, default=b"")
    """Hash of the state, so that the same state written again counts as unchanged."""

    objects: ClassVar[ScopedManager[Order]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "shop_id", "source_id", name="order_source")]
        indexes = [
            models.Index("customer_id", "placed_at", name="order_customer"),
            models.Index("organization_id", "shop_id", "placed_at", name="order_placed"),
            models.Index(
                "organization_id", "shop_id", "cancelled_at", name="order_gone", condition=Q(cancelled_at__isnull=False)
            ),
        ]


class OrderLine(TenantModel):
    """One line of an order."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    source_id = models.CharField(max_length=100, blank=True)
    sku = models.CharField(max_length=100, blank=True)
    product_id = models.CharField(max_length=100, blank=True)
    variant_id = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=300)
    variant = models.CharField(max_length=200, blank=True)
    quantity = models.IntegerField()
    unit_price = models.BigIntegerField()
    tags = models.JSONField(default=list)
    """The product's tags as told with the order: ["sale", …]"""

    objects: ClassVar[ScopedManager[OrderLine]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("order_id", "position", name="order_line_position")]


class Shipment(TenantModel):
    """What was sent: carrier and tracking number."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments")
    source_id = models.CharField(max_length=100, blank=True)
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    shipped_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Shipment]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("order_id", "source_id", name="shipment_source")]


class Refund(TenantModel):
    """A refund or credit slip as the shop's system tells it."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="refunds", null=True)
    """Null when the slip names no order; then its lines may point to several."""
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True, db_index=False)
    source_id = models.CharField(max_length=100)
    refunded_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    is_cancellation = models.BooleanField(default=True)
    is_history = models.BooleanField(default=False)

    objects: ClassVar[ScopedManager[Refund]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "shop_id", "source_id", name="refund_source")]
        indexes = [
            models.Index("customer_id", "refunded_at", name="refund_customer", condition=Q(customer_id__isnull=False)),
            models.Index("organization_id", "shop_id", "refunded_at", name="refund_day"),
        ]


class RefundLine(TenantModel):
    """One line given back; `order_line` is what it was matched to."""

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.SET_NULL, related_name="+", null=True)
    sku = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=300, blank=True)
    quantity = models.IntegerField()
    amount = models.BigIntegerField()

    objects: ClassVar[ScopedManager[RefundLine]] = ScopedManager()
