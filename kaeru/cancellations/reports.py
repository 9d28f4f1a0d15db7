"""Reports: how often the shop's orders are cancelled.

The same shop and year give rates from 0.7 % to 17 %, by what is counted (docs/explanation/measuring.md): so each answer
carries its definition. Days and months are those of the shop's clock; spans are half-open.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q, QuerySet, Sum

from kaeru.cancellations.models import CancellationLine, CancellationRequest
from kaeru.cancellations.queries import GONE
from kaeru.orders.models import Order, OrderLine, Refund
from kaeru.tenants.models import Shop

COUNTS = ("requests", "orders_any", "orders_full", "lines", "value")
_SAID = {
    "requests": "cancellations (whole orders and credit slips) recorded in the period, per order placed in the period",
    "orders_any": "orders placed in the period of which anything was cancelled{within}, per order placed in the period{known}",
    "orders_full": "orders placed in the period that were cancelled whole{within}, per order placed in the period{known}",
    "lines": "order lines on cancellations recorded in the period, per order line of the orders placed in the period",
    "value": "value of the cancellations recorded in the period, per value of the orders placed in the period ({currency})",
}


@dataclass(frozen=True, slots=True)
class Period:
    """A span of the report; None: without an end on that side."""

    name: str
    since: datetime | None = None
    until: datetime | None = None

    def of(self, column: str) -> Q:
        """The condition that the column lies in the span."""
        since = Q(**{f"{column}__gte": self.since}) if self.since else Q()
        return since & Q(**{f"{column}__lt": self.until}) if self.until else since


@dataclass(frozen=True, slots=True)
class Rate:
    """One row: what was counted, of how many. The rate is None where there is nothing to divide by."""

    period: str
    orders: int
    cancelled: int

    @property
    def rate(self) -> float | None:
        """The share, 0 to more than 1 (slips of earlier orders can outnumber a month's orders)."""
        return self.cancelled / self.orders if self.orders else None


@dataclass(frozen=True, slots=True)
class RateReport:
    """Rows by period, and what they mean in one sentence."""

    definition: str
    rows: list[Rate]


def cancellation_rate(
    shop: Shop,
    *,
    count: str = "requests",
    since: date | None = None,
    until: date | None = None,
    by_month: bool = False,
    within: int | None = None,
) -> RateReport:
    """The shop's cancellation rate as `count` counts (see COUNTS), over days from `since` to before `until`.

    `within`: for orders_any and orders_full, only cancellations at most so many calendar days after the order.
    """
    periods = list(_months(shop, since, until)) if by_month else [_span(shop, since, until)]
    known_only = count in ("orders_any", "orders_full") and _slips_name_no_order(shop)
    told = _SAID[count].format(
        within=f" within {within} calendar days" if within is not None else "",
        known=" by a known customer (this shop's credit slips name no order, they are matched by customer and item)"
        if known_only
        else "",
        currency=shop.currency,
    )
    counter = {"requests": _requests, "lines": _lines, "value": _value}.get(count)
    if counter:
        return RateReport(told, [Rate(period.name, *counter(shop, period)) for period in periods])
    whole = count == "orders_full"
    return RateReport(
        told,
        [
            Rate(period.name, *_orders(shop, period, known_only=known_only, whole=whole, within=within))
            for period in periods
        ],
    )


def _requests(shop: Shop, period: Period) -> tuple[int, int]:
    return _placed(shop, period).count(), _gone(shop, period).count()


def _lines(shop: Shop, period: Period) -> tuple[int, int]:
    bought = OrderLine.objects.filter(period.of("order__placed_at"), order__shop=shop, quantity__gt=0).count()
    return bought, CancellationLine.objects.filter(request__in=_gone(shop, period)).count()


def _value(shop: Shop, period: Period) -> tuple[int, int]:
    bought = _placed(shop, period).filter(currency=shop.currency).aggregate(sum=Sum("total"))["sum"]
    gone = _gone(shop, period).filter(currency=shop.currency).aggregate(sum=Sum("value"))["sum"]
    return bought or 0, gone or 0


def _orders(shop: Shop, period: Period, *, known_only: bool, whole: bool, within: int | None) -> tuple[int, int]:
    placed = _placed(shop, period)
    if known_only:
        placed = placed.filter(customer__isnull=False)
    touched, taken = _touched(shop, period, within)
    return placed.count(), sum(_whole(touched, taken).values()) if whole else len(touched)


def _touched(shop: Shop, period: Period, within: int | None) -> tuple[dict[int, bool], dict[int, int]]:
    """The period's orders of which something was cancelled (True: whole, as told), and how many of each line."""
    zone = ZoneInfo(shop.timezone)

    def is_in_time(placed_at: datetime, at: datetime) -> bool:
        return within is None or (at.astimezone(zone).date() - placed_at.astimezone(zone).date()).days <= within

    orders: dict[int, bool] = {}
    taken: dict[int, int] = defaultdict(int)
    parts = CancellationLine.objects.filter(
        period.of("order_line__order__placed_at"), request__shop=shop, request__state__in=GONE, order_line__isnull=False
    ).values_list(
        "order_line_id", "order_line__order_id", "order_line__order__placed_at", "request__requested_at", "quantity"
    )
    for line_id, order_id, placed_at, at, quantity in parts.iterator(chunk_size=5000):
        if is_in_time(placed_at, at):
            orders[order_id] = False
            taken[line_id] += quantity
    told = CancellationRequest.objects.filter(
        period.of("order__placed_at"), shop=shop, state__in=GONE, is_whole=True, order__isnull=False
    )
    for order_id, placed_at, at in told.values_list("order_id", "order__placed_at", "requested_at").iterator(
        chunk_size=5000
    ):
        if is_in_time(placed_at, at):
            orders[order_id] = True
    return orders, taken


def _whole(orders: dict[int, bool], taken: dict[int, int]) -> dict[int, bool]:
    """Which orders are cancelled whole: told so, or nothing is left of any of their lines."""
    unsure = [order_id for order_id, whole in orders.items() if not whole]
    for start in range(0, len(unsure), 500):
        some = unsure[start : start + 500]
        lines = OrderLine.objects.filter(order_id__in=some, quantity__gt=0).values_list("id", "order_id", "quantity")
        remaining = {order_id for line_id, order_id, quantity in lines if taken.get(line_id, 0) < quantity}
        orders |= {order_id: order_id not in remaining for order_id in some}
    return orders


def _placed(shop: Shop, period: Period) -> QuerySet[Order]:
    return Order.objects.filter(period.of("placed_at"), shop=shop)


def _gone(shop: Shop, period: Period) -> QuerySet[CancellationRequest]:
    return CancellationRequest.objects.filter(period.of("requested_at"), shop=shop, state__in=GONE)


def _slips_name_no_order(shop: Shop) -> bool:
    return Refund.objects.filter(shop=shop, order=None).exists()


def _span(shop: Shop, since: date | None, until: date | None) -> Period:
    zone = ZoneInfo(shop.timezone)
    name = f"{since or '..'}/{until or '..'}" if since or until else "all"
    return Period(name, _midnight(since, zone) if since else None, _midnight(until, zone) if until else None)


def _months(shop: Shop, since: date | None, until: date | None) -> Iterator[Period]:
    """The months of the shop's clock that hold an order or a cancellation, cut at the given days."""
    zone = ZoneInfo(shop.timezone)
    orders = Order.objects.filter(shop=shop).aggregate(first=Min("placed_at"), last=Max("placed_at"))
    gone = CancellationRequest.objects.filter(shop=shop, state__in=GONE).aggregate(
        first=Min("requested_at"), last=Max("requested_at")
    )
    seen = [moment.astimezone(zone).date() for moment in (*orders.values(), *gone.values()) if moment]
    if not seen:
        return
    first, end = max(filter(None, [since, min(seen)])), min(filter(None, [until, max(seen) + timedelta(days=1)]))
    while first < end:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield Period(f"{first:%Y-%m}", _midnight(first, zone), _midnight(min(following, end), zone))
        first = following


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
