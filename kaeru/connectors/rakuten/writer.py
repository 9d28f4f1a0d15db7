"""Kaeru acts at Rakuten: the side of the connector that the gate calls."""

from collections.abc import Callable
from typing import Any

from kaeru.connectors.base import Access, Barred, Busy, Capabilities, Standing, Written
from kaeru.connectors.changes import Cancel, Change, ChangeAddress, ChangeLines
from kaeru.connectors.rakuten import changing, client, packages, standing
from kaeru.core import http

Verb = Callable[[Access, str, Any, str, Standing], Written]
VERBS: dict[str, Verb] = {
    "cancel": changing.cancel,
    "change_address": changing.change_address,
    "change_lines": changing.change_lines,
}
ABLE = Capabilities(
    tells_orders=True, tells_shipments=True, can_cancel=True, can_change_address=True, can_change_lines=True, cancels_with_person=True,
)  # fmt: skip
"""Not: hold, discount, refund without cancelling, single lines cancelled, writing first (the buyer's address is RMS's own and takes
mail only by RMS's server), tracking numbers (its date has two forms in the sources, and nobody could try them)."""


class RakutenWriter:
    """The writer."""

    def capabilities(self, access: Access) -> Capabilities:
        """The same for every shop: what a shop has not ticked in RMS shows only when it is called."""
        return ABLE

    def look(self, access: Access, order_source_id: str) -> Standing:
        """Read the order. Raises http.Unanswered, Busy, Barred."""
        return standing.look(access, order_source_id).standing

    def stands(self, change: Change, before: Standing, now: Standing) -> bool:
        """Whether the change is in the order."""
        match change:
            case Cancel():
                return now.is_cancelled
            case ChangeAddress():
                sender = packages.sender_of(change, {})
                return sender is not None and standing.goes_to(now, sender)
            case ChangeLines():
                return changing.lines_stand(change, now)
        return False

    def write(self, access: Access, order_source_id: str, change: Change, key: str, before: Standing) -> Written:
        """Do it. Each verb looks first, so that the same key again finds what is there already. Raises Barred when the key is no
        good for anything; a single call that the shop has not ticked in RMS is refused.
        """
        try:
            return VERBS[change.kind](access, order_source_id, change, key, before)
        except Busy as busy:
            return Written("busy", retry_after=busy.seconds)
        except client.Refused as no:
            return Written("refused", no.words)
        except http.Unanswered:
            return Written("unknown")
        except Barred as barred:
            if barred.why == "missing_scope":
                return Written("refused", "missing_scope")
            raise
