"""What the mail provider tells (django-anymail's tracking signal) becomes deliveries, proofs and suppressions."""

from typing import Any

from anymail.signals import tracking
from django.dispatch import receiver

from kaeru.core import scope
from kaeru.messages import checks as checks
from kaeru.messages import trials as trials
from kaeru.messages.tracking import Tracking, record


@receiver(tracking)
def on_tracking(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """One piece of news; about a message we do not know it is let go."""
    metadata = event.metadata or {}
    with scope.everyone():
        record(
            Tracking(
                kind=str(event.event_type),
                provider_id=str(event.message_id or ""),
                key=str(metadata.get("kaeru_key", "")),
                detail=str(event.mta_response or event.description or ""),
                reject_reason=str(event.reject_reason or ""),
            )
        )
