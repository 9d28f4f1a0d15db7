"""Many own events at once reach those who wait for them, and end those whose goal they are."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import F, Q

from kaeru.core import clock, sql
from kaeru.scenarios import enrolling
from kaeru.scenarios.models import Enrollment


class Heard(NamedTuple):
    """An own event that happened to a customer."""

    event_id: int
    customer_id: int
    name: str


def hear_own(told: Iterable[Heard]) -> None:
    """What `enrolling.hear` and `enrolling.end` do for one event, for many, in a constant number of queries.

    The enrolment that an event has started does not hear of it.
    """
    happened: dict[tuple[int | None, str], set[int]] = defaultdict(set)
    for event_id, customer_id, name in told:
        happened[customer_id, name].add(event_id)
    if not happened:
        return

    def concerns(row: Enrollment, name: str) -> bool:
        return bool(happened.get((row.customer_id, name), set()) - {row.subject_id})

    names = {name for _customer_id, name in happened}
    rows = (
        Enrollment.objects.filter(
            Q(awaiting__in=names, heard="") | Q(revision__goal__in=names),
            customer_id__in=sql.keys({customer_id for customer_id, _name in happened if customer_id is not None}),
            state__in=enrolling.ALIVE,
        )
        .select_related("revision")
        .only("customer_id", "subject_id", "awaiting", "heard", "revision__goal")
        .order_by("id")
        .select_for_update(of=("self",))
    )
    listening, done = [], []
    for row in rows:
        if concerns(row, row.revision.goal):
            done.append(row.id)
        elif concerns(row, row.awaiting) and not row.heard:
            listening.append(row.id)
    if listening:
        Enrollment.objects.filter(id__in=sql.keys(listening)).update(heard=F("awaiting"), due_at=clock.now())
    if done:
        enrolling.end(Enrollment.objects.filter(id__in=sql.keys(done)), "goal")
