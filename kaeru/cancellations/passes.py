"""What moves by itself in this room: offers that nobody answered, swaps whose time is over."""

from datetime import datetime

from django.db.models import Min

from kaeru.cancellations import shortage_ends, swaps
from kaeru.cancellations.desk import passes as desk
from kaeru.cancellations.models import Repair, RepairState, Swap, SwapState
from kaeru.cancellations.repairs import actions as repairs
from kaeru.core import scope
from kaeru.core.passes import Pass


def expire_offers(limit: int) -> int:
    """Substitutes that nobody answered in time."""
    with scope.everyone():
        return repairs.expire(limit)


def expire_swaps(limit: int) -> int:
    """Swaps for which no new order came: the old one stands."""
    with scope.everyone():
        return swaps.expire(limit)


def settle_swaps(limit: int) -> int:
    """Swaps whose time to undo is over: the old order goes."""
    with scope.everyone():
        return swaps.settle_due(limit)


def next_offer() -> datetime | None:
    """When the next offer is over."""
    with scope.everyone():
        rows = Repair.objects.filter(state=RepairState.OFFERED, request__shortage=None)
        found: datetime | None = rows.aggregate(at=Min("answer_by"))["at"]
        return found


def next_open_swap() -> datetime | None:
    """When the next swap is over."""
    with scope.everyone():
        found: datetime | None = Swap.objects.filter(state=SwapState.OPEN).aggregate(at=Min("open_until"))["at"]
        return found


def next_due_swap() -> datetime | None:
    """When the next time to undo is over."""
    with scope.everyone():
        found: datetime | None = Swap.objects.filter(state=SwapState.ORDERED).aggregate(at=Min("undo_until"))["at"]
        return found


PASSES = [
    Pass("offered repairs", expire_offers, limit=500, next_due=next_offer),
    Pass("open swaps", expire_swaps, limit=200, next_due=next_open_swap),
    Pass("ordered swaps", settle_swaps, limit=100, next_due=next_due_swap),
    *shortage_ends.PASSES,
    *desk.PASSES,
]
