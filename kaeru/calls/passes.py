"""What moves in this room: a call that nobody made before its deadline closes as expired, and the flow goes on."""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from kaeru.calls.closing import close
from kaeru.calls.models import CallState, CallTask
from kaeru.calls.rules import Outcome
from kaeru.core import clock, scope
from kaeru.core.passes import Pass
from kaeru.core.sql import claim_ids, moment


def expire(limit: int) -> int:
    """Close up to `limit` calls whose deadline has passed; returns how many."""
    with scope.everyone(), transaction.atomic():
        due = "state = 'waiting' AND deadline_at <= %s"
        found = claim_ids("calls_calltask", due, [moment(clock.now())], "deadline_at", limit)
        owners = dict(CallTask.objects.filter(id__in=found).values_list("id", "organization_id")) if found else {}
        return close(owners, Outcome.EXPIRED, "", actor="scenario")


def next_due() -> datetime | None:
    """When the next call expires."""
    with scope.everyone():
        found: datetime | None = CallTask.objects.filter(state=CallState.WAITING).aggregate(at=Min("deadline_at"))["at"]
        return found


PASSES = [Pass("call deadlines", expire, limit=1000, next_due=next_due)]
