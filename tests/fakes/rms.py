"""A shop at Rakuten that keeps its state: orders move through RMS's states, and only what RMS's table allows is done."""

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from kaeru.connectors.rakuten.client import JST, stamp
from kaeru.core import clock

FUNCTIONS = ("searchOrder", "getOrder", "cancelOrder", "cancelOrderAfterShipping", "updateOrderSender")
BEFORE, AFTER = {100, 200, 300}, {500, 600, 700, 800}
SENDER = {
    "zipCode1": "110", "zipCode2": "0001", "prefecture": "東京都", "city": "台東区", "subAddress": "谷中1-2-3", "familyName": "山田",
    "firstName": "花子", "familyNameKana": "ヤマダ", "firstNameKana": "ハナコ", "phoneNumber1": "090", "phoneNumber2": "1234",
    "phoneNumber3": "5678",
}  # fmt: skip


@dataclass
class Rms:
    """The shop."""

    service_secret: str = "SP1_abcdefgh"
    license_key: str = "SL1_ijklmnop"
    ticked: set[str] = field(default_factory=lambda: set(FUNCTIONS))
    """Functions that the shop has allowed."""
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: list[tuple[str, str, int | None]] = field(default_factory=list)
    """(call, order, reason) of everything that changed something."""
    _numbers: Any = field(default_factory=lambda: count(1))

    def place(self, *lines: tuple[str, int, int], at: datetime | None = None, progress: int = 100, **more: Any) -> str:
        """An order with (name, units, price) lines; returns its number."""
        placed = at or clock.now()
        items: list[dict[str, Any]] = [
            {
                "itemDetailId": place, "itemName": name, "itemId": 10_000_000 + place, "itemNumber": f"no-{place}", "manageNumber": f"tee-{place:03}",
                "price": price, "units": units, "includePostageFlag": 0, "includeTaxFlag": 1, "selectedChoice": None, "inventoryType": 1,
                "restoreInventoryFlag": 1, "deleteItemFlag": 0, "SkuModelList": [{"variantId": f"v{place}", "merchantDefinedSkuId": None}],
            }
            for place, (name, units, price) in enumerate(lines or (("Tシャツ", 2, 3500),), 1)
        ]  # fmt: skip
        goods = sum(item["price"] * item["units"] for item in items)
        number = f"123456-{placed.astimezone(JST):%Y%m%d}-{next(self._numbers):010}"
        self.orders[number] = {
            "orderNumber": number, "orderProgress": progress, "orderDatetime": stamp(placed), "shopOrderCfmDatetime": None,
            "orderFixDatetime": None, "shippingInstDatetime": None, "shippingCmplRptDatetime": None, "deliveryDate": None,
            "shippingTerm": None, "orderType": 1, "goodsPrice": goods, "postagePrice": 500, "totalPrice": goods + 500,
            "requestPrice": goods + 500, "couponAllTotalPrice": 0,
            "OrdererModel": {**SENDER, "emailAddress": "0123abcd@pc.fw.rakuten.ne.jp"},
            "SettlementModel": {"settlementMethod": "クレジットカード", "rpaySettlementFlag": 1},
            "DeliveryModel": {"deliveryName": "宅配便", "deliveryClass": 0},
            "PackageModelList": [
                {
                    "basketId": 1, "postagePrice": 500, "goodsPrice": goods, "totalPrice": goods + 500, "SenderModel": dict(SENDER),
                    "ItemModelList": items, "ShippingModelList": [],
                }
            ],
            "CouponModelList": None, "ChangeReasonModelList": None, **more,
        }  # fmt: skip
        return number

    def send(self, number: str, tracking: str = "1234-5678-9012") -> None:
        """It leaves."""
        order, now = self.orders[number], stamp(clock.now())
        order |= {"orderProgress": 500, "shippingInstDatetime": now, "shippingCmplRptDatetime": now}
        order["PackageModelList"][0]["ShippingModelList"] = [
            {
                "shippingDetailId": 1, "shippingNumber": tracking, "deliveryCompany": "1001", "deliveryCompanyName": "ヤマト運輸",
                "shippingDate": clock.now().astimezone(JST).date().isoformat(),
            }
        ]  # fmt: skip

    def buyer_asks(self, number: str) -> None:
        """The buyer asks to cancel: state 800, and a row that says so."""
        self._note(number, 0, 1, 1, "changeApplyDatetime")
        self.orders[number]["orderProgress"] = 800

    def buyer_takes_back(self, number: str) -> None:
        """The buyer takes the wish back."""
        self._note(number, 3, 1, 1, "changeApplyDatetime")
        self.orders[number]["orderProgress"] = 300

    def cancelled(self, number: str, reason: int) -> None:
        """It is cancelled for good."""
        side = 1 if reason <= 6 else 0
        self._note(number, 2, side, reason, "changeApplyDatetime", "changeFixDatetime", "changeCmplDatetime")
        self.orders[number]["orderProgress"] = 900

    def _note(self, number: str, kind: int, side: int, reason: int, *moments: str) -> None:
        order, now = self.orders[number], stamp(clock.now())
        rows = order["ChangeReasonModelList"] or []
        row = {
            "changeId": len(rows) + 1, "changeType": kind, "changeTypeDetail": None, "changeReason": side, "changeReasonDetail": reason,
            "changeApplyDatetime": None, "changeFixDatetime": None, "changeCmplDatetime": None,
        }  # fmt: skip
        order["ChangeReasonModelList"] = [*rows, row | dict.fromkeys(moments, now)]

    # What RMS answers: (status, body).

    def search(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """searchOrder."""
        start, end = (datetime.strptime(told[name], "%Y-%m-%dT%H:%M:%S%z") for name in ("startDatetime", "endDatetime"))
        if end < start or end - start > timedelta(days=63):
            return 400, _said("ERROR", "ORDER_EXT_API_SEARCH_ORDER_ERROR_011", "検索期間が不正です。")
        if clock.now() - start > timedelta(days=730):
            return 400, _said("ERROR", "ORDER_EXT_API_SEARCH_ORDER_ERROR_012", "検索期間が不正です。")
        states = told.get("orderProgressList") or None
        found = sorted(
            number
            for number, order in self.orders.items()
            if start <= datetime.strptime(order["orderDatetime"], "%Y-%m-%dT%H:%M:%S%z") <= end
            and (states is None or order["orderProgress"] in states)
        )
        asked = told.get("PaginationRequestModel") or {"requestRecordsAmount": 30, "requestPage": 1}
        size, page = asked["requestRecordsAmount"], asked["requestPage"]
        if not found:
            empty = {"totalRecordsAmount": None, "totalPages": None, "requestPage": None}
            said = _said("INFO", "ORDER_EXT_API_SEARCH_ORDER_INFO_102", "注文検索に成功しました。(検索結果０件)")
            return 200, {**said, "orderNumberList": [], "PaginationResponseModel": empty}
        shown = found[:15_000][(page - 1) * size : page * size]
        pages = {"totalRecordsAmount": len(found), "totalPages": -(-len(found) // size), "requestPage": page}
        said = _said("INFO", "ORDER_EXT_API_SEARCH_ORDER_INFO_101", "注文検索に成功しました。")
        return 200, {**said, "orderNumberList": shown, "PaginationResponseModel": pages}

    def get(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """getOrder."""
        numbers = told["orderNumberList"]
        if "version" not in told or len(numbers) > 100:
            return 400, _said("ERROR", "ORDER_EXT_API_GET_ORDER_ERROR_009", "不正なリクエストです。")
        found = [copy.deepcopy(self.orders[number]) for number in numbers if number in self.orders]
        if not found:
            return 200, {
                **_said("INFO", "ORDER_EXT_API_GET_ORDER_INFO_102", "該当する受注はありません。"),
                "OrderModelList": [],
            }
        return 200, {
            **_said("INFO", "ORDER_EXT_API_GET_ORDER_INFO_101", "受注情報取得に成功しました。"),
            "OrderModelList": found,
        }

    def cancel(self, call: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """cancelOrder and cancelOrderAfterShipping, in their states."""
        number, reason = told["orderNumber"], told["changeReasonDetailApply"]
        order = self.orders.get(number)
        if order is None or order["orderProgress"] not in (BEFORE if call == "cancelOrder" else AFTER):
            return 200, _said(
                "ERROR", "ORDER_EXT_API_CANCEL_ORDER_ERROR_001", "キャンセルできないステータスです。", number
            )
        self.cancelled(number, reason)
        self.done.append((call, number, reason))
        return 200, _said("INFO", "ORDER_EXT_API_CANCEL_ORDER_INFO_101", "キャンセルに成功しました。", number)

    def update(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """updateOrderSender: lays what comes over the packages; a lower amount needs its reason."""
        number = told["orderNumber"]
        order = self.orders.get(number)
        if order is None or order["orderProgress"] not in BEFORE:
            return 200, _said(
                "ERROR", "ORDER_EXT_API_UPDATE_ORDER_SENDER_ERROR_001", "変更できないステータスです。", number
            )
        packages = []
        for old, new in zip(order["PackageModelList"], told["PackageModelList"], strict=True):
            items = [item for item in new["ItemModelList"] if item.get("deleteItemFlag") != 1]
            goods = sum(item["price"] * item["units"] for item in items)
            packages.append(
                {**old, **new, "ItemModelList": items, "goodsPrice": goods, "totalPrice": goods + new["postagePrice"]}
            )
        total = sum(package["totalPrice"] for package in packages)
        if total < order["totalPrice"] and "reductionReason" not in told:
            return 200, _said("ERROR", "ORDER_EXT_API_UPDATE_ORDER_SENDER_ERROR_002", "減額理由が必要です。", number)
        order |= {"PackageModelList": packages, "goodsPrice": total - 500, "totalPrice": total, "requestPrice": total}
        self.done.append(("updateOrderSender", number, told.get("reductionReason")))
        return 200, _said("INFO", "ORDER_EXT_API_UPDATE_ORDER_SENDER_INFO_101", "更新に成功しました。", number)

    def answer(self, call: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Whatever is asked."""
        match call:
            case "searchOrder":
                return self.search(told)
            case "getOrder":
                return self.get(told)
            case "updateOrderSender":
                return self.update(told)
        return self.cancel(call, told)


def _said(kind: str, code: str, words: str, number: str | None = None) -> dict[str, Any]:
    row = {"messageType": kind, "messageCode": code, "message": words}
    return {"MessageModelList": [row | ({"orderNumber": number} if number else {})]}
