"""Tables: the shop's reasons, and each wish to cancel with what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.orders.models import Order, OrderLine, Refund
from kaeru.tenants.models import Shop, TenantModel


class Side(models.TextChoices):
    """Whose wish or fault it is."""

    CUSTOMER = "customer"
    SHOP = "shop"
    UNKNOWN = "unknown"


class Reason(TenantModel):
    """理由: one answer to "why?", in the shop's words, with the answer the shopper reads at once."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    code = models.SlugField(max_length=40)
    side = models.CharField(max_length=10, choices=Side.choices, default=Side.CUSTOMER)
    labels = models.JSONField()
    """{"ja": …, "en": …}"""
    answers = models.JSONField(default=dict)
    """What the page says after the choice: {"ja": …, "en": …}"""
    guidance = models.JSONField(default=dict)
    """What to mind when ordering again: {"ja": …, "en": …}"""
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[ScopedManager[Reason]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "code", name="reason_code")]


class RequestState(models.TextChoices):
    """Where a wish to cancel stands."""

    CONSIDERING = "considering"  #: a reason was chosen on the page; nothing decided
    REQUESTED = "requested"  #: the buyer cancelled; the shop's system has not confirmed yet
    CANCELLED = "cancelled"  #: the order is cancelled in the shop's system
    KEPT = "kept"  #: the buyer kept the order
    RESTORED = "restored"  #: was cancelled, and is not any more


class CancellationRequest(TenantModel):
    """キャンセル申請: one wish to cancel an order, whole or in part."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+", null=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    refund = models.OneToOneField(Refund, models.CASCADE, related_name="+", null=True)
    """The credit slip that told of it, when it was one."""
    reason = models.ForeignKey(Reason, models.PROTECT, related_name="+", null=True)
    side = models.CharField(max_length=10, choices=Side.choices, default=Side.UNKNOWN)
    origin = models.CharField(max_length=10)
    """page | shop (its system told us) | import | api"""
    state = models.CharField(max_length=12, choices=RequestState.choices)
    is_whole = models.BooleanField(default=True)
    value = models.BigIntegerField()
    """What the cancellation takes away, minor units."""
    currency = models.CharField(max_length=3)
    is_history = models.BooleanField(default=False)
    """From a file of the past, or told too late: counted, never acted on."""
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    """When the buyer cancelled or kept."""
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[CancellationRequest]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "order_id", name="request_open_once", condition=Q(state__in=["considering", "requested"])
            ),
        ]
        indexes = [
            models.Index("organization_id", "shop_id", "requested_at", name="request_time"),
            models.Index("organization_id", "state", name="request_state"),
        ]


class CancellationLine(TenantModel):
    """What of the order is cancelled; a whole cancellation lists every line."""

    request = models.ForeignKey(CancellationRequest, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.CASCADE, related_name="+", null=True)
    quantity = models.IntegerField()
    amount = models.BigIntegerField()

    objects: ClassVar[ScopedManager[CancellationLine]] = ScopedManager()
