"""Closing many calls at once, in the caller's transaction: one statement for each table, and the news."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from kaeru.calls.models import CallState, CallTask
from kaeru.calls.rules import Outcome
from kaeru.core import audit, clock, events
from kaeru.core.events import News


def close(owners: Mapping[int, int], outcome: Outcome, detail: str, *, actor: str) -> int:
    """Close these waiting calls, locked by the caller: {task id: organization id}. Returns how many."""
    if not owners:
        return 0
    CallTask.objects.filter(id__in=owners, state=CallState.WAITING).update(
        state=CallState.CLOSED, outcome=outcome.value, detail=detail, next_try_at=None, closed_at=clock.now()
    )
    audit.record_many(
        (owner, actor, "call.closed", "call", task_id, {"outcome": outcome.value, "detail": detail})
        for task_id, owner in owners.items()
    )
    events.emit(news(owner, task_id, outcome.value, detail) for task_id, owner in owners.items())
    return len(owners)


def news(organization_id: int, task_id: int, outcome: str, detail: str) -> News:
    """`call.closed`: how the call ended, for the rooms above."""
    return News("call.closed", organization_id, task_id, {"outcome": outcome, "detail": detail})


def close_not_needed(source: str, source_ids: Sequence[int], *, detail: str = "", actor: str = "scenario") -> int:
    """The customer ordered again, or what the call was about is over: nobody needs to call. Returns how many were closed.

    `detail` is a word of the source, such as `reordered`.
    """
    waiting = CallTask.objects.filter(source=source, source_id__in=source_ids, state=CallState.WAITING)
    with transaction.atomic(savepoint=False):
        owners = dict(waiting.select_for_update(of=("self",)).order_by("id").values_list("id", "organization_id"))
        return close(owners, Outcome.NOT_NEEDED, detail, actor=actor)
