"""Wishes to cancel: give one, list them, read one's whole story."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import caller_of, only
from kaeru.api.v1.cancellation_schemas import CancellationOut, CancellationsPage, CancellationStory, DecisionOut, WishIn
from kaeru.api.v1.orders import order_of
from kaeru.api.v1.schemas import Ref
from kaeru.api.v1.timeline import timeline
from kaeru.cancellations import actions, queries
from kaeru.cancellations.errors import NotCancellable, UnknownReason
from kaeru.cancellations.models import CancellationRequest, Decision
from kaeru.connectors.webhook.words import Moment
from kaeru.recoveries import queries as recoveries

router = Router(tags=["cancellations"])
WHY = {
    "already_cancelled": "The order is cancelled already.",
    "shipped": "The parcel has left; the order cannot be cancelled any more.",
}


class CancellationFilters(Schema):
    """What a list may be narrowed by, and nothing else."""

    state: Literal["considering", "asked", "requested", "cancelled", "kept", "declined", "restored"] | None = None
    reason: Ref | None = None
    order_id: Ref | None = None
    since: Moment | None = None
    until: Moment | None = None
    cursor: Annotated[str, Field(pattern="^[0-9]{1,19}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def decision_out(row: Decision) -> DecisionOut:
    """The decision as the API shows it: of the shop's people, that it was one of them."""
    by = {"member": "staff"}.get(who := row.by.partition(":")[0], who)
    return DecisionOut(
        verdict=row.verdict, by=by, rule=row.rule, policy=row.policy, ground=row.ground, words=row.words, decided_at=row.decided_at
    )  # fmt: skip


def cancellation_out(row: CancellationRequest, decisions: Sequence[Decision] = ()) -> CancellationOut:
    """The wish as the API shows it; `decisions` oldest first."""
    return CancellationOut(
        id=str(row.id),
        order_id=row.order.source_id if row.order else None,
        order_number=row.order.number if row.order else "",
        reason=row.reason.code if row.reason else None,
        side=row.side,
        origin=row.origin,
        state=row.state,
        is_whole=row.is_whole,
        value=row.value,
        currency=row.currency,
        requested_at=row.requested_at,
        decided_at=row.decided_at,
        cancelled_at=row.cancelled_at,
        decision=decision_out(decisions[-1]) if decisions else None,
    )


@router.post(
    "/orders/{source_id}/cancellation", response=CancellationOut, operation_id="post_cancellation",
    summary="The buyer cancels, in your own form",
)  # fmt: skip
def post_cancellation(request: HttpRequest, source_id: Path[Ref], payload: WishIn) -> CancellationOut:
    """Exactly one reason. The shop's cancellation policy answers in `state`: requested (your system is told to cancel the order,
    `cancellation.requested`), asked (the shop's staff decide), or declined (`decision` has the ground). A second wish changes nothing.
    """
    caller = caller_of(request)
    order = order_of(caller.shop, source_id)
    try:
        row = actions.request(order.id, payload.reason, actor=caller.actor)
    except UnknownReason:
        raise Refused(422, "unknown_reason", "The shop has no such reason.", "reason") from None
    except NotCancellable as refusal:
        raise Refused(409, refusal.code, WHY.get(refusal.code, "The order cannot be cancelled.")) from None
    return _one(caller.shop.id, row.id)


def _one(shop_id: int, request_id: int) -> CancellationOut:
    row = queries.one(request_id)
    if row is None or row.shop_id != shop_id:
        raise not_found("cancellation")
    return cancellation_out(row, queries.decisions([row.id]).get(row.id, ()))


@router.get(
    "/cancellations",
    response=CancellationsPage,
    operation_id="list_cancellations",
    summary="Wishes to cancel, newest first",
)
def list_cancellations(request: HttpRequest, filters: Query[CancellationFilters]) -> CancellationsPage:
    """`since` counts, `until` does not."""
    only(request, filters)
    rows = (
        CancellationRequest.objects.filter(shop=caller_of(request).shop)
        .select_related("order", "reason")
        .order_by("-id")
    )
    chosen: dict[str, str | datetime | int | None] = {
        "state": filters.state,
        "reason__code": filters.reason,
        "order__source_id": filters.order_id,
        "requested_at__gte": filters.since,
        "requested_at__lt": filters.until,
        "id__lt": min(int(filters.cursor), 2**63 - 1) if filters.cursor else None,
    }
    found = list(
        rows.filter(**{name: value for name, value in chosen.items() if value is not None})[: filters.limit + 1]
    )
    page = found[: filters.limit]
    decided = queries.decisions([row.id for row in page])
    return CancellationsPage(
        cancellations=[cancellation_out(row, decided.get(row.id, ())) for row in page],
        cursor=str(page[-1].id) if len(found) > filters.limit else None,
    )


@router.get(
    "/cancellations/{cancellation_id}",
    response=CancellationStory,
    operation_id="get_cancellation",
    summary="One wish with its whole story",
)
def get_cancellation(request: HttpRequest, cancellation_id: Path[Ref]) -> CancellationStory:
    """What happened, oldest first."""
    number = (
        int(cancellation_id)
        if cancellation_id.isascii() and cancellation_id.isdigit() and len(cancellation_id) < 19
        else 0
    )
    row = queries.one(number)
    if row is None or row.shop_id != caller_of(request).shop.id:
        raise not_found("cancellation")
    back = recoveries.of_cancellations([row.id]).get(row.id)
    decided = queries.decisions([row.id]).get(row.id, ())
    return CancellationStory(
        **cancellation_out(row, decided).dict(),
        recovered_by=back.order.source_id if back else None,
        timeline=timeline(row, back, decided),
    )
