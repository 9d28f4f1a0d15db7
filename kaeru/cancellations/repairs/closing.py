"""A wish is decided, or a repair is over: what is still open of it is closed, what it took is given back."""

from collections.abc import Iterable, Sequence

from kaeru.cancellations.models import CancellationRequest, Case, CaseState, Repair, RepairState, Swap, SwapState
from kaeru.cancellations.repairs.queries import OPEN
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.models import ChangeState, OrderChange
from kaeru.core import audit, clock
from kaeru.offers import actions as offers


def withdraw(request_ids: Iterable[int], *, actor: str) -> int:
    """These wishes went another way: their open repairs are undone and open swaps end; in the caller's transaction.

    What the shop's system is being asked right now goes through; what waits is dropped. Returns how many repairs were open.
    """
    wanted = set(request_ids)
    rows = list(Repair.objects.select_for_update().filter(request_id__in=wanted, state__in=OPEN))
    if rows:
        Repair.objects.filter(id__in=[row.id for row in rows]).update(
            state=RepairState.UNDONE, asked={}, done_at=clock.now()
        )
        drop_changes(rows, actor=actor)
        give_back_coupons(rows, actor=actor)
        close_cases("repair", [row.id for row in rows], outcome="dropped")
        audit.record_many(
            (row.organization_id, actor, "repair.withdrawn", "repair", row.id, {"kind": row.kind}) for row in rows
        )
    Swap.objects.filter(request_id__in=wanted, state=SwapState.OPEN).update(
        state=SwapState.EXPIRED, done_at=clock.now()
    )
    return len(rows)


def drop_changes(repairs: Sequence[Repair], *, actor: str) -> None:
    """What was asked of the shop's system for these, and was not called yet."""
    waiting = OrderChange.objects.filter(
        source="repair", source_id__in=[row.id for row in repairs], state__in=[ChangeState.WAITING, ChangeState.HELD]
    )
    gate.drop(list(waiting.values_list("id", flat=True)), actor=actor)


def give_back_coupons(repairs: Sequence[Repair], *, actor: str) -> None:
    """Coupons that these took and the orders do not have."""
    took = {row.request_id: str(row.asked["took"]) for row in repairs if row.asked.get("took")}
    if took:
        rows = CancellationRequest.objects.filter(id__in=took, order__isnull=False).select_related("order")
        offers.give_back([(row.order, took[row.id]) for row in rows if row.order is not None], actor=actor)


def close_cases(kind: str, subject_ids: Sequence[int], *, outcome: str) -> None:
    """Nobody needs to look any more."""
    rows = Case.objects.filter(kind=kind, subject_id__in=subject_ids, state=CaseState.OPEN)
    rows.update(state=CaseState.CLOSED, closed_at=clock.now(), closed_by="repair", outcome=outcome)
