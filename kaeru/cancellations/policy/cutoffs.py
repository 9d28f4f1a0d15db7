"""Whether orders have passed the warehouse's cut-off, for many orders at once."""

from collections.abc import Mapping, Sequence
from datetime import time

from kaeru.audiences.rules import Subject
from kaeru.cancellations.policy.rules import Cutoffs
from kaeru.core import sql
from kaeru.orders.models import Order
from kaeru.tenants.queries import calendars


def passed(subjects: Sequence[Subject], clocks: Mapping[int, time | None]) -> dict[Subject, bool]:
    """By subject, where the shop has a cut-off in `clocks` and the order is known; two queries."""
    asked = [subject for subject in subjects if subject.order_id is not None and clocks.get(subject.shop_id)]
    if not asked:
        return {}
    known = {
        shop_id: Cutoffs(clock, calendar)
        for shop_id, calendar in calendars({subject.shop_id for subject in asked}).items()
        if (clock := clocks[shop_id]) is not None
    }
    keys = sql.keys({subject.order_id for subject in asked if subject.order_id is not None})
    placed = dict(Order.objects.filter(id__in=keys).values_list("id", "placed_at"))
    found = {}
    for subject in asked:
        if subject.shop_id in known and subject.order_id in placed:
            cutoff = known[subject.shop_id].after(placed[subject.order_id])
            if cutoff is not None:
                found[subject] = subject.at >= cutoff
    return found
