"""Sending the answers. A reply costs nothing, works once and for a minute; what comes too late is dropped, and said so.

Only an answer that must arrive is pushed instead, with a retry key of its own, so that nobody gets it twice.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from kaeru.channels.line import accounts, rules
from kaeru.channels.line.client import Client, Told
from kaeru.channels.line.models import FriendState, LineAccount, LineReply, ReplyState
from kaeru.channels.line.rules import What
from kaeru.core import clock, pause, scope, sql

LEASE_SECONDS = 60.0
"""Longer than one call; a reply that a dead worker held is never tried again with its token."""
MOST_ATTEMPTS = 8
LATE, NO_PROOF, TOKEN_GONE = "late", "no_proof", "token_gone"


def send(limit: int) -> int:
    """Send up to `limit` answers that are due; returns how many were touched."""
    with scope.everyone():
        if pause.is_paused():
            return 0
        rows = _claim(limit)
        if not rows:
            return 0
        client = Client()
        try:
            known = LineAccount.objects.filter(shop_id__in={row.shop_id for row, _ in rows}, is_on=True)
            found = {one.shop_id: one for one in known.select_related("shop")}
            for row, was_tried in rows:
                _send(client, row, found.get(row.shop_id), was_tried=was_tried)
        finally:
            client.close()
    return len(rows)


def _claim(limit: int) -> list[tuple[LineReply, bool]]:
    """Due answers, held by a lease; with each whether somebody else has tried its token and never came back."""
    now = clock.now()
    due = LineReply.objects.filter(state__in=[ReplyState.WAITING, ReplyState.SENDING], due_at__lte=now)
    if not due.exists():
        return []
    with transaction.atomic():
        keys = sql.claim_ids(
            "channels_linereply", "state IN ('waiting', 'sending') AND due_at <= %s", [sql.moment(now)], "id", limit
        )
        rows = list(LineReply.objects.filter(id__in=keys).select_related("event", "friend").order_by("id"))
        tried = {row.id: row.state == ReplyState.SENDING for row in rows}
        LineReply.objects.filter(id__in=keys).update(
            state=ReplyState.SENDING,
            tried_at=now,
            due_at=clock.in_real_seconds(LEASE_SECONDS),
            attempts=F("attempts") + 1,
        )
    return [(row, tried[row.id]) for row in rows]


def _send(client: Client, row: LineReply, account: LineAccount | None, *, was_tried: bool) -> None:
    token = accounts.token_of(account) if account else ""
    if account is None or not token:
        _end(row, ReplyState.FAILED, "not_connected")
    elif row.outcome:  # the reply is spent already: only the push is left
        _push(client, row, account, token, row.outcome)
    elif was_tried:
        _push(client, row, account, token, NO_PROOF)
    elif not row.token or clock.wall() - row.event.received_at > timedelta(seconds=rules.REPLY_SECONDS):
        _push(client, row, account, token, LATE)
    else:
        _reply(client, row, account, token)


def _reply(client: Client, row: LineReply, account: LineAccount, token: str) -> None:
    told = client.reply(token, row.token, row.messages)
    match told.what:
        case What.DONE | What.ALREADY:
            _end(row, ReplyState.SENT, "")
        case What.RATE | What.CONCURRENT:
            _again(row, rules.RATE_PAUSE_SECONDS, "")  # refused before it was looked at: the token is still good
        case What.DENIED:
            accounts.note_trouble(account, told)
            _end(row, ReplyState.FAILED, "token")
        case What.DOWN:
            _push(client, row, account, token, NO_PROOF)
        case _:
            _push(client, row, account, token, TOKEN_GONE if "reply token" in told.message.lower() else _short(told))


def _push(client: Client, row: LineReply, account: LineAccount, token: str, why: str) -> None:
    """The reply cannot be used: push what must arrive, drop the rest with the reason."""
    if not row.must_arrive or row.friend.state != FriendState.FRIEND:
        _end(row, ReplyState.DROPPED, why)
    elif accounts.room_of(account).is_spent:
        _end(row, ReplyState.FAILED, "quota")
    else:
        _pushed(row, account, why, client.push(token, row.friend.user_id, row.messages, row.key))


def _pushed(row: LineReply, account: LineAccount, why: str, told: Told) -> None:
    if told.what.is_good:
        if told.what is What.DONE:
            accounts.count_push(account.id)
        _end(row, ReplyState.PUSHED, why)
    elif told.what in (What.DOWN, What.RATE, What.CONCURRENT) and row.attempts + 1 < MOST_ATTEMPTS:
        _again(row, 5.0 * 2**row.attempts, why)
    else:
        accounts.note_trouble(account, told)
        _end(row, ReplyState.FAILED, "quota" if told.what is What.QUOTA else _short(told))


def _short(told: Told) -> str:
    return f"{told.what.value} {told.status}"[:40]


def _end(row: LineReply, state: ReplyState, why: str) -> None:
    LineReply.objects.filter(id=row.id, state=ReplyState.SENDING).update(state=state, outcome=why[:40])


def _again(row: LineReply, seconds: float, why: str) -> None:
    LineReply.objects.filter(id=row.id, state=ReplyState.SENDING).update(
        state=ReplyState.WAITING, outcome=why[:40], due_at=clock.in_real_seconds(seconds)
    )
