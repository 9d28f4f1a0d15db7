"""How the money of a wish to cancel goes back, for the staff: what to do, and the sentence that the buyer reads."""

from typing import Any

from kaeru.cancellations import queries, refunds
from kaeru.cancellations.models import CancellationRequest


def drawn(wish: CancellationRequest | None) -> dict[str, Any] | None:
    """What `part/money_back.html` shows; None without an order, where nobody knows how it was paid."""
    if wish is None or wish.order is None:
        return None
    plan = queries.refund_plan(wish)
    return {
        "amount": plan.amount,
        "currency": wish.currency,
        "to_do": refunds.for_staff(plan),
        "buyer": refunds.for_buyer(plan),
        "form_url": plan.form_url,
    }
