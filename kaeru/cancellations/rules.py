"""What may become of a wish to cancel. Pure: the state of the order and of the request in, the verdict out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

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
    decides; a cancelled order may still be given the reason it lacks; what is decided stays.
    """
    if request_state == "requested":
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
