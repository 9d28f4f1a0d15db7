"""The LINE channel: a letter becomes a card that is pushed by the shop's own account.

A push may be repeated: LINE knows it by its retry key for 24 hours, so that an answer that never came is asked for again and
nobody gets the same twice. One account that is in trouble holds up no other.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from kaeru.channels.base import Letter, Outcome, Result, Worded
from kaeru.channels.line import accounts, rules, wording
from kaeru.channels.line.client import Client, Told
from kaeru.channels.line.models import FriendState, LineAccount, LineFriend
from kaeru.channels.line.rules import What
from kaeru.core import clock

QUOTA, BLOCKED, NOT_CONNECTED, ACCOUNT, BUSY = "quota", "blocked", "not_connected", "account", "line_busy"
"""Reasons that the outbox shows."""
LOOK_AGAIN_SECONDS = 5.0
"""How long an open line believes what it read of an account."""


class LineChannel:
    """Pushes by the Messaging API."""

    name = "line"

    def word(self, letter: Letter) -> Worded:
        """The letter as the reader sees it, as text."""
        return wording.word(letter)

    def open(self) -> AbstractContextManager["Pushing"]:
        """A line for a batch."""
        return _open()


@contextmanager
def _open() -> Iterator["Pushing"]:
    client = Client()
    try:
        yield Pushing(client)
    finally:
        client.close()


class Pushing:
    """One connection for letters of many shops; what is known of an account is kept for some seconds."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[int, tuple[LineAccount | None, str, float]] = {}

    def send(self, letter: Letter, worded: Worded) -> Result:
        """Push one letter; `letter.address` is the LINE user id."""
        account, token = self._account(letter.shop.id)
        if account is None or not token:
            return Result(
                Outcome.TRANSIENT, "the shop's LINE is not connected", reason=NOT_CONNECTED, may_go_by_mail=True,
                wait_until=clock.in_real_seconds(rules.ACCOUNT_RETRY_SECONDS),
            )  # fmt: skip
        rests = _rests(account)
        if rests is not None:
            return rests
        friend = LineFriend.objects.filter(shop_id=letter.shop.id, user_id=letter.address).values_list(
            "state", flat=True
        )
        if friend.first() != FriendState.FRIEND:
            return Result(
                Outcome.REFUSED, "has blocked the account or is no friend", reason=BLOCKED, may_go_by_mail=True
            )
        try:
            messages = wording.messages(letter)
        except ValueError as wrong:
            return Result(Outcome.REFUSED, str(wrong))
        told = self._client.push(token, letter.address, messages, letter.key)
        if told.what is What.DONE:
            accounts.count_push(account.id)
        if not told.what.is_good:
            self._known.pop(letter.shop.id, None)
        return result(account, told)

    def _account(self, shop_id: int) -> tuple[LineAccount | None, str]:
        known = self._known.get(shop_id)
        if known is None or time.monotonic() - known[2] > LOOK_AGAIN_SECONDS:
            row = LineAccount.objects.filter(shop_id=shop_id, is_on=True).select_related("shop").first()
            known = self._known[shop_id] = (row, accounts.token_of(row) if row else "", time.monotonic())
        return known[0], known[1]


def _rests(account: LineAccount) -> Result | None:
    """Nothing is asked of LINE while the account has no pushes left, or LINE asked for a pause."""
    now = clock.now()
    if account.spent_until is not None and account.spent_until > now:
        return _later(QUOTA, "the month's pushes are used up", account.spent_until, may_go_by_mail=True)
    if account.rests_until is not None and account.rests_until > now:
        return _later(BUSY, "LINE asked for a pause", account.rests_until)
    return None


def _later(reason: str, detail: str, until: datetime, *, may_go_by_mail: bool = False) -> Result:
    return Result(Outcome.TRANSIENT, detail, reason=reason, wait_until=until, may_go_by_mail=may_go_by_mail)


def result(account: LineAccount, told: Told) -> Result:
    """LINE's answer as the outbox understands it; what concerns the whole account is noted there."""
    said = f"{told.status} {told.message} {told.details}".strip()[:300]
    match told.what:
        case What.DONE | What.ALREADY:
            return Result(Outcome.ACCEPTED, said, provider_id=told.request_id)
        case What.DOWN:
            return Result(Outcome.TRANSIENT, said or "LINE did not answer", is_server_down=True)
        case What.RATE | What.CONCURRENT:
            seconds = rules.RATE_PAUSE_SECONDS if told.what is What.RATE else rules.CONCURRENT_PAUSE_SECONDS
            until = clock.in_real_seconds(seconds)
            LineAccount.objects.filter(id=account.id).update(rests_until=until)
            return _later(BUSY, said, until)
        case What.QUOTA:
            until = accounts.note_trouble(account, told) or clock.now()
            return _later(QUOTA, said, until, may_go_by_mail=True)
        case What.DENIED:
            until = accounts.note_trouble(account, told) or clock.now()
            return _later(ACCOUNT, said, until)
        case What.REFUSED:
            is_about_person = "'to'" in told.message or "Failed to send" in told.message
            return Result(
                Outcome.REFUSED, said, may_go_by_mail=is_about_person, reason=BLOCKED if is_about_person else ""
            )
