"""Tables: openings, whom they were offered to, the salon's terms for that, its segments, its broadcasts."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.salons.models import Resource, Service
from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.messages.models import Template
from kaeru.tenants.models import Shop, TenantModel


class OpeningState(models.TextChoices):
    """Where an opening stands."""

    OPEN = "open"
    CLAIMED = "claimed"  #: a client who was asked has taken it
    SOLD = "sold"  #: somebody booked the time otherwise, or the salon took it
    CLOSED = "closed"  #: the salon stopped it, or the stylist is away
    PASSED = "passed"  #: too late to come


class Opening(TenantModel):
    """空き: a time of one staff member that is free again and can be offered."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    staff = models.ForeignKey(Resource, models.CASCADE, related_name="+")
    chair = models.ForeignKey(Resource, models.SET_NULL, related_name="+", null=True)
    """The chair or room that is free with it; null: it took none."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    """How far the staff member is free, as far as is known from what was there before."""
    from_booking = models.ForeignKey(Booking, models.SET_NULL, related_name="+", null=True)
    """The visit that left the time; null: offered by hand."""
    service = models.ForeignKey(Service, models.SET_NULL, related_name="+", null=True)
    """What was booked there: offered to whom nothing else fits better."""
    cause = models.CharField(max_length=10)
    """cancelled | moved | no_show | hand"""
    state = models.CharField(max_length=10, choices=OpeningState.choices, default=OpeningState.OPEN)
    reason = models.CharField(max_length=20, blank=True)
    """Why it ended otherwise than by a claim: booked | away | by_hand | too_late"""
    deadline = models.DateTimeField()
    """From here on nobody is asked any more and nobody can take it: its start less the salon's notice."""
    started_at = models.DateTimeField(null=True)
    """When asking began; null: not yet, the salon looks at it first."""
    wave = models.PositiveSmallIntegerField(default=0)
    """The last wave that went out."""
    next_wave_at = models.DateTimeField(null=True)
    schedule = models.JSONField(default=list)
    """When each wave goes or went, the first in front; as text, in UTC."""
    segment_ids = models.JSONField(default=list)
    """The segments that are asked."""
    push_budget = models.PositiveIntegerField(default=0)
    """LINE messages that it may cost at most."""
    pushes = models.PositiveIntegerField(default=0)
    """LINE messages that it has cost."""
    yen_per_push = models.PositiveSmallIntegerField(default=0)
    """What one was reckoned to cost when asking began."""
    halted = models.CharField(max_length=20, blank=True)
    """Why the next wave does not go: quota | budget | paused | nobody | hours; empty: it goes."""
    winner = models.ForeignKey(Booking, models.SET_NULL, related_name="+", null=True)
    seen_version = models.BigIntegerField(default=-1)
    """`Salon.version` at which it was last looked whether the time is still free."""
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[Opening]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("staff_id", "starts_at", name="opening_once", condition=Q(state="open")),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="opening_forward"),
        ]
        indexes = [
            models.Index("organization_id", "shop_id", "created_at", name="opening_shop"),
            models.Index("next_wave_at", name="opening_due", condition=Q(state="open", next_wave_at__isnull=False)),
            models.Index("shop_id", "starts_at", name="opening_open", condition=Q(state="open")),
        ]


class OfferState(models.TextChoices):
    """Where the offer to one client stands."""

    PLANNED = "planned"  #: its wave has not gone out yet
    SENT = "sent"
    TAKEN = "taken"
    LATE = "late"  #: they tapped, somebody had been faster
    DECLINED = "declined"
    SPARED = "spared"  #: somebody took it before their wave


class Segment(TenantModel):
    """配信先: clients of whom a condition holds, under a name; their rank says who is asked first."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    condition = models.JSONField(null=True)
    """A condition tree of `audiences`; null: every client."""
    rank = models.PositiveSmallIntegerField(default=0)
    """The smallest is asked first."""
    is_asked = models.BooleanField(default=True)
    """Openings are offered to it without a choice by hand."""

    objects: ClassVar[ScopedManager[Segment]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "name", name="segment_name")]


class Offer(TenantModel):
    """One client is asked about one opening."""

    opening = models.ForeignKey(Opening, models.CASCADE, related_name="offers", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    """What they are offered: what they wait for, else what they last came for, else what was booked."""
    segment = models.ForeignKey(Segment, models.SET_NULL, related_name="+", null=True)
    channel = models.CharField(max_length=10)
    place = models.PositiveIntegerField(default=0)
    """In the ranking; 0 is first."""
    wave = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=10)
    """waits | was_late | nominates | tickets | interval | segment"""
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.PLANNED)
    sent_at = models.DateTimeField(null=True)
    """When it went into the outbox."""
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, blank=True)
    """took | late | declined"""
    key = models.CharField(max_length=64, blank=True)
    """Of the tap that was answered: the same tap again gets the same answer."""

    objects: ClassVar[ScopedManager[Offer]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("opening_id", "customer_id", name="offer_once")]
        indexes = [
            models.Index("customer_id", "sent_at", name="offer_customer", condition=Q(sent_at__isnull=False)),
            models.Index("opening_id", "wave", name="offer_wave"),
        ]


class RefillTerms(TenantModel):
    """空き枠の案内の決まり. A salon without a row has these defaults: openings are seen, and offered by hand."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    is_by_rule = models.BooleanField(default=False)
    """A freed time is offered at once, without anybody's hand."""
    offer_from = models.TimeField(default=time(9))
    offer_to = models.TimeField(default=time(21))
    """Nobody is asked outside of these hours, on the salon's clock."""
    pushes_per_opening = models.PositiveSmallIntegerField(default=40)
    """LINE messages that one opening may cost at most."""
    yen_per_push = models.PositiveSmallIntegerField(default=3)
    """What one more LINE message costs in the salon's plan, rounded up: for showing what something will cost."""
    once_per_days = models.PositiveSmallIntegerField(default=7)
    """One client is asked once in so many days, unless they wait for a time."""
    template_offer = models.ForeignKey(Template, models.PROTECT, related_name="+", null=True)
    """What is said to those who are asked: an advertisement."""
    template_wait = models.ForeignKey(Template, models.PROTECT, related_name="+", null=True)
    """What is said to those who wait for such a time: a notice."""

    objects: ClassVar[ScopedManager[RefillTerms]] = ScopedManager()


class Broadcast(TenantModel):
    """一斉配信: one message to everybody in some segments; an advertisement, so to those who agreed."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    segment_ids = models.JSONField(default=list)
    texts = models.JSONField()
    """{"ja": {"subject", "body"}, "en": …} as they are written."""
    state = models.CharField(max_length=10, default="draft")
    """draft | sent | stopped"""
    line_template = models.ForeignKey(Template, models.PROTECT, related_name="+", null=True)
    mail_template = models.ForeignKey(Template, models.PROTECT, related_name="+", null=True)
    people = models.PositiveIntegerField(default=0)
    """Who got it, and"""
    pushes = models.PositiveIntegerField(default=0)
    """how many of them on LINE, as reckoned when it was sent."""
    yen = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=120, blank=True)

    objects: ClassVar[ScopedManager[Broadcast]] = ScopedManager()

    class Meta:
        indexes = [models.Index("organization_id", "shop_id", "created_at", name="broadcast_shop")]
