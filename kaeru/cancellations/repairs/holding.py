"""While a wish is open, nothing of its order leaves the warehouse, where the shop's system can hold it.

A buyer who chose a reason and went away is not a wish for ever: then the order is let go by itself.
"""

from collections.abc import Iterable
from datetime import timedelta

from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.repairs.queries import capabilities_now
from kaeru.connectors.changes import Hold, Release
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate.actions import Ask
from kaeru.connectors.models import ChangeState, OrderChange
from kaeru.core import clock, ids

SOURCE = "request"
FORGOTTEN_AFTER = timedelta(hours=2)
_WHY = {"change_address": "address", "change_payment": "payment"}
_GONE = (ChangeState.REFUSED, ChangeState.FAILED, ChangeState.DROPPED, ChangeState.DRY_RUN)


def hold(request: CancellationRequest, *, actor: str) -> bool:
    """Keep the order of this wish where it is; in the caller's transaction. False where the shop's system cannot."""
    if request.order_id is None or not capabilities_now(request.shop).can_hold:
        return False
    code = request.reason.code if request.reason else ""
    asks = [
        _ask(request, Hold(_WHY.get(code, "other")), f"hold:{request.id}", "wish_open", actor),
    ]
    if not OrderChange.objects.filter(source=SOURCE, source_id=request.id, kind=Release.kind).exists():
        asks.append(_ask(request, Release(), f"release:{request.id}:late", "wish_forgotten", actor, FORGOTTEN_AFTER))
    gate.ask(asks)
    return True


def stay(request_ids: Iterable[int], *, actor: str) -> None:
    """Somebody works on these wishes: their orders are not let go by the clock. Two queries and those of dropping."""
    late = OrderChange.objects.filter(
        source=SOURCE,
        source_id__in=set(request_ids),
        kind=Release.kind,
        state=ChangeState.WAITING,
        due_at__gt=clock.now(),
    )
    if found := list(late.values_list("id", flat=True)):
        gate.drop(found, actor=actor)


def let_go(request_ids: Iterable[int], *, actor: str, after: timedelta = timedelta()) -> None:
    """These wishes are over: their orders may leave (in a while, where the buyer is still to decide)."""
    wanted = set(request_ids)
    asked = list(OrderChange.objects.filter(source=SOURCE, source_id__in=wanted, kind__in=[Hold.kind, Release.kind]))
    held = {row.source_id for row in asked if row.kind == Hold.kind and row.state not in _GONE}
    if not held:
        return
    now = clock.now()
    under_way = {
        row.source_id
        for row in asked
        if row.kind == Release.kind
        and row.state not in _GONE
        and (row.state != ChangeState.WAITING or row.due_at <= now)
    }
    stay(held - under_way, actor=actor)
    rows = CancellationRequest.objects.filter(id__in=held - under_way)
    gate.ask([_ask(row, Release(), f"release:{row.id}:{ids.new_id()}", "wish_over", actor, after) for row in rows])


def _ask(
    request: CancellationRequest, change: Hold | Release, key: str, why: str, actor: str, after: timedelta = timedelta()
) -> Ask:
    return Ask(
        request.organization_id, request.shop_id, request.order_id, change, key, why, actor, SOURCE, request.id,
        clock.now() + after if after else None,
    )  # fmt: skip
