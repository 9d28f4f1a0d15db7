"""Tables: templates, the outbox, and each attempt to hand a message over."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop, TenantModel


class Purpose(models.TextChoices):
    """The law tells them apart: an advertisement needs consent, sender identity and an opt-out."""

    NOTICE = "notice"
    ADVERTISEMENT = "advertisement"


class Template(TenantModel):
    """What a message says, in the shop's words (Liquid). Never changed after it was made: an edit makes a new one."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, default="mail")
    purpose = models.CharField(max_length=15, choices=Purpose.choices)
    texts = models.JSONField()
    """{"ja": {"subject": …, "body": …}, "en": {…}}"""
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Template]] = ScopedManager()


class MessageState(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting"  #: due at `due_at`
    CLAIMED = "claimed"  #: a worker holds it until `claimed_until`; nothing was handed over yet
    SENDING = "sending"  #: being handed over right now
    SENT = "sent"  #: the other side accepted it
    UNKNOWN = "unknown"  #: handed over without proof; shown to a person, never resent blindly
    FAILED = "failed"  #: refused for good
    HELD = "held"  #: not to go until it is released: its scenario is switched off
    CLOSED = "closed"  #: must not go any more; `reason` says why


class Message(TenantModel):
    """One message to one person: the outbox row. Rendered when it is handed over, not before."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    template = models.ForeignKey(Template, models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=15, choices=Purpose.choices)
    channel = models.CharField(max_length=10, default="mail")
    source = models.CharField(max_length=20, default="enrollment")
    """Which room asked for it; that room gives its words and says whether it is still needed."""
    source_id = models.BigIntegerField()
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    """Stable from the first moment: becomes the mail's Message-ID, LINE's retry key."""
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    reason = models.CharField(max_length=40, blank=True)
    """Why it was closed, held, put off or failed: no_consent, opted_out, quiet_hours, cap, reordered, shipped, …"""
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    """When its newest hand-over began: what counts for the customer's cap."""
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[Message]] = ScopedManager()

    class Meta:
        indexes = [
            models.Index("due_at", name="message_due", condition=Q(state="waiting")),
            models.Index("claimed_until", name="message_lease", condition=Q(state__in=["claimed", "sending"])),
            models.Index("source_id", name="message_source"),
            models.Index("shop_id", "state", "channel", "due_at", name="message_state"),
            models.Index(
                "customer_id",
                "handed_at",
                name="message_cap",
                condition=Q(purpose="advertisement", state__in=["sending", "sent", "unknown"]),
            ),
        ]


class Delivery(TenantModel):
    """What was handed over, as it was worded, and what became of it."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=15)
    """accepted | refused | transient | unknown | delivered | bounced | complained"""
    detail = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)

    objects: ClassVar[ScopedManager[Delivery]] = ScopedManager()

    class Meta:
        indexes = [models.Index("provider_id", name="delivery_provider", condition=~Q(provider_id=""))]


class ChannelRule(TenantModel):
    """When a shop's channel is silent. A shop without a row has `timing.usual_rule`."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=10)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    weekdays = models.JSONField(default=list)
    """Days on which it may go: 0 is Monday."""
    on_holidays = models.BooleanField(default=True)
    covers = models.CharField(max_length=15)
    """advertisement | everything"""

    objects: ClassVar[ScopedManager[ChannelRule]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "channel", name="channel_rule_once")]


class ContactLimit(TenantModel):
    """At most so many advertisements to one customer of the shop, over all scenarios. Without a row: `timing.USUAL_CAP`."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    most = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()

    objects: ClassVar[ScopedManager[ContactLimit]] = ScopedManager()


class Overrule(TenantModel):
    """The owner lets a text go against a rule of the guard, for a reason that is kept. It holds for exactly these words."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    rule = models.CharField(max_length=3)
    text = models.CharField(max_length=64)
    """`guarding.fingerprint` of the words."""
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Overrule]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "text", "rule", name="overrule_once")]
