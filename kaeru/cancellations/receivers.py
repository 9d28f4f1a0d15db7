"""What the shop's system tells becomes a cancellation's story: cancelled, restored, given back in part."""

from kaeru.cancellations import rules
from kaeru.cancellations.actions import write_lines
from kaeru.cancellations.models import CancellationLine, CancellationRequest, RequestState, Side
from kaeru.connectors import actions as connectors
from kaeru.core import clock, events, ids
from kaeru.core.events import News, receiver
from kaeru.core.models import Event
from kaeru.orders.models import Order, Refund, RefundLine

OPEN = (RequestState.CONSIDERING, RequestState.REQUESTED)


@receiver("order.cancelled")
def record_cancelled(told: list[Event]) -> None:
    """The order is cancelled in the shop's system: confirm the wish that is open, or record the cancellation."""
    past = {event.subject_id: bool(event.payload.get("history")) for event in told}
    orders = {order.id: order for order in Order.objects.filter(id__in=past, cancelled_at__isnull=False)}
    known = {
        request.order_id: request
        for request in CancellationRequest.objects.filter(order_id__in=orders)
        .exclude(state=RequestState.KEPT)
        .order_by("id")
    }
    fresh: list[CancellationRequest] = []
    news: list[News] = []
    for order in orders.values():
        request = known.get(order.id)
        if request is not None and request.state in OPEN:
            _confirm(request, order, news)
        elif request is None or request.state == RequestState.RESTORED:
            fresh.append(_recorded(order, past[order.id]))
        elif not request.is_whole:
            CancellationRequest.objects.filter(id=request.id).update(
                is_whole=True, value=order.total, cancelled_at=order.cancelled_at
            )
    CancellationRequest.objects.bulk_create(fresh)
    write_lines(fresh)
    news += [
        News("cancellation.recorded", request.organization_id, request.id)
        for request in fresh
        if not request.is_history
    ]
    events.emit(news)


def _confirm(request: CancellationRequest, order: Order, news: list[News]) -> None:
    was_considering = request.state == RequestState.CONSIDERING
    CancellationRequest.objects.filter(id=request.id).update(
        state=RequestState.CANCELLED,
        cancelled_at=order.cancelled_at,
        decided_at=request.decided_at or order.cancelled_at,
    )
    if was_considering:
        news.append(News("cancellation.recorded", request.organization_id, request.id))


def _recorded(order: Order, is_history: bool) -> CancellationRequest:
    assert order.cancelled_at is not None
    return CancellationRequest(
        id=ids.new_id(), organization_id=order.organization_id, shop_id=order.shop_id, order=order, customer_id=order.customer_id,
        side=order.cancel_side or Side.UNKNOWN, origin="import" if is_history else "shop", state=RequestState.CANCELLED,
        value=order.total, currency=order.currency, is_history=is_history or rules.is_stale(order.cancelled_at, clock.now()),
        requested_at=order.cancelled_at, decided_at=order.cancelled_at, cancelled_at=order.cancelled_at, created_at=clock.now(),
    )  # fmt: skip


@receiver("order.restored")
def record_restored(told: list[Event]) -> None:
    """The shop took the cancellation back."""
    rows = CancellationRequest.objects.filter(
        order_id__in=[event.subject_id for event in told], order__cancelled_at=None, state=RequestState.CANCELLED
    )
    found = list(rows.values_list("id", "organization_id"))
    CancellationRequest.objects.filter(id__in=[row[0] for row in found]).update(state=RequestState.RESTORED)
    events.emit([News("cancellation.restored", organization_id, request_id) for request_id, organization_id in found])


@receiver("refund.created")
def record_refund(told: list[Event]) -> None:
    """A credit slip is a cancellation in part; the refund of an order that is cancelled whole adds nothing."""
    refunds = {
        refund.id: refund
        for refund in Refund.objects.select_related("order").filter(id__in=[event.subject_id for event in told])
    }
    done = set(CancellationRequest.objects.filter(refund_id__in=refunds).values_list("refund_id", flat=True))
    whole = set(
        CancellationRequest.objects.filter(
            order_id__in=[r.order_id for r in refunds.values() if r.order_id], is_whole=True
        ).exclude(state__in=[RequestState.KEPT, RequestState.RESTORED]).values_list("order_id", flat=True)
    )  # fmt: skip
    fresh = {
        refund.id: CancellationRequest(
            id=ids.new_id(), organization_id=refund.organization_id, shop_id=refund.shop_id, order_id=refund.order_id,
            customer_id=refund.customer_id, refund=refund, origin="import" if refund.is_history else "shop",
            state=RequestState.CANCELLED, is_whole=False, value=refund.amount, currency=refund.currency,
            is_history=refund.is_history or rules.is_stale(refund.refunded_at, clock.now()), requested_at=refund.refunded_at,
            decided_at=refund.refunded_at, cancelled_at=refund.refunded_at, created_at=clock.now(),
        )
        for refund in refunds.values()
        if refund.id not in done and refund.order_id not in whole and not (refund.order and refund.order.cancelled_at)
    }  # fmt: skip
    CancellationRequest.objects.bulk_create(fresh.values())
    CancellationLine.objects.bulk_create(
        CancellationLine(
            id=ids.new_id(),
            organization_id=line.organization_id,
            request=fresh[line.refund_id],
            order_line_id=line.order_line_id,
            quantity=line.quantity,
            amount=line.amount,
        )
        for line in RefundLine.objects.filter(refund_id__in=fresh)
    )


@receiver("cancellation.requested")
def tell_the_shop(told: list[Event]) -> None:
    """An own shop's system cancels the order itself when it hears of the wish; others see it in the console."""
    requests = CancellationRequest.objects.select_related("shop", "order", "reason").filter(
        id__in=[event.subject_id for event in told], state=RequestState.REQUESTED
    )
    for request in requests:
        if request.shop.notify_url and request.order and request.reason:
            payload = {
                "cancellation_id": str(request.id),
                "order_id": request.order.source_id,
                "reason": request.reason.code,
                "side": request.side,
                "requested_at": (request.decided_at or request.requested_at).isoformat(),
            }
            connectors.tell_shop(
                request.shop,
                "cancellation.requested",
                subject_id=request.id,
                payload=payload,
                key=f"cancellation.requested:{request.id}",
            )
