"""Clocks that are set anew: a mall's clock is over, or the day on which the parcel is to leave was set or moved."""

from collections.abc import Sequence

from kaeru.cancellations.desk.clocks import clocks_of
from kaeru.cancellations.models import Case, CaseState
from kaeru.core.events import receiver
from kaeru.core.models import Event


def wind(cases: Sequence[Case]) -> int:
    """Count these anew, from when they were opened; returns how many count down to something else now. In the caller's transaction,
    the cases locked and with their orders.
    """
    shops, wishes, since = (
        [case.shop_id for case in cases],
        [case.request for case in cases],
        [case.opened_at for case in cases],
    )
    moved = []
    for case, clock in zip(cases, clocks_of(shops, wishes, since), strict=True):
        if (case.due_at, case.due_why) != (clock.at, clock.why.value):
            case.due_at, case.due_why = clock.at, clock.why.value
            moved.append(case)
    Case.objects.bulk_update(moved, ["due_at", "due_why"])
    return len(moved)


@receiver("order.dispatch_planned")
def count_down_to_the_planned_day(told: list[Event]) -> None:
    """What is being decided about these orders."""
    orders = [event.subject_id for event in told]
    rows = Case.objects.filter(request__order__in=orders, kind="decide", state=CaseState.OPEN)
    wind(list(rows.select_related("request__order").select_for_update(of=("self",)).order_by("id")))
