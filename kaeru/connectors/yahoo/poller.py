"""Asking Yahoo! Shopping what is new: the list tells each order's three states, and only what stands otherwise is read whole.

Each poll lists the orders of the last three days, each hour those of sixty. One call reads one order, so much that is new is taken
over in several polls. An unchanged store costs one call, and once an hour as many as its orders of sixty days fill pages.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from kaeru.connectors import known
from kaeru.connectors.base import Access
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.polling import Polled
from kaeru.connectors.reading import maybe_moment, part
from kaeru.connectors.yahoo import client
from kaeru.connectors.yahoo.asking import Asking
from kaeru.connectors.yahoo.orders import order_record
from kaeru.core import clock, http
from kaeru.orders.rules import OrderRecord

log = logging.getLogger(__name__)

WATCHED = timedelta(days=60)
"""Orders placed since then are watched; also how far the first polls go back."""
RECENT = timedelta(days=3)
SWEEP_EVERY = timedelta(hours=1)
OVERLAP = timedelta(minutes=10)
MOST_READ = 40
"""Orders read in one poll, one call each; the rest follows in the next, at once."""
MOST_UNREAD = 200
"""So many orders that could not be read are remembered with their state, and left alone until it changes."""


class YahooPoller:
    """The poller."""

    def poll(self, access: Access, since: datetime | None, upkeep: Mapping[str, Any]) -> Polled:
        """What changed. Raises Busy, Barred, http.Unanswered."""
        now, asking = clock.now(), Asking(access)
        begun = maybe_moment(upkeep.get("begun"), "begun") or now.replace(microsecond=0)
        swept = maybe_moment(upkeep.get("swept"), "swept")
        is_sweep = since is None or swept is None or now - swept >= SWEEP_EVERY
        start = now - WATCHED if is_sweep else min((since or now) - OVERLAP, now - RECENT)
        try:
            listed = asking.listed(max(start, now - WATCHED), now)
        except client.Refused as no:
            raise http.Unanswered(f"Yahoo!: {no.code}") from None
        states, unread = {one.number: one.state for one in listed}, part(upkeep.get("unread"))
        changed = [one for one in known.changed(access.shop_id, states) if unread.get(one) != states[one]]
        orders = self._read(access, asking, changed[:MOST_READ])
        is_over, read = len(changed) <= MOST_READ, {one.source_id for one in orders}
        still = [(one, state) for one, state in unread.items() if states.get(one) == state]
        failed = [(one, states[one]) for one in changed[:MOST_READ] if one not in read]
        told = {
            "begun": begun.isoformat(),
            "swept": now.isoformat() if is_sweep and is_over else upkeep.get("swept", ""),
            "unread": dict([*still, *failed][-MOST_UNREAD:]),
        }
        past = [one for one in orders if _is_past(one, begun)]
        return Polled(
            [one for one in orders if not _is_past(one, begun)],
            past,
            reached=now if is_over else None,
            upkeep=told,
            calls=asking.calls,
            is_over=is_over,
        )

    def _read(self, access: Access, asking: Asking, numbers: list[str]) -> list[OrderRecord]:
        found: list[OrderRecord] = []
        for number in numbers:
            try:
                info = asking.order(number)
                if info is not None:
                    found.append(order_record(info, access.scopes))
            except Unreadable as failure:
                log.error("an order of shop %s cannot be read: %s", access.shop_id, failure)
            except client.Refused as no:
                log.error("an order of shop %s is not told: %s", access.shop_id, no.code)
        return found


def _is_past(order: OrderRecord, begun: datetime) -> bool:
    """It was over before Kaeru was let in."""
    is_over = order.cancelled_at is not None or order.shipped_at is not None
    return is_over and order.updated_at < begun
