"""What the token must be allowed at Shopify, and what follows from what it is allowed."""

from collections.abc import Collection

from kaeru.connectors.base import Capabilities

HOLDS = (
    "write_merchant_managed_fulfillment_orders",
    "write_assigned_fulfillment_orders",
    "write_third_party_fulfillment_orders",
)
WANTED = (
    "write_orders", "write_order_edits", "write_merchant_managed_fulfillment_orders", "write_draft_orders", "write_discounts",
    "read_products", "read_customers",
)  # fmt: skip
"""What an install asks for."""


def capabilities(granted: Collection[str]) -> Capabilities:
    """What Kaeru can do there by itself.

    >>> capabilities(["write_orders"]).can_cancel, capabilities(["read_orders"]).can_cancel
    (True, False)
    """
    has = set(granted)
    writes = "write_orders" in has
    return Capabilities(
        tells_orders=True,
        tells_refunds=True,
        tells_shipments=True,
        can_hold=writes and any(one in has for one in HOLDS),
        can_cancel=writes,
        can_change_address=writes,
        can_change_lines=writes and "write_order_edits" in has,
        can_discount=writes and "write_order_edits" in has,
        can_refund=writes,
        can_draft=writes and "write_draft_orders" in has,
        can_make_codes="write_discounts" in has,
    )


def sees_parcels(granted: Collection[str]) -> bool:
    """Whether the parts of an order that have not left may be asked for; a token that may not would get no answer at all."""
    has = set(granted)
    return any(one in has or one.replace("write_", "read_", 1) in has for one in HOLDS)


def missing(granted: Collection[str]) -> list[str]:
    """What is wanted and not granted. To write includes to read."""
    has = set(granted)
    return [one for one in WANTED if one not in has and one.replace("read_", "write_", 1) not in has]
