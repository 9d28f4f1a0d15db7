"""Tables: answers kept for repeated requests."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import ApiKey, TenantModel


class KeptAnswer(TenantModel):
    """The first answer to an Idempotency-Key, given again to the same request; another request under the key is refused."""

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    request_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    """Null while the first request is still being worked on."""
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[KeptAnswer]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("api_key_id", "key", name="kept_answer_key")]
        indexes = [models.Index("created_at", name="kept_answer_age")]
