"""How a decision on a wish is written down, and carried to the shop's system: one way for the policy, the staff and the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kaeru.cancellations.models import CancellationRequest, Decision, RequestState, Side, Verdict
from kaeru.connectors.changes import Cancel
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import queries as gates
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News

POLICY = "policy"
"""Who decided, when no person did."""
MALL = "mall"
"""Origin of wishes that a buyer told the mall, and who told."""
BUYERS_WISH = "buyers_wish"
"""Why a mall's order is cancelled whose buyer asked for it and named no reason that the shop knows."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision stands on."""

    rule: str = ""
    """The rule of the policy that fitted."""
    policy: int | None = None
    """The number of the policy that was asked."""
    ground: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    """The ground as the buyer reads it: {"ja", "en"}."""


NO_BASIS = Basis()


def write(
    request: CancellationRequest, state: RequestState, verdict: Verdict, *, by: str, actor: str, news: str,
    basis: Basis = NO_BASIS, told: Mapping[str, Any] | None = None,
) -> CancellationRequest:  # fmt: skip
    """The wish goes on to `state`: its row, the decision, the audit and the news, in the caller's transaction.

    `by` decided, `actor` acted: a policy decides when a customer presses. `told` goes along with the news.
    """
    request.state, request.decided_at = state, clock.now()
    CancellationRequest.objects.filter(id=request.id).update(state=state, decided_at=request.decided_at)
    Decision.objects.create(
        id=ids.new_id(), organization_id=request.organization_id, request=request, verdict=verdict, by=by[:60], rule=basis.rule[:60],
        policy=basis.policy, ground=basis.ground[:60], words=dict(basis.words), decided_at=request.decided_at,
    )  # fmt: skip
    detail = {"rule": basis.rule, "policy": basis.policy, "ground": basis.ground}
    audit.record(
        request.organization_id, actor, news, "cancellation", request.id, **{k: v for k, v in detail.items() if v}
    )
    events.emit([News(news, request.organization_id, request.id, dict(told or {}))])
    return request


def why_of(request: CancellationRequest) -> str:
    """The code under which the order is cancelled; never empty, as an empty reason is read as the shop's fault."""
    if request.reason is not None:
        return request.reason.code
    if request.shortage is not None:
        return request.shortage.cause
    if request.origin == MALL and request.side == Side.CUSTOMER:
        return BUYERS_WISH
    return "shop" if request.side == Side.SHOP else "other"


def key_of(request_id: int) -> str:
    """Names the change at the gate: one wish cancels once."""
    return f"cancel:{request_id}"


def carry_out(request: CancellationRequest, *, actor: str) -> bool:
    """Ask the gate to cancel the order, where Kaeru may do so by itself; False where the shop's own system or its staff do it."""
    if request.order_id is None or not gates.capabilities(request.shop).can_cancel:
        return False
    change = Cancel(
        reason=why_of(request), side="shop" if request.side == Side.SHOP else "customer", total=request.value
    )
    asked = gate.Ask(
        request.organization_id, request.shop_id, request.order_id, change, key_of(request.id), change.reason, actor, "request", request.id
    )  # fmt: skip
    if not gates.is_live(request.shop_id):
        gate.note([asked])
        return False
    gate.ask([asked])
    return True
