"""Whether two tellings of an order say the same."""

import hashlib

from kaeru.orders.rules import OrderRecord


def digest(record: OrderRecord) -> bytes:
    """16 bytes over everything but the time of the telling."""
    state = (
        record.number, record.placed_at, record.currency, record.total, record.lines, record.customer, record.subtotal,
        record.shipping_fee, record.discount, record.payment_kind, record.sales_channel, record.cancelled_at,
        record.cancel_reason, record.cancel_side, record.shipped_at, record.tracking, record.coupon_codes, record.reorder_ref,
    )  # fmt: skip
    return hashlib.blake2b(repr(state).encode(), digest_size=16).digest()
