"""What a shop's system says in a link that it makes itself: which order, until when, in which language. Pure.

1.MTAwMQ.1795420800.ja.9f86d081884c7d65…
|  |      |          |  HMAC-SHA256 of all before the last dot, with the shop's secret as it is written, in small hex letters
|  |      |          ja, en, or - for the language that the shop told of the customer
|  |      until when, in seconds since 1970
|  the order's id as the shop told it, in base64 for addresses, without =
the kind of statement
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST = 600
"""Letters of a token; an order's id has at most 200."""
FURTHEST = timedelta(days=400)
"""A later end is a mistake, such as milliseconds in place of seconds."""
_NOBODY = "kaeru_embed_nobody"
_FORM = re.compile(
    r"(?P<said>1\.(?P<order>[A-Za-z0-9_-]{1,400})\.(?P<until>[0-9]{1,12})\.(?P<language>ja|en|-))\.[0-9a-f]{64}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What was signed."""

    order_source_id: str
    until: datetime
    language: str
    """`ja`, `en`, or empty."""


def sign(said: str, secret: str) -> str:
    """The signature of `1.<order>.<until>.<language>`."""
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()


def token_for(order_source_id: str, until: datetime, language: str, secret: str) -> str:
    """A link's token as a shop's system makes it."""
    order = base64.urlsafe_b64encode(order_source_id.encode()).decode().rstrip("=")
    said = f"1.{order}.{int(until.timestamp())}.{language or '-'}"
    return f"{said}.{sign(said, secret)}"


def is_signed(token: str, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets signed it. All are tried, and one that nobody has when there is none, so time tells nothing."""
    said, _, signature = token[:LONGEST].rpartition(".")
    found = False
    for secret in secrets or [_NOBODY]:
        found |= hmac.compare_digest(sign(said, secret).encode(), signature.encode())
    return found and bool(secrets)


def read(token: str, now: datetime) -> Statement | None:
    """What a signed token says; None when it says nothing that is known, is over, or would last for longer than is sound."""
    match = _FORM.fullmatch(token)
    if match is None or not now.timestamp() < int(match["until"]) <= (now + FURTHEST).timestamp():
        return None
    part = match["order"]
    try:
        order = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    language = "" if match["language"] == "-" else match["language"]
    return Statement(order, datetime.fromtimestamp(int(match["until"]), UTC), language)
