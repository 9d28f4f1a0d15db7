"""Changes in the shop's system, over REST: what Kaeru did there or would have done, and what waits for a person."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import caller_of, only
from kaeru.api.v1.change_schemas import OrderChangeOut, OrderChangesPage
from kaeru.api.v1.schemas import Ref
from kaeru.connectors.gate import actions, queries
from kaeru.connectors.models import OrderChange

router = Router(tags=["order changes"])
_TOLD = {
    "hold": ("why",), "add_discount": ("amount", "code"), "change_lines": ("quantities", "added", "shipping_fee", "given_back"),
    "cancel": ("reason", "side", "restock", "refund", "total"), "give_back": ("amount",), "make_draft": ("items", "ref", "hold_minutes"),
    "make_code": ("code", "gives", "value", "minimum", "starts_at", "ends_at"),
}  # fmt: skip
"""What of a change is told: everything but names, addresses and free text."""


class ChangeFilters(Schema):
    """What the list may be narrowed by, and nothing else."""

    state: (
        Literal["waiting", "held", "sending", "pending", "done", "dry_run", "refused", "failed", "dropped"] | None
    ) = None
    cursor: Annotated[str, Field(pattern="^[0-9]{1,19}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def _out(row: OrderChange) -> OrderChangeOut:
    told: dict[str, Any] = {name: row.payload[name] for name in _TOLD.get(row.kind, ()) if name in row.payload}
    return OrderChangeOut(
        id=str(row.id),
        order_id=row.order.source_id if row.order else None,
        order_number=row.order.number if row.order else "",
        kind=row.kind,
        change=told,
        why=row.why,
        money=row.money,
        currency=row.shop.currency,
        state=row.state,
        answer=row.answer,
        before=row.before,
        after=row.after,
        made=dict(row.made),
        asked_by=row.asked_by,
        source=row.source,
        tries=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        done_at=row.done_at,
    )


@router.get(
    "/order-changes",
    response=OrderChangesPage,
    operation_id="list_order_changes",
    summary="Changes in the shop's system, newest first",
)
def list_order_changes(request: HttpRequest, filters: Query[ChangeFilters]) -> OrderChangesPage:
    """Every change that Kaeru was asked to make: made, rehearsed, refused, or waiting for a person (`state=held`). `before` and
    `after` say how the order stood in your system, without names and addresses.
    """
    only(request, filters)
    rows = queries.recent([caller_of(request).shop.id], [filters.state] if filters.state else [])
    if filters.cursor:
        rows = rows.filter(id__lt=min(int(filters.cursor), 2**63 - 1))
    found = list(rows[: filters.limit + 1])
    shown = found[: filters.limit]
    return OrderChangesPage(
        order_changes=[_out(row) for row in shown],
        cursor=str(shown[-1].id) if len(found) > filters.limit else None,
    )


def _one(shop_id: int, change_id: str) -> OrderChange:
    is_number = change_id.isascii() and change_id.isdigit() and len(change_id) < 19
    row = queries.one(int(change_id)) if is_number else None
    if row is None or row.shop_id != shop_id:
        raise not_found("order change")
    return row


@router.post(
    "/order-changes/{change_id}/release",
    response=OrderChangeOut,
    operation_id="release_order_change",
    summary="Let a change go that waits for a person",
)
def release_order_change(request: HttpRequest, change_id: Path[Ref]) -> OrderChangeOut:
    """It moves more money than the shop's caps allow by itself; now it goes. 409 when it does not wait for that."""
    caller = caller_of(request)
    row = _one(caller.shop.id, change_id)
    if not actions.let_go(row.id, actor=caller.actor):
        raise _not_now(row)
    return _out(_one(caller.shop.id, change_id))


@router.post(
    "/order-changes/{change_id}/drop",
    response=OrderChangeOut,
    operation_id="drop_order_change",
    summary="Take a change back before it is made",
)
def drop_order_change(request: HttpRequest, change_id: Path[Ref]) -> OrderChangeOut:
    """Nothing is called for it, nor for what hangs on it. 409 when it was made, or may have been."""
    caller = caller_of(request)
    row = _one(caller.shop.id, change_id)
    if not actions.drop([row.id], actor=caller.actor):
        raise _not_now(row)
    return _out(_one(caller.shop.id, change_id))


def _not_now(row: OrderChange) -> Refused:
    return Refused(409, "not_in_this_state", f"The change is in the state {row.state}.")
