"""The wire to the fake mall: a real local port that speaks QAPI, HTTP 200 whatever happens, and what can go wrong on it.

Faults are put beside the name of a method and happen once each: `code:-90004` (ResultCode), `error:-90001` (the other shape), `silent`
(nothing is done, nobody answers), `lost` (it is done, nobody answers), `status:502`, `null` (ResultObject null), `text` (no JSON), `twice`
(every row two times), or a function that runs before the call is answered.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kaeru.core import clock
from tests.fakes import qoo10_rows as rows
from tests.fakes.qoo10_state import Claim, Mall, read
from tests.fakes.serving import served

Fault = str | Callable[[], None]
Told = dict[str, str]
BASE = "/GMKT.INC.Front.QAPIService/ebayjapan.qapi/"
OK = {"ResultCode": 0, "ResultMsg": "SUCCESS"}


class No(Exception):
    """The mall says no."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(code)
        self.code, self.words = code, words


class Wire:
    """To one shop."""

    def __init__(self, mall: Mall) -> None:
        self.mall = mall
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.calls: list[tuple[str, Told]] = []
        self.headers: list[Mapping[str, str]] = []
        self.paths: list[str] = []
        self.answers: list[tuple[str, dict[str, Any]]] = []
        self.spelling = "label(code)"
        self.url = ""

    def names(self) -> list[str]:
        """The methods that were called, without their class."""
        return [name.split(".")[1] for name, _ in self.calls]

    def answer(self, path: str, headers: Mapping[str, str], told: Told) -> tuple[int, bytes] | None:
        """Status and body; None: nobody answers."""
        self.paths.append(path)
        self.headers.append(headers)
        parts = urlsplit(path)
        name = parts.path.removeprefix(BASE)
        self.calls.append((name, told))
        verb = self._verb(name)
        fault: Fault = self.faults[name.split(".")[-1]].pop(0) if self.faults[name.split(".")[-1]] else ""
        if callable(fault):
            fault()
            fault = ""
        word, _, detail = fault.partition(":")
        if word == "silent":
            return None
        if word == "status":
            return int(detail), b""
        if word == "text" or verb is None:
            return 200, f"Can't find method Info {name}".encode()
        if word == "code":
            return self._say(name, {"ResultCode": int(detail), "ResultMsg": "no", "ResultObject": None})
        if word == "error":
            return self._say(name, {"ErrorCode": int(detail), "ErrorMsg": "存在しないAPIです。"})
        if headers.get("giosiscertificationkey") != self.mall.key:
            return self._say(name, {"ResultCode": -10000, "ResultMsg": "Invalid key", "ResultObject": None})
        try:
            found = verb(told)
        except No as no:
            return self._say(name, {"ResultCode": no.code, "ResultMsg": no.words, "ResultObject": None})
        if word == "lost":
            return None
        if word == "twice" and isinstance(found, list):
            found = [*found, *found]
        body = {**OK, "ResultObject": None if word == "null" else found} if found is not NOTHING else dict(OK)
        return self._say(name, body)

    def _say(self, name: str, body: dict[str, Any]) -> tuple[int, bytes]:
        self.answers.append((name, body))
        return 200, json.dumps(body, ensure_ascii=False).encode()

    def _verb(self, name: str) -> Callable[[Told], Any] | None:
        known: dict[str, Callable[[Told], Any]] = {
            "ShippingBasic.GetShippingInfo_v3": self._orders,
            "ShippingBasic.GetShippingAndClaimInfoByOrderNo_V2": self._one,
            "ShippingBasic.GetClaimInfo_V3": self._claims,
            "ShippingBasic.SetSellerCheckYN_V2": self._accept,
            "ShippingBasic.SetSendingInfo": self._send,
            "Claim.SetCancelProcess": self._cancel,
            "CSCenter.GetInquiryMessage": self._inquiries,
            "CSCenter.SetInquiryMessage": self._reply,
        }
        return known.get(name)

    def _orders(self, told: Told) -> Any:
        states = {told["ShippingStatus"]} if told["ShippingStatus"] in {"1", "2", "3", "4", "5"} else {"1", "2", "3"}
        begin, end = told["SearchStartDate"], told["SearchEndDate"]
        _check_window(begin, end)
        at = {"1": "ordered_at", "2": "paid_at", "3": "shipped_at", "4": "delivered_at"}[told["SearchCondition"]]
        return [
            rows.v3(line, labels=self.spelling == "label(code)")
            for line in self.mall.lines.values()
            if line.state in states
            and not self.mall.is_cancelled(line.number)
            and self.mall.in_window(getattr(line, at), begin, end)
        ]

    def _one(self, told: Told) -> Any:
        line = self.mall.lines.get(int(told["OrderNo"]))
        return [rows.v2(line, self.mall.claim_of(line.number))] if line else []

    def _claims(self, told: Told) -> Any:
        begin, end = told["search_Sdate"], told["search_Edate"]
        _check_window(begin, end)
        found = []
        for claim in self.mall.claims:
            line = self.mall.lines[claim.line]
            at = {"1": line.ordered_at, "2": claim.asked_at, "3": claim.done_at}[told["search_condition"]]
            if told["ClaimStat"] in {"", claim.status} and self.mall.in_window(at, begin, end):
                found.append(rows.claim_row(line, claim))
        return found

    def _accept(self, told: Told) -> Any:
        line = self._line(told["OrderNo"])
        if self.mall.is_cancelled(line.number) or line.state not in {"2", "3"}:
            raise No(-10013, "not in 配送要請")
        if line.state == "3":
            raise No(-10012, "already accepted")
        if not told.get("EstShipDt"):
            raise No(-10016, "EstShipDt missing")
        if read(told["EstShipDt"]).date() < clock.now().astimezone(read(told["EstShipDt"]).tzinfo).date():
            raise No(-10018, "date must be after today")
        day = told["EstShipDt"]
        line.state, line.dispatch_by, line.memo = "3", f"{day[:4]}-{day[4:6]}-{day[6:]}", told.get("DelayMemo", "")
        return NOTHING

    def _send(self, told: Told) -> Any:
        line = self._line(told["OrderNo"])
        if self.mall.is_cancelled(line.number) or line.state not in {"2", "3"}:
            raise No(-10103, "row refused")
        self.mall.ship(line, told["TrackingNo"])
        line.carrier = told["ShippingCorp"]
        return NOTHING

    def _cancel(self, told: Told) -> Any:
        line = self._line(told["ContrNo"])
        self.mall.cancelled_by_seller[line.number] = (told.get("CancelReason", ""), told.get("SellerMemo", ""))
        if line.state in {"4", "5"} or self.mall.is_cancelled(line.number):
            del self.mall.cancelled_by_seller[line.number]
            raise No(-10004, "注文状態が正しくありません。")
        known = self.mall.claim_of(line.number)
        if known is None:
            self.mall.claims.append(Claim(line.number, "3", clock.now(), "注文変更", clock.now()))
        else:
            self.mall.finish(known)
        return NOTHING

    def _inquiries(self, told: Told) -> Any:
        begin, end = told["search_start_dt"], told["search_end_dt"]
        _check_window(begin, end)
        asked = [one for one in self.mall.inquiries if self.mall.in_window(one.at, begin, end)]
        return [rows.inquiry_row(one) for one in asked if told["proc_status"] in {"", one.status}]

    def _reply(self, told: Told) -> Any:
        one = next((one for one in self.mall.inquiries if str(one.question) == told["question_no"]), None)
        if one is None or not told.get("contents"):
            raise No(-10001, "argument error")
        one.answers.append(told["contents"])
        one.status = "S3"
        return {"SEQ_NO": one.seq + 1}

    def _line(self, number: str) -> Any:
        line = self.mall.lines.get(int(number))
        if line is None:
            raise No(-10002, "order not found")
        return line


NOTHING = object()
"""The answer has no ResultObject at all."""


def _check_window(begin: str, end: str) -> None:
    if not (begin.isdecimal() and end.isdecimal() and len(begin) in {8, 14} and len(end) in {8, 14}):
        raise No(-10002, "search date error")
    if read(end) - read(begin) > timedelta(days=90):
        raise No(-10003, "Searching period exceeds to 90 days.")


@contextmanager
def listening(mall: Mall) -> Iterator[Wire]:
    """The mall on a free port of this machine; `url` is what stands before the paths."""

    wire = Wire(mall)

    def answer(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes] | None:
        return wire.answer(path, headers, dict(parse_qsl(body.decode(), keep_blank_values=True)))

    with served(answer) as wire.url:
        yield wire
