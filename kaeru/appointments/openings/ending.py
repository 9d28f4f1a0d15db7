"""An opening ends: somebody took it, it was sold otherwise, the salon stopped it, or it is too late. Nobody is asked any more."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Count

from kaeru.appointments.openings.models import Offer, OfferState, Opening, OpeningState
from kaeru.core import audit, clock, sql
from kaeru.messages import actions as outbox
from kaeru.messages.models import Message, MessageState

SOURCE = "opening"
"""Of the messages; the offer's id is their `source_id`. ("offer" is what a shop offers while something is out of stock.)"""
OVER = "opening_over"
"""Why a message was closed that nobody needs any more."""
COSTS = (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)
"""States of a message that has cost a push, or may have."""


@transaction.atomic
def end(openings: Sequence[Opening], state: str, reason: str = "", *, actor: str) -> int:
    """End these that are still open; returns how many. Waiting messages are taken out of the outbox, what was sent is counted."""
    keys = [row.id for row in openings]
    now = clock.now()
    ended = [
        row.id
        for row in openings
        if Opening.objects.filter(id=row.id, state=OpeningState.OPEN).update(
            state=state, reason=reason, ended_at=now, next_wave_at=None, halted=""
        )
    ]
    if ended:
        clear(ended)
        owners = {row.id: row.organization_id for row in openings}
        audit.record_many(
            (owners[key], actor, f"opening.{state}", "opening", key, {"reason": reason} if reason else {})
            for key in ended
        )
    return len(set(keys) & set(ended))


def clear(opening_ids: Collection[int]) -> None:
    """Take what was planned or waits out of the way, and count what was really sent. Call it in the transaction that ends them."""
    Offer.objects.filter(opening_id__in=sql.keys(opening_ids), state=OfferState.PLANNED).update(state=OfferState.SPARED)
    offers = Offer.objects.filter(opening_id__in=sql.keys(opening_ids))
    outbox.close(SOURCE, offers.filter(sent_at__isnull=False).values("id"), OVER)
    count_pushes(opening_ids)


def count_pushes(opening_ids: Collection[int]) -> None:
    """How many LINE messages each has cost, by what the outbox knows: two statements, and one for each opening."""
    offers = dict(
        Offer.objects.filter(opening_id__in=sql.keys(opening_ids), sent_at__isnull=False).values_list(
            "id", "opening_id"
        )
    )
    sent = Message.objects.filter(source=SOURCE, source_id__in=sql.keys(offers), channel="line", state__in=COSTS)
    found: dict[int, int] = dict.fromkeys(opening_ids, 0)
    for offer_id, number in sent.order_by().values_list("source_id").annotate(Count("id")):
        found[offers[offer_id]] += number
    for opening_id, number in found.items():
        Opening.objects.filter(id=opening_id).update(pushes=number)
