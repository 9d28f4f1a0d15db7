"""Calls to Qoo10's QAPI: one method, one answer, typed by what to do next.

Qoo10 answers HTTP 200 whatever happens and says in the body what came of it, in one of two shapes. The seller authorization key
goes in a header: the other form that exists puts it into the address, and from there into logs. Nothing asked or answered is logged.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from kaeru.connectors import pacing
from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.reading import text
from kaeru.core import http

SOURCE: Final = "qoo10"
ADDRESS = "https://api.qoo10.jp/GMKT.INC.Front.QAPIService/ebayjapan.qapi/{method}"
VERSION = "1.0"
PER_SECOND = 2.0
"""For each shop. Qoo10 publishes no limit; one source calls 5 to 10 a second safe by experience."""
MOST_BYTES = 48_000_000
"""There is no paging: one answer holds every row of its window."""
MOST_DAYS = 90
"""The longest window that may be asked for."""
JST = ZoneInfo("Asia/Tokyo")
KEY_TROUBLE: Mapping[int, str] = {
    -10000: "token_revoked",
    -90001: "token_revoked",
    -90002: "token_revoked",
    -90003: "token_revoked",
    -90004: "token_revoked",
    -90005: "token_revoked",
}
"""What Qoo10 answers when the key is wrong, not allowed to, or over. -90001 also says that a method does not exist: as every method
here does, it is the key."""
_KEY = re.compile(r"[\x21-\x7e]{8,500}")

log = logging.getLogger(__name__)


class Refused(Exception):
    """Qoo10 understood and says no. `code`: its ResultCode (below 0); `words`: its message, for staff."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}")
        self.code, self.words = code, words


def is_key(typed: str) -> bool:
    """Whether this can be a seller authorization key: it goes into a header, so nothing but visible ASCII."""
    return _KEY.fullmatch(typed) is not None


def call(access: Access, method: str, params: Mapping[str, str]) -> Any:
    """The answer's ResultObject: None, text, an object or a list, as the method has it. Numbers are exact.

    Raises Barred (the key), Refused, Busy, http.Unanswered (a change may have been made).
    """
    if not access.secrets or not is_key(access.secrets[0]):
        raise Barred("token_revoked")
    pacing.take(f"{SOURCE}:{access.shop_id}", PER_SECOND)
    headers = {
        "GiosisCertificationKey": access.secrets[0],
        "QAPIVersion": VERSION,
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    body = urlencode({"returnType": "application/json", **params}).encode()
    try:
        answer = http.post(ADDRESS.format(method=method), body, headers, most_bytes=MOST_BYTES)
    except http.EgressRefused:
        raise http.Unanswered("Qoo10's address cannot be called from here") from None
    return _result(method, answer)


def _result(method: str, answer: http.Answer) -> Any:
    if answer.status == 429:
        raise Busy(_seconds(answer.headers.get("retry-after")))
    if answer.status != 200:
        raise http.Unanswered(f"Qoo10 answered {answer.status}")
    try:
        told = json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        if answer.body.lstrip().startswith(b"Can't find"):
            log.error("Qoo10 does not know %s any more", method)
            raise Barred("not_understood") from None
        raise http.Unanswered("Qoo10's answer was no JSON") from None
    if not isinstance(told, dict):
        raise http.Unanswered("Qoo10's answer was no object")
    code = _code(told, "ResultCode")
    if code is None or code == 0:
        worse = _code(told, "ErrorCode")
        code = worse if worse is not None else code
    if code is None:
        raise http.Unanswered("Qoo10's answer had no code")
    if code == 0:
        return told.get("ResultObject")
    if code in KEY_TROUBLE:
        raise Barred(KEY_TROUBLE[code])
    raise Refused(code, text(told.get("ResultMsg") or told.get("ErrorMsg"), 200))


def _code(told: Mapping[str, Any], name: str) -> int | None:
    """The code, also where it comes as text."""
    found = told.get(name)
    if isinstance(found, bool) or not isinstance(found, int | str):
        return None
    try:
        return int(found)
    except ValueError:
        return None


def _seconds(told: str | None) -> float:
    try:
        return min(600.0, max(1.0, float(told or 30)))
    except ValueError:
        return 30.0


def window(since: datetime, until: datetime) -> tuple[str, str]:
    """The window as Qoo10 reads it, in Japan's time and without hyphens; cut to the newest 90 days.

    >>> from datetime import UTC
    >>> window(datetime(2026, 11, 22, 3, tzinfo=UTC), datetime(2026, 11, 22, 4, tzinfo=UTC))
    ('20261122120000', '20261122130000')
    """
    begin = max(since, until - timedelta(days=MOST_DAYS) + timedelta(minutes=1))
    return f"{begin.astimezone(JST):%Y%m%d%H%M%S}", f"{until.astimezone(JST):%Y%m%d%H%M%S}"
