"""Reads: the findings of a week, with how sure they are and whether they grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from kaeru.marketplaces.findings import rules
from kaeru.marketplaces.findings.models import Finding
from kaeru.marketplaces.findings.rules import Share, Trend


@dataclass(frozen=True, slots=True)
class Card:
    """One finding as it is shown."""

    it: Finding
    share: Share
    rest: Share
    """Everything else in the shop."""
    trend: Trend
    is_proven: bool
    """Cancelled more often than the rest, beyond chance."""

    @property
    def is_small(self) -> bool:
        """Too few to be sure."""
        return self.share.is_small


def card(row: Finding) -> Card:
    """The finding with its intervals."""
    told, rest = rules.share(row.cancelled, row.orders), rules.share(row.rest_cancelled, row.rest_orders)
    before = rules.share(row.cancelled_before, row.orders_before)
    return Card(row, told, rest, rules.trend(told, before), rules.is_proven(told, rest))


def newest_week(shop_ids: Sequence[int]) -> date | None:
    """The Monday of the newest findings of these shops."""
    found: date | None = Finding.objects.filter(shop_id__in=shop_ids).aggregate(at=Max("week_on"))["at"]
    return found


def weeks(shop_ids: Sequence[int], most: int = 8) -> list[date]:
    """The newest weeks that have findings, the newest first."""
    rows = Finding.objects.filter(shop_id__in=shop_ids).order_by("-week_on").values_list("week_on", flat=True)
    return list(rows.distinct()[:most])


def of_week(shop_ids: Sequence[int], week_on: date) -> list[Card]:
    """The findings of that week: open ones before answered ones, proven ones first, then by what they cost. One query."""
    rows = Finding.objects.filter(shop_id__in=shop_ids, week_on=week_on).select_related("shop")
    cards = [card(row) for row in rows]
    return sorted(cards, key=lambda one: (bool(one.it.answer), not one.is_proven, -one.it.cost, one.it.id))
