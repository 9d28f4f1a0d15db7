"""Kaeru acts at Qoo10: the side of the connector that the gate calls. Every write is for one line, so each verb goes line by line."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from kaeru.connectors.base import Access, Busy, Capabilities, Standing, Written
from kaeru.connectors.changes import AnswerInquiry, Cancel, Change, MarkDispatched, SetDispatchDate
from kaeru.connectors.qoo10 import client, reading, seller_reasons, standing, words
from kaeru.connectors.qoo10.reading import Line
from kaeru.core import clock, http

CAPABILITIES: Final = Capabilities(
    tells_orders=True,
    tells_refunds=True,
    tells_shipments=True,
    can_cancel=True,
    can_set_dispatch_date=True,
    can_mark_dispatched=True,
    can_answer=True,
    takes_parts=True,
    cancels_with_person=True,
)
"""There is no published method to refuse a buyer's wish, to change address or items, to issue a coupon, or to write first."""
DELAY: Final = {"preparing": "1", "made_to_order": "2", "customer_asked": "3", "other": "4"}
SAYS_NO: Final = {
    ("cancel", -10004): "state_moved",
    ("set_dispatch_date", -10012): "date_set_already",
    ("set_dispatch_date", -10013): "state_moved",
    ("set_dispatch_date", -10017): "date_too_far",
    ("set_dispatch_date", -10018): "date_too_soon",
}
"""What Qoo10's codes mean, as the gate's page says it."""
LONGEST_ANSWER: Final = 4000
_INQUIRY = re.compile(r"(MSG|HELP|ITEM):(\d+):(\d+)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Qoo10Writer:
    """The writer."""

    def capabilities(self, access: Access) -> Capabilities:
        """The same for every shop: a key is for everything or for nothing."""
        return CAPABILITIES

    def look(self, access: Access, order_source_id: str) -> Standing:
        """Read the order. Raises http.Unanswered, Busy, Barred."""
        return standing.look(access, order_source_id).standing

    def stands(self, change: Change, before: Standing, now: Standing) -> bool:
        """Whether the change is in the order. A cancellation that Qoo10 is at counts: it took it."""
        match change:
            case Cancel():
                told = standing.claims(now)
                return now.is_there and bool(now.lines) and all(told.get(line) in standing.GOING for line in now.lines)
            case SetDispatchDate():
                return bool(change.date) and now.dispatch_by == change.date
            case MarkDispatched():
                live = [line for line, quantity in now.lines.items() if quantity]
                told = standing.states(now)
                return bool(live) and all(told.get(line) in reading.LEFT for line in live)
        return False

    def write(self, access: Access, order_source_id: str, change: Change, key: str, before: Standing) -> Written:
        """Do it. Looks first, as QAPI knows no keys: what stands already is not called again. Raises Barred."""
        try:
            match change:
                case Cancel():
                    return _cancel(access, order_source_id, change)
                case SetDispatchDate():
                    return _set_dispatch_date(access, order_source_id, change)
                case MarkDispatched():
                    return _mark_dispatched(access, order_source_id, change)
                case AnswerInquiry():
                    return _answer(access, change)
        except Busy as busy:
            return Written("busy", retry_after=busy.seconds)
        except client.Refused as no:
            return Written("refused", SAYS_NO.get((change.kind, no.code), no.words or "refused"))
        except http.Unanswered:
            return Written("unknown")
        return Written("refused", "cannot")


def _cancel(access: Access, pack: str, change: Cancel) -> Written:
    """Only with a reason that Qoo10 has a code for and that is true."""
    reason = seller_reasons.reason_of(change)
    if reason is None:
        return Written("refused", "no_true_reason")
    seen = standing.look(access, pack)
    if seen.standing.is_shipped:
        return Written("refused", "shipped")
    return _each(
        seen.live,
        lambda line: client.call(access, "Claim.SetCancelProcess", seller_reasons.params(line.number, reason)),
    )


def _set_dispatch_date(access: Access, pack: str, change: SetDispatchDate) -> Written:
    """The day on which it leaves; from then on the buyer's wish to cancel needs the shop's consent."""
    if not _DAY.fullmatch(change.date) or change.delay_type not in DELAY:
        return Written("refused", "not_a_date")
    seen = standing.look(access, pack)
    lines = [line for line in seen.waiting if line.dispatch_by is None or line.dispatch_by.isoformat() != change.date]
    told = {
        "EstShipDt": change.date.replace("-", ""),
        "DelayType": DELAY[change.delay_type],
        "DelayMemo": change.words[:1000],
    }
    return _each(
        lines,
        lambda line: client.call(access, "ShippingBasic.SetSellerCheckYN_V2", {"OrderNo": line.number, **told}),
    )


def _mark_dispatched(access: Access, pack: str, change: MarkDispatched) -> Written:
    """Carrier and number, for each line that has not left."""
    if not change.carrier.strip() or not change.number.strip():
        return Written("refused", "no_tracking")
    told = {"ShippingCorp": change.carrier.strip()[:200], "TrackingNo": change.number.strip()[:50]}
    return _each(
        standing.look(access, pack).waiting,
        lambda line: client.call(access, "ShippingBasic.SetSendingInfo", {"OrderNo": line.number, **told}),
    )


def _each(lines: Sequence[Line], call: Callable[[Line], Any]) -> Written:
    """Line by line. When some went through and one did not, the order itself must show how far it came: a person looks."""
    done = 0
    for line in lines:
        try:
            call(line)
        except client.Refused:
            if not done:
                raise
            return Written("pending", "in_part")
        done += 1
    return Written("done" if done else "refused", "" if done else "state_moved")


def _answer(access: Access, change: AnswerInquiry) -> Written:
    """Answer once: an inquiry that is answered already, by a lost call or by a person, is not answered again."""
    named, contents = _INQUIRY.fullmatch(change.inquiry), change.text.strip()
    if named is None or not 0 < len(contents) <= LONGEST_ANSWER:
        return Written("refused", "not_an_answer")
    kind, question, seq = named.groups()
    if _is_answered(access, change, question):
        return Written("done", "stood_already")
    told = {"inq_type": kind, "question_no": question, "seq_no": seq, "contents": contents}
    client.call(access, "CSCenter.SetInquiryMessage", told)
    return Written("done")


def _is_answered(access: Access, change: AnswerInquiry, question: str) -> bool:
    at = datetime.fromisoformat(change.asked_at) if change.asked_at else clock.now()
    begin, end = client.window(
        at - timedelta(days=1), min(at + timedelta(days=80), clock.now() + timedelta(minutes=10))
    )
    told = client.call(
        access, "CSCenter.GetInquiryMessage", {"search_start_dt": begin, "search_end_dt": end, "proc_status": "S3"}
    )
    return any(
        row.text("QUESTION_NO", 30) == question and words.code(row.text("STATUS", 40), words.INQUIRY) == "S3"
        for row in reading.inquiries_of(told)
    )
