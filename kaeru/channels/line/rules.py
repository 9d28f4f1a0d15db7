"""Decisions about LINE, pure: is it signed, what does an answer mean, when does a month's quota begin again, what fits."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

REPLY_SECONDS = 50.0
"""How old an event may be when its reply token is used. LINE promises one minute from its delivery; ten seconds are for the way."""
RATE_PAUSE_SECONDS = 2.0
CONCURRENT_PAUSE_SECONDS = 5.0
ACCOUNT_RETRY_SECONDS = 600.0
"""A token that LINE refuses: a person must act, and nothing is lost meanwhile."""
LATE_ALARM = timedelta(hours=24)
"""Longer than LINE keeps a retry key: a push is then never repeated with it."""
USER_ID = re.compile(r"U[0-9a-f]{32}")


class What(StrEnum):
    """What an answer of LINE means, by what to do next."""

    DONE = "done"
    ALREADY = "already"  #: the same retry key was accepted before (409): done
    REFUSED = "refused"  #: will never be taken (400, 404, 413, …)
    DENIED = "denied"  #: the token is not good (401) or may not do this (403): a person acts
    RATE = "rate"  #: too fast: a moment later
    CONCURRENT = "concurrent"  #: too many at once: a moment later
    QUOTA = "quota"  #: the month's pushes are used up
    DOWN = "down"  #: LINE is ill (5xx) or did not answer: later, with the same retry key

    @property
    def is_good(self) -> bool:
        """LINE has it."""
        return self in (What.DONE, What.ALREADY)


def meaning(status: int, message: str) -> What:
    """What the answer means. The three meanings of 429 are told apart by LINE's words only.

    >>> meaning(429, "You have reached your monthly limit."), meaning(409, "")
    (<What.QUOTA: 'quota'>, <What.ALREADY: 'already'>)
    """
    if 200 <= status < 300:
        return What.DONE
    if status == 409:
        return What.ALREADY
    if status in (401, 403):
        return What.DENIED
    if status == 429:
        said = message.lower()
        if "monthly" in said:
            return What.QUOTA
        return What.CONCURRENT if "concurren" in said else What.RATE
    return What.DOWN if status >= 500 or status < 100 else What.REFUSED


def signature(secret: str, body: bytes) -> str:
    """What LINE puts into x-line-signature."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_signed(secrets: Iterable[str], body: bytes, given: str) -> bool:
    """Whether one of the secrets signed exactly these bytes; compared in constant time."""
    sign = given.encode("utf-8", "replace")
    return any(hmac.compare_digest(signature(secret, body).encode(), sign) for secret in secrets)


def next_month(now: datetime, zone: str) -> datetime:
    """When the month's quota begins again: the first of the next month, at midnight in the account's zone.

    >>> from datetime import UTC
    >>> next_month(datetime(2026, 12, 31, 14, 59, tzinfo=UTC), "Asia/Tokyo").isoformat()
    '2027-01-01T00:00:00+09:00'
    """
    local = now.astimezone(ZoneInfo(zone))
    first = (local.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(first.year, first.month, 1, tzinfo=ZoneInfo(zone))


@dataclass(frozen=True, slots=True)
class Room:
    """How many pushes the month still has."""

    kind: str
    """none (no limit) | limited | empty: never read"""
    limit: int
    used: int
    is_spent: bool = False
    """LINE has said so."""

    @property
    def left(self) -> int | None:
        """Pushes left; None: no limit is known."""
        if self.is_spent:
            return 0
        return max(0, self.limit - self.used) if self.kind == "limited" else None


def units(text: str) -> int:
    """Length as LINE counts it: UTF-16 code units, so that most emoji count two."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, most: int) -> str:
    """At most so many UTF-16 code units; what is longer ends with …, never within a character.

    >>> cut("髙﨑さま", 3), cut("👩‍🦰さま", 4)
    ('髙﨑…', '👩…')
    """
    if units(text) <= most:
        return text
    kept: list[str] = []
    left = most - 1
    for letter in text:
        size = 2 if ord(letter) > 0xFFFF else 1
        if size > left:
            break
        kept.append(letter)
        left -= size
    return "".join(kept).rstrip("\u200d\ufe0f") + "…"


def language_of(told: str) -> str:
    """One of ja and en, of a BCP 47 tag; somebody of whom LINE tells nothing reads Japanese."""
    return "ja" if not told or told.lower().startswith("ja") else "en"
