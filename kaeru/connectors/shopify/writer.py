"""Kaeru acts at Shopify: the side of the connector that the gate calls."""

from collections.abc import Callable
from typing import Any

from kaeru.connectors.base import Access, Busy, Capabilities, Standing, Written
from kaeru.connectors.changes import (
    AddDiscount,
    Cancel,
    Change,
    ChangeAddress,
    ChangeLines,
    GiveBack,
    Hold,
    Release,
)
from kaeru.connectors.shopify import client, made, orders_written, scopes, standing
from kaeru.core import http

Verb = Callable[[Access, str, Any, str, Standing], Written]
VERBS: dict[str, Verb] = {
    "hold": orders_written.hold,
    "release": orders_written.release,
    "change_address": orders_written.change_address,
    "add_discount": orders_written.add_discount,
    "change_lines": orders_written.change_lines,
    "cancel": orders_written.cancel,
    "give_back": orders_written.give_back,
    "make_draft": made.make_draft,
    "make_code": made.make_code,
}


class ShopifyWriter:
    """The writer."""

    def capabilities(self, access: Access) -> Capabilities:
        """What the granted scopes allow."""
        return scopes.capabilities(access.scopes)

    def look(self, access: Access, order_source_id: str) -> Standing:
        """Read the order. Raises http.Unanswered, Busy, Barred."""
        return standing.look(access, order_source_id).standing

    def stands(self, change: Change, before: Standing, now: Standing) -> bool:
        """Whether the change is in the order; for what comes into being (drafts, codes) only the answer says so."""
        fresh = set(now.marks) - set(before.marks)
        is_back = any(one.startswith("refund:") for one in fresh)
        is_settled = standing.owed(now) <= standing.owed(before)
        match change:
            case Hold():
                return now.is_held
            case Release():
                return orders_written.is_released(now)
            case ChangeAddress():
                address = standing.address_of(change)
                return address is not None and now.address_mark == standing.address_mark(address)
            case AddDiscount():
                if any(one.startswith("discount:") for one in fresh):
                    return is_settled
                return is_back and now.refunded - before.refunded >= change.amount
            case ChangeLines():
                return orders_written.lines_stand(change, before, now) and is_settled
            case Cancel():
                return now.is_cancelled
            case GiveBack():
                return is_back and now.refunded - before.refunded >= change.amount
        return False

    def write(self, access: Access, order_source_id: str, change: Change, key: str, before: Standing) -> Written:
        """Do it. Each verb looks first, so that the same key again finds what is there already. Raises Barred."""
        try:
            return VERBS[change.kind](access, order_source_id, change, key, before)
        except Busy as busy:
            return Written("busy", retry_after=busy.seconds)
        except client.Refused as no:
            return Written("refused", no.words or no.code or "refused")
        except http.Unanswered:
            return Written("unknown")
