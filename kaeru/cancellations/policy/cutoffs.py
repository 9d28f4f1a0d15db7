"""Whether orders have passed the warehouse's cut-off, for many orders at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time

from kaeru.audiences.rules import Subject
from kaeru.cancellations.policy.rules import Cutoffs
from kaeru.core import sql
from kaeru.orders.models import Order
from kaeru.tenants.queries import calendars

Clocks = Mapping[int, time | None]
"""The cut-off by shop."""


def passed(subjects: Sequence[Subject], clocks: Clocks) -> dict[Subject, bool]:
    """By subject, where the shop has a cut-off in `clocks` and the order is known; two queries."""
    return passed_by(subjects, [clocks])[0]


def passed_by(
    subjects: Sequence[Subject], choices: Sequence[Clocks], placed: Mapping[int, datetime] | None = None
) -> list[dict[Subject, bool]]:
    """The same under each of several choices of clocks; two queries for all of them, and equal clocks are asked once.

    `placed`: when each order was placed, where the caller has read that already.
    """
    asked = [
        subject for subject in subjects if subject.order_id is not None and any(c.get(subject.shop_id) for c in choices)
    ]
    if not asked:
        return [{} for _ in choices]
    shops = calendars({subject.shop_id for subject in asked})
    if placed is None:
        keys = sql.keys({subject.order_id for subject in asked if subject.order_id is not None})
        placed = dict(Order.objects.filter(id__in=keys).values_list("id", "placed_at"))
    found: list[dict[Subject, bool]] = []
    for place, clocks in enumerate(choices):
        same = next((earlier for earlier in range(place) if choices[earlier] == clocks), None)
        if same is not None:
            found.append(found[same])
            continue
        known = {key: Cutoffs(at, calendar) for key, calendar in shops.items() if (at := clocks.get(key)) is not None}
        found.append(_passed(asked, known, placed))
    return found


def _passed(
    asked: Sequence[Subject], known: Mapping[int, Cutoffs], placed: Mapping[int, datetime]
) -> dict[Subject, bool]:
    found = {}
    for subject in asked:
        cutoffs, moment = known.get(subject.shop_id), placed.get(subject.order_id or 0)
        if cutoffs is not None and moment is not None and (cutoff := cutoffs.after(moment)) is not None:
            found[subject] = subject.at >= cutoff
    return found
