"""What is asked of Yahoo! Shopping: which orders there are with their states (orderList), and one of them whole (orderInfo)."""

from dataclasses import dataclass
from datetime import datetime

from kaeru.connectors.base import Access
from kaeru.connectors.yahoo import client, words
from kaeru.connectors.yahoo.markup import Node
from kaeru.connectors.yahoo.orders import FIELDS, moment, stamp, yen

PAGE = 2000
"""Orders asked for at once: the vendor names no maximum, one client asks for as many."""
MOST_PAGES = 50
LISTED = ("OrderId", "OrderTime", "OrderStatus", "IsSeen", "PayStatus", "ShipStatus")


@dataclass(frozen=True, slots=True)
class Listed:
    """One order of the list."""

    number: str
    placed_at: datetime | None
    state: str
    """See `words.state`."""


@dataclass(slots=True)
class Asking:
    """One poll's questions, counted."""

    access: Access
    calls: int = 0

    def listed(self, start: datetime, end: datetime) -> list[Listed]:
        """All orders placed in this time, each once, oldest first. Raises Busy, Barred, http.Unanswered, client.Refused."""
        found: dict[str, Listed] = {}
        first = 1
        for _ in range(MOST_PAGES):
            root = self._page(start, end, first)
            told = list(root.anywhere("OrderInfo"))
            for row in told:
                one = _listed(row)
                if one.number:
                    found[one.number] = one
            first += len(told)
            if not told or first > _total(root, len(told), first - 1):
                break
        return list(found.values())

    def _page(self, start: datetime, end: datetime, first: int) -> Node:
        self.calls += 1
        condition = {"OrderTimeFrom": stamp(start), "OrderTimeTo": stamp(end)}
        search = {
            "Result": PAGE,
            "Start": first,
            "Sort": "+order_time",
            "Condition": condition,
            "Field": ",".join(LISTED),
        }
        return client.ask(self.access, "orderList", {"Search": search})

    def order(self, number: str) -> Node | None:
        """One order whole; None when nothing is told of it."""
        self.calls += 1
        return order(self.access, number)


def order(access: Access, number: str) -> Node | None:
    """One order whole; None when nothing is told of it. Raises Busy, Barred, http.Unanswered, client.Refused."""
    told = {"Target": {"OrderId": number, "Field": ",".join(FIELDS)}}
    return next(client.ask(access, "orderInfo", told).anywhere("OrderInfo"), None)


def _listed(row: Node) -> Listed:
    """States stand in the row itself, or under Pay and Ship as in orderInfo."""
    pay, ship = row.say("PayStatus") or row.say("Pay/PayStatus"), row.say("ShipStatus") or row.say("Ship/ShipStatus")
    return Listed(row.say("OrderId"), moment(row.say("OrderTime")), words.state(row.say("OrderStatus"), pay, ship))


def _total(root: Node, here: int, so_far: int) -> int:
    """How many there are in all. Of the two numbers that an answer may hold, one counts results and not orders: the larger is meant;
    when neither goes beyond what came, a full page means that there may be more.
    """
    counts = [
        yen(root.attributes.get("totalResultsAvailable", "")),
        *(yen(one.text) for one in root.anywhere("TotalCount")),
    ]
    told = max((count for count in counts if count is not None), default=0)
    return max(told, so_far + 1 if here >= PAGE else 0)
