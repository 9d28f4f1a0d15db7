"""A store at Yahoo! Shopping that keeps its state: orders move through OrderStatus only as the vendor's table allows."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from kaeru.connectors.yahoo.markup import Node, write
from kaeru.connectors.yahoo.orders import JST, stamp
from kaeru.core import clock
from tests.fakes import contracts

Answer = tuple[int, bytes]


def iso(moment: datetime) -> str:
    """2026-11-20T21:14:03+09:00."""
    return moment.astimezone(JST).replace(microsecond=0).isoformat()


@dataclass
class Yahoo:
    """The store, and the app that its owner has agreed to."""

    seller: str = "teststore"
    client_id: str = "dj00aiZpPUt"
    client_secret: str = "himitsu"
    refresh: str = "refresh-1"
    token: str = "access-1"
    code: str = "code-1"
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    """As orderInfo tells them, nested."""
    done: list[tuple[str, str, str]] = field(default_factory=list)
    """(order, OrderStatus, CancelReason) of every change."""
    most: int = 0
    """So many orders a page tells at most, whatever is asked for; 0: no limit."""
    _numbers: Any = field(default_factory=lambda: count(10_000_001))

    def place(self, *lines: tuple[str, int, int], at: datetime | None = None, status: str = "2", **more: Any) -> str:
        """An order with (title, quantity, price) lines; returns its number."""
        placed = at or clock.now()
        items: list[dict[str, Any]] = [
            {
                "LineId": place,
                "ItemId": f"tee-{place:03}",
                "Title": title,
                "SubCode": "",
                "UnitPrice": price,
                "Quantity": quantity,
            }
            for place, (title, quantity, price) in enumerate(lines or (("Tシャツ", 2, 3500),), 1)
        ]
        number = f"{self.seller}-{next(self._numbers)}"
        self.orders[number] = {
            "OrderId": number, "OrderTime": iso(placed), "LastUpdateTime": iso(placed), "OrderStatus": status, "CancelReason": "",
            "IsSeen": "false",
            "Pay": {
                "PayStatus": "1", "PayMethod": "payment_a1", "PayMethodName": "クレジットカード決済", "PayDate": placed.astimezone(JST).date(),
                "BillMailAddress": "hanako@example.com", "BillFirstName": "花子", "BillLastName": "山田", "BillPhoneNumber": "09012345678",
            },
            "Ship": {
                "ShipStatus": "1", "ShipRequestDate": "", "ShipRequestTime": "", "ShipCompanyCode": "", "ShipInvoiceNumber1": "", "ShipDate": "",
                "ShipLastName": "山田", "ShipFirstName": "花子", "ShipZipCode": "1100001", "ShipPrefecture": "東京都", "ShipCity": "台東区",
                "ShipAddress1": "谷中1-2-3", "ShipAddress2": "",
            },
            "Detail": {
                "TotalPrice": sum(item["UnitPrice"] * item["Quantity"] for item in items) + 500, "ShipCharge": 500, "PayCharge": 0,
                "Discount": 0, "UsePoint": 0,
            },
            "Item": items, **more,
        }  # fmt: skip
        return number

    def send(self, number: str, tracking: str = "1234-5678-9012") -> None:
        """It leaves."""
        today = clock.now().astimezone(JST).date()
        self.orders[number]["Ship"] |= {
            "ShipStatus": "3",
            "ShipCompanyCode": "1001",
            "ShipInvoiceNumber1": tracking,
            "ShipDate": today,
        }
        self.touch(number)

    def cancelled(self, number: str, reason: str = "") -> None:
        """It is cancelled there."""
        self.orders[number] |= {"OrderStatus": "4", "CancelReason": reason}
        self.touch(number)

    def touch(self, number: str) -> None:
        """It changed now."""
        self.orders[number]["LastUpdateTime"] = iso(clock.now())

    # What the store answers: (status, body).

    def answer(self, method: str, asked: Node) -> Answer:
        """Whatever is asked."""
        match method:
            case "orderList":
                return self._list(asked.one("Search"))
            case "orderInfo":
                return self._info(asked.one("Target"))
        return self._change(asked)

    def _list(self, search: Node) -> Answer:
        since, until = search.say("Condition/OrderTimeFrom"), search.say("Condition/OrderTimeTo")
        if not since or not until or since > until:
            return _error("od00011", "検索条件が不正です。", 400)
        found = [
            order
            for order in sorted(self.orders.values(), key=lambda order: str(order["OrderTime"]))
            if since <= stamp(datetime.fromisoformat(order["OrderTime"])) <= until
        ]
        first, size = int(search.say("Start") or 1), int(search.say("Result") or 10)
        shown = found[first - 1 : first - 1 + min(size, self.most or size)]
        told = [
            {
                "Index": place, "OrderId": order["OrderId"], "OrderTime": order["OrderTime"], "OrderStatus": order["OrderStatus"],
                "IsSeen": order["IsSeen"], "PayStatus": order["Pay"]["PayStatus"], "ShipStatus": order["Ship"]["ShipStatus"],
            }
            for place, order in enumerate(shown, first)
        ]  # fmt: skip
        return _result({"Search": {"TotalCount": len(found), "OrderInfo": told}})

    def _info(self, target: Node) -> Answer:
        order = self.orders.get(target.say("OrderId"))
        if order is None:
            return _error("od90101", "該当する注文がありません。", 400)
        return _result({"OrderInfo": order})

    def _change(self, asked: Node) -> Answer:
        number, status = asked.say("Target/OrderId"), asked.say("Order/OrderStatus")
        order = self.orders.get(number)
        if order is None or asked.say("Target/IsPointFix") not in {"true", "false"}:
            return _error("od90101", "該当する注文がありません。", 400)
        if int(status) not in contracts.yahoo_moves()[order["OrderStatus"]]:
            return _error("od90150", "注文ステータスを変更できません。", 400)
        order |= {"OrderStatus": status, "CancelReason": asked.say("Order/CancelReason")}
        self.touch(number)
        self.done.append((number, status, asked.say("Order/CancelReason")))
        return _result({})


def _result(told: dict[str, Any]) -> Answer:
    body = write("ResultSet", {"Result": {"Status": "OK", **told}}).decode()
    numbers = 'totalResultsAvailable="1" totalResultsReturned="1" firstResultPosition="1"'
    return 200, body.replace("<ResultSet>", f"<ResultSet {numbers}>", 1).encode()


def _error(code: str, words: str, status: int) -> Answer:
    return status, write("Error", {"Code": code, "Message": words})
