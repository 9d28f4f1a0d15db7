"""What an order is, as any shop system tells it: the records every connector speaks.

A connector's whole work is to turn the vendor's words into these; `orders.actions` takes them from there.
Money is in minor units of `currency` (yen: whole yen), times are aware UTC.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from kaeru.customers.rules import CustomerRecord


class LineRecord(NamedTuple):
    """One line of an order. A named tuple, since a file has them by the million."""

    title: str
    quantity: int
    unit_price: int
    """Minor units, tax included as the shop shows it."""
    source_id: str = ""
    sku: str = ""
    product_id: str = ""
    variant_id: str = ""
    variant: str = ""
    """The chosen variant in words: 色・サイズ."""
    tags: tuple[str, ...] = ()
    """The product's tags in the shop's system: sale, made-to-order."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """The newest state of one order."""

    source_id: str
    placed_at: datetime
    updated_at: datetime
    """When the shop's system last changed it: the newest state wins."""
    currency: str
    total: int
    lines: tuple[LineRecord, ...] = ()
    number: str = ""
    """What the buyer sees as the order number; the source id when empty."""
    customer: CustomerRecord | None = None
    subtotal: int | None = None
    shipping_fee: int = 0
    discount: int = 0
    payment_kind: str = ""
    """card, konbini, bank, cod, wallet … or empty."""
    sales_channel: str = ""
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    """The vendor's word for it, kept as told."""
    cancel_side: str = ""
    """customer | shop | empty when unknown."""
    shipped_at: datetime | None = None
    tracking: tuple[str, str] | None = None
    """(carrier, number)."""
    coupon_codes: tuple[str, ...] = ()
    reorder_ref: str = ""
    """The reference that a Kaeru re-order link put into the cart."""
    paid_at: datetime | None = None
    """When the buyer's money was there."""
    dispatch_by: date | None = None
    """発送予定日, a day in the shop's zone."""
    wished_on: date | None = None
    """お届け希望日, a day in the shop's zone."""
    wished_slot: str = ""
    """The hours that the buyer chose, as the mall writes them."""
    mall_state: str = ""
    """The mall's own code of the state."""
    cancel_asked_at: datetime | None = None
    """When the buyer asked the mall to cancel, while that is open. A state told without it takes the wish back."""
    is_reserved: bool = False
    """予約商品: sold before it is there."""


@dataclass(frozen=True, slots=True)
class RefundLineRecord:
    """One line given back: by the order line's own id, or by item where the slip names no order."""

    quantity: int
    amount: int
    line_source_id: str = ""
    sku: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """A refund or credit slip. Without `order_source_id` its lines are matched to the customer's earlier purchases."""

    source_id: str
    refunded_at: datetime
    currency: str
    amount: int
    order_source_id: str = ""
    customer: CustomerRecord | None = None
    lines: tuple[RefundLineRecord, ...] = field(default=())
    is_cancellation: bool = True
    """False for refunds that are no cancellation (a goodwill credit, a price adjustment)."""


@dataclass(frozen=True, slots=True)
class ShipmentRecord:
    """A parcel that left."""

    order_source_id: str
    source_id: str
    shipped_at: datetime
    carrier: str = ""
    tracking_number: str = ""


@dataclass(frozen=True, slots=True)
class CancelledRecord:
    """An order was cancelled; the rest of it was not told."""

    order_source_id: str
    cancelled_at: datetime
    told_at: datetime
    """When the shop's system changed it: an older whole state told later does not undo it."""
    reason: str = ""
    side: str = ""
    """customer | shop | empty when unknown."""
