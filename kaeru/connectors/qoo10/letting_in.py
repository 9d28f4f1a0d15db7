"""How a shop lets Kaeru in at Qoo10: a seller authorization key that was made elsewhere. Never the QSM password, which Kaeru neither
needs nor takes; a key is tried with a call that changes nothing.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from kaeru.connectors import connecting
from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.connecting import Grant
from kaeru.connectors.gate.reach import way
from kaeru.connectors.models import Connection
from kaeru.connectors.qoo10 import client
from kaeru.core import clock, http

LIFE = timedelta(days=365)
"""How long a key works, by three manuals; Qoo10 does not say when it is over, and a new QSM password ends it at once."""
Tried = Literal["ok", "key", "unanswered"]


class KeyRefused(Exception):
    """`why`: key | unanswered."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def last_day(issued_on: date) -> date:
    """The last day on which a key works that was issued on this day.

    >>> last_day(date(2026, 11, 22)).isoformat()
    '2027-11-21'
    """
    return issued_on + LIFE - timedelta(days=1)


def try_key(access: Access) -> Tried:
    """Whether Qoo10 takes the key: the wishes of the last hour are asked for, nothing is kept."""
    begin, end = client.window(clock.now() - timedelta(hours=1), clock.now())
    params = {"ClaimStat": "1", "search_Sdate": begin, "search_Edate": end, "search_condition": "2"}
    try:
        client.call(access, "ShippingBasic.GetClaimInfo_V3", params)
    except Barred:
        return "key"
    except (http.Unanswered, Busy):
        return "unanswered"
    except client.Refused:
        return "ok"  # it was understood and the key accepted
    return "ok"


def proven(shop_id: int, seller: str, key: str, issued_on: date) -> Grant:
    """What to connect with. Raises KeyRefused."""
    typed = key.strip()
    if not client.is_key(typed):
        raise KeyRefused("key")
    tried = try_key(Access(shop_id, seller, [typed]))
    if tried != "ok":
        raise KeyRefused(tried)
    return replace(Grant(seller.strip(), typed), key_expires_on=last_day(issued_on))


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
