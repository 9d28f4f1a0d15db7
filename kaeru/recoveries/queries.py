"""Reads for screens: what came back, and how often cancelled buyers buy again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, DateTimeField, Exists, ExpressionWrapper, OuterRef, QuerySet, Sum

from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.queries import GONE, listed
from kaeru.orders.models import Order
from kaeru.recoveries.models import Recovery


@dataclass(frozen=True, slots=True)
class Back:
    """What came back to a shop in a span: orders, and their worth in minor units."""

    count: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """Of `units`, so many `returned`. The rate is None when there is nothing to divide by."""

    units: int
    returned: int

    @property
    def rate(self) -> float | None:
        """Fraction, 0 to 1."""
        return self.returned / self.units if self.units else None


def came_back(shop_ids: Sequence[int], since: datetime, until: datetime) -> dict[int, Back]:
    """Recovered orders by shop, by when they were placed."""
    rows = (
        Recovery.objects.filter(shop_id__in=shop_ids, recovered_at__gte=since, recovered_at__lt=until)
        .values_list("shop_id")
        .annotate(Count("id"), Sum("amount"))
    )
    return {shop_id: Back(count, amount or 0) for shop_id, count, amount in rows}


def recovered(shop_ids: Sequence[int]) -> QuerySet[CancellationRequest]:
    """Cancellations that came back, the newest first."""
    back = Recovery.objects.filter(cancellation_id=OuterRef("id"))
    return listed(shop_ids).filter(Exists(back))


def of_cancellations(cancellation_ids: Sequence[int]) -> dict[int, Recovery]:
    """The recovery of each of these cancellations that came back."""
    rows = Recovery.objects.filter(cancellation_id__in=cancellation_ids).select_related("order")
    return {row.cancellation_id: row for row in rows}


def cancelled_share(shop_id: int, since: datetime, until: datetime) -> Share:
    """Of the orders placed in the span: how many were cancelled, whole or in part, whenever that was."""
    placed = Order.objects.filter(shop_id=shop_id, placed_at__gte=since, placed_at__lt=until)
    wish = CancellationRequest.objects.filter(order_id=OuterRef("id"), state__in=GONE)
    return Share(units=placed.count(), returned=placed.filter(Exists(wish)).count())


def bought_again_share(shop_id: int, since: datetime, until: datetime, window: timedelta) -> Share:
    """Of the cancellations in the span by customers we know: after how many did the same customer order again within `window`.

    Choose `until` at least `window` ago, so that each cancellation was watched for the whole window.
    """
    end = ExpressionWrapper(OuterRef("requested_at") + window, output_field=DateTimeField())
    again = Order.objects.filter(
        shop_id=shop_id, customer_id=OuterRef("customer_id"), placed_at__gt=OuterRef("requested_at"), placed_at__lte=end
    ).exclude(id=OuterRef("order_id"))
    watched = CancellationRequest.objects.filter(
        shop_id=shop_id, state__in=GONE, customer_id__isnull=False, order_id__isnull=False,
        requested_at__gte=since, requested_at__lt=until,
    )  # fmt: skip
    return Share(units=watched.count(), returned=watched.filter(Exists(again)).count())
