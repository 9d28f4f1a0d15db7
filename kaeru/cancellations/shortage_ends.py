"""How a shortage ends: who took a substitute keeps the order; for all others the item is taken out as the shop's fault, told first.

An order of which the buyer could not be told is never cancelled by itself: it goes to the desk.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Min

from kaeru.cancellations import deciding, letters
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.desk.queries import without_case
from kaeru.cancellations.letters import Said
from kaeru.cancellations.models import (
    CancellationLine,
    CancellationRequest,
    Repair,
    RepairState,
    RequestState,
    Shortage,
    Verdict,
)
from kaeru.connectors.changes import ChangeLines
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import queries as gates
from kaeru.core import audit, clock, scope
from kaeru.core.passes import Pass
from kaeru.messages.models import Message, MessageState

BY = "shortage"
TOLD = MessageState.SENT
ON_ITS_WAY = (MessageState.WAITING, MessageState.CLAIMED, MessageState.SENDING, MessageState.HELD)
AT_ONCE = 50
"""Orders of one turn: each is decided by itself, as it is asked of the shop's system by itself."""


def end_due(limit: int) -> int:
    """Take out what nobody answered in time; returns how many orders were settled or handed to a person."""
    with scope.everyone(), transaction.atomic():
        due = list(
            Shortage.objects.filter(state="open", answer_by__lte=clock.now())
            .select_for_update(of=("self",))
            .order_by("answer_by")[:20]
        )
        moved = 0
        for shortage in due:
            moved += _end_some(_waiting(shortage)[: min(limit, AT_ONCE)])
            if not CancellationRequest.objects.filter(shortage=shortage, state=RequestState.ASKED).exists():
                close(shortage)
        return moved


def close(shortage: Shortage) -> None:
    """Nothing waits any more."""
    Shortage.objects.filter(id=shortage.id).update(state="closed")
    audit.record(shortage.organization_id, BY, "shortage.closed", "shortage", shortage.id)


def _waiting(shortage: Shortage) -> list[CancellationRequest]:
    """Its orders for which no answer came, that nobody has on the desk, and whose change is not under way."""
    rows = CancellationRequest.objects.filter(shortage=shortage, state=RequestState.ASKED)
    rows = rows.exclude(repairs__state__in=[RepairState.ASKED, RepairState.BY_HAND])
    return list(without_case(rows).select_related("order", "shop", "customer", "reason", "shortage").order_by("id"))


def end_refused(request_ids: Sequence[int]) -> int:
    """Buyers who want nothing of what was offered: they need not wait for the end; in the caller's transaction."""
    rows = CancellationRequest.objects.filter(id__in=request_ids, shortage__isnull=False, state=RequestState.ASKED)
    rows = rows.exclude(repairs__state__in=[RepairState.OFFERED, RepairState.ASKED, RepairState.BY_HAND])
    return _end_some(list(rows.select_related("order", "shop", "customer", "reason", "shortage").order_by("id")))


def _end_some(requests: Sequence[CancellationRequest]) -> int:
    """Cancel for the shop's fault what the buyers were told of; hand the others to a person; leave what is still on its way to them."""
    if not requests:
        return 0
    states: dict[int, set[str]] = {}
    rows = Message.objects.filter(source=letters.OFFER, source_id__in=[request.id for request in requests])
    for request_id, state in rows.values_list("source_id", "state"):
        states.setdefault(request_id, set()).add(state)
    told = [one for one in requests if TOLD in states.get(one.id, set())]
    under_way = {one.id for one in requests if one not in told and states.get(one.id, set()) & set(ON_ITS_WAY)}
    silent = [one for one in requests if one not in told and one.id not in under_way]
    open_cases(for_request("decide", one, proposal={"verdict": "approve", "why": "not_told"}) for one in silent)
    gone = [one for one in told if cancel(one, actor=BY)]
    _write_gone(gone)
    return len(silent) + len(gone)


def cancel(request: CancellationRequest, *, actor: str) -> bool:
    """Take the item out of the order, or the order out of the shop, as the shop's fault; False when it has left meanwhile."""
    order = request.order
    if order is None or order.cancelled_at is not None or order.shipped_at is not None:
        open_cases([for_request("decide", request, proposal={"verdict": "decline", "ground": "shipped"})])
        return False
    Repair.objects.filter(request=request, state=RepairState.OFFERED).update(
        state=RepairState.EXPIRED, done_at=clock.now(), outcome={"code": "unanswered"}
    )
    if request.is_whole:
        is_carried = deciding.carry_out(request, actor=actor)
        deciding.write(
            request, RequestState.REQUESTED, Verdict.APPROVE, by=actor, actor=actor, news="cancellation.requested",
            basis=deciding.Basis(ground=deciding.why_of(request)), told={"reason": deciding.why_of(request), "by_gate": is_carried},
        )  # fmt: skip
        return True
    deciding.write(
        request, RequestState.REQUESTED, Verdict.APPROVE, by=actor, actor=actor, news="shortage.item_cancelled",
        basis=deciding.Basis(ground=deciding.why_of(request)),
    )  # fmt: skip
    if not _take_out(request):
        open_cases([for_request("cancel", request, proposal={"why": "part"})])
    return True


def _take_out(request: CancellationRequest) -> bool:
    """Ask the shop's system to take the lines out; False where a person does it: no live gate, a discount, a line without a name."""
    order = request.order
    if order is None or order.discount or not gates.is_live(request.shop_id):
        return False
    if not gates.capabilities(request.shop).can_change_lines:
        return False
    lines = list(CancellationLine.objects.filter(request=request).select_related("order_line"))
    names = [line.order_line.source_id if line.order_line else "" for line in lines]
    if not lines or not all(names):
        return False
    back = sum(line.amount for line in lines)
    change = ChangeLines(dict.fromkeys(names, 0), (), None, back, deciding.why_of(request), "shop")
    gate.ask(
        [
            gate.Ask(
                request.organization_id, request.shop_id, request.order_id, change, deciding.key_of(request.id), deciding.why_of(request),
                BY, BY, request.id,
            )
        ]
    )  # fmt: skip
    return True


def record_taken_out(request_ids: Sequence[int]) -> int:
    """The shop's system has taken the items out of these orders; in the caller's transaction."""
    rows = CancellationRequest.objects.filter(id__in=request_ids, state=RequestState.REQUESTED)
    return rows.update(state=RequestState.CANCELLED, cancelled_at=clock.now())


def _write_gone(requests: Sequence[CancellationRequest]) -> None:
    """Tell the buyers what was done, and that it was the shop's fault."""
    templates: dict[int, int] = {}
    for request in requests:
        shortage = request.shortage
        if shortage is not None and shortage.id not in templates:
            said = Said(title=shortage.title, cause=shortage.cause)
            texts = {language: letters.compose("gone", language, said) for language in ("ja", "en")}
            templates[shortage.id] = letters.template_of(request.shop, texts)
    written = [request for request in requests if request.customer_id is not None and request.shortage_id is not None]
    letters.send(written, [templates[request.shortage_id or 0] for request in written], due_at=clock.now())


def next_end() -> datetime | None:
    """When the next shortage is over."""
    with scope.everyone():
        rows = Shortage.objects.filter(state="open", answer_by__gt=clock.now())
        found: datetime | None = rows.aggregate(at=Min("answer_by"))["at"]
        return found


PASSES = [Pass("shortages", end_due, limit=AT_ONCE, next_due=next_end)]
