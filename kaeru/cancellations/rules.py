"""What may become of a wish to cancel. Pure: the state of the order and of the request in, the verdict out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

STALE_AFTER = timedelta(days=3)
"""A cancellation that the shop's system tells us later than this is counted, but nobody is written to because of it."""

Verdict = Literal["open", "choose_anew", "attach", "unchanged", "already_cancelled", "shipped"]


@dataclass(frozen=True, slots=True)
class OrderState:
    """What of the order matters."""

    is_cancelled: bool
    is_shipped: bool


def on_reason(order: OrderState, request_state: str | None, has_reason: bool) -> Verdict:
    """What choosing a reason does.

    `request_state` is that of the order's newest request, None without one. An open page may choose anew until the buyer
    decides; a cancelled order may still be given the reason it lacks; what is decided stays. Who was declined may open a new
    wish: for another reason, or for a repair.
    """
    if request_state in ("asked", "requested"):
        return "unchanged"
    if order.is_cancelled or request_state == "cancelled":
        if request_state == "cancelled" and not has_reason:
            return "attach"
        return "unchanged" if request_state == "cancelled" else "already_cancelled"
    if order.is_shipped:
        return "shipped"
    return "choose_anew" if request_state == "considering" else "open"


def is_stale(cancelled_at: datetime, now: datetime) -> bool:
    """Whether the news comes too late to act on."""
    return now - cancelled_at > STALE_AFTER


Deed = Literal["accept", "ask", "decline", "approve", "keep", "cancelled", "shipped", "restored"]
"""accept, ask, decline: what the policy says to a buyer who cancels · approve, decline: what the staff say · keep: the buyer ·
cancelled, shipped, restored: what the shop's system tells."""

STEPS: Final[Mapping[tuple[str, Deed], str]] = {
    ("considering", "accept"): "requested",
    ("considering", "ask"): "asked",
    ("considering", "decline"): "declined",
    ("considering", "keep"): "kept",
    ("considering", "cancelled"): "cancelled",
    ("asked", "approve"): "requested",
    ("asked", "decline"): "declined",
    ("asked", "keep"): "kept",
    ("asked", "shipped"): "declined",
    ("asked", "cancelled"): "cancelled",
    ("requested", "cancelled"): "cancelled",
    ("cancelled", "restored"): "restored",
}
"""Every way that a wish can go. What is not here changes nothing: kept, declined and restored wishes stay, a new one may follow."""

REACHED: Final[Mapping[Deed, frozenset[str]]] = {
    "approve": frozenset({"requested", "cancelled", "restored"}),
    "decline": frozenset({"declined"}),
}
"""Where what the staff decide was decided before; anywhere else somebody decided otherwise."""


def after(state: str, deed: Deed) -> str | None:
    """Where the deed leads from this state; None when it changes nothing there."""
    return STEPS.get((state, deed))


@dataclass(frozen=True, slots=True)
class Situation:
    """What an answer was given to: the same one is not asked about twice."""

    reason_id: int | None
    value: int
    """What the order costs, minor units."""
    rule: str
    """The rule by which the staff were asked."""


def is_settled(now: Situation, declined: Iterable[Situation]) -> bool:
    """Whether the staff have said no to exactly this before."""
    return now in set(declined)
