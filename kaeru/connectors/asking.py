"""The pass that asks malls what is new: each connection of a polled source in its turn, one at a time for each shop.

Nothing is called inside a transaction. What came is handed to the rooms that keep it before the poll is noted as done, so that
who dies in between is asked again: everything may be told twice.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q

from kaeru.connectors import connecting, inquiries, registry
from kaeru.connectors.base import Barred, Busy
from kaeru.connectors.gate.reach import way
from kaeru.connectors.models import Connection
from kaeru.connectors.polling import Polled, Poller
from kaeru.core import clock, http, pause, scope
from kaeru.orders import actions as orders
from kaeru.orders.cancelled import mirror_cancelled
from kaeru.orders.refunds import mirror_refunds
from kaeru.tenants.models import Shop

LEASE_SECONDS = 600.0
"""Longer than one poll takes."""
SOON_SECONDS = 120.0
"""After nobody answered."""
CLOSED_FOR = timedelta(days=1)
"""A door that is shut is not tried again until a person connects anew; this only moves its row out of the way."""
COLUMN = "catch_up_at"

log = logging.getLogger(__name__)


def ask(limit: int) -> int:
    """Ask up to `limit` connections that are due; returns how many were asked."""
    if pause.is_paused():
        return 0
    done = 0
    for row in _due(limit):
        mark = clock.in_real_seconds(LEASE_SECONDS)
        poller = registry.find_poller(row.source)
        if poller is not None and connecting.claim(row, COLUMN, mark):
            connecting.note(row, _tried(row, poller), **{COLUMN: mark})
            done += 1
    return done


def soon(shop: Shop, source: str) -> None:
    """Ask this mall in the next turn, not in minutes."""
    Connection.objects.filter(shop=shop, source=source, removed_at=None).update(catch_up_at=None)


def _due(limit: int) -> list[Connection]:
    """Those whose turn has come and whose door is not shut, the longest waiting first; one statement."""
    with scope.everyone():
        rows = Connection.objects.filter(
            Q(catch_up_at=None) | Q(catch_up_at__lte=clock.now()), source__in=registry.polled(), removed_at=None
        ).exclude(problem__in=connecting.CLOSED)
        return list(rows.select_related("shop").order_by(COLUMN, "id")[:limit])


def _tried(row: Connection, poller: Poller) -> Mapping[str, Any]:
    """What is to be noted, whatever happened."""
    begun = clock.now()
    usual = begun + timedelta(minutes=max(1, row.poll_minutes))
    try:
        with scope.organization(row.organization_id):
            polled = poller.poll(way(row), row.caught_up_to, row.upkeep)
            _keep(row, polled)
    except Busy as busy:
        return {COLUMN: clock.in_real_seconds(max(busy.seconds, 1.0))}
    except http.Unanswered:
        return {COLUMN: clock.in_real_seconds(SOON_SECONDS)}
    except Barred as barred:
        with scope.everyone():
            connecting.barred(row.id, barred.why)
        return {COLUMN: begun + CLOSED_FOR}
    except ValueError as failure:  # a key that cannot be unsealed, an answer that cannot be read
        log.error("connection %s: %s", row.id, type(failure).__name__)
        return {COLUMN: usual, "problem": "not_understood", "checked_at": begun}
    told: dict[str, Any] = {
        COLUMN: usual if polled.is_over else clock.now(),
        "upkeep": {**polled.upkeep, "calls": polled.calls},
        "problem": "",
        "checked_at": begun,
    }
    if polled.reached is not None:
        told["caught_up_to"] = polled.reached
    return told


def _keep(row: Connection, polled: Polled) -> None:
    """Orders first, so that what speaks of them finds them. What was over before Kaeru was let in is the past."""
    shop, past = row.shop, row.installed_at
    if polled.past:
        orders.mirror(shop, polled.past, is_history=True)
    if polled.orders:
        orders.mirror(shop, polled.orders)
    if polled.shipments:
        orders.mirror_shipments(shop, polled.shipments)
    for is_history in (True, False):
        if back := [one for one in polled.refunds if (one.refunded_at < past) == is_history]:
            mirror_refunds(shop, back, is_history=is_history)
    if polled.inquiries:
        inquiries.mirror(shop, polled.inquiries)
    if polled.cancelled:
        mirror_cancelled(shop, polled.cancelled)
