"""Which cancellation an order makes good. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=30)
"""An order of the same customer counts as their cancelled one come back for this long; shown beside every figure."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cancellation that has not come back yet."""

    id: int
    order_id: int | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """The cancellation, and how we know: link, coupon or customer."""

    cancellation_id: int
    how: str


def match(
    order_id: int,
    placed_at: datetime,
    by_link: Candidate | None,
    by_coupon: Candidate | None,
    of_customer: Sequence[Candidate],
) -> Match | None:
    """The surest evidence wins: the re-order link, then the coupon, then the customer's latest cancellation in the window."""
    for candidate, how in ((by_link, "link"), (by_coupon, "coupon")):
        if candidate is not None and candidate.order_id != order_id:
            return Match(candidate.id, how)
    fitting = [c for c in of_customer if c.order_id != order_id and timedelta(0) <= placed_at - c.decided_at <= WINDOW]
    latest = max(fitting, key=lambda candidate: candidate.decided_at, default=None)
    return Match(latest.id, "customer") if latest else None
