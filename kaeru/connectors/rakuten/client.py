"""Calls to RMS: one question, one answer in JSON, typed by what to do next. Nothing of what is asked or answered is logged.

RMS says what went wrong in rows of its own (`MessageModelList`), also under HTTP 200; only its words "ERROR", "WARNING" and "INFO" are
known for every call, so the codes behind them decide nothing here. A wrong key, an expired one and a function that the shop has not
ticked all look alike (401); so does a key that was renewed half an hour ago, which is waited for.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from kaeru.connectors import pacing
from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.rakuten import keys
from kaeru.connectors.reading import part, rows, text
from kaeru.core import clock, http

ADDRESS = "https://api.rms.rakuten.co.jp/es/2.0/order/{name}/"
VERSION = 7
"""Of getOrder's answer: 7 brings variants (SKU). Contract: 3 to 8 are served."""
PER_SECOND = 1.0
"""Calls for one shop. No rate is known for certain; clients of others keep to this."""
BUSY_SECONDS = 60.0
"""After an overload or maintenance (503)."""
MOST_BYTES = 16_000_000
"""A hundred orders with all their lines."""
JST = timezone(timedelta(hours=9))
WAKING_SECONDS = 300.0
"""How soon a new key that is not let in yet is tried again."""
_NOT_LET_IN = {401, 403}
CHANGES = frozenset({"cancelOrder", "cancelOrderAfterShipping", "updateOrderSender"})


class Refused(Exception):
    """RMS understood and says no. `words` are for staff, without personal data as far as RMS keeps them out of its messages."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.words, self.code = words, code


def stamp(moment: datetime) -> str:
    """A time as RMS takes it: Japan's, with +0900 and no colon; the form with Z is refused.

    >>> from datetime import UTC
    >>> stamp(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    '2026-11-22T00:00:00+0900'
    """
    return moment.astimezone(JST).strftime("%Y-%m-%dT%H:%M:%S+0900")


def ask(access: Access, name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, whatever its messages say. Raises Busy, Barred, http.Unanswered (a change may have been made), Refused (400)."""
    key = keys.read(access.secrets[0]) if access.secrets else None
    if key is None:
        raise Barred("token_revoked")
    headers = {
        "Authorization": key.authorization,
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
    }
    body = json.dumps(told, ensure_ascii=False).encode()
    pacing.take(f"rakuten:{access.shop_id}", PER_SECOND)
    try:
        answer = http.post(ADDRESS.format(name=name), body, headers, most_bytes=MOST_BYTES)
    except http.EgressRefused:
        raise Barred("not_understood") from None
    if answer.status in _NOT_LET_IN:
        if key.may_still_wake(clock.now()):
            raise Busy(WAKING_SECONDS)
        raise Barred("missing_scope" if name in CHANGES else "token_revoked")
    if answer.status == 429 or (answer.status == 503 and name not in CHANGES):
        raise Busy(BUSY_SECONDS)
    found = _read(answer)
    if answer.status == 400:
        raise Refused(*error_of(found) or ("not_understood", ""))
    if answer.status != 200:
        raise http.Unanswered(f"RMS answered {answer.status}")
    return found


def change(access: Access, name: str, told: Mapping[str, Any]) -> None:
    """Ask for something to be done. Raises Refused besides, when a row of the answer is an ERROR."""
    if error := error_of(ask(access, name, told)):
        raise Refused(*error)


def error_of(answer: Mapping[str, Any]) -> tuple[str, str] | None:
    """(words, code) of the first row that is an ERROR."""
    for row in rows(answer.get("MessageModelList")):
        if text(row.get("messageType"), 20).upper() == "ERROR":
            return text(row.get("message"), 200) or "refused", text(row.get("messageCode"), 80)
    return None


def order(access: Access, number: str) -> dict[str, Any] | None:
    """One order as RMS tells it; None when RMS knows none of that number."""
    found = orders(access, [number])
    return found[0] if found else None


def orders(access: Access, numbers: list[str]) -> list[dict[str, Any]]:
    """Up to a hundred orders; those that RMS does not tell are missing. Raises http.Unanswered when it tells an error and no order."""
    told = ask(access, "getOrder", {"orderNumberList": numbers, "version": _version(access)})
    found = [dict(row) for row in rows(told.get("OrderModelList"))]
    if not found and (error := error_of(told)):
        raise http.Unanswered(f"RMS: {error[1]}")
    return found


def _version(access: Access) -> int:
    return int(access.version) if access.version.isdecimal() else VERSION


def _read(answer: http.Answer) -> dict[str, Any]:
    try:
        return dict(part(json.loads(answer.body)))
    except ValueError:
        if answer.status == 200:
            raise http.Unanswered("RMS's answer was no JSON") from None
        return {}
