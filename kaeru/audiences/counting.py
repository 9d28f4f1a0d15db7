"""How many of something a customer had up to a moment, for many customers at once."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from kaeru.audiences.rules import Subject
from kaeru.core import sql


def counted(rows: QuerySet[Any], at: str, subjects: Sequence[Subject], days: int | None) -> dict[Subject, int]:
    """Rows of each subject's customer whose `at` lies within `days` before the subject's moment (None: ever); one query.

    `rows` have a `customer_id`. Who has none counts 0; a subject without a customer is left out.
    """
    known = [subject for subject in subjects if subject.customer_id is not None]
    if not known:
        return {}
    span = timedelta(days=days) if days is not None else None
    moments = {subject.at for subject in known}
    rows = rows.filter(
        customer_id__in=sql.keys({subject.customer_id for subject in known if subject.customer_id is not None}),
        **{f"{at}__lte": max(moments)},
        **({f"{at}__gt": min(moments) - span} if span else {}),
    )
    if len(moments) == 1:
        totals = dict(rows.order_by().values_list("customer_id").annotate(Count("id")))
        return {subject: totals.get(subject.customer_id, 0) for subject in known}
    times: dict[int, list[datetime]] = defaultdict(list)
    for customer_id, moment in rows.order_by(at).values_list("customer_id", at):
        times[customer_id].append(moment)
    return {subject: _within(times.get(subject.customer_id or 0, []), subject.at, span) for subject in known}


def _within(times: list[datetime], at: datetime, span: timedelta | None) -> int:
    return bisect_right(times, at) - (bisect_right(times, at - span) if span else 0)
