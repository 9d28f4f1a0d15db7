"""What the shop's system tells becomes a cancellation's story: cancelled, restored, given back in part."""

from kaeru.cancellations import deciding, mall_wishes, rules  # noqa: F401 what buyers ask of malls
from kaeru.cancellations.actions import write_lines
from kaeru.cancellations.desk import receivers as desk  # noqa: F401 what comes onto the desk
from kaeru.cancellations.models import CancellationLine, CancellationRequest, Decision, RequestState, Side, Verdict
from kaeru.cancellations.policy import queries as policies
from kaeru.cancellations.policy.grounds import words_of
from kaeru.cancellations.refunds import comes_back
from kaeru.connectors import actions as connectors
from kaeru.core import clock, events, ids
from kaeru.core.events import News, receiver
from kaeru.core.models import Event
from kaeru.offers import returning
from kaeru.orders.models import Order, Refund, RefundLine

SHOPS_OWN = (RequestState.RESTORED, RequestState.DECLINED)
"""After these, a cancellation is a new one, and the shop's: whoever was told no did not cancel."""


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
        if request is not None and rules.after(request.state, "cancelled"):
            _confirm(request, order, news)
        elif request is None or request.state in SHOPS_OWN:
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


@receiver("order.cancelled")
def return_coupons(told: list[Event]) -> None:
    """Coupons of orders that are cancelled whole can be used again, by the shop's rule."""
    orders = [event.subject_id for event in told if not event.payload.get("history")]
    rows = list(
        CancellationRequest.objects.filter(
            order_id__in=orders, state=RequestState.CANCELLED, is_whole=True, order__cancelled_at__isnull=False
        ).select_related("order")
    )
    asked = policies.standing({row.shop_id for row in rows})
    back = [row for row in rows if comes_back(asked[row.shop_id].policy.returns.coupons, row.side)]
    if back:
        returning.return_coupons([row.order for row in back if row.order is not None], actor=deciding.POLICY)


def _confirm(request: CancellationRequest, order: Order, news: list[News]) -> None:
    """The order of an open wish is cancelled. Where the shop had not said yes to the wish and did it on its own account, it is the
    shop's cancellation.
    """
    was_undecided = request.state in (RequestState.CONSIDERING, RequestState.ASKED)
    side = Side.SHOP if was_undecided and order.cancel_side == Side.SHOP else request.side
    CancellationRequest.objects.filter(id=request.id).update(
        state=RequestState.CANCELLED,
        side=side,
        cancelled_at=order.cancelled_at,
        decided_at=request.decided_at or order.cancelled_at,
    )
    if request.state == RequestState.ASKED:
        Decision.objects.create(
            id=ids.new_id(), organization_id=request.organization_id, request=request, verdict=Verdict.APPROVE, by="shop",
            decided_at=clock.now(),
        )  # fmt: skip
    if was_undecided:
        news.append(News("cancellation.recorded", request.organization_id, request.id))


def _recorded(order: Order, is_history: bool) -> CancellationRequest:
    assert order.cancelled_at is not None
    return CancellationRequest(
        id=ids.new_id(), organization_id=order.organization_id, shop_id=order.shop_id, order=order, customer_id=order.customer_id,
        side=order.cancel_side or Side.UNKNOWN, origin="import" if is_history else "shop", state=RequestState.CANCELLED,
        value=order.total, currency=order.currency, is_history=is_history or rules.is_stale(order.cancelled_at, clock.now()),
        requested_at=order.cancelled_at, decided_at=order.cancelled_at, cancelled_at=order.cancelled_at, created_at=clock.now(),
    )  # fmt: skip


@receiver("order.shipped")
def decline_shipped(told: list[Event]) -> None:
    """The parcel left while the staff were deciding: there is nothing to decide any more, and the buyer is told so."""
    rows = CancellationRequest.objects.filter(
        order_id__in=[event.subject_id for event in told],
        order__shipped_at__isnull=False,
        order__cancelled_at=None,
        state=RequestState.ASKED,
    )
    waiting = list(rows.select_for_update(of=("self",)).select_related("order"))
    asked = policies.standing({request.shop_id for request in waiting})
    for request in waiting:
        deciding.write(
            request, RequestState.DECLINED, Verdict.DECLINE, by=deciding.POLICY, actor="shop", news="cancellation.declined",
            basis=deciding.Basis(ground="shipped", words=words_of("shipped", asked[request.shop_id].policy.grounds)),
            told={"by": deciding.POLICY, "ground": "shipped", "result": "refuse"},
        )  # fmt: skip


@receiver("order_change.settled")
def record_carried_out(told: list[Event]) -> None:
    """The gate has cancelled the order, and has read that it is so: no need to wait until the shop's system tells it."""
    done = [
        event.payload["source_id"]
        for event in told
        if (event.payload["source"], event.payload["kind"], event.payload["state"]) == ("request", "cancel", "done")
    ]
    rows = CancellationRequest.objects.filter(id__in=done, state=RequestState.REQUESTED)
    rows.update(state=RequestState.CANCELLED, cancelled_at=clock.now())


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


@receiver("cancellation.requested", "cancellation.swapped")
def tell_the_shop(told: list[Event]) -> None:
    """An own shop's system cancels the order itself when it hears of the wish; others see it in the console. Where the gate cancels,
    nobody needs to be told.
    """
    why = {event.subject_id: event.payload.get("reason", "") for event in told if not event.payload.get("by_gate")}
    requests = CancellationRequest.objects.select_related("shop", "order", "reason").filter(
        id__in=why, state=RequestState.REQUESTED
    )
    for request in requests:
        reason = why[request.id] or (request.reason.code if request.reason else "")
        if request.shop.notify_url and request.order and reason:
            payload = {
                "cancellation_id": str(request.id),
                "order_id": request.order.source_id,
                "reason": reason,
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
