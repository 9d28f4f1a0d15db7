"""Somebody who is in a scenario: where one reads on (the story of their cancellation, else the scenario), and when they go on."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from kaeru.calls import queries as calls
from kaeru.scenarios.kinds.call import CLOSED
from kaeru.scenarios.models import Enrollment


def href(item: Enrollment) -> str:
    """The page's address."""
    if item.cancellation_id is not None:
        return reverse("console:cancellation", args=[item.cancellation_id])
    return reverse("console:enrollment", args=[item.id])


def number(item: Enrollment) -> str:
    """The order's number; empty for an event that is about the customer only."""
    return item.order.number if item.order else ""


def goes_on(items: Sequence[Enrollment]) -> dict[int, datetime]:
    """When each goes on by itself, by enrolment. Who waits for a call goes on at the call's deadline at the latest; one query for those."""
    waiting = [item.id for item in items if item.awaiting == CLOSED]
    deadlines = (
        {call.source_id: call.deadline_at for call in calls.of_sources("enrollment", waiting)} if waiting else {}
    )
    return {item.id: deadlines.get(item.id, item.due_at) for item in items}
