"""Links that customers open without an account: unguessable, for one purpose, until a day, revocable.

The token is 192 bits of HMAC over purpose, organization and subject, so it can be made again and need not be stored; the
database holds its hash, and what it opens is looked up there, never read from the token.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from kaeru.core import clock, ids, scope, secrets
from kaeru.core.models import Link


def token_for(purpose: str, organization_id: int, subject_id: int) -> str:
    """The 32 letters that open this subject for this purpose; valid once `publish` has stored their hash."""
    text = f"{purpose}:{organization_id}:{subject_id}".encode()
    digest = hmac.new(secrets.key("link"), text, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def publish(purpose: str, organization_id: int, subject_ids: Iterable[int], expires_at: datetime) -> dict[int, str]:
    """Make the links of these subjects work until `expires_at`; returns their tokens. Links that exist stay as they are."""
    tokens = {subject: token_for(purpose, organization_id, subject) for subject in subject_ids}
    rows = [
        Link(
            id=ids.new_id(),
            organization_id=organization_id,
            purpose=purpose,
            subject_id=subject,
            token_hash=_hash(token),
            expires_at=expires_at,
        )
        for subject, token in tokens.items()
    ]
    Link.objects.bulk_create(rows, ignore_conflicts=True)
    return tokens


def resolve(purpose: str, token: str) -> Link | None:
    """What the token opens, or None: wrong, expired and revoked look the same."""
    with scope.everyone():
        link = Link.objects.filter(token_hash=_hash(token), purpose=purpose).first()
    if link is None or link.revoked_at is not None or link.expires_at <= clock.now():
        return None
    return link


def revoke(purpose: str, subject_id: int) -> None:
    """Close the subject's link at once."""
    Link.objects.filter(purpose=purpose, subject_id=subject_id, revoked_at=None).update(revoked_at=clock.now())
