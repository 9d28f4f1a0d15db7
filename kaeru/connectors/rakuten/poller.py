"""Asking RMS what is new. It tells no "changed since", so three questions are put, and only what stands otherwise is read whole.

Each poll: orders placed since the last one, and all that wait to be cancelled or are cancelled (states 800 and 900). Each half hour
also: what is still open, compared with what Kaeru believes to be open. Four times a day open orders are read anew, as an address or
a quantity may change without any other sign. An unchanged shop costs two calls.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from kaeru.connectors import known
from kaeru.connectors.base import Access
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.polling import Polled
from kaeru.connectors.rakuten import client, words
from kaeru.connectors.rakuten.orders import order_record
from kaeru.connectors.rakuten.searching import LONGEST_SPAN, Asking
from kaeru.connectors.reading import maybe_moment
from kaeru.core import clock
from kaeru.orders.rules import OrderRecord

log = logging.getLogger(__name__)

FIRST_REACH = timedelta(days=60)
"""How far the first polls go back."""
OVERLAP = timedelta(minutes=10)
"""Asked for again each time: an order may show a little later than it was placed."""
WATCHED = timedelta(days=62)
"""Orders placed since then are watched for cancellations and shipments; fits into one question."""
SWEEP_EVERY, REREAD_EVERY = timedelta(minutes=30), timedelta(hours=6)
MOST_NEW = 1000
"""Orders read in one poll; more follow in the next, at once."""
MOST_READ = 2 * MOST_NEW
AT_ONCE = 100
"""Orders that getOrder takes."""
OPEN = tuple(str(state) for state in words.OPEN)


class RakutenPoller:
    """The poller."""

    def poll(self, access: Access, since: datetime | None, upkeep: Mapping[str, Any]) -> Polled:
        """What changed. Raises Busy, Barred, http.Unanswered."""
        now, asking = clock.now(), Asking(access)
        begun = maybe_moment(upkeep.get("begun"), "begun") or now.replace(microsecond=0)
        start = (since or now - FIRST_REACH) - OVERLAP
        numbers, reached = asking.first(start, now, MOST_NEW)
        wanted = dict.fromkeys(_unknown(access, numbers))
        told = {"begun": begun.isoformat(), "swept": upkeep.get("swept", ""), "reread": upkeep.get("reread", "")}
        is_over = reached >= now
        if is_over:
            wanted |= dict.fromkeys(_cancelling(access, asking, now))
            wanted |= dict.fromkeys(_swept(access, asking, now, upkeep, told))
        if len(wanted) > MOST_READ:  # the rest is found again by the same questions
            told["swept"], told["reread"], is_over = upkeep.get("swept", ""), upkeep.get("reread", ""), False
        orders = self._read(access, asking, list(wanted)[:MOST_READ])
        past = [one for one in orders if one.updated_at < begun and _is_over(one)]
        live = [one for one in orders if not (one.updated_at < begun and _is_over(one))]
        return Polled(live, past, reached=reached, upkeep=told, calls=asking.calls, is_over=is_over)

    def _read(self, access: Access, asking: Asking, numbers: list[str]) -> list[OrderRecord]:
        found: list[OrderRecord] = []
        for start in range(0, len(numbers), AT_ONCE):
            asking.calls += 1
            for row in client.orders(access, numbers[start : start + AT_ONCE]):
                try:
                    found.append(order_record(row))
                except Unreadable as failure:
                    log.error("an order of shop %s cannot be read: %s", access.shop_id, failure)
        return found


def _unknown(access: Access, numbers: Iterable[str]) -> list[str]:
    """Those that nobody has heard of: with overlap and halves the others come again and again."""
    before = known.states(access.shop_id, numbers)
    return [number for number in numbers if number not in before]


def _cancelling(access: Access, asking: Asking, now: datetime) -> list[str]:
    """What stands among the cancelled and is not known to; what was asked to be cancelled (it may be over, or taken back)."""
    told = asking.numbers(now - WATCHED, now, (words.ASKED, words.CANCELLED))
    before = known.states(access.shop_id, told)
    fresh = [one for one in told if before.get(one) != str(words.CANCELLED)]
    asked = known.in_states(access.shop_id, (str(words.ASKED),), now - WATCHED - OVERLAP, MOST_NEW)
    return [*fresh, *asked]


def _swept(access: Access, asking: Asking, now: datetime, upkeep: Mapping[str, Any], told: dict[str, Any]) -> list[str]:
    """What Kaeru believes to be open and is not any more, and the opposite; now and then all that is open."""
    if not _is_due(upkeep, "swept", now, SWEEP_EVERY):
        return []
    told["swept"] = now.isoformat()
    there = asking.numbers(now - LONGEST_SPAN, now, words.OPEN)
    believed = known.in_states(access.shop_id, OPEN, now - LONGEST_SPAN, 10 * MOST_NEW)
    gone = sorted(set(believed) - set(there))
    if _is_due(upkeep, "reread", now, REREAD_EVERY):
        told["reread"] = now.isoformat()
        return [*gone, *there]
    before = known.states(access.shop_id, there)
    return [*gone, *(one for one in there if before.get(one) not in OPEN)]


def _is_due(upkeep: Mapping[str, Any], name: str, now: datetime, every: timedelta) -> bool:
    last = maybe_moment(upkeep.get(name), name)
    return last is None or now - last >= every


def _is_over(order: OrderRecord) -> bool:
    return order.cancelled_at is not None or order.shipped_at is not None
