"""News between rooms: emitted in the same transaction as the change, delivered in sets by a pass, at least once.

A receiver gets a list of events of one name and organization-independent order; it writes in the delivery's own
transaction, so that an event counts as delivered exactly when its effects are written.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from kaeru.core import clock, ids, scope, sql
from kaeru.core.models import Event

Receiver = Callable[[list[Event]], None]
_receivers: dict[str, list[Receiver]] = defaultdict(list)
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class News:
    """One event to be emitted. Names are past tense: `order.cancelled`."""

    name: str
    organization_id: int
    subject_id: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None


def receiver(*names: str) -> Callable[[Receiver], Receiver]:
    """Register a function for events of these names."""

    def register(function: Receiver) -> Receiver:
        for name in names:
            if function not in _receivers[name]:
                _receivers[name].append(function)
        return function

    return register


def emit(news: Iterable[News]) -> None:
    """Write the events; call it inside the transaction that makes them true."""
    moment = clock.now()
    rows = [
        Event(
            id=ids.new_id(),
            organization_id=item.organization_id,
            name=item.name,
            subject_id=item.subject_id,
            payload=dict(item.payload),
            occurred_at=item.occurred_at or moment,
        )
        for item in news
        if _receivers.get(item.name)
    ]
    if rows:
        with scope.everyone():
            Event.objects.bulk_create(rows)


def deliver(limit: int) -> int:
    """Deliver up to `limit` events; returns how many.

    A batch that fails is retried one by one; an event that failed MOST_ATTEMPTS times is parked. When the database itself
    fails (locked, gone), that is nobody's poison: its error is raised and nothing is counted.
    """
    with scope.everyone():
        try:
            with transaction.atomic():
                events = _claim(limit)
                _hand_out(events)
            return len(events)
        except sql.LOST:
            raise
        except Exception:
            return _deliver_singly(limit)


def _claim(limit: int) -> list[Event]:
    found = sql.claim_ids("core_event", "delivered_at IS NULL AND attempts < %s", [MOST_ATTEMPTS], "id", limit)
    return sorted(Event.objects.filter(id__in=found), key=lambda event: event.id)


def _hand_out(events: list[Event]) -> None:
    by_name: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_name[event.name].append(event)
    for name, batch in by_name.items():
        for function in _receivers[name]:
            function(batch)
    Event.objects.filter(id__in=[event.id for event in events]).update(delivered_at=clock.now())


def _deliver_singly(limit: int) -> int:
    moved = 0
    for _ in range(limit):
        event: Event | None = None
        try:
            with transaction.atomic():
                claimed = _claim(1)
                if not claimed:
                    break
                event = claimed[0]
                _hand_out(claimed)
                moved += 1
        except sql.LOST:
            raise
        except Exception as failure:  # whatever a receiver raises: the event must not stop its neighbours
            if event is None:
                raise
            Event.objects.filter(id=event.id).update(attempts=event.attempts + 1, error=type(failure).__name__[:300])
            moved += 1
    return moved
