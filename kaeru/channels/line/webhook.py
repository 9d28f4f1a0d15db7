"""LINE's door: prove the bytes, keep the events, answer within milliseconds. What they mean is the pass's work.

LINE waits two seconds for an answer and takes anything but 200 for a failure; it may then send the same again, also hours later.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kaeru.channels.line import rules
from kaeru.channels.line.accounts import secret_of
from kaeru.channels.line.models import LineAccount, LineEvent
from kaeru.core import clock, ids, scope

MOST_EVENTS = 500
REMEMBER_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 1.0
_MOST_DOORS = 10_000


@dataclass(frozen=True, slots=True)
class Door:
    """The account behind an address."""

    account_id: int
    shop_id: int
    organization_id: int
    secret: str
    bot_user_id: str
    seen: float


_doors: dict[str, Door] = {}
_lock = threading.Lock()


class NotSigned(Exception):
    """Not signed by the account at this address, or there is none: both look the same. Nothing is kept."""


class Unreadable(ValueError):
    """Signed, and yet no webhook of LINE."""


def receive(public_key: str, body: bytes, given: str) -> int:
    """Keep what LINE tells; returns how many events there were (none: LINE only tries the address).

    `given` is x-line-signature. Raises NotSigned, Unreadable.
    """
    door = _proven(public_key, body, given)
    if door is None:
        raise NotSigned
    return keep(door, _read(body))


def _proven(public_key: str, body: bytes, given: str) -> Door | None:
    """The account whose secret signed exactly these bytes; a secret that was entered a moment ago counts at once."""
    door = find(public_key)
    if door is None or not given:
        return None
    if rules.is_signed([door.secret], body, given):
        return door
    newer = find(public_key, not_older_than=LOOK_AGAIN_SECONDS)
    if newer is None or newer.secret == door.secret or not rules.is_signed([newer.secret], body, given):
        return None
    return newer


def find(public_key: str, *, not_older_than: float = REMEMBER_SECONDS) -> Door | None:
    """The account of the shop with this key, remembered for some seconds; None when there is none that is on."""
    moment = time.monotonic()
    known = _doors.get(public_key)
    if known is not None and moment - known.seen <= not_older_than:
        return known
    found = _look(public_key, moment)
    with _lock:
        if found is None:
            _doors.pop(public_key, None)
        else:
            if len(_doors) >= _MOST_DOORS:
                _doors.clear()
            _doors[public_key] = found
    return found


def _look(public_key: str, moment: float) -> Door | None:
    if not 0 < len(public_key) <= 32:
        return None
    with scope.everyone():
        account = LineAccount.objects.filter(shop__public_key=public_key, is_on=True).first()
    secret = secret_of(account) if account else ""
    if account is None or not secret:
        return None
    return Door(account.id, account.shop_id, account.organization_id, secret, account.bot_user_id, moment)


def forget() -> None:
    """Drop everything remembered (tests)."""
    with _lock:
        _doors.clear()


def _read(body: bytes) -> list[Mapping[str, Any]]:
    """The events, of unknown kinds, too. A NUL cannot be stored and goes. Raises Unreadable."""
    try:
        told = json.loads(body.replace(b"\\u0000", b""))
    except (ValueError, RecursionError):
        raise Unreadable("no JSON") from None
    events = told.get("events") if isinstance(told, dict) else None
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise Unreadable("no events")
    return [event for event in events if isinstance(event, dict) and event.get("webhookEventId")]


def keep(door: Door, events: list[Mapping[str, Any]]) -> int:
    """Keep the events that are new, in one statement; returns how many were told. A verification call has none."""
    now, wall = clock.now(), clock.wall()
    rows = [
        LineEvent(
            id=ids.new_id(),
            organization_id=door.organization_id,
            shop_id=door.shop_id,
            event_id=str(event["webhookEventId"])[:40],
            at=_moment(event.get("timestamp"), wall),
            payload=event,
            is_redelivered=_is_redelivered(event),
            received_at=wall,
            due_at=now,
        )
        for event in events
    ]
    with scope.organization(door.organization_id):
        if rows:
            LineEvent.objects.bulk_create(rows, ignore_conflicts=True)
        LineAccount.objects.filter(id=door.account_id).update(heard_at=now)
    return len(rows)


def _is_redelivered(event: Mapping[str, Any]) -> bool:
    context = event.get("deliveryContext")
    return isinstance(context, dict) and context.get("isRedelivery") is True


def _moment(milliseconds: Any, otherwise: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return otherwise
