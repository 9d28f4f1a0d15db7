"""Closing cases that settled by themselves, many at once, in the caller's transaction: nobody decides what is over."""

from collections.abc import Sequence

from django.db.models import QuerySet

from kaeru.calls.closing import close_not_needed
from kaeru.cancellations.models import Case, CaseState
from kaeru.core import audit, clock

CALLS = "desk"
"""Source of calls that the desk asked for."""


def close(cases: QuerySet[Case], outcome: str, *, actor: str = "desk") -> list[int]:
    """Close those of `cases` that are open; returns their ids. Calls that were to be made about them are not needed any more."""
    rows = list(cases.filter(state=CaseState.OPEN).select_for_update(of=("self",)).order_by("id"))
    if not rows:
        return []
    found = [row.id for row in rows]
    Case.objects.filter(id__in=found, state=CaseState.OPEN).update(
        state=CaseState.CLOSED, outcome=outcome, closed_at=clock.now(), closed_by=actor
    )
    audit.record_many(
        (row.organization_id, actor, "case.closed", "case", row.id, {"kind": row.kind, "outcome": outcome})
        for row in rows
    )
    close_not_needed(CALLS, found, detail=outcome if outcome in ("shipped", "restored") else "", actor=actor)
    return found


def of_requests(request_ids: Sequence[int], kinds: Sequence[str]) -> QuerySet[Case]:
    """Cases of these kinds about these wishes to cancel."""
    return Case.objects.filter(request_id__in=request_ids, kind__in=kinds)


def of_orders(order_ids: Sequence[int], kinds: Sequence[str]) -> QuerySet[Case]:
    """Cases of these kinds about wishes to cancel these orders."""
    return Case.objects.filter(request__order_id__in=order_ids, kind__in=kinds)
