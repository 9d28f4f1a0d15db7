"""Reasons over time: how many cancellations there were for each reason, month by month. Counts, not effects."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from kaeru.cancellations.models import CancellationRequest
from kaeru.recoveries.gathering import GONE
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class ReasonMonth:
    """One reason in one month; `reason_id` None: no reason was given. Money in minor units."""

    first_on: date
    reason_id: int | None
    count: int
    value: int


def over_time(shop: Shop, since: datetime, until: datetime) -> list[ReasonMonth]:
    """By month of the shop's clock and reason, oldest first. One query."""
    rows = CancellationRequest.objects.filter(
        shop=shop, state__in=GONE, requested_at__gte=since, requested_at__lt=until
    ).annotate(month=TruncMonth("requested_at", tzinfo=ZoneInfo(shop.timezone)))  # fmt: skip
    told = rows.values_list("month", "reason_id").annotate(Count("id"), Sum("value")).order_by("month", "reason_id")
    return [ReasonMonth(at.date(), reason_id, count, int(value or 0)) for at, reason_id, count, value in told]
