"""Tables: cancellations that came back, and what of that was caused: outcomes of assignments, figures over them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from kaeru.cancellations.models import CancellationRequest, Reason
from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from kaeru.scenarios.models import Assignment, Scenario
from kaeru.tenants.models import Member, Shop, TenantModel


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


class Outcome(TenantModel):
    """成果: what became of one assignment: did the customer buy again, sent or not (analysed by assignment).

    Follows from the assignment, the customer's orders, coupons and messages alone; see `outcomes`. Money in minor units.
    """

    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="+")
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    reason = models.ForeignKey(Reason, models.SET_NULL, related_name="+", null=True, db_index=False)
    channel = models.CharField(max_length=10, blank=True)
    """By which the scenario would speak first: mail, line, call; empty: by none. Known before the arm is."""
    is_treated = models.BooleanField()
    pi = models.FloatField()
    """Probability of treatment when it was assigned."""
    first_at = models.DateTimeField()
    """Time zero: the first cancellation in the scenario."""
    lost = models.BigIntegerField(default=0)
    """What that cancellation took."""
    is_first_in_shop = models.BooleanField(default=True)
    """The customer's first assignment in the shop: a figure over scenarios counts each customer once."""
    is_first_of_reason = models.BooleanField(default=True)
    is_first_of_channel = models.BooleanField(default=True)
    returned_at = models.DateTimeField(null=True)
    """The first new order that counts; null: none so far."""
    order = models.ForeignKey(Order, models.SET_NULL, related_name="+", null=True, db_index=False)
    back_7 = models.BooleanField(null=True)
    """Whether they bought again within 7 days; null: the window is not over."""
    back_14 = models.BooleanField(null=True)
    back_30 = models.BooleanField(null=True)
    back_60 = models.BooleanField(null=True)
    value_7 = models.BigIntegerField(default=0)
    """What they bought in 7 days, before our coupons."""
    value_14 = models.BigIntegerField(default=0)
    value_30 = models.BigIntegerField(default=0)
    value_60 = models.BigIntegerField(default=0)
    coupons_7 = models.BigIntegerField(default=0)
    """What coupons of the scenario cost in 7 days, whoever used them."""
    coupons_14 = models.BigIntegerField(default=0)
    coupons_30 = models.BigIntegerField(default=0)
    coupons_60 = models.BigIntegerField(default=0)
    sends_7 = models.BigIntegerField(default=0)
    """What sending cost in 7 days."""
    sends_14 = models.BigIntegerField(default=0)
    sends_30 = models.BigIntegerField(default=0)
    sends_60 = models.BigIntegerField(default=0)
    again = models.PositiveSmallIntegerField(null=True)
    """How often the customer cancelled again within 30 days; null: not over."""
    matured = models.PositiveSmallIntegerField(default=0)
    """How many windows are over."""
    counted = models.PositiveSmallIntegerField(default=0)
    """How many of them are in the figures."""
    due_at = models.DateTimeField(null=True)
    """When the next window is over; null: all are."""

    objects: ClassVar[ScopedManager[Outcome]] = ScopedManager()

    class Meta:
        indexes = [
            models.Index("due_at", name="outcome_due", condition=Q(due_at__isnull=False)),
            models.Index("shop_id", name="outcome_uncounted", condition=Q(matured__gt=F("counted"))),
            models.Index("shop_id", "first_at", name="outcome_of_shop"),
        ]


class Figure(TenantModel):
    """数字: the causal answer over one part of a shop and one window, carried forward as units mature."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=40)
    """all | scenario:ID | reason:ID | channel:NAME"""
    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="+", null=True)
    reason = models.ForeignKey(Reason, models.CASCADE, related_name="+", null=True)
    channel = models.CharField(max_length=10, blank=True)
    window = models.PositiveSmallIntegerField()
    """Days: 7, 14, 30 or 60."""
    state = models.JSONField(default=dict)
    """See `tally.Tally`."""
    answer = models.JSONField(default=dict)
    """See `answers.answer`."""
    units = models.PositiveIntegerField(default=0)
    counted_until = models.DateTimeField(null=True)
    """Time zero of the last unit in it."""
    computed_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Figure]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "key", "window", name="figure_once")]


class FigureRound(TenantModel):
    """How far a shop's figures are."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    is_stale = models.BooleanField(default=False)
    """What was counted has changed (told too late, two cards merged): everything is counted anew."""
    rolled_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[FigureRound]] = ScopedManager()


class ShopCosts(TenantModel):
    """What the shop says about itself, so that figures can be told in its money and hours. Without a row: `costs.USUAL`."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    minutes_per_contact = models.PositiveSmallIntegerField()
    """How long one mail or call about a cancellation takes the staff."""
    margin_percent = models.PositiveSmallIntegerField()
    """What is left of 100 of sales before coupons and sending."""
    yen_per_mail = models.PositiveSmallIntegerField(default=0)
    """Minor units of the shop's currency."""
    yen_per_line = models.PositiveSmallIntegerField(default=0)
    yen_per_sms = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[ScopedManager[ShopCosts]] = ScopedManager()


class Sharing(TenantModel):
    """比較への参加: the shop lets sums of its figures be pooled with those of others, and sees what is usual in return."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    beliefs = models.JSONField(default=dict)
    """What is usual among shops that share, by part and window, as of the last night: see `sharing`. Nothing of any one of them."""
    believed_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[Sharing]] = ScopedManager()


class VisitForecast(TenantModel):
    """見込み of a salon: the chance that was said, and what came. Only what came is written later."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    what = models.CharField(max_length=10)
    """no_show (of a booking) | refill (of an opening)"""
    subject_id = models.BigIntegerField()
    made_at = models.DateTimeField()
    probability = models.FloatField()
    due_at = models.DateTimeField()
    """When it can be known."""
    came = models.BooleanField(null=True)
    """Null: not known yet, or never to be known."""
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[VisitForecast]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("what", "subject_id", name="visit_forecast_once")]
        indexes = [
            models.Index("due_at", name="visit_forecast_open", condition=Q(closed_at=None)),
            models.Index("organization_id", "shop_id", "made_at", name="visit_forecast_day"),
        ]


class MonthFact(TenantModel):
    """One month of a shop in sums, kept so that a page needs not count them: see `monthly.Facts`."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    first_on = models.DateField()
    """The first day of the month, on the shop's clock."""
    facts = models.JSONField()
    computed_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[MonthFact]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "first_on", name="month_fact_once")]


class ReportWish(TenantModel):
    """月次レポートの送り先: an owner who gets a shop's report by mail, or does not want it; and which month comes next."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", db_index=False)
    is_on = models.BooleanField(default=True)
    next_on = models.DateField()
    """The first day of the month that is sent next; it moves on with each mail."""
    due_at = models.DateTimeField()
    """The morning after that month, on the shop's clock."""

    objects: ClassVar[ScopedManager[ReportWish]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("member_id", "shop_id", name="report_wish_once")]
        indexes = [models.Index("due_at", name="report_wish_due")]
