"""How a store lets Kaeru in at Yahoo! Shopping: its owner's consent, tried with a question that changes nothing, and the table of
cancel reasons that the operator enters.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from django.db import transaction

from kaeru.connectors import connecting
from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.connecting import Grant
from kaeru.connectors.gate.reach import way
from kaeru.connectors.models import Connection
from kaeru.connectors.yahoo import client, consent, words
from kaeru.connectors.yahoo.asking import Asking
from kaeru.connectors.yahoo.consent import Consent, ConsentRefused
from kaeru.core import audit, clock, http

Tried = Literal["ok", "key", "store", "unanswered"]


def try_consent(access: Access) -> Tried:
    """Whether the store's orders are told: those of the last hour are asked for, nothing is kept."""
    now = clock.now()
    try:
        Asking(access).listed(now - timedelta(hours=1), now)
    except Barred as barred:
        return "store" if barred.why == "missing_scope" else "key"
    except (http.Unanswered, Busy):
        return "unanswered"
    except client.Refused:
        return "store"
    return "ok"


def proven(shop_id: int, seller: str, agreed: Consent, agreed_on: date, row: Connection | None = None) -> Grant:
    """What to connect with; the table of a connection that is there goes on. Raises ConsentRefused (key | store | unanswered)."""
    access = Access(shop_id, seller.strip(), [agreed.sealed_text()])
    tried = try_consent(access)
    if tried != "ok":
        raise ConsentRefused(tried)
    scopes = list(row.scopes) if row is not None and row.account == access.account else []
    ends = consent.ends_on(agreed_on)
    return Grant(access.account, access.secrets[0], scopes, client_id=agreed.client_id, key_expires_on=ends)


def known(row: Connection | None) -> Consent | None:
    """The consent that is kept, so that its app need not be entered again; None when there is none that opens."""
    try:
        return None if row is None or row.sealed_token is None else consent.read(way(row).secrets[0])
    except (ValueError, IndexError):
        return None


def try_again(row: Connection) -> Tried:
    """Try the consent of a connection now; what comes of it is noted with it."""
    try:
        tried = try_consent(way(row))
    except ValueError:
        tried = "key"
    if tried in {"key", "store"}:
        connecting.barred(row.id, "token_revoked" if tried == "key" else "missing_scope")
    elif tried == "ok" and row.problem:
        connecting.reopened(row.id)
    return tried


@transaction.atomic
def set_table(row: Connection, table: Mapping[str, int], *, actor: str) -> None:
    """Which numbers cancellations go out under; an empty table: Kaeru cancels nothing there."""
    scopes = words.to_scopes(table)
    Connection.objects.filter(id=row.id, removed_at=None).update(scopes=scopes)
    audit.record(
        row.organization_id, actor, "connection.reasons_set", "connection", row.id, source=row.source, table=dict(table)
    )
