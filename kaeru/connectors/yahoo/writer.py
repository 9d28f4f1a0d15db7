"""Kaeru acts at Yahoo! Shopping: it cancels, within the vendor's table of states, under a number that the operator has entered.

Address and items (orderChange) are left to people: what that call takes could not be read from any page.
"""

from kaeru.connectors.base import Access, Busy, Capabilities, Standing, Written
from kaeru.connectors.changes import Cancel, Change
from kaeru.connectors.reading import MOST_PIECES
from kaeru.connectors.yahoo import asking, client, words
from kaeru.connectors.yahoo.markup import Node
from kaeru.connectors.yahoo.orders import yen
from kaeru.core import http

DONE = Written("done")


class YahooWriter:
    """The writer."""

    def capabilities(self, access: Access) -> Capabilities:
        """Cancels once the operator has entered a number for the customer's side or the shop's; mail addresses are the buyers' own."""
        return Capabilities(
            tells_orders=True,
            tells_shipments=True,
            can_cancel=bool(words.table(access.scopes)),
            can_write_first=True,
            cancels_with_person=True,
        )

    def look(self, access: Access, order_source_id: str) -> Standing:
        """Read the order. Raises http.Unanswered, Busy, Barred."""
        if not order_source_id:
            return Standing()
        try:
            found = asking.order(access, order_source_id)
        except client.Refused as no:
            raise http.Unanswered(f"Yahoo!: {no.code}") from None
        return Standing(is_there=False) if found is None else standing(found)

    def stands(self, change: Change, before: Standing, now: Standing) -> bool:
        """Whether the order is cancelled; nothing else is done here."""
        return isinstance(change, Cancel) and now.is_cancelled

    def write(self, access: Access, order_source_id: str, change: Change, key: str, before: Standing) -> Written:
        """Do it, after a fresh look. Raises Barred."""
        if not isinstance(change, Cancel):
            return Written("refused", "cannot")
        try:
            return _cancel(access, order_source_id, change)
        except Busy as busy:
            return Written("busy", retry_after=busy.seconds)
        except client.Refused as no:
            return Written("refused", no.words)
        except http.Unanswered:
            return Written("unknown")


def _cancel(access: Access, number: str, change: Cancel) -> Written:
    found = asking.order(access, number)
    if found is None:
        return Written("refused", "gone")
    now, status = standing(found), found.say("OrderStatus")
    if now.is_cancelled:
        return DONE
    if now.is_shipped and not change.are_goods_back:
        return Written("refused", "shipped")
    if status not in words.CANCELLABLE:
        return Written("refused", "state_moved")
    reason = words.number_for(change.reason, change.side, access.scopes)
    if reason is None:
        return Written("refused", "no_reason_code")
    told = {
        "Target": {"OrderId": number, "IsPointFix": True},
        "Order": {"OrderStatus": words.CANCELLED, "CancelReason": reason},
    }
    client.ask(access, "orderStatusChange", told)
    return DONE


def standing(info: Node) -> Standing:
    """How the order stands, without personal data."""
    status, ship, total = info.say("OrderStatus"), info.say("Ship/ShipStatus"), yen(info.say("Detail/TotalPrice")) or 0
    return Standing(
        is_cancelled=status == words.CANCELLED,
        is_shipped=ship in words.SHIPPED,
        is_held=status == words.HELD,
        total=total,
        paid=total if info.say("Pay/PayStatus") == words.PAID else 0,
        lines={item.say("LineId"): min(yen(item.say("Quantity")) or 0, MOST_PIECES) for item in info.all("Item")},
        marks=(f"status:{words.state(status, info.say('Pay/PayStatus'), ship)}",),
    )
