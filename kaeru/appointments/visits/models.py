"""Tables: what a salon lets its clients do alone, and each reminder with what became of it."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.appointments.bookings.models import Booking
from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class VisitTerms(TenantModel):
    """予約の決まり: until when clients change and cancel alone, when they are reminded, what the salon says about fees.

    A salon without a row has these defaults; the reminders' pass writes the row. The limits end later than the last reminder, so
    that its buttons work: a client who can still cancel at noon frees a slot that somebody else can have.
    """

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    change_until_hours = models.PositiveSmallIntegerField(default=2)
    cancel_until_hours = models.PositiveSmallIntegerField(default=2)
    most_changes = models.PositiveSmallIntegerField(default=3)
    """Of one visit, by the client; 0: any number."""
    reminds = models.BooleanField(default=True)
    remind_at = models.TimeField(default=time(18))
    """On the salon's clock."""
    days_before = models.PositiveSmallIntegerField(default=1)
    nudges = models.BooleanField(default=True)
    """Ask once more who said nothing."""
    nudge_hours = models.PositiveSmallIntegerField(default=3)
    no_show_months = models.PositiveSmallIntegerField(default=12)
    """So long a no-show counts."""
    no_shows_most = models.PositiveSmallIntegerField(default=0)
    """Who missed so many visits books by talking to the salon; 0: nobody is asked to."""
    late_hours = models.PositiveSmallIntegerField(default=24)
    late_percent = models.PositiveSmallIntegerField(default=0)
    """What the salon's rule asks of who cancels later than `late_hours` before; of the price."""
    no_show_percent = models.PositiveSmallIntegerField(default=0)
    spared_percent = models.PositiveSmallIntegerField(default=20)
    """Of the price, what the salon does not spend when nobody comes (material, laundry): no damage."""
    fee_shown_since = models.DateTimeField(null=True)
    """Since when clients see this rule before they book; null: there is none. Another rule begins anew."""
    template_first = models.BigIntegerField(null=True)
    template_second = models.BigIntegerField(null=True)
    """`Template.id` of the reminders' words; null: published with the next one."""
    template_booked = models.BigIntegerField(null=True)
    """Of the words that confirm a visit booked on the salon's page."""
    next_at = models.DateTimeField(null=True)
    """When the next round of reminders is due; null: to be worked out."""

    objects: ClassVar[ScopedManager[VisitTerms]] = ScopedManager()

    class Meta:
        indexes = [models.Index("next_at", name="visit_terms_due", condition=Q(reminds=True))]


class Reminder(TenantModel):
    """リマインド: one visit at one start, told of once (first), and once more if the client says nothing (second)."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=6)
    """first | second"""
    for_at = models.DateTimeField()
    """The start that it tells of; a visit that moved is another one."""
    due_at = models.DateTimeField()
    state = models.CharField(max_length=7, default="waiting")
    """waiting | told (in the outbox) | dropped"""
    reason = models.CharField(max_length=20, blank=True)
    """Why it was dropped: answered | moved | ended | no_address | off | late"""
    message_id = models.BigIntegerField(null=True)
    told_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=9, blank=True)
    """coming | moved | cancelled | asked (opened something and decided nothing)"""
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[Reminder]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("booking_id", "kind", "for_at", name="reminder_once")]
        indexes = [
            models.Index("due_at", name="reminder_due", condition=Q(state="waiting")),
            models.Index("shop_id", "state", "due_at", name="reminder_shop"),
        ]
