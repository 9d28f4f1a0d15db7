"""Tables of the tools: news between rooms, the audit trail, links, the demo's clock."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core import ids
from kaeru.core.scope import ScopedManager, ScopedModel


class Event(ScopedModel):
    """News from a lower room to the rooms above, written in the transaction of what it tells, delivered by a pass."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    organization_id = models.BigIntegerField()
    name = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[ScopedManager["Event"]] = ScopedManager()

    class Meta:
        indexes = [
            models.Index("id", name="event_undelivered", condition=Q(delivered_at=None)),
            models.Index("organization_id", "name", "subject_id", name="event_subject"),
        ]


class AuditEntry(ScopedModel):
    """Who did what, when: one row for each action. Holds no personal data, only ids and the words of the change."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    organization_id = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    detail = models.JSONField(default=dict)

    objects: ClassVar[ScopedManager["AuditEntry"]] = ScopedManager()

    class Meta:
        indexes = [models.Index("organization_id", "subject", "subject_id", name="audit_subject")]


class Link(ScopedModel):
    """One unguessable link: what it opens and until when. The token itself is not stored, only its hash."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    organization_id = models.BigIntegerField()
    purpose = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    token_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager["Link"]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "purpose", "subject_id", name="link_once")]


class ClockSetting(models.Model):
    """The demo's clock, kept so that it goes on after a restart. A real installation has no row here."""

    real = models.FloatField()
    shown = models.DateTimeField()
    speed = models.FloatField(default=1.0)


class Heartbeat(models.Model):
    """When the passes last turned, in real seconds since the epoch."""

    name = models.CharField(max_length=40, primary_key=True)
    real = models.FloatField()


class Pause(models.Model):
    """The whole installation hands nothing over while this table has its one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=120)
    since = models.DateTimeField()
