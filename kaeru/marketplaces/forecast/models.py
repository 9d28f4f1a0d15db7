"""Tables: what was forecast each morning and what came of it, and which alarms were given."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class ForecastRound(TenantModel):
    """The last morning on which a shop was forecast."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    made_on = models.DateField()
    """In the mall's zone."""
    others = models.JSONField(default=list)
    """[a, b]: the belief about shops like this one, as it was that morning. Sums over many shops, nothing of any one."""

    objects: ClassVar[ScopedManager[ForecastRound]] = ScopedManager()


class Forecast(TenantModel):
    """見込み: the chance to end a period beyond one line, as it was said one morning. Only what came of it is written later."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    programme = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    stage = models.CharField(max_length=40)
    """The line, by what begins behind it."""
    period_from = models.DateField()
    period_to = models.DateField()
    judged_on = models.DateField()
    """When the mall judges it."""
    made_on = models.DateField()
    made_at = models.DateTimeField()
    probability = models.FloatField()
    counted = models.IntegerField()
    orders = models.IntegerField()
    basis = models.JSONField(default=dict)
    """All that went into it, so that anybody can work it out again: see `forecast.outlook.Outlook`."""
    reading = models.JSONField(default=dict)
    """The reading by which it was counted."""
    came = models.BooleanField(null=True)
    """Whether the period ended beyond the line; null: not judged yet, or judged by another reading."""
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[Forecast]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("shop_id", "programme", "rule", "stage", "made_on", name="forecast_once"),
        ]
        indexes = [
            models.Index("organization_id", "shop_id", "made_on", name="forecast_day"),
            models.Index("judged_on", name="forecast_open", condition=Q(closed_at=None)),
        ]


class ForecastAlarm(TenantModel):
    """That the staff were warned of a line: once for each line, period and level."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    programme = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    stage = models.CharField(max_length=40)
    judged_on = models.DateField()
    level = models.CharField(max_length=10)
    """watch | likely"""
    forecast = models.ForeignKey(Forecast, models.CASCADE, related_name="+")
    told_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[ForecastAlarm]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "shop_id", "programme", "rule", "stage", "judged_on", "level", name="forecast_alarm_once"
            ),
        ]
