"""What the platform knows: accounts, people, what was said, webhooks, faults, and what it answers instead of doing something."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """An official account (a Messaging channel), with the Login channel beside it."""

    bot: str
    """Its own user id: `destination` of webhooks."""
    channel_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    basic_id: str
    name: str
    color: str = "#06c755"
    webhook: str = ""
    is_active: bool = True
    quota: int | None = 200
    """Messages a month; None: no limit."""
    login_channel_id: str = ""
    liff_id: str = ""
    liff_endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with LINE on their phone."""

    user_id: str
    name: str
    language: str = "ja"
    place: int = 0


@dataclass(frozen=True, slots=True)
class Bubble:
    """One thing said in a chat."""

    id: int
    side: str
    """account | person"""
    kind: str
    """push | multicast | reply | text | postback | note | lost (pushed to somebody who has blocked the account)"""
    message: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One webhook to be carried out: POST these bytes with these headers."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    events: tuple[str, ...] = ()
    """`webhookEventId` of each."""


@dataclass(slots=True)
class Fault:
    """Something that goes wrong with the next calls of the API whose path ends so."""

    path: str
    status: int = 500
    """0: nobody answers."""
    message: str = ""
    is_after: bool = False
    """It was done all the same: the answer only is lost or wrong."""
    times: int = 1


class Refused(Exception):
    """What LINE answers instead of doing it."""

    def __init__(
        self,
        status: int,
        message: str,
        details: Sequence[tuple[str, str]] = (),
        *,
        accepted: str = "",
        sent: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.details = status, message, list(details)
        self.accepted, self.sent = accepted, list(sent)
        """The request that was taken with this retry key before, and the messages that it sent."""


def user_id(seed: str) -> str:
    """A user id made from these words; the same words give the same."""
    return "U" + hashlib.sha256(f"line:{seed}".encode()).hexdigest()[:32]


def ulid(at: float) -> str:
    """An id that sorts by time, as LINE names its webhook events."""
    number = (int(at * 1000) << 80) | secrets.randbits(80)
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(letters[(number >> 5 * place) & 31] for place in reversed(range(26)))
