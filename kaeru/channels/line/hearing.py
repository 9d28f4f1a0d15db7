"""Working on what LINE told: who it was, what they meant, what a room answers. One event is one transaction.

Events are taken in the order of LINE's clock as far as they have arrived; one that comes late changes nothing that newer news said.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.channels.base import Button
from kaeru.channels.line import bubbles, conversation, friends, linking
from kaeru.channels.line.conversation import Bubble, Heard, Kind, Said
from kaeru.channels.line.models import FriendState, LineAccount, LineEvent, LineFriend, LineReply
from kaeru.channels.line.rules import USER_ID
from kaeru.core import clock, ids, scope, sql
from kaeru.tenants.models import Shop

MOST_ATTEMPTS = 5
PAUSES = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
LINK_WORDS = frozenset({"連携", "れんけい", "link"})
"""Written in the talk: where can I link my card?"""
_SET = 50

log = logging.getLogger(__name__)


def work(limit: int) -> int:
    """Handle up to `limit` events that are due; returns how many were touched."""
    moved = 0
    with scope.everyone():
        while moved < limit:
            size = min(_SET, limit - moved)
            rows = _due(size)
            for row in rows:
                moved += _one(row)
            if len(rows) < size:
                break
    return moved


def _due(limit: int) -> Sequence[LineEvent]:
    due = LineEvent.objects.filter(handled_at=None, due_at__lte=clock.now(), attempts__lt=MOST_ATTEMPTS)
    return list(due.order_by("at", "id")[:limit])


def _one(row: LineEvent) -> int:
    """Handle one, unless another worker has it."""
    try:
        with transaction.atomic():
            found = sql.claim_ids("channels_lineevent", "id = %s AND handled_at IS NULL", [row.id], "id", 1)
            if not found:
                return 0
            with scope.organization(row.organization_id):
                outcome = _handle(row)
                LineEvent.objects.filter(id=row.id).update(handled_at=clock.now(), outcome=outcome, error="")
    except sql.LOST:
        raise
    except Exception as failure:  # one client's words must not stop the others
        log.exception("line event %s failed", row.id)
        attempts = row.attempts + 1
        told: dict[str, Any] = {"attempts": attempts, "error": type(failure).__name__[:60]}
        if attempts >= MOST_ATTEMPTS:
            told |= {"handled_at": clock.now(), "outcome": "stopped"}
        else:
            told["due_at"] = clock.now() + PAUSES[min(attempts, len(PAUSES)) - 1]
        LineEvent.objects.filter(id=row.id, handled_at=None).update(**told)
    return 1


def _handle(row: LineEvent) -> str:
    event: Mapping[str, Any] = row.payload
    user_id = str(_part(event, "source").get("userId") or "")
    if event.get("mode") == "standby" or not USER_ID.fullmatch(user_id) or "groupId" in _part(event, "source"):
        return "ignored"  # another tool of the shop is talking, or it was said in a group
    friend = friends.known(row.organization_id, row.shop_id, user_id, row.at)
    heard = _heard(row, friend, event)
    if heard is None:
        return "ignored"
    with translation.override(friend.language):
        said = conversation.ask(heard)
        if said is None:
            said = _welcome(heard)
    return _answer(row, friend, str(event.get("replyToken") or ""), said)


def _heard(row: LineEvent, friend: LineFriend, event: Mapping[str, Any]) -> Heard | None:
    """What the client did; None for what no room needs to know."""
    kind: Kind | None = None
    data = text = ""
    match event.get("type"):
        case "follow":
            kind = Kind.FOLLOW if friends.stands(friend, FriendState.FRIEND, row.at) else None
        case "unfollow":
            kind = Kind.UNFOLLOW if friends.stands(friend, FriendState.BLOCKED, row.at) else None
        case "postback":
            kind, data = Kind.POSTBACK, str(_part(event, "postback").get("data") or "")
        case "message" if _part(event, "message").get("type") == "text":
            kind, text = Kind.TEXT, str(_part(event, "message").get("text") or "")
        case "accountLink":
            found = linking.settle(friend, _part(event, "link"))
            kind, data = (Kind.LINK, found) if found is not None else (None, "")
    if kind in (Kind.POSTBACK, Kind.TEXT, Kind.LINK):
        friends.stands(friend, FriendState.FRIEND, row.at)  # who talks with us has not blocked us
    if kind is None:
        return None
    age = max(timedelta(0), clock.wall() - row.at)
    at = clock.in_real_seconds(-age.total_seconds())
    return Heard(row.shop_id, friend, kind, at, data, text, row.is_redelivered)


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, Mapping) else {}


def _welcome(heard: Heard) -> Said | None:
    """What no room answered: new friends are greeted, and who has no card yet, or asks for it, is shown the way to theirs."""
    friend, asks = heard.friend, heard.text.strip().lower() in LINK_WORDS
    if heard.kind is not Kind.FOLLOW and not asks:
        return None
    text = LineAccount.objects.filter(shop_id=heard.shop_id).values_list("greeting", flat=True).first() or ""
    if friend.customer_id is not None:
        words = text or _("You are linked already.")
        return Said((Bubble(words),)) if text or asks else None
    way = Button(_("Link me"), url=linking.invite(friend))
    said = _("Were you here before? Link your LINE, and you get reminders and messages here.")
    return Said((*([Bubble(text)] if text else []), Bubble(said, buttons=(way,))))


def _answer(row: LineEvent, friend: LineFriend, token: str, said: Said | None) -> str:
    """Write down what is answered; the next lane sends it."""
    if said is None or friend.state == FriendState.BLOCKED or not (token or said.must_arrive):
        return "silent"
    shop = Shop.objects.get(id=row.shop_id)
    messages = bubbles.messages_of(said, shop.color, shop.name)
    if not messages:
        return "silent"
    moment = clock.now()
    LineReply.objects.create(
        id=ids.new_id(),
        organization_id=row.organization_id,
        shop_id=row.shop_id,
        friend=friend,
        event=row,
        token=token[:100],
        messages=messages,
        must_arrive=said.must_arrive,
        due_at=moment,
        created_at=moment,
    )
    return "answered"
