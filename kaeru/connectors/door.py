"""The shop behind an address, with its secrets in this source, remembered for a few seconds.

Opening a seal costs more than the rest of a delivery together. A secret that was entered a moment ago works at once: a
signature that fits none of the remembered ones makes the door look again, at most once a second for each shop.
"""

import threading
import time
from dataclasses import dataclass

from kaeru.connectors import registry
from kaeru.connectors.models import Connection
from kaeru.core import scope
from kaeru.tenants.actions import shop_secrets
from kaeru.tenants.models import Shop

REMEMBER_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 1.0
_MOST_DOORS = 10_000


@dataclass(frozen=True, slots=True)
class Door:
    """One shop and one source."""

    shop_id: int
    organization_id: int
    secrets: tuple[str, ...]
    seen: float
    account: str = ""
    """What the connected system calls the shop; empty when it is not connected."""


_doors: dict[tuple[str, str], Door] = {}
_lock = threading.Lock()


def find(public_key: str, source: str, *, not_older_than: float = REMEMBER_SECONDS) -> Door | None:
    """The shop of this key; None when there is none. Asks the database when what is remembered is older than that."""
    place, moment = (public_key, source), time.monotonic()
    known = _doors.get(place)
    if known is not None and moment - known.seen <= not_older_than:
        return known
    found = _look(public_key, source, moment)
    with _lock:
        if found is None:
            _doors.pop(place, None)
        else:
            if len(_doors) >= _MOST_DOORS:
                _doors.clear()
            _doors[place] = found
    return found


def _look(public_key: str, source: str, moment: float) -> Door | None:
    if not 0 < len(public_key) <= 32:
        return None
    with scope.everyone():
        shop = Shop.objects.filter(public_key=public_key).first()
        if shop is None:
            return None
        # Also of a connection that ended: Shopify asks for erasure two days after Kaeru was removed.
        newest = Connection.objects.filter(shop=shop, source=source).order_by("-id").first()
        connector = registry.find(source)
        house = connector.house_secrets(newest.client_id) if connector and newest else ()
        account = newest.account if newest and newest.removed_at is None else ""
        return Door(shop.id, shop.organization_id, (*shop_secrets(shop, source), *house), moment, account)


def forget() -> None:
    """Drop everything remembered (tests)."""
    with _lock:
        _doors.clear()
