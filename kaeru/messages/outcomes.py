"""What became of a hand-over, written down: the delivery as it was worded, and the message's next state."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from kaeru.channels.base import Outcome, Result, Worded
from kaeru.core import clock, ids, secrets
from kaeru.customers import actions as customers
from kaeru.customers.models import Identity, Suppression
from kaeru.customers.queries import may_advertise
from kaeru.messages import claims
from kaeru.messages.models import Delivery, Message, MessageState
from kaeru.messages.rules import MOST_ATTEMPTS, OUTAGE_RETRY_SECONDS, Reason, retry_seconds

_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Tried:
    """One hand-over that was begun."""

    message: Message
    address: str
    worded: Worded
    mark: datetime
    """The mark that `claims.begin` gave."""


@transaction.atomic
def record(tried: Tried, result: Result) -> None:
    """Note the outcome. It counts also when the lease ran out meanwhile and the message is shown as unknown: this is the proof."""
    message = tried.message
    Message.objects.filter(
        id=message.id, state__in=[MessageState.SENDING, MessageState.UNKNOWN], claimed_until=tried.mark
    ).update(**_next(message, result))
    Delivery.objects.create(
        id=ids.new_id(),
        organization_id=message.organization_id,
        message=message,
        at=clock.now(),
        outcome=result.outcome.value,
        detail=result.detail[:300],
        provider_id=result.provider_id,
        address=tried.address,
        subject=tried.worded.subject[:300],
        body=tried.worded.text,
    )
    if result.is_address_dead:
        customers.suppress(message.shop_id, message.channel, tried.address, covers="everything", why="bounce")


def _next(message: Message, result: Result) -> dict[str, Any]:
    """The message's columns after the outcome; `message.attempts` is what it was before this try."""
    now = clock.now()
    attempts = message.attempts + 1
    if result.may_go_by_mail and _mail_takes(message):
        told = result.reason or Reason.REFUSED
        return {"channel": "mail", "state": MessageState.WAITING, "reason": told, "claimed_until": None, "due_at": now}
    match result.outcome:
        case Outcome.ACCEPTED:
            return {"state": MessageState.SENT, "reason": "", "ended_at": now, "claimed_until": None}
        case Outcome.REFUSED:
            why = result.reason or Reason.REFUSED
            return {"state": MessageState.FAILED, "reason": why, "ended_at": now, "claimed_until": None}
        case Outcome.UNKNOWN:
            return {"state": MessageState.UNKNOWN, "reason": Reason.NO_PROOF}
        case Outcome.TRANSIENT if result.is_server_down:
            due_at = clock.in_real_seconds(OUTAGE_RETRY_SECONDS * (0.75 + _chance.random() / 2))
            waiting = {"state": MessageState.WAITING, "reason": Reason.UNREACHABLE, "claimed_until": None}
            return {**waiting, "due_at": due_at, "attempts": F("attempts") - 1}
        case Outcome.TRANSIENT if result.wait_until is not None:
            waits: dict[str, Any] = {
                "state": MessageState.WAITING,
                "reason": result.reason or Reason.BUSY,
                "claimed_until": None,
            }
            return {**waits, "due_at": result.wait_until, "attempts": F("attempts") - 1}
        case Outcome.TRANSIENT if attempts >= MOST_ATTEMPTS:
            return {"state": MessageState.FAILED, "reason": Reason.GAVE_UP, "ended_at": now, "claimed_until": None}
        case Outcome.TRANSIENT:
            due_at = clock.in_real_seconds(retry_seconds(attempts, _chance.random()))
            return {"state": MessageState.WAITING, "reason": Reason.BUSY, "claimed_until": None, "due_at": due_at}


def _mail_takes(message: Message) -> bool:
    """Whether the customer can be written to by mail instead: an advertisement only with a consent for mail."""
    if message.channel == "mail" or message.customer_id is None:
        return False
    if claims.is_ad(message):
        return bool(may_advertise([message.customer_id], "mail", "mail"))
    address = Identity.objects.filter(customer_id=message.customer_id, kind="mail").values_list("value", flat=True)
    found = address.first()
    stops = Suppression.objects.filter(shop_id=message.shop_id, channel="mail", covers="everything")
    return bool(found) and not stops.filter(address_hash=secrets.fingerprint(found or "")).exists()


def fail(message: Message, mark: datetime, reason: str, detail: str) -> None:
    """Give a claimed message up before any hand-over: its text cannot be made. Shown to a person."""
    with transaction.atomic():
        failed = Message.objects.filter(id=message.id, state=MessageState.CLAIMED, claimed_until=mark).update(
            state=MessageState.FAILED, reason=reason, ended_at=clock.now(), claimed_until=None
        )
        if failed:
            Delivery.objects.create(
                id=ids.new_id(),
                organization_id=message.organization_id,
                message=message,
                at=clock.now(),
                outcome=Outcome.REFUSED.value,
                detail=detail[:300],
            )


def stop(message: Message, mark: datetime, reason: str, detail: str, worded: Worded) -> None:
    """Close a claimed message that must not go as it is worded; what it would have said is kept for the people who look."""
    with transaction.atomic():
        if claims.close([message.id], mark, reason):
            Delivery.objects.create(
                id=ids.new_id(),
                organization_id=message.organization_id,
                message=message,
                at=clock.now(),
                outcome=Outcome.REFUSED.value,
                detail=detail[:300],
                subject=worded.subject[:300],
                body=worded.text,
            )


def postpone(message: Message, mark: datetime, detail: str) -> None:
    """Something broke on our side while the message was prepared: later again, and after too many times give it up."""
    attempts = message.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        fail(message, mark, Reason.GAVE_UP, detail)
        return
    Message.objects.filter(id=message.id, state=MessageState.CLAIMED, claimed_until=mark).update(
        state=MessageState.WAITING,
        reason=Reason.ERROR,
        attempts=attempts,
        claimed_until=None,
        due_at=clock.in_real_seconds(retry_seconds(attempts, _chance.random())),
    )
