"""Reads for screens: what was cancelled, and what still needs a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from kaeru.cancellations.models import CancellationRequest, Decision, Reason, RequestState
from kaeru.cancellations.policy import queries as policies
from kaeru.cancellations.refunds import Paid, Plan, plan
from kaeru.connectors.gate import queries as gates
from kaeru.connectors.models import OrderChange
from kaeru.core import clock
from kaeru.orders.models import Refund

GONE = (RequestState.REQUESTED, RequestState.CANCELLED)
"""The order goes: the buyer has cancelled and nobody has to be asked any more, whether or not the shop's system has followed."""
PATIENCE = timedelta(minutes=15)
"""How long a shop's own system may take to cancel before a person is asked to look."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cancellations a shop had in a span, and what they take away (minor units)."""

    count: int = 0
    value: int = 0


def tallies(shop_ids: Sequence[int], since: datetime, until: datetime) -> dict[int, Tally]:
    """Cancellations by shop, by when they were requested; files of the past are left out."""
    rows = (
        CancellationRequest.objects.filter(
            shop_id__in=shop_ids, state__in=GONE, is_history=False, requested_at__gte=since, requested_at__lt=until
        )
        .values_list("shop_id")
        .annotate(Count("id"), Sum("value"))
    )
    return {shop_id: Tally(count, value or 0) for shop_id, count, value in rows}


def listed(shop_ids: Sequence[int], since: datetime | None = None) -> QuerySet[CancellationRequest]:
    """Wishes to cancel, newest first, with what a list row shows; those only being considered are left out."""
    rows = (
        CancellationRequest.objects.filter(shop_id__in=shop_ids)
        .exclude(state=RequestState.CONSIDERING)
        .select_related("order", "customer", "reason", "shop")
        .order_by("-requested_at", "-id")
    )
    return rows if since is None else rows.filter(requested_at__gte=since)


def one(request_id: int) -> CancellationRequest | None:
    """One wish to cancel with everything around it, or None when there is none in scope."""
    return (
        CancellationRequest.objects.select_related("order", "customer", "reason", "shop", "refund")
        .filter(id=request_id)
        .first()
    )


def to_cancel_by_hand(shop_ids: Sequence[int]) -> QuerySet[CancellationRequest]:
    """Cancelled by the buyer, but not yet in the shop's own system: nobody told it, or it has not followed in time. Oldest first.

    What the gate is about to cancel is on its way, for as long as a shop's system may take.
    """
    by_gate = OrderChange.objects.filter(
        source="request", source_id=OuterRef("id"), kind="cancel", state__in=gates.OPEN
    )
    late = (Q(shop__notify_url="") & ~Exists(by_gate)) | Q(decided_at__lt=clock.now() - PATIENCE) | Q(decided_at=None)
    return (
        CancellationRequest.objects.filter(late, shop_id__in=shop_ids, state=RequestState.REQUESTED, is_history=False)
        .select_related("order", "customer", "reason", "shop")
        .order_by("requested_at", "id")
    )


def decisions(request_ids: Sequence[int]) -> dict[int, list[Decision]]:
    """What was decided about each of these wishes, oldest first; one query. Those about which nothing was decided are missing."""
    found: dict[int, list[Decision]] = {}
    for row in Decision.objects.filter(request_id__in=request_ids).order_by("id"):
        found.setdefault(row.request_id, []).append(row)
    return found


def refund_plan(request: CancellationRequest) -> Plan:
    """How the money of this wish goes back; for the case, and in one sentence for the buyer. Two queries."""
    returns = policies.standing([request.shop_id])[request.shop_id].policy.returns
    order = request.order
    if order is None:
        return plan(Paid("", request.value), request.value, returns, side=request.side, is_whole=request.is_whole)
    earlier = Refund.objects.filter(order=order, currency=order.currency)
    if request.refund_id is not None:
        earlier = earlier.exclude(id=request.refund_id)
    gone = earlier.aggregate(sum=Sum("amount"))["sum"] or 0
    paid = Paid(order.payment_kind, order.total, gone)
    return plan(paid, request.value, returns, side=request.side, is_whole=request.is_whole)


def reasons(shop_id: int) -> QuerySet[Reason]:
    """The shop's reasons in its own order, the retired ones last."""
    return Reason.objects.filter(shop_id=shop_id).order_by("-is_active", "position", "id")
