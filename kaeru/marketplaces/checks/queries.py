"""Reads: what cannot be right, and what is known of the stock."""

from collections.abc import Sequence

from django.db.models import QuerySet

from kaeru.marketplaces.checks.models import Discrepancy, Stock


def open_ones(shop_ids: Sequence[int]) -> QuerySet[Discrepancy]:
    """Discrepancies that nobody has seen to, the newest first."""
    rows = Discrepancy.objects.filter(shop_id__in=shop_ids, settled_at=None)
    return rows.select_related("shop").order_by("-found_at", "-id")


def stock(shop_id: int) -> QuerySet[Stock]:
    """What was told of a shop's items, by item."""
    return Stock.objects.filter(shop_id=shop_id).order_by("sku")


def how_many(shop_ids: Sequence[int]) -> int:
    """Open discrepancies."""
    return Discrepancy.objects.filter(shop_id__in=shop_ids, settled_at=None).count()
