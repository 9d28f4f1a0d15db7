"""Standard Webhooks: `webhook-signature` signs id, timestamp and body; five minutes of tolerance both ways.

The signature is compared as text, so that not one changed letter of it passes. Time here is the wall clock, never the
business clock: the other side's clock does not run with a demo.
"""

import hmac
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from kaeru.connectors.errors import SignatureRefused

TOLERANCE_SECONDS = 300
_ID = re.compile(r"[\x21-\x7e]{1,120}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_MOST_SIGNATURES = 10


def sign(secret: str, message_id: str, at: int, body: bytes) -> str:
    """`v1,<base64>` over id, timestamp (seconds since the epoch) and body. Raises ValueError for a secret that is none."""
    return Signer(secret).sign(message_id, datetime.fromtimestamp(at, UTC), body.decode())


def signed_headers(secrets: Sequence[str], message_id: str, body: bytes) -> dict[str, str]:
    """Headers of an outgoing call, signed with every secret in force, so that the shop can change secrets at leisure."""
    at = int(time.time())
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(sign(secret, message_id, at, body) for secret in secrets),
    }


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> str:
    """The message's id, once a signature in force was found over exactly these bytes. Raises SignatureRefused."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split(" ")
    if not message_id or not stamp or given == [""]:
        raise SignatureRefused("missing")
    if not _ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(stamp) or len(given) > _MOST_SIGNATURES:
        raise SignatureRefused("headers")
    at = int(stamp)
    if abs(time.time() - at) > TOLERANCE_SECONDS:
        raise SignatureRefused("time")
    if not any(_matches(secret, message_id, at, body, given) for secret in secrets):
        raise SignatureRefused("wrong")
    return message_id


def _matches(secret: str, message_id: str, at: int, body: bytes, given: Sequence[str]) -> bool:
    try:
        expected = sign(secret, message_id, at, body).encode()
    except (ValueError, RuntimeError, EmptyWebhookSecretError):  # not a usable secret, or not text
        return False
    matches = [
        hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in given
    ]  # all of them, every time
    return any(matches)
