"""fulfillments/create: a parcel left; the rest of the order is not told."""

from collections.abc import Mapping
from typing import Any

from kaeru.connectors.reading import ident, moment
from kaeru.connectors.shopify.parts import NOT_SHIPPED, digits, tracking
from kaeru.orders.rules import ShipmentRecord


def shipment_record(fulfillment: Mapping[str, Any]) -> ShipmentRecord | None:
    """The parcel; None when nothing was sent. Raises Unreadable."""
    if fulfillment.get("status") in NOT_SHIPPED:
        return None
    carrier, number = tracking(fulfillment) or ("", "")
    return ShipmentRecord(
        order_source_id=ident(fulfillment.get("order_id"), "order_id"),
        source_id=digits(fulfillment, "id"),
        shipped_at=moment(fulfillment.get("created_at"), "created_at"),
        carrier=carrier,
        tracking_number=number,
    )
