"""An order comes in: is it a cancelled one come back?"""

from collections import defaultdict
from collections.abc import Iterable

from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import events, ids, links
from kaeru.core.events import News, receiver
from kaeru.core.models import Event
from kaeru.offers.models import Coupon
from kaeru.offers.rules import tidy_code
from kaeru.orders.models import Order
from kaeru.recoveries import planning, watching  # noqa: F401 what scenarios are told; what outcomes hear of
from kaeru.recoveries.models import Recovery
from kaeru.recoveries.rules import Candidate, match
from kaeru.scenarios.models import Enrollment

GONE = (RequestState.REQUESTED, RequestState.CANCELLED)


@receiver("order.placed")
def recognise(told: list[Event]) -> None:
    """Record what came back; one order makes good one cancellation, and each cancellation comes back once."""
    orders = list(
        Order.objects.filter(id__in=[event.subject_id for event in told], cancelled_at=None).order_by("placed_at", "id")
    )
    by_link = {
        order.id: link.subject_id
        for order in orders
        if order.reorder_ref and (link := links.resolve("reorder", order.reorder_ref))
    }
    by_coupon = _by_coupon(orders)
    open_ones = _open_cancellations(orders, [*by_link.values(), *by_coupon.values()])
    of_customer: dict[int, list[int]] = defaultdict(list)
    for cancellation in open_ones.values():
        of_customer[cancellation.customer_id or 0].append(cancellation.id)
    fresh = []
    for order in orders:
        found = match(
            order.id,
            order.placed_at,
            _candidate(open_ones.get(by_link.get(order.id, 0)), order),
            _candidate(open_ones.get(by_coupon.get(order.id, 0)), order),
            [c for key in of_customer.get(order.customer_id or -1, []) if (c := _candidate(open_ones.get(key), order))],
        )
        if found is not None:
            del open_ones[found.cancellation_id]
            fresh.append(_recovery(order, found.cancellation_id, found.how))
    Recovery.objects.bulk_create(fresh, ignore_conflicts=True)
    events.emit(News("recovery.recorded", row.organization_id, row.id) for row in fresh)


@receiver("swap.done")
def recognise_swaps(told: list[Event]) -> None:
    """A swapped order is a cancelled one come back, by the link of the swap."""
    by_order = {
        event.payload["new_order"]: event.payload["request"] for event in told if event.payload.get("new_order")
    }
    orders = Order.objects.filter(id__in=by_order, cancelled_at=None)
    fresh = [_recovery(order, by_order[order.id], "link") for order in orders]
    Recovery.objects.bulk_create(fresh, ignore_conflicts=True)
    kept = set(Recovery.objects.filter(id__in=[row.id for row in fresh]).values_list("id", flat=True))
    events.emit(News("recovery.recorded", row.organization_id, row.id) for row in fresh if row.id in kept)


def _recovery(order: Order, cancellation_id: int, how: str) -> Recovery:
    return Recovery(
        id=ids.new_id(), organization_id=order.organization_id, shop_id=order.shop_id, cancellation_id=cancellation_id, order=order,
        how=how, amount=order.total, currency=order.currency, recovered_at=order.placed_at,
    )  # fmt: skip


def _candidate(row: CancellationRequest | None, order: Order) -> Candidate | None:
    """Only a cancellation of the order's own shop can come back by it."""
    return (
        None
        if row is None or row.shop_id != order.shop_id
        else Candidate(row.id, row.order_id, row.decided_at or row.requested_at)
    )


def _by_coupon(orders: Iterable[Order]) -> dict[int, int]:
    """Order -> cancellation whose scenario gave the coupon it used."""
    codes = {(order.shop_id, tidy_code(code)): order.id for order in orders for code in order.coupon_codes}
    if not codes:
        return {}
    coupons = Coupon.objects.filter(code__in={code for _, code in codes}, enrollment_id__isnull=False)
    used = {
        c.enrollment_id: codes[c.shop_id, c.code] for c in coupons if c.enrollment_id and (c.shop_id, c.code) in codes
    }
    return {
        used[enrollment]: cancellation
        for enrollment, cancellation in Enrollment.objects.filter(id__in=used).values_list("id", "cancellation_id")
    }


def _open_cancellations(orders: list[Order], named: list[int]) -> dict[int, CancellationRequest]:
    """Cancellations, named or of these customers, that have not come back; each only within its own shop."""
    shops = {order.shop_id for order in orders}
    rows = CancellationRequest.objects.filter(shop_id__in=shops, state__in=GONE, is_whole=True, is_history=False)
    customers = {order.customer_id for order in orders if order.customer_id}
    found = {row.id: row for row in rows.filter(customer_id__in=customers)} | {
        row.id: row for row in rows.filter(id__in=named)
    }
    done = set(Recovery.objects.filter(cancellation_id__in=found).values_list("cancellation_id", flat=True))
    return {key: row for key, row in found.items() if key not in done}
