"""Who holds a message: each step names the state it starts from, and one row changed or somebody else was first.

`claimed_until` is the lease and the holder's mark at once: a worker that was thought dead finds its mark gone and touches
nothing. Leases run in real time, whatever the business clock shows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Q

from kaeru.core import clock, ids, sql
from kaeru.customers.models import Consent, Suppression
from kaeru.messages.models import Delivery, Message, MessageState, Purpose
from kaeru.messages.rules import Reason
from kaeru.tenants.models import Shop

CLAIM_LEASE = timedelta(seconds=60)
"""Nothing was handed over yet: after this anybody may take the message again."""
SENDING_LEASE = timedelta(seconds=120)
"""Longer than the slowest hand-over; after this its outcome counts as unknown."""

_NOT_PAUSED = (
    "NOT EXISTS (SELECT 1 FROM tenants_shop s JOIN tenants_organization o ON o.id = s.organization_id"
    " WHERE s.id = messages_message.shop_id AND (s.is_paused OR o.is_paused))"
)


def claim(channel: str, limit: int) -> tuple[list[int], datetime]:
    """Take up to `limit` due messages of shops that are not paused; returns their ids and the lease that marks them ours."""
    now, until = clock.now(), clock.wall() + CLAIM_LEASE
    if not Message.objects.filter(state=MessageState.WAITING, due_at__lte=now).exists():
        return [], until
    with transaction.atomic():
        found = sql.claim_ids(
            "messages_message",
            f"state = 'waiting' AND due_at <= %s AND channel = %s AND {_NOT_PAUSED}",
            [sql.moment(now), channel],
            "due_at, id",
            limit,
        )
        if found:
            Message.objects.filter(id__in=found).update(state=MessageState.CLAIMED, claimed_until=until)
    return found, until


def extend(message_ids: Sequence[int], until: datetime) -> datetime:
    """Keep what is still ours for another lease; returns the new mark."""
    later = clock.wall() + CLAIM_LEASE
    Message.objects.filter(id__in=message_ids, state=MessageState.CLAIMED, claimed_until=until).update(
        claimed_until=later
    )
    return later


def begin(message: Message, until: datetime, address_hash: bytes, *, is_advertisement: bool) -> datetime | None:
    """The last look before a hand-over, in one statement: still ours, shop not paused, address not suppressed, and for an
    advertisement a consent and no opt-out. Returns the mark of the hand-over, or None when it must not begin.
    """
    sending = clock.wall() + SENDING_LEASE
    stops = Suppression.objects.filter(shop_id=message.shop_id, channel=message.channel, address_hash=address_hash)
    rows = Message.objects.filter(
        ~Exists(stops if is_advertisement else stops.filter(covers="everything")),
        ~Exists(Shop.objects.filter(Q(is_paused=True) | Q(organization__is_paused=True), id=message.shop_id)),
        id=message.id,
        state=MessageState.CLAIMED,
        claimed_until=until,
    )
    if is_advertisement:
        assert message.customer_id is not None
        rows = rows.filter(
            Exists(Consent.objects.filter(customer_id=message.customer_id, channel=message.channel, withdrawn_at=None))
        )
    begun = rows.update(state=MessageState.SENDING, claimed_until=sending, attempts=F("attempts") + 1, reason="")
    return sending if begun else None


def close(message_ids: Sequence[int], until: datetime, reason: str) -> int:
    """These must not go any more."""
    return Message.objects.filter(id__in=message_ids, state=MessageState.CLAIMED, claimed_until=until).update(
        state=MessageState.CLOSED, reason=reason, ended_at=clock.now(), claimed_until=None
    )


def put_off(message_ids: Sequence[int], until: datetime, reason: str, due_at: datetime | None = None) -> int:
    """Back into the outbox, at the same place or for later."""
    rows = Message.objects.filter(id__in=message_ids, state=MessageState.CLAIMED, claimed_until=until)
    if due_at is None:
        return rows.update(state=MessageState.WAITING, reason=reason, claimed_until=None)
    return rows.update(state=MessageState.WAITING, reason=reason, claimed_until=None, due_at=due_at)


def expire(limit: int) -> int:
    """What a dead worker held: claimed goes back to waiting, sending becomes unknown and is shown. Returns how many."""
    late = Message.objects.filter(
        state__in=[MessageState.CLAIMED, MessageState.SENDING], claimed_until__lt=clock.wall()
    )
    if not late.exists():
        return 0
    now = clock.wall()
    with transaction.atomic():
        found = sql.claim_ids(
            "messages_message",
            "state IN ('claimed', 'sending') AND claimed_until < %s",
            [sql.moment(now)],
            "claimed_until",
            limit,
        )
        rows = Message.objects.filter(id__in=found)
        lost = list(rows.filter(state=MessageState.SENDING))
        Delivery.objects.bulk_create(
            Delivery(
                id=ids.new_id(),
                organization_id=row.organization_id,
                message=row,
                at=clock.now(),
                outcome="unknown",
                detail="the worker stopped before the answer was noted",
            )
            for row in lost
        )
        rows.filter(state=MessageState.SENDING).update(state=MessageState.UNKNOWN, reason=Reason.NO_PROOF)
        rows.filter(state=MessageState.CLAIMED).update(state=MessageState.WAITING, claimed_until=None)
    return len(found)


def is_ad(message: Message) -> bool:
    """The stricter of the message's and its template's purpose."""
    return Purpose.ADVERTISEMENT in (message.purpose, message.template.purpose)
