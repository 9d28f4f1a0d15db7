"""Asking systems that tell nothing by themselves (malls): what a poller is, and what it brings back.

A connector registers one (`registry.register_poller`). The pass in `asking.py` asks every connection of such a source each
`Connection.poll_minutes`, outside of any transaction, and hands what came to the rooms that keep it: nothing changes when the
same is told twice, so a poller asks with generous overlap and remembers little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from kaeru.connectors.base import Access
from kaeru.orders.rules import CancelledRecord, OrderRecord, RefundRecord, ShipmentRecord


@dataclass(frozen=True, slots=True)
class InquiryRecord:
    """What a buyer asked on the mall; see `models.Inquiry`."""

    source_id: str
    asked_at: datetime
    title: str = field(default="", repr=False)
    body: str = field(default="", repr=False)
    category: str = ""
    order_source_id: str = ""
    line_source_id: str = ""
    """The order's line, where the mall names only that (`order_source_id` empty)."""
    is_about_claim: bool = False
    answered_at: datetime | None = None
    """When it was answered on the mall's own screen; None: it waits."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll brought. Everything may have been told before; `orders.actions.mirror` knows by its digest."""

    orders: Sequence[OrderRecord] = ()
    """Whole states. `updated_at` is the moment of asking when the mall tells none; `cancel_asked_at` must be in each state as
    long as the wish is open, as a state without it takes the wish back."""
    past: Sequence[OrderRecord] = ()
    """The same, of what was over before Kaeru was let in: counted, but nobody is written to because of it."""
    cancelled: Sequence[CancelledRecord] = ()
    refunds: Sequence[RefundRecord] = ()
    """Also single lines that were cancelled: `is_cancellation`."""
    shipments: Sequence[ShipmentRecord] = ()
    inquiries: Sequence[InquiryRecord] = ()
    reached: datetime | None = None
    """Everything until this moment was asked for: the next poll's `since`. None: it stays as it was."""
    upkeep: Mapping[str, Any] = field(default_factory=dict)
    """What the next poll wants to know again: kept in `Connection.upkeep` as it is. JSON, no personal data."""
    calls: int = 0
    """How many calls were made."""
    is_over: bool = True
    """False: there is more, poll again at once (a first poll that goes far back)."""


class Poller(Protocol):
    """The side of a connector that asks. Knows the vendor's words and no rows.

    Raises `base.Busy` (asked to wait), `base.Barred` (the key is no good: polling stops until a person connects again, who is
    told by mail and on the page), `http.Unanswered` (tried again), `errors.Unreadable` never for one row: what cannot be read is
    left out and logged without personal data.
    """

    def poll(self, access: Access, since: datetime | None, upkeep: Mapping[str, Any]) -> Polled:
        """What changed. `since`: `Polled.reached` of the last poll, None at first. An unchanged shop costs at most two calls."""
        ...
