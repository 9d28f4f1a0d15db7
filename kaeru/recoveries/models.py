"""Tables: cancellations that came back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kaeru.cancellations.models import CancellationRequest
from kaeru.core.scope import ScopedManager
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop, TenantModel


class Recovery(TenantModel):
    """回復: the order that followed a cancellation, and how we know that they belong together."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    cancellation = models.OneToOneField(CancellationRequest, models.CASCADE, related_name="+")
    order = models.OneToOneField(Order, models.CASCADE, related_name="+")
    how = models.CharField(max_length=10)
    """link (came through the re-order link) | coupon | customer (the same customer, within the window)"""
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    recovered_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Recovery]] = ScopedManager()

    class Meta:
        indexes = [models.Index("organization_id", "shop_id", "recovered_at", name="recovery_time")]
