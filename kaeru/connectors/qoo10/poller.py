"""Asking Qoo10 what is new. It tells nothing by itself and knows no "changed since", so Kaeru compares.

Each poll makes two calls when nothing changed: the claims of the last days, and in turn the open orders of the last 90 days, the
inquiries, or the finished cancellations. An order that was open and is not listed any more has left or was cancelled: the claims
say so, else the parcels of the last days, else it is asked for by its number.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kaeru.connectors.base import Access
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.polling import InquiryRecord, Polled
from kaeru.connectors.qoo10 import client, reading, words
from kaeru.connectors.qoo10.memory import Memory
from kaeru.connectors.qoo10.merging import Merging
from kaeru.connectors.qoo10.reading import Claim, Line
from kaeru.core import clock
from kaeru.orders.rules import OrderRecord

TOUR: Final = ("orders", "inquiries", "orders", "finished")
"""What is asked for beside the claims, in turn. What a claim speaks of is asked for at once."""
CLAIM_DAYS = 60
"""How far back wishes are asked for each time; older ones show by their order going from the list."""
SENT_DAYS = 3
"""How far back, before the last poll, parcels are asked for when an order has gone from the list."""
INQUIRY_DAYS = 7
AHEAD = timedelta(minutes=10)
"""Added to each window's end: their clock is not ours."""
PAST_WINDOWS = 2
"""Windows of 90 days that are asked for when a shop is new: the quarter before is needed for where it stands."""
ORDERS = "ShippingBasic.GetShippingInfo_v3"
CLAIMS = "ShippingBasic.GetClaimInfo_V3"
INQUIRIES = "CSCenter.GetInquiryMessage"


class Qoo10Poller:
    """The poller."""

    def poll(self, access: Access, since: datetime | None, upkeep: Mapping[str, Any]) -> Polled:
        """See `connectors.polling.Poller`."""
        try:
            return _Poll(access, since, upkeep).run()
        except client.Refused as no:
            raise Unreadable(f"Qoo10 refuses what it is asked: {no.code}") from None


class _Poll:
    """One poll of one shop."""

    def __init__(self, access: Access, since: datetime | None, upkeep: Mapping[str, Any]) -> None:
        self.access, self.since, self.now = access, since, clock.now()
        self.memory = Memory.read(upkeep)
        self.calls = 0
        self.merging = Merging(self.memory, self.now, self._sent, self._one)

    def run(self) -> Polled:
        memory, is_first = self.memory, self.since is None
        days = client.MOST_DAYS if is_first else CLAIM_DAYS
        claimed, rows = self._claims("2", self.now - timedelta(days=days), self.now)
        what = TOUR[memory.turn % len(TOUR)]
        inquiries = self._inquiries() if what == "inquiries" and not is_first else []
        if what == "finished" and not is_first:
            done, more = self._claims("3", self._since(SENT_DAYS), self.now, status="3")
            claimed, rows = [*done, *claimed], {**more, **rows}
        self.merging.hear(claimed, rows, is_past=is_first)
        if is_first or what == "orders" or self.merging.has_news:
            self.merging.compare(self._open())
        if is_first:
            inquiries = self._inquiries()
        past, is_over = self._past()
        memory.turn += 0 if is_first else 1
        found = self.merging.found
        return Polled(
            orders=found.orders, past=past, cancelled=found.cancelled, refunds=found.refunds,
            inquiries=inquiries, reached=self.now, upkeep=memory.told(), calls=self.calls, is_over=is_over,
        )  # fmt: skip

    def _ask(self, method: str, params: Mapping[str, str]) -> Any:
        self.calls += 1
        return client.call(self.access, method, params)

    def _since(self, days: int) -> datetime:
        return (self.since or self.now) - timedelta(days=days)

    def _orders(self, status: str, condition: str, since: datetime, until: datetime) -> list[Line]:
        begin, end = client.window(since, until)
        params = {
            "ShippingStatus": status,
            "SearchStartDate": begin,
            "SearchEndDate": end,
            "SearchCondition": condition,
        }
        return reading.lines_of(self._ask(ORDERS, params))

    def _open(self) -> list[Line]:
        """All lines that have not left."""
        return self._orders("", "1", self.now - timedelta(days=client.MOST_DAYS), self.now + AHEAD)

    def _sent(self) -> list[Line]:
        """Lines that left lately."""
        return self._orders("4", "3", self._since(SENT_DAYS), self.now + AHEAD)

    def _one(self, number: str) -> tuple[list[Line], list[Claim]]:
        """One line by its number, with its claim."""
        told = self._ask("ShippingBasic.GetShippingAndClaimInfoByOrderNo_V2", {"OrderNo": number})
        return reading.lines_of(told), reading.claims_of(told)[0]

    def _claims(
        self, condition: str, since: datetime, until: datetime, status: str = ""
    ) -> tuple[list[Claim], dict[str, Line]]:
        """Claims, and their lines as far as a claim tells of them."""
        begin, end = client.window(since, until + AHEAD)
        params = {"ClaimStat": status, "search_Sdate": begin, "search_Edate": end, "search_condition": condition}
        told = self._ask(CLAIMS, params)
        claims, strange = reading.claims_of(told)
        self.memory.strange = strange if not status else self.memory.strange
        return claims, {line.number: line for line in reading.lines_of(told)}

    def _inquiries(self) -> list[InquiryRecord]:
        begin, end = client.window(self._since(INQUIRY_DAYS), self.now + AHEAD)
        told = self._ask(INQUIRIES, {"search_start_dt": begin, "search_end_dt": end, "proc_status": ""})
        rows = reading.inquiries_of(told)
        return [record for record in (inquiry(row, self.now) for row in rows) if record is not None]

    def _past(self) -> tuple[list[OrderRecord], bool]:
        """What was over before Kaeru came, one window in each poll; and whether that is all."""
        memory = self.memory
        if memory.past_windows >= PAST_WINDOWS:
            return [], True
        end = self.now - timedelta(days=client.MOST_DAYS * memory.past_windows)
        begin = end - timedelta(days=client.MOST_DAYS)
        lines = [*self._orders("4", "1", begin, end), *self._orders("5", "1", begin, end)]
        claims, rows = self._claims("2", begin, end)
        memory.past_windows += 1
        return self.merging.past(lines, claims, rows), memory.past_windows >= PAST_WINDOWS


def inquiry(row: words.Row, now: datetime) -> InquiryRecord | None:
    """A buyer's question; None for a row without number or time."""
    kind, question, seq = row.text("INQ_TYPE", 10), row.text("QUESTION_NO", 30), row.text("SEQ_NO", 30)
    at = words.moment(row.text("INQ_DT", 40))
    if not (kind and question and seq) or at is None:
        return None
    is_done = words.code(row.text("STATUS", 40), words.INQUIRY) == "S3"
    return InquiryRecord(
        source_id=f"{kind}:{question}:{seq}",
        asked_at=at,
        title=row.text("TITLE", 300),
        body=row.text("CONTENTS", 4000),
        category=row.text("CATE_NM", 60),
        line_source_id=row.text("CONTR_NO", 40),
        is_about_claim=row.text("CLAIM_YN", 5).upper() == "Y",
        answered_at=now if is_done else None,
    )
