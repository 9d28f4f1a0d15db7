"""Tables: what caused the cancellations of four weeks, as it was found once a week."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class Finding(TenantModel):
    """気づき: one product, page, promise or stock record that cancellations come from. Counted once a week, never changed after."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    week_on = models.DateField()
    """The Monday on which it was counted, in the shop's zone; it covers the 28 days before."""
    kind = models.CharField(max_length=10)
    """product | page | promise | stock"""
    subject = models.CharField(max_length=100)
    """The item's code, the page's id, the days until the dispatch (4-7)."""
    title = models.CharField(max_length=300, blank=True)
    programme = models.CharField(max_length=40, blank=True)
    """The mall's rules that the shop was under; empty: an own shop."""
    orders = models.IntegerField()
    cancelled = models.IntegerField()
    orders_before = models.IntegerField(default=0)
    """In the four weeks before."""
    cancelled_before = models.IntegerField(default=0)
    rest_orders = models.IntegerField(default=0)
    """Everything else in the shop in the same four weeks."""
    rest_cancelled = models.IntegerField(default=0)
    cost = models.BigIntegerField(default=0)
    """What its cancellations took away, minor units."""
    median = models.BigIntegerField(default=0)
    """What one of them usually takes away."""
    reason = models.CharField(max_length=40, blank=True)
    """The code of the reason that most of them had."""
    with_reason = models.IntegerField(default=0)
    fix = models.CharField(max_length=20)
    """What is proposed; see `findings.rules.Fix`."""
    made_at = models.DateTimeField()
    answer = models.CharField(max_length=10, blank=True)
    """done | dismissed; empty: nobody has answered. An answer holds for eight weeks."""
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=60, blank=True)

    objects: ClassVar[ScopedManager[Finding]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "week_on", "kind", "subject", name="finding_once")]
        indexes = [models.Index("organization_id", "shop_id", "week_on", name="finding_week")]


class FindingRound(TenantModel):
    """When a shop's findings were last made."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    week_on = models.DateField()

    objects: ClassVar[ScopedManager[FindingRound]] = ScopedManager()
