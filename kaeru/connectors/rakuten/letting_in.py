"""How a shop lets Kaeru in at Rakuten: serviceSecret and licenseKey from RMS, tried with a question that changes nothing."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from kaeru.connectors import connecting
from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.connecting import Grant
from kaeru.connectors.gate.reach import way
from kaeru.connectors.models import Connection
from kaeru.connectors.rakuten import client, keys
from kaeru.connectors.rakuten.keys import Key
from kaeru.connectors.rakuten.searching import Asking
from kaeru.core import clock, http

Tried = Literal["ok", "key", "unanswered"]


class KeyRefused(Exception):
    """`why`: key | unanswered."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def try_key(access: Access) -> Tried:
    """Whether RMS takes the key: the orders of the last hour are asked for, nothing is kept."""
    now = clock.now()
    try:
        Asking(access).page(now - timedelta(hours=1), now, (), 1)
    except Barred:
        return "key"
    except (http.Unanswered, Busy):
        return "unanswered"
    except client.Refused:
        return "ok"  # it was understood and the key accepted
    return "ok"


def proven(shop_id: int, shop_name: str, service_secret: str, license_key: str, made_on: date) -> tuple[Grant, bool]:
    """What to connect with, and whether RMS took the key already. A key of today or yesterday that RMS does not know yet is
    believed for a while (`keys.WAKES_WITHIN`). Raises KeyRefused.
    """
    key, now = Key(service_secret.strip(), license_key.strip()), clock.now()
    tried = try_key(Access(shop_id, shop_name, [key.sealed_text()]))
    is_young = now.astimezone(client.JST).date() - made_on <= timedelta(days=1)
    if tried == "unanswered" or (tried == "key" and not is_young):
        raise KeyRefused(tried)
    kept = replace(key, entered_at=now).sealed_text()
    return Grant(shop_name.strip(), kept, key_expires_on=keys.ends_on(made_on)), tried == "ok"


def try_again(row: Connection) -> Tried:
    """Try the key of a connection now; what comes of it is noted with it."""
    try:
        tried = try_key(way(row))
    except ValueError:
        tried = "key"
    if tried == "key":
        connecting.barred(row.id, "token_revoked")
    elif tried == "ok" and row.problem:
        connecting.reopened(row.id)
    return tried
