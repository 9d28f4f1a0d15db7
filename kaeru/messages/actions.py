"""Verbs: publish a template, put messages into the outbox, take them out again, settle what nobody could prove, stop
writing to somebody. What providers tell is in `tracking`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from kaeru.channels.base import Outcome
from kaeru.core import audit, clock, ids
from kaeru.customers import actions as customers
from kaeru.messages import queries
from kaeru.messages.claims import is_ad
from kaeru.messages.errors import TextsRefused
from kaeru.messages.models import Delivery, Message, MessageState, Template
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


@transaction.atomic
def opt_out_by_message(message_id: int) -> bool:
    """The person who got this message wants no more advertisements; again changes nothing more.

    False when nobody is known at its address any more (erased). Raises Message.DoesNotExist.
    """
    message = Message.objects.select_related("customer").get(id=message_id)
    address = queries.address_of(message)
    if not address:
        return False
    if not queries.has_stopped(message, address):
        customers.opt_out(message.shop_id, message.channel, address)
        audit.record(message.organization_id, "customer", "customer.opted_out", "message", message.id)
    return True


SETTLED = {
    MessageState.UNKNOWN: {"arrived": MessageState.SENT, "lost": MessageState.CLOSED, "again": MessageState.WAITING},
    MessageState.FAILED: {"seen": MessageState.CLOSED, "again": MessageState.WAITING},
}
"""What a person may find out about a message that needs one, and what it becomes."""


def findings(message: Message) -> list[str]:
    """What a person may say about the message. Without proof only a notice is sent again, and only once."""
    fitting = list(SETTLED.get(MessageState(message.state), {}))
    if message.state == MessageState.UNKNOWN:
        tried = Delivery.objects.filter(message=message, outcome=Outcome.UNKNOWN.value).count()
        if is_ad(message) or tried > 1:
            fitting.remove("again")
    return fitting


@transaction.atomic
def settle(message_id: int, finding: str, *, actor: str) -> bool:
    """A person says what became of a message: arrived | lost (no proof), seen (refused), or that it goes out again under
    the same Message-ID.

    False when the finding does not fit the message, so a second click changes nothing.
    """
    message = Message.objects.select_for_update(of=("self",)).select_related("template").filter(id=message_id).first()
    if message is None or finding not in findings(message):
        return False
    moment = clock.now()
    rows = Message.objects.filter(id=message_id, state=message.state)
    if finding == "again":
        rows.update(state=MessageState.WAITING, reason="", due_at=moment, attempts=0, ended_at=None, claimed_until=None)
    else:
        state = SETTLED[MessageState(message.state)][finding]
        rows.update(state=state, reason=f"settled_{finding}", ended_at=moment, claimed_until=None)
    audit.record(message.organization_id, actor, "message.settled", "message", message_id, finding=finding)
    return True
