"""Tables: what a shop says about its mall, the counts of each day, and how it was judged."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.marketplaces.checks.models import Discrepancy as Discrepancy
from kaeru.marketplaces.checks.models import Stock as Stock
from kaeru.marketplaces.dispatch.models import BuyerNotice as BuyerNotice
from kaeru.marketplaces.dispatch.models import PreventionTerms as PreventionTerms
from kaeru.marketplaces.findings.models import Finding as Finding
from kaeru.marketplaces.findings.models import FindingRound as FindingRound
from kaeru.marketplaces.forecast.models import Forecast as Forecast
from kaeru.marketplaces.forecast.models import ForecastAlarm as ForecastAlarm
from kaeru.marketplaces.forecast.models import ForecastRound as ForecastRound
from kaeru.tenants.models import Shop, TenantModel


class MallTerms(TenantModel):
    """モールの設定: which mall's rules a shop lives under, how they are read, and what the seller sees on the mall's own screens.

    A shop without a row is on no mall: nothing is counted or judged for it.
    """

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    programme = models.CharField(max_length=40)
    """The mall's rules, by name: a file of marketplaces/programmes."""
    reading = models.JSONField(default=dict)
    """Where the seller reads the rules otherwise than the programme does by default; see `marketplaces.reading`."""
    points = models.IntegerField(null=True)
    """信用ポイント as the seller last entered them."""
    points_on = models.DateField(null=True)
    """When they were entered, in the shop's zone."""
    payout_days = models.PositiveSmallIntegerField(null=True)
    """Days from a sale to its payout, as the mall says now."""
    next_sale_on = models.DateField(null=True)
    """When the mall's next large sale (メガ割) begins, as the seller enters it."""
    counted_at = models.DateTimeField(null=True)
    """When all orders were last counted anew; null: the counts are not complete yet."""
    judged_on = models.DateField(null=True)
    """The day, in the mall's zone, of the last judging."""

    objects: ClassVar[ScopedManager[MallTerms]] = ScopedManager()

    class Meta:
        indexes = [
            models.Index("judged_on", name="mall_terms_judged"),
            models.Index("id", name="mall_terms_uncounted", condition=Q(counted_at=None)),
        ]


class Tally(TenantModel):
    """What happened on one day of a shop, counted so that every reading of the rules can be answered from it."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    """In the mall's zone."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    """The day's midnights; orders of [starts_at, ends_at) are its orders."""
    counts = models.JSONField(default=dict)
    """See `marketplaces.counts`."""
    is_stale = models.BooleanField(default=True)
    """Something of this day changed since it was counted."""

    objects: ClassVar[ScopedManager[Tally]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "shop_id", "day", name="tally_day")]
        indexes = [models.Index("id", name="tally_stale", condition=Q(is_stale=True))]


class Judgement(TenantModel):
    """判定: how one rule judged a shop on one day, and by which counts. Made once; later news does not change it."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    programme = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    edition = models.DateField(null=True)
    """From when the rule was in force as it was applied; null: always."""
    judged_on = models.DateField()
    period_from = models.DateField()
    period_to = models.DateField()
    """The last day that counts."""
    stage = models.CharField(max_length=40, blank=True)
    """The programme's code of what follows; empty: within the lines."""
    counted = models.IntegerField()
    """Cancellations (or points) that count."""
    orders = models.IntegerField()
    """What they are divided by."""
    reading = models.JSONField(default=dict)
    """The whole reading that was applied."""
    made_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Judgement]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("shop_id", "programme", "rule", "judged_on", name="judgement_once"),
        ]
        indexes = [models.Index("organization_id", "shop_id", "judged_on", name="judgement_day")]
