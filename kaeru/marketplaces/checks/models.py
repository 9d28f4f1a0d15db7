"""Tables: what each shop was said to have in stock, and what was found that cannot be right."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class Stock(TenantModel):
    """在庫: how many pieces of one item a shop was said to have, and what one costs it."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    sku = models.CharField(max_length=100)
    quantity = models.IntegerField(null=True)
    """Pieces for sale; null: only the cost was told."""
    cost = models.BigIntegerField(null=True)
    """What one piece costs the shop, minor units; null: not told."""
    price = models.BigIntegerField(null=True)
    """What the shop shows as its price now, minor units; null: not told."""
    told_at = models.DateTimeField()
    """When `quantity` was counted."""

    objects: ClassVar[ScopedManager[Stock]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "shop_id", "sku", name="stock_once")]


class Discrepancy(TenantModel):
    """食い違い: a price or a stock that cannot be right. Open until it is right again or a person has seen to it."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    """price | stock"""
    sku = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    why = models.CharField(max_length=20)
    """price: below_cost | digit_missing | digit_too_many | far_below | far_above · stock: oversold | shows_more"""
    detail = models.JSONField(default=dict)
    """The figures: price, usual, cost, sales, loss, orders · pieces, left, shown, is_old."""
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=60, blank=True)
    """The actor; `check`: it was right again."""

    objects: ClassVar[ScopedManager[Discrepancy]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "shop_id", "kind", "sku", name="discrepancy_open_once", condition=Q(settled_at=None)
            )
        ]
        indexes = [
            models.Index("organization_id", "shop_id", name="discrepancy_open", condition=Q(settled_at=None)),
            models.Index("shop_id", "kind", "sku", "found_at", name="discrepancy_item"),
        ]
