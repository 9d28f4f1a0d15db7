"""Tables: what came in and what must go out to the shops' systems."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class InboundDelivery(TenantModel):
    """A webhook as it arrived: stored, answered, then worked on by a pass."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=20)
    topic = models.CharField(max_length=60)
    event_id = models.CharField(max_length=120)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    """When it is worked on (again); the fifth failure parks it until a person looks."""
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[ScopedManager[InboundDelivery]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("organization_id", "shop_id", "source", "topic", "event_id", name="inbound_once")
        ]
        indexes = [
            models.Index("id", name="inbound_undone", condition=Q(done_at=None)),
            models.Index("received_at", name="inbound_age"),
        ]


class OutboundState(models.TextChoices):
    """Where a call to the shop's system stands."""

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"


class OutboundCall(TenantModel):
    """What Kaeru tells a shop's own system (Standard Webhooks), until it has answered."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=60)
    """Stable: becomes the webhook-id, so that the shop can drop a repeat."""
    topic = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=OutboundState.choices, default=OutboundState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[OutboundCall]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "key", name="outbound_key")]
        indexes = [models.Index("due_at", name="outbound_due", condition=Q(state__in=["waiting", "sending"]))]


class ImportRun(TenantModel):
    """One file that was imported: what it brought and what was refused."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    layout = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    file_digest = models.BinaryField(max_length=32)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    objects: ClassVar[ScopedManager[ImportRun]] = ScopedManager()
