"""Counting what the findings stand on: orders and cancellations of four weeks and the four before, by item, page and promise.

Orders are counted by when they were placed, their cancellations with them: a share then never exceeds one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q

from kaeru.cancellations.models import CancellationLine, CancellationRequest, Reason, RequestState
from kaeru.core import wording
from kaeru.marketplaces.findings.rules import WINDOW_DAYS, Kind, Loss, promise_bucket
from kaeru.orders.models import Order, OrderLine
from kaeru.tenants.models import Shop

GONE = (RequestState.REQUESTED, RequestState.CANCELLED)
MOST_SUBJECTS = 5000
"""Items or pages with orders in the window, those with most orders first."""


@dataclass(slots=True)
class Subject:
    """One item, page, promise or stock record with its counts."""

    kind: Kind
    subject: str
    title: str = ""
    orders: int = 0
    orders_before: int = 0
    cancelled_before: int = 0
    losses: list[Loss] = field(default_factory=list)
    """Of the newer four weeks."""


@dataclass(slots=True)
class Counts:
    """A whole shop."""

    orders: int = 0
    cancelled: int = 0
    subjects: dict[tuple[Kind, str], Subject] = field(default_factory=dict)

    def at(self, kind: Kind, subject: str, title: str = "") -> Subject:
        """The subject's counts, made when they are new."""
        found = self.subjects.setdefault((kind, subject), Subject(kind, subject, title))
        found.title = found.title or title
        return found


@dataclass(frozen=True, slots=True)
class Gone:
    """One cancelled order of the window."""

    order_id: int
    is_new: bool
    """Of the newer four weeks."""
    loss: Loss
    days: int | None
    """Days from the order to its planned dispatch; None: nothing was planned."""


def count(shop: Shop, until: datetime) -> Counts:
    """The shop's 28 days before `until`, and the 28 before those; seven queries, however many orders."""
    middle, first = until - timedelta(days=WINDOW_DAYS), until - timedelta(days=2 * WINDOW_DAYS)
    counts = Counts()
    orders = Order.objects.filter(shop=shop, placed_at__gte=first, placed_at__lt=until)
    is_new = Q(order__placed_at__gte=middle)
    gone = _gone(shop, first, middle, until)
    lines = OrderLine.objects.filter(order__in=orders, quantity__gt=0)
    for kind, column in (("product", "sku"), ("page", "product_id")):
        rows = lines.exclude(**{column: ""}).order_by().values(column)
        found = rows.annotate(
            name=Max("title"), now=Count("order_id", distinct=True, filter=is_new),
            before=Count("order_id", distinct=True, filter=~is_new),
        )  # fmt: skip
        for row in found.order_by("-now")[:MOST_SUBJECTS]:
            one = counts.at(kind, row[column], row["name"])  # type: ignore[arg-type]
            one.orders, one.orders_before = row["now"], row["before"]
    _promises(counts, orders, middle, shop)
    _losses(counts, gone)
    counts.orders = orders.filter(placed_at__gte=middle).count()
    counts.cancelled = sum(one.is_new for one in gone.values())
    return counts


def _gone(shop: Shop, first: datetime, middle: datetime, until: datetime) -> dict[int, Gone]:
    """Cancellations of orders that were placed in the window, by order; the reason of a mall or import counts by its side only."""
    rows = CancellationRequest.objects.filter(
        shop=shop, state__in=GONE, order__placed_at__gte=first, order__placed_at__lt=until
    ).select_related("order", "reason")
    return {
        row.order_id: Gone(
            row.order_id,
            row.order.placed_at >= middle,
            Loss(row.value, row.reason.code if row.reason else "", row.side),
            _days(row.order, shop),
        )
        for row in rows
        if row.order is not None and row.order_id is not None
    }


def _days(order: Order, shop: Shop) -> int | None:
    if order.dispatch_by is None:
        return None
    return (order.dispatch_by - order.placed_at.astimezone(ZoneInfo(shop.timezone)).date()).days


def _promises(counts: Counts, orders: Iterable[Order], middle: datetime, shop: Shop) -> None:
    """Orders by how far away their dispatch was planned."""
    planned = Order.objects.filter(id__in=orders.values("id"), dispatch_by__isnull=False)  # type: ignore[attr-defined]
    zone = ZoneInfo(shop.timezone)
    for placed_at, dispatch_by in planned.values_list("placed_at", "dispatch_by"):
        assert dispatch_by is not None
        bucket = promise_bucket((dispatch_by - placed_at.astimezone(zone).date()).days)
        one = counts.at("promise", bucket)
        if placed_at >= middle:
            one.orders += 1
        else:
            one.orders_before += 1


def _losses(counts: Counts, gone: dict[int, Gone]) -> None:
    """Put each cancellation to the items, pages and promise that it hit, once each; what it took away in part is that line's."""
    lines = CancellationLine.objects.filter(
        request__order_id__in=list(gone), request__state__in=GONE, order_line__isnull=False
    )
    columns = ("request__order_id", "order_line__sku", "order_line__product_id", "order_line__title", "amount")
    seen: set[tuple[int, Kind, str]] = set()
    for order_id, sku, product_id, title, amount in lines.values_list(*columns):
        one = gone[order_id]
        loss = Loss(amount, one.loss.reason, one.loss.side)
        for kind, subject in _hit(sku, product_id, one):
            if subject and (order_id, kind, subject) not in seen:
                seen.add((order_id, kind, subject))
                _put(counts.at(kind, subject, title), one.is_new, loss)
    for one in gone.values():
        if one.days is not None:
            _put(counts.at("promise", promise_bucket(one.days)), one.is_new, one.loss)


def _hit(sku: str, product_id: str, one: Gone) -> list[tuple[Kind, str]]:
    found: list[tuple[Kind, str]] = [("product", sku), ("page", product_id)]
    if one.loss.reason == "out_of_stock":
        found.append(("stock", sku))
    return found


def _put(subject: Subject, is_new: bool, loss: Loss) -> None:
    if is_new:
        subject.losses.append(loss)
    else:
        subject.cancelled_before += 1


def reason_labels(shop: Shop, codes: Sequence[str], language: str) -> dict[str, str]:
    """The reasons' names in the reader's language; one query."""
    rows = Reason.objects.filter(shop=shop, code__in=set(codes))
    return {row.code: wording.pick(row.labels, language) for row in rows}
