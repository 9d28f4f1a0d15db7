"""Who holds a message: each step names the state it starts from, and one row changed or somebody else was first.

`claimed_until` is the lease and the holder's mark at once: a worker that was thought dead finds its mark gone and touches
nothing. Leases run in real time, whatever the business clock shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, IntegerField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Least

from kaeru.channels import registry as channels
from kaeru.core import clock, fair, ids, sql
from kaeru.core.models import Pause
from kaeru.customers.models import Consent, Suppression
from kaeru.messages.limits import COUNTED
from kaeru.messages.models import Delivery, Message, MessageState, Purpose
from kaeru.messages.rules import Reason
from kaeru.messages.timing import Cap
from kaeru.tenants.models import Shop
from kaeru.tenants.queries import NOT_PAUSED

CLAIM_LEASE = timedelta(seconds=10)
"""Nothing was handed over yet: after this anybody may take the message again. Longer than a batch takes to be prepared."""
SENDING_LEASE = timedelta(seconds=120)
"""Longer than the slowest hand-over; after this its outcome counts as unknown."""
REPEATABLE = timedelta(hours=20)
"""LINE remembers a retry key for 24 hours."""

_GOING = " AND ".join(("NOT EXISTS (SELECT 1 FROM core_pause)", NOT_PAUSED.format(shop="s.shop_id")))


def claim(channel: str, limit: int) -> tuple[list[int], datetime]:
    """Take up to `limit` due messages of shops that are not paused, every shop in turn when there are more; returns their ids in
    the order in which they go, and the lease that marks them ours.
    """
    now, until = clock.now(), clock.wall() + CLAIM_LEASE
    if not Message.objects.filter(state=MessageState.WAITING, due_at__lte=now).exists():
        return [], until
    with transaction.atomic():
        found = fair.due_ids(fair.Due("messages_message", now, "channel = %s", [channel], _GOING), limit)
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


@dataclass(frozen=True, slots=True)
class Terms:
    """What the last look before a hand-over compares with."""

    address_hash: bytes
    advertised_to: int | None
    """The customer whom it advertises to, who must have agreed; None for notices and for the shop's own people."""
    cap: Cap | None = None


def begin(message: Message, until: datetime, terms: Terms) -> datetime | None:
    """The last look before a hand-over, in one statement: still ours, nothing paused, address not suppressed, and for an
    advertisement a consent, no opt-out and room under the customer's cap. Returns the mark of the hand-over, or None when
    it must not begin.

    One customer's advertisements begin one after the other, so that two workers do not both find the last place free.
    """
    if terms.advertised_to is None or terms.cap is None or not sql.is_postgres():  # SQLite has one writer anyway
        return _begin(message, until, terms)
    with transaction.atomic():
        sql.one_at_a_time(terms.advertised_to)
        return _begin(message, until, terms)


def _begin(message: Message, until: datetime, terms: Terms) -> datetime | None:
    now, sending = clock.now(), clock.wall() + SENDING_LEASE
    stops = Suppression.objects.filter(
        shop_id=message.shop_id, channel=message.channel, address_hash=terms.address_hash
    )
    rows = Message.objects.filter(
        ~Exists(Pause.objects.all()),
        ~Exists(Shop.objects.filter(Q(is_paused=True) | Q(organization__is_paused=True), id=message.shop_id)),
        ~Exists(stops if terms.advertised_to is not None else stops.filter(covers="everything")),
        id=message.id,
        state=MessageState.CLAIMED,
        claimed_until=until,
    )
    told: dict[str, Any] = {"state": MessageState.SENDING, "claimed_until": sending, "reason": "", "handed_at": now}
    if terms.advertised_to is not None:
        agreed = Consent.objects.filter(customer_id=terms.advertised_to, channel=message.channel, withdrawn_at=None)
        rows = rows.filter(Exists(agreed))
        told["purpose"] = Purpose.ADVERTISEMENT
        if terms.cap is not None:
            since = now - timedelta(days=terms.cap.days)
            rows = rows.annotate(taken=_taken(terms.advertised_to, since)).filter(taken__lt=terms.cap.most)
    begun = rows.update(attempts=F("attempts") + 1, **told)
    return sending if begun else None


def _taken(customer_id: int, since: datetime) -> Coalesce:
    """How many advertisements the customer got since then, counted within the statement. A message that is claimed counts not."""
    others = Message.objects.filter(
        customer_id=customer_id, purpose=Purpose.ADVERTISEMENT, state__in=COUNTED, handed_at__gt=since
    )
    count = others.order_by().values("customer_id").annotate(number=Count("id")).values("number")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


def close(message_ids: Sequence[int], until: datetime, reason: str) -> int:
    """These must not go any more."""
    return Message.objects.filter(id__in=message_ids, state=MessageState.CLAIMED, claimed_until=until).update(
        state=MessageState.CLOSED, reason=reason, ended_at=clock.now(), claimed_until=None
    )


def hold(message_ids: Sequence[int], until: datetime, reason: str) -> int:
    """Put aside until the room that asked for them releases them."""
    return Message.objects.filter(id__in=message_ids, state=MessageState.CLAIMED, claimed_until=until).update(
        state=MessageState.HELD, reason=reason, claimed_until=None
    )


def release(message_ids: Sequence[int] | QuerySet[Message, Any]) -> int:
    """Held ones of these go back into the outbox; returns how many. One that was put off before it was held is looked at again
    at once, so that what puts it off now is said anew.
    """
    return Message.objects.filter(id__in=message_ids, state=MessageState.HELD).update(
        state=MessageState.WAITING, reason="", due_at=Least(F("due_at"), Value(clock.now()))
    )


def put_off(message_ids: Sequence[int], until: datetime, reason: str, due_at: datetime | None = None) -> int:
    """Back into the outbox, at the same place or for later."""
    rows = Message.objects.filter(id__in=message_ids, state=MessageState.CLAIMED, claimed_until=until)
    if due_at is None:
        return rows.update(state=MessageState.WAITING, reason=reason, claimed_until=None)
    return rows.update(state=MessageState.WAITING, reason=reason, claimed_until=None, due_at=due_at)


def expire(limit: int) -> int:
    """What a dead worker held: claimed goes back to waiting, sending becomes unknown and is shown. Returns how many.

    A channel that knows a repeat by its key is simply asked again, as long as it remembers the key.
    """
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
        remembered = Q(channel__in=channels.repeatable(), handed_at__gt=clock.now() - REPEATABLE)
        rows.filter(remembered, state=MessageState.SENDING).update(state=MessageState.WAITING, claimed_until=None)
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
