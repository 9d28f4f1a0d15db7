"""Verbs: publish a template, put messages into the outbox, take them out again, settle what nobody could prove, listen
to what providers tell, stop writing to somebody.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from kaeru.core import audit, clock, ids
from kaeru.customers import actions as customers
from kaeru.customers.models import Identity
from kaeru.messages.claims import is_ad
from kaeru.messages.errors import NotSettled, TextsRefused
from kaeru.messages.models import Delivery, Message, MessageState, Template
from kaeru.messages.rules import Reason
from kaeru.messages.texts import LANGUAGES, PARTS, check_texts
from kaeru.tenants.models import Shop

PENDING = (MessageState.WAITING, MessageState.CLAIMED)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be put into the outbox."""

    organization_id: int
    shop_id: int
    customer_id: int | None
    template_id: int
    purpose: str
    source_id: int
    due_at: datetime
    source: str = "enrollment"
    channel: str = "mail"


def publish_template(shop_id: int, purpose: str, texts: dict[str, Any], *, channel: str = "mail") -> Template:
    """A new template of these texts; it never changes. Raises TextsRefused with what to mend, Shop.DoesNotExist."""
    problems = check_texts(texts, purpose)
    if problems:
        raise TextsRefused(problems)
    shop = Shop.objects.get(id=shop_id)
    kept = {
        language: {part: texts[language][part].strip() for part in PARTS}
        for language in LANGUAGES
        if texts.get(language) and texts[language].get("subject", "").strip()
    }
    return Template.objects.create(
        organization_id=shop.organization_id,
        shop=shop,
        channel=channel,
        purpose=purpose,
        texts=kept,
        created_at=clock.now(),
    )


def enqueue(rows: Sequence[NewMessage]) -> list[int]:
    """Put messages into the outbox, in the caller's transaction; returns their ids. Their keys never change from here on."""
    moment = clock.now()
    messages = [
        Message(
            id=key,
            organization_id=row.organization_id,
            shop_id=row.shop_id,
            customer_id=row.customer_id,
            template_id=row.template_id,
            purpose=row.purpose,
            channel=row.channel,
            source=row.source,
            source_id=row.source_id,
            key=uuid.uuid4(),
            due_at=row.due_at,
            created_at=moment,
        )
        for key, row in zip(ids.new_ids(len(rows)), rows, strict=True)
    ]
    Message.objects.bulk_create(messages, batch_size=500)
    return [message.id for message in messages]


def close(source: str, source_ids: Sequence[int], reason: str) -> int:
    """Take what was not handed over yet out of the outbox; returns how many. What is being handed over right now goes."""
    return Message.objects.filter(source=source, source_id__in=source_ids, state__in=PENDING).update(
        state=MessageState.CLOSED, reason=reason, ended_at=clock.now(), claimed_until=None
    )


def address_of(message: Message) -> str:
    """The address the message went to, else the one it would go to; empty when there is none."""
    went = (
        Delivery.objects.filter(message=message)
        .exclude(address="")
        .order_by("-id")
        .values_list("address", flat=True)
        .first()
    )
    if went:
        return went
    known = Identity.objects.filter(customer=message.customer, kind=message.channel).values_list("value", flat=True)
    return known.first() or ""


@transaction.atomic
def opt_out_by_message(message_id: int) -> bool:
    """The person who got this message wants no more advertisements; again changes nothing more.

    False when nobody is known at its address any more (erased). Raises Message.DoesNotExist.
    """
    message = Message.objects.select_related("customer").get(id=message_id)
    address = address_of(message)
    if not address:
        return False
    customers.opt_out(message.shop_id, message.channel, address)
    audit.record(message.organization_id, "customer", "customer.opted_out", "message", message.id)
    return True


@transaction.atomic
def settle_unknown(message_id: int, how: Literal["as_sent", "send_again", "as_lost"], *, actor: str) -> None:
    """A person says what became of a message whose hand-over nobody could prove.

    `send_again` keeps the Message-ID, is for notices only and happens once. Raises Message.DoesNotExist, NotSettled.
    """
    message = Message.objects.select_for_update(of=("self",)).select_related("template").get(id=message_id)
    if message.state != MessageState.UNKNOWN:
        raise NotSettled("not_open")
    moment = clock.now()
    if how == "send_again":
        if is_ad(message):
            raise NotSettled("is_advertisement")
        if Delivery.objects.filter(message=message, outcome="unknown").count() > 1:
            raise NotSettled("already_resent")
        Message.objects.filter(id=message_id).update(
            state=MessageState.WAITING, reason="", due_at=moment, claimed_until=None
        )
    else:
        state = MessageState.SENT if how == "as_sent" else MessageState.CLOSED
        Message.objects.filter(id=message_id).update(
            state=state, reason=Reason.SETTLED, ended_at=moment, claimed_until=None
        )
    audit.record(message.organization_id, actor, f"message.settled_{how}", "message", message_id)


@transaction.atomic
def send_again(message_id: int, *, actor: str) -> None:
    """Try a message again that was refused for good: surely it never arrived. Raises Message.DoesNotExist, NotSettled."""
    message = Message.objects.select_for_update().get(id=message_id)
    if message.state != MessageState.FAILED:
        raise NotSettled("not_open")
    Message.objects.filter(id=message_id).update(
        state=MessageState.WAITING, reason="", due_at=clock.now(), attempts=0, ended_at=None, claimed_until=None
    )
    audit.record(message.organization_id, actor, "message.sent_again", "message", message_id)


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
def record_tracking(told: Tracking) -> bool:
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
    address = address_of(message)
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


SETTLED = {
    MessageState.UNKNOWN: {"arrived": MessageState.SENT, "lost": MessageState.CLOSED},
    MessageState.FAILED: {"seen": MessageState.CLOSED},
}
"""What a person may find out about a message that needs one, and what it becomes."""


@transaction.atomic
def settle(message_id: int, finding: str, *, actor: str) -> bool:
    """A person says what became of a message: arrived | lost (no proof), seen (refused). It is not sent again.

    False when the finding does not fit the message's state, so a second click changes nothing.
    """
    message = Message.objects.select_for_update().filter(id=message_id).first()
    if message is None:
        return False
    state = SETTLED.get(MessageState(message.state), {}).get(finding)
    if state is None:
        return False
    Message.objects.filter(id=message_id, state=message.state).update(state=state, reason=f"settled_{finding}")
    audit.record(message.organization_id, actor, "message.settled", "message", message_id, finding=finding)
    return True
