"""What providers tell about messages: deliveries, bounces, complaints. It proves, it settles, and it stops mail."""

import uuid
from dataclasses import dataclass

from django.db import transaction

from kaeru.core import clock
from kaeru.customers import actions as customers
from kaeru.messages import queries
from kaeru.messages.models import Delivery, Message, MessageState
from kaeru.messages.rules import Reason


@dataclass(frozen=True, slots=True)
class Tracking:
    """What a provider tells about a message, in anymail's words."""

    kind: str
    """sent, queued, delivered, rejected, failed, bounced, complained, unsubscribed, …"""
    provider_id: str = ""
    key: str = ""
    """Our own key, when the provider gives it back."""
    detail: str = ""
    reject_reason: str = ""
    """invalid, bounced, timed_out, blocked, spam, unsubscribed, other"""


_TOLD = {
    "delivered": "delivered",
    "bounced": "bounced",
    "complained": "complained",
    "rejected": "refused",
    "failed": "refused",
}
_PROOF = {"sent", "queued", "delivered", "bounced", "complained", "opened", "clicked", "unsubscribed"}
"""Whoever tells one of these has had the message."""


@transaction.atomic
def record(told: Tracking) -> bool:
    """Note a provider's news; the same news again changes nothing. False when it is about no message of ours.

    Proof settles `unknown`. A hard bounce and a complaint stop all mail to the address, an unsubscription stops
    advertisements. Call it inside `scope.everyone()`: a provider serves all organizations.
    """
    message = _told_about(told)
    if message is None:
        return False
    if told.kind in _PROOF:
        Message.objects.filter(id=message.id, state=MessageState.UNKNOWN).update(
            state=MessageState.SENT, reason="", ended_at=clock.now(), claimed_until=None
        )
    outcome = _TOLD.get(told.kind)
    if outcome is not None and not Delivery.objects.filter(message=message, outcome=outcome).exists():
        Delivery.objects.create(
            organization_id=message.organization_id,
            message=message,
            at=clock.now(),
            outcome=outcome,
            detail=told.detail[:300],
            provider_id=told.provider_id[:200],
        )
    if outcome == "bounced":
        Message.objects.filter(id=message.id, state=MessageState.SENT).update(reason=Reason.BOUNCED)
    elif outcome == "refused":
        Message.objects.filter(id=message.id, state__in=[MessageState.SENT, MessageState.UNKNOWN]).update(
            state=MessageState.FAILED, reason=Reason.REFUSED
        )
    _heed(message, told)
    return True


def _told_about(told: Tracking) -> Message | None:
    if told.key:
        try:
            found = Message.objects.select_related("customer").filter(key=uuid.UUID(told.key)).first()
        except ValueError:
            found = None
        if found is not None:
            return found
    if not told.provider_id:
        return None
    delivery = (
        Delivery.objects.select_related("message__customer")
        .filter(provider_id=told.provider_id)
        .order_by("-id")
        .first()
    )
    return delivery.message if delivery else None


def _heed(message: Message, told: Tracking) -> None:
    """Stop writing where the news says so. A full mailbox or a blocked text says nothing about the address."""
    address = queries.address_of(message)
    if not address:
        return
    is_dead = told.kind in {"bounced", "rejected"} and told.reject_reason in {"", "invalid", "bounced"}
    is_complaint = told.kind == "complained" or told.reject_reason == "spam"
    if is_complaint:
        customers.suppress(message.shop_id, message.channel, address, covers="everything", why="complaint")
    elif is_dead:
        customers.suppress(message.shop_id, message.channel, address, covers="everything", why="bounce")
    elif told.kind == "unsubscribed" or told.reject_reason == "unsubscribed":
        customers.opt_out(message.shop_id, message.channel, address)
