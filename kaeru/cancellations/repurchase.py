"""Reports: how many buyers order again after a cancellation, and which reasons they gave.

Coming back is not caused by anything here: the good customers are those who cancel, and most come back by themselves. So
the answer says that it is not causal, counts only what was seen for the whole window, and can be asked for comparison groups.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, QuerySet

from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.queries import GONE
from kaeru.core import clock
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop

UNITS = {
    "any": "every cancellation by a known customer",
    "first": "the first cancellation of each known customer",
    "orders": "every order of a known customer (comparison)",
    "never_cancelled": "every order of customers who never cancelled (comparison)",
}


@dataclass(frozen=True, slots=True)
class Window:
    """Of `units` that were seen for the whole of `days`, so many had the customer's next order within them."""

    days: int
    units: int
    returned: int

    @property
    def rate(self) -> float | None:
        """The share; None when no unit was seen for the whole window."""
        return self.returned / self.units if self.units else None


@dataclass(frozen=True, slots=True)
class RepurchaseReport:
    """Windows, what they mean, and until when the shop's events are known."""

    definition: str
    seen_until: datetime | None
    windows: list[Window]


def repurchase(shop: Shop, days: Sequence[int], of: str = "any") -> RepurchaseReport:
    """The share of `of` (see UNITS) after which the same customer placed a new order within so many days.

    A day ends at the same time of the shop's clock a day later, whether or not summer time began between.
    """
    definition = (
        f"of {UNITS[of]}: the share followed by a new order of the same customer within so many days, to the minute; "
        "only those seen for the whole window are counted; not causal"
    )
    seen_until = _seen_until(shop)
    if seen_until is None:
        return RepurchaseReport(definition, None, [Window(each, 0, 0) for each in days])
    zone = ZoneInfo(shop.timezone)
    end, spans = _wall(seen_until, zone), [timedelta(days=each) for each in days]
    units, returned = [0] * len(days), [0] * len(days)
    for at, ordered in _events(shop, of, zone):
        place = bisect_right(ordered, at)
        back = ordered[place] if place < len(ordered) else None
        for window, span in enumerate(spans):
            if at + span <= end:
                units[window] += 1
                returned[window] += back is not None and back <= at + span
    return RepurchaseReport(definition, seen_until, [Window(*row) for row in zip(days, units, returned, strict=True)])


def _seen_until(shop: Shop) -> datetime | None:
    """The latest order or cancellation: later than that nobody could be seen to come back."""
    latest = [
        Order.objects.filter(shop=shop).aggregate(last=Max("placed_at"))["last"],
        CancellationRequest.objects.filter(shop=shop).aggregate(last=Max("requested_at"))["last"],
    ]
    known = [moment for moment in latest if moment is not None]
    return min(max(known), clock.now()) if known else None


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _events(shop: Shop, of: str, zone: ZoneInfo) -> Iterator[tuple[datetime, list[datetime]]]:
    """When each unit happened, with all orders of its customer, by the shop's clock. Two sorted streams, merged by customer."""
    orders = Order.objects.filter(shop=shop, customer__isnull=False).order_by("customer_id", "placed_at")
    gone = CancellationRequest.objects.filter(shop=shop, state__in=GONE, customer__isnull=False).order_by(
        "customer_id", "requested_at"
    )
    cancelled = _by_customer(gone.values_list("customer_id", "requested_at"), zone)
    customer, cancels = next(cancelled, _NOBODY)
    for buyer, ordered in _by_customer(orders.values_list("customer_id", "placed_at"), zone):
        while 0 < customer < buyer:
            yield from _units(of, cancels, [])
            customer, cancels = next(cancelled, _NOBODY)
        own: list[datetime] = []
        if customer == buyer:
            own = cancels
            customer, cancels = next(cancelled, _NOBODY)
        yield from _units(of, own, ordered)
    while customer:
        yield from _units(of, cancels, [])
        customer, cancels = next(cancelled, _NOBODY)


_NOBODY: tuple[int, list[datetime]] = (0, [])


def _units(of: str, cancels: list[datetime], ordered: list[datetime]) -> Iterator[tuple[datetime, list[datetime]]]:
    """The units of one customer."""
    moments = {"any": cancels, "first": cancels[:1], "orders": ordered, "never_cancelled": [] if cancels else ordered}[
        of
    ]
    return ((at, ordered) for at in moments)


def _by_customer(
    rows: QuerySet[Any, tuple[int | None, datetime]], zone: ZoneInfo
) -> Iterator[tuple[int, list[datetime]]]:
    for customer, group in groupby(rows.iterator(chunk_size=5000), itemgetter(0)):
        yield customer or 0, [_wall(at, zone) for _, at in group]


@dataclass(frozen=True, slots=True)
class ReasonShare:
    """How often a reason was given; `reason` is empty where none was told."""

    reason: str
    side: str
    requests: int
    share: float


def reasons(shop: Shop) -> list[ReasonShare]:
    """The mix of reasons over all wishes to cancel, kept and withdrawn ones included, the most frequent first."""
    rows = (
        CancellationRequest.objects.filter(shop=shop)
        .values_list("reason__code", "side")
        .annotate(requests=Count("id"))
        .order_by("-requests", "reason__code", "side")
    )
    found = [(code or "", side, count) for code, side, count in rows]
    whole = sum(count for _, _, count in found)
    return [ReasonShare(code, side, count, count / whole) for code, side, count in found]
