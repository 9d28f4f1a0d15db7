"""Tables: calls to make, and each try to make one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop, TenantModel, User


class CallState(models.TextChoices):
    """Where a call stands."""

    WAITING = "waiting"  #: somebody is to call; maybe not before `next_try_at`
    CLOSED = "closed"  #: nothing more to do; `outcome` says how it ended


class CallTask(TenantModel):
    """電話タスク: call this customer before `deadline_at`, and say this."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+", null=True)
    source = models.CharField(max_length=20, default="enrollment")
    """Which room asked for the call; that room gives the words of the script and hears how the call ended."""
    source_id = models.BigIntegerField()
    script = models.JSONField()
    """{"ja": …, "en": …}: plain text with the variables of `rules.VARIABLES`, filled in when it is shown."""
    assignee = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True)
    """Null: anybody of the shop's staff."""
    value = models.BigIntegerField()
    """What is at stake, minor units of `currency`."""
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.WAITING)
    outcome = models.CharField(max_length=12, blank=True)
    """Of a closed call: reached | unreached | expired | not_needed"""
    detail = models.CharField(max_length=20, blank=True)
    """What the caller chose last, see `rules.Answer`; or why the call was not needed."""
    note = models.TextField(blank=True)
    """What the caller wrote last. Personal data: never copied into the audit or a log."""
    tries = models.PositiveSmallIntegerField(default=0)
    """How often nobody was reached."""
    most_tries = models.PositiveSmallIntegerField(default=3)
    next_try_at = models.DateTimeField(null=True)
    """Not before; null: at once."""
    deadline_at = models.DateTimeField()
    """Then the call is no use any more: the task closes as expired and the flow goes on."""
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, db_index=False)

    objects: ClassVar[ScopedManager[CallTask]] = ScopedManager()

    class Meta:
        indexes = [
            models.Index("deadline_at", name="call_deadline", condition=Q(state="waiting")),
            models.Index(
                "organization_id", "shop_id", "deadline_at", name="call_waiting", condition=Q(state="waiting")
            ),
            models.Index("organization_id", "shop_id", "closed_at", name="call_closed", condition=Q(state="closed")),
            models.Index("source_id", name="call_source"),
        ]


class CallAttempt(TenantModel):
    """One try: who called, when, and what came of it."""

    task = models.ForeignKey(CallTask, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, db_index=False)
    actor = models.CharField(max_length=60)
    """As in the audit: `member:12`, `api:kaeru_ab12`."""
    answer = models.CharField(max_length=20)
    """See `rules.Answer`"""
    note = models.TextField(blank=True)
    next_try_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[CallAttempt]] = ScopedManager()
