"""Qoo10's words: both spellings of its fields, states that come as "label(code)", days and times of Japan without a zone."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from kaeru.connectors.qoo10.client import JST
from kaeru.connectors.reading import text

_SAME: Final = {
    "estshippingdate": "estimatedshippingdate",
    "hopedate": "desireddeliverydate",
    "itemcode": "itemno",
    "buyergata": "buyerkana",
    "receivergata": "receiverkana",
    "shippingaddr": "shippingaddress",
    "addr1": "address1",
    "addr2": "address2",
    "shippingmsg": "shippingmessage",
    "contrno": "orderno",
}
"""Where v2 and the claims have another word than v3; the keys and values are without capitals and underscores."""

SHIPPING: Final = {
    "1": ("入金待ち", "配送待ち", "awaiting payment", "waiting for payment"),
    "2": ("配送要請", "on request", "shipping requested", "delivery request"),
    "3": ("配送準備", "seller confirm", "preparing"),
    "4": ("配送中", "on delivery", "in transit"),
    "5": ("配送完了", "delivered"),
}
CLAIM: Final = {
    "1": ("キャンセル要請", "cancel requested", "cancel request"),
    "2": ("キャンセル中", "キャンセル処理中", "cancelling"),
    "3": ("キャンセル完了", "cancelled", "cancel completed"),
    "4": ("返品要請", "return requested"),
    "5": ("返品中", "returning"),
    "6": ("返品完了", "returned"),
    "11": ("交換要請", "exchange requested"),
    "12": ("交換承認", "exchange accepted"),
    "13": ("再配送中", "redelivering"),
    "14": ("未受取返金", "not-received refunded"),
    "15": ("未受取一部返金", "not-received partly refunded"),
    "16": ("未入金キャンセル", "入金期限切れ", "unpaid order cancelled"),
}
"""The labels are not published: a number is believed first, and what fits nothing stays unknown."""
INQUIRY: Final = {"S1": ("未処理", "open"), "S2": ("処理中", "in work"), "S3": ("処理完了", "回答完了", "done")}
_CODE = re.compile(r"\(\s*([0-9A-Za-z]{1,4})\s*\)\s*$")
_TIME = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[ T]*(\d{2}):?(\d{2})(?::?(\d{2}))?(?:\.\d+)?)?")
_DAY = re.compile(r"\d{4}[-/.]?\d{2}[-/.]?\d{2}")
_SLOT = re.compile(r"\d{1,2}(?::\d{2}|時)?\s*[~〜～-]\s*\d{1,2}(?::\d{2}|時)?")


def _key(name: str) -> str:
    """One name for a field, however it is spelt."""
    plain = name.replace("_", "").lower()
    return _SAME.get(plain, plain)


class Row:
    """One row of an answer, read by v3's field names whatever the method spells."""

    __slots__ = ("_told",)

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told: dict[str, Any] = {}
        for name, value in told.items():
            if value is not None and value != "":
                self._told.setdefault(_key(str(name)), value)

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._told

    def text(self, name: str, limit: int = 200) -> str:
        """The field as text; empty without one."""
        return text(self._told.get(_key(name)), limit)

    def yen(self, name: str) -> int:
        """An amount in whole yen; 0 without one or for what is none. Qoo10 Japan deals in yen only."""
        return number(self._told.get(_key(name)))


def number(value: Any) -> int:
    """A whole number of 7000, "7000", "7,000.00"; 0 for what is none.

    >>> number("7,000.00"), number(None), number("-"), number(3)
    (7000, 0, 0, 3)
    """
    told = text(value, 40).replace(",", "")
    try:
        return int(float(told)) if told and abs(float(told)) < 1e15 else 0
    except (ValueError, OverflowError):
        return 0


def code(told: str, labels: Mapping[str, tuple[str, ...]]) -> str:
    """The code of a state that comes as "2", "配送要請(2)", "On request(2)" or as its label; empty for what nobody knows.

    >>> code("配送要請(2)", SHIPPING), code("3", SHIPPING), code("配送準備", SHIPPING), code("謎", SHIPPING)
    ('2', '3', '3', '')
    """
    plain = unicodedata.normalize("NFKC", told).strip()
    found = _CODE.search(plain)
    candidate = found.group(1).upper() if found else plain.upper()
    if candidate in labels:
        return candidate
    bare = (plain[: found.start()] if found else plain).strip().lower()
    return next((key for key, known in labels.items() if bare in known), "")


def moment(told: str) -> datetime | None:
    """A time of Japan as aware UTC: "2026-11-20 21:14:03", "20261120211403", "2026-11-20"; None for empty and for what is none.

    >>> moment("2026-11-20 09:00:00").isoformat(), moment("0000-00-00 00:00:00")
    ('2026-11-20T00:00:00+00:00', None)
    """
    found = _TIME.fullmatch(told.strip())
    if found is None:
        return None
    try:
        year, month, of_month, hour, minute, second = (int(part or 0) for part in found.groups())
        local = datetime(year, month, of_month, hour, minute, second, tzinfo=JST)
    except ValueError:
        return None
    return local.astimezone(UTC) if 1990 <= local.year <= 2200 else None


def day(told: str) -> date | None:
    """A day of Japan; None for empty and for what is none."""
    at = moment(told)
    return at.astimezone(JST).date() if at is not None else None


def wish(told: str) -> tuple[date | None, str]:
    """The day and the hours that a buyer wishes, of "2026-11-25", "14:00~16:00" or both.

    >>> wish("2026-11-25 14:00~16:00"), wish("14:00~16:00"), wish("")
    ((datetime.date(2026, 11, 25), '14:00~16:00'), (None, '14:00~16:00'), (None, ''))
    """
    plain = told.strip()
    begin = _DAY.match(plain)
    on = day(begin.group()) if begin else None
    rest = plain[begin.end() :] if begin and on else plain
    hours = _SLOT.search(rest)
    return on, hours.group().replace(" ", "")[:20] if hours else ""
