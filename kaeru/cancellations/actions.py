"""Verbs of a wish to cancel: give the reason, cancel, keep. Each may be repeated; the second time changes nothing."""

from django.db import transaction

from kaeru.cancellations import rules
from kaeru.cancellations.errors import NotCancellable, UnknownReason
from kaeru.cancellations.models import CancellationLine, CancellationRequest, Reason, RequestState
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News
from kaeru.orders.models import Order, OrderLine


@transaction.atomic
def choose_reason(order_id: int, reason_code: str, *, actor: str) -> CancellationRequest:
    """The buyer gives exactly one reason; nothing is cancelled by it.

    Raises Order.DoesNotExist, UnknownReason, NotCancellable.
    """
    order = Order.objects.select_for_update().get(id=order_id)
    reason = Reason.objects.filter(shop_id=order.shop_id, code=reason_code, is_active=True).first()
    if reason is None:
        raise UnknownReason(reason_code)
    newest = CancellationRequest.objects.filter(order=order).order_by("-id").first()
    state = rules.OrderState(is_cancelled=order.cancelled_at is not None, is_shipped=order.shipped_at is not None)
    verdict = rules.on_reason(state, newest.state if newest else None, bool(newest and newest.reason_id))
    if verdict in ("already_cancelled", "shipped"):
        raise NotCancellable(verdict)
    if verdict == "open" or newest is None:
        newest = _open(order, actor)
    elif verdict == "unchanged" or newest.reason_id == reason.id:
        return newest
    CancellationRequest.objects.filter(id=newest.id).update(reason=reason, side=reason.side)
    newest.reason, newest.side = reason, reason.side
    audit.record(
        order.organization_id, actor, "cancellation.reason_given", "cancellation", newest.id, reason=reason.code
    )
    if verdict == "attach":
        events.emit([News("cancellation.reason_given", order.organization_id, newest.id)])
    return newest


def _open(order: Order, actor: str) -> CancellationRequest:
    request = CancellationRequest.objects.create(
        id=ids.new_id(), organization_id=order.organization_id, shop_id=order.shop_id, order=order, customer_id=order.customer_id,
        origin=actor.split(":", maxsplit=1)[0] if actor.startswith("api") else "page", state=RequestState.CONSIDERING, value=order.total,
        currency=order.currency, requested_at=clock.now(), created_at=clock.now(),
    )  # fmt: skip
    write_lines([request])
    return request


def write_lines(requests: list[CancellationRequest]) -> None:
    """A whole cancellation lists every line of its order."""
    by_order = {request.order_id: request for request in requests if request.order_id}
    CancellationLine.objects.bulk_create(
        CancellationLine(
            id=ids.new_id(),
            organization_id=line.organization_id,
            request=by_order[line.order_id],
            order_line=line,
            quantity=line.quantity,
            amount=line.quantity * line.unit_price,
        )
        for line in OrderLine.objects.filter(order_id__in=by_order)
    )


@transaction.atomic
def confirm(request_id: int, *, actor: str) -> CancellationRequest:
    """The buyer cancels. The shop's system is told; the scenario of the reason starts.

    Raises CancellationRequest.DoesNotExist, NotCancellable when the parcel left meanwhile.
    """
    request = CancellationRequest.objects.select_for_update(of=("self",)).select_related("order").get(id=request_id)
    if request.state != RequestState.CONSIDERING:
        return request
    if request.order and request.order.shipped_at is not None:
        raise NotCancellable("shipped")
    return _decide(request, RequestState.REQUESTED, "cancellation.requested", actor)


@transaction.atomic
def keep(request_id: int, *, actor: str) -> CancellationRequest:
    """The buyer keeps the order. Raises CancellationRequest.DoesNotExist."""
    request = CancellationRequest.objects.select_for_update().get(id=request_id)
    if request.state != RequestState.CONSIDERING:
        return request
    return _decide(request, RequestState.KEPT, "cancellation.kept", actor)


def _decide(request: CancellationRequest, state: RequestState, news: str, actor: str) -> CancellationRequest:
    request.state, request.decided_at = state, clock.now()
    CancellationRequest.objects.filter(id=request.id).update(state=state, decided_at=request.decided_at)
    audit.record(request.organization_id, actor, news, "cancellation", request.id)
    events.emit([News(news, request.organization_id, request.id)])
    return request


def request(order_id: int, reason_code: str, *, actor: str) -> CancellationRequest:
    """Reason and decision in one, for a shop's own cancel form that asked both."""
    with transaction.atomic():
        chosen = choose_reason(order_id, reason_code, actor=actor)
        return confirm(chosen.id, actor=actor)


@transaction.atomic
def mark_cancelled(request_id: int, *, actor: str) -> bool:
    """A person says that the order is cancelled in the shop's own system; False when it was not waiting for that."""
    moment = clock.now()
    row = CancellationRequest.objects.filter(id=request_id, state=RequestState.REQUESTED)
    if not row.update(state=RequestState.CANCELLED, cancelled_at=moment):
        return False
    owner = CancellationRequest.objects.values_list("organization_id", flat=True).get(id=request_id)
    audit.record(owner, actor, "cancellation.confirmed_by_hand", "cancellation", request_id)
    return True
