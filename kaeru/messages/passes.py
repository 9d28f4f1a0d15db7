"""What moves in this room: due messages are handed over, and what a dead worker held is taken back.

The way of one batch, which is so short that nobody who becomes due meanwhile waits long:
1. claim up to N due messages (one transaction, nothing else in it), every shop in turn when more are due;
2. load all that decides, close or put off what may not go, word the rest;
3. for each: begin (one transaction that looks once more at opt-outs, caps and the kill switches, and whether it is still
   needed), hand over outside of any transaction, write what became of it.
A worker that dies before 3 leaves claimed messages, which go back when the lease runs out. One that dies within a
hand-over leaves a message that nobody can prove sent or unsent: it becomes `unknown` and is shown.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min, Q

from kaeru.channels import registry as channels
from kaeru.channels.base import Button, Channel, File, Letter, Line, Outcome, Result, Worded
from kaeru.core import clock, pause, scope, sql
from kaeru.core.passes import Pass
from kaeru.messages import claims, guarding, outcomes, preparing, registry
from kaeru.messages.claims import is_ad
from kaeru.messages.errors import TemplateBroken
from kaeru.messages.limits import limits_of
from kaeru.messages.models import Message, MessageState
from kaeru.messages.outcomes import Tried
from kaeru.messages.rules import IDENTITY_RETRY_SECONDS, OUTAGE_RETRY_SECONDS, Reason, Verdict

log = logging.getLogger(__name__)

BATCH = 100
RECHECK_SECONDS = 5.0
"""How old "still needed" may be when a message is handed over."""
BATCH_SECONDS = 0.12
"""How long a batch should take: so long a message of another shop waits for its turn. What is left then is given back."""
LINE_SECONDS = 2.0
"""How long a line is kept for one batch after the other, before other channels have their turn."""
FIRST_PACE = 100.0
"""Hand-overs a second before anything is known of a channel."""
BREAK_SECONDS = 15.0
"""How long this process leaves a channel alone that cannot be reached."""
_broken_until: dict[str, float] = {}
_pace: dict[str, float] = {}
"""Hand-overs a second of each channel's last batch: so many fit into the next."""
_held_after = 0
_left_behind: list[tuple[Sequence[int], datetime]] = []
"""What this process held when the database went away under it, with its mark: given back as soon as it can be."""


class _Batch:
    """Messages held by one claim."""

    def __init__(self, channel: Channel, message_ids: Sequence[int], until: datetime) -> None:
        self.channel = channel
        self.message_ids = message_ids
        self.until = until
        self.rows = preparing.load(message_ids)
        self.ways = preparing.ways(self.rows)
        self.limits = limits_of({row.shop_id for row in self.rows})
        self.checked_at = time.monotonic()
        self.letters: dict[int, tuple[Letter, Worded]] = {}
        self.given_back = 0

    def prepare(self) -> None:
        """Close, put off, word; `rows` keeps what is ready."""
        self._drop_stopped(self.rows)
        found, failed = preparing.one_by_one(preparing.words, self.rows)
        pressed, broken = preparing.one_by_one(preparing.buttons, self.rows)
        attached, unmade = preparing.one_by_one(preparing.files, self.rows)
        failed = {**failed, **broken, **unmade}
        for row in self.rows:
            if row.id in failed:
                log.error("message %s: its words could not be gathered: %s", row.id, type(failed[row.id]).__name__)
                outcomes.postpone(row, self.until, type(failed[row.id]).__name__)
            elif row.id not in found:
                claims.close([row.id], self.until, Reason.SOURCE_GONE)
            else:
                self._word(row, found[row.id], pressed[row.id], attached[row.id])
        self.rows = [row for row in self.rows if row.id in self.letters]

    def _word(
        self, row: Message, values: dict[str, Any], pressed: tuple[Button, ...], attached: tuple[File, ...]
    ) -> None:
        try:
            letter = preparing.letter(row, self.ways[row.id], values, pressed, attached)
            worded = self.channel.word(letter)
            forbidden = guarding.stopped(row, letter, worded, values.get("reason", {}).get("side", ""))
            if forbidden:
                outcomes.stop(row, self.until, Reason.GUARD, guarding.detail(forbidden), worded)
            else:
                self.letters[row.id] = (letter, worded)
        except TemplateBroken as broken:
            outcomes.fail(row, self.until, Reason.TEMPLATE, str(broken))
        except Exception as failure:
            log.exception("message %s could not be worded", row.id)
            outcomes.postpone(row, self.until, type(failure).__name__)

    def _drop_stopped(self, rows: Sequence[Message]) -> set[int]:
        """Close or put off what may not go; returns their ids."""

        def decide(some: Sequence[Message]) -> dict[int, object]:
            return dict(preparing.verdicts(some, self.ways, self.limits))

        found, failed = preparing.one_by_one(decide, rows)
        said: dict[Verdict, list[int]] = defaultdict(list)
        for message_id, verdict in found.items():
            said[verdict].append(message_id)
        for verdict, stopped in said.items():
            self._stop(verdict, stopped)
        for row in rows:
            if row.id in failed:
                outcomes.postpone(row, self.until, type(failed[row.id]).__name__)
        gone = {*found, *failed}
        self.rows = [row for row in self.rows if row.id not in gone]
        return gone

    def _stop(self, verdict: Verdict, stopped: Sequence[int]) -> None:
        """Close, hold or put off these."""
        if verdict.is_final:
            claims.close(stopped, self.until, verdict.reason)
        elif verdict.is_held:
            claims.hold(stopped, self.until, verdict.reason)
        elif verdict.reason == Reason.NO_IDENTITY:
            claims.put_off(stopped, self.until, verdict.reason, clock.in_real_seconds(IDENTITY_RETRY_SECONDS))
        else:
            claims.put_off(stopped, self.until, verdict.reason, verdict.due_at)

    def _begin(self, row: Message) -> datetime | None:
        """The mark of the hand-over, or None when it must not begin now.

        An order that was told before this moment is seen here, too: nobody gets a coupon in the second after they came back.
        """
        is_internal = registry.source(row.source).is_internal
        if not is_internal and self.limits.chance(row.shop, row.channel, is_ad(row), (), clock.now())[1]:
            return None  # the quiet hours began since the batch was prepared
        terms = claims.Terms(
            address_hash=self.ways[row.id].address_hash,
            advertised_to=row.customer_id if is_ad(row) and not is_internal else None,
            cap=self.limits.cap(row.shop_id),
        )
        with transaction.atomic():
            mark = claims.begin(row, self.until, terms)
            if mark is not None and preparing.not_needed([row]):
                transaction.set_rollback(True)
                return None
        return mark

    def hand_over(self, line: Line) -> None:
        """Send what is ready, one by one, until the channel says that it cannot be reached."""
        started, tried = time.monotonic(), 0
        while self.rows:
            self._stay_current()
            if not self.rows:
                return
            if tried and time.monotonic() - started > BATCH_SECONDS:
                self.given_back = claims.put_off([row.id for row in self.rows], self.until, "")
                self.rows = []
                return
            row = self.rows.pop(0)
            tried += 1
            letter, worded = self.letters[row.id]
            mark = self._begin(row)
            if mark is None:
                self._look_again(row)
                continue
            result = _send(line, letter, worded)
            outcomes.record(Tried(row, letter.address, worded, mark), result)
            _pace[self.channel.name] = tried / max(time.monotonic() - started, 0.001)
            if result.is_server_down:
                self.give_back()

    def _look_again(self, row: Message) -> None:
        """Why the hand-over did not begin: somebody's will changed meanwhile, or the message is no longer ours."""
        for fresh in preparing.load([row.id]):
            if not self._drop_stopped([fresh]):
                claims.put_off([fresh.id], self.until, fresh.reason)

    def _stay_current(self) -> None:
        """Look again whether the rest is still needed, and keep hold of it."""
        if time.monotonic() - self.checked_at > RECHECK_SECONDS:
            self.checked_at = time.monotonic()
            self._drop_stopped(self.rows)
        if self.until - clock.wall() < claims.CLAIM_LEASE / 3:
            self.until = claims.extend([row.id for row in self.rows], self.until)

    def give_back(self) -> None:
        """The channel cannot be reached: everybody waits a little, and this process leaves it alone for now."""
        _broken_until[self.channel.name] = time.monotonic() + BREAK_SECONDS
        due_at = clock.in_real_seconds(OUTAGE_RETRY_SECONDS)
        claims.put_off([row.id for row in self.rows], self.until, Reason.UNREACHABLE, due_at)
        self.rows = []


def _send(line: Line, letter: Letter, worded: Worded) -> Result:
    try:
        return line.send(letter, worded)
    except Exception as failure:  # a mistake in a channel: nobody knows how far it came
        log.exception("a channel broke")
        return Result(Outcome.UNKNOWN, type(failure).__name__)


def hand_over(limit: int) -> int:
    """Hand over up to `limit` due messages of each channel; returns how many were moved."""
    with scope.everyone():
        return sum(_hand_over(channels.get(name), limit) for name in channels.names() if _is_whole(name))


def _is_whole(name: str) -> bool:
    return _broken_until.get(name, 0.0) <= time.monotonic()


def _hand_over(channel: Channel, limit: int) -> int:
    _take_back()
    moved, until = 0, time.monotonic() + LINE_SECONDS
    with ExitStack() as stack:
        line: Line | None = None
        while moved < limit and _is_whole(channel.name):
            size = min(limit - moved, max(1, int(_pace.get(channel.name, FIRST_PACE) * BATCH_SECONDS)))
            message_ids, mark = claims.claim(channel.name, size)
            if message_ids:
                batch = _Batch(channel, message_ids, mark)
                line = _hand_over_batch(batch, line, stack)
                moved += len(message_ids) - batch.given_back
            if len(message_ids) < size or time.monotonic() > until:
                break
    return moved


def _take_back() -> None:
    while _left_behind:
        held = _left_behind.pop()
        try:
            claims.put_off(*held, reason="")
        except sql.LOST:
            _left_behind.append(held)
            raise


def _hand_over_batch(batch: _Batch, line: Line | None, stack: ExitStack) -> Line | None:
    """Hand one batch over, on the line that is open or on a new one; returns the line."""
    try:
        batch.prepare()
        if batch.rows:
            line = _hand_over_on(batch, line, stack)
    except sql.LOST:
        _left_behind.append((batch.message_ids, batch.until))
        raise
    return line


def _hand_over_on(batch: _Batch, line: Line | None, stack: ExitStack) -> Line | None:
    try:
        line = line or stack.enter_context(batch.channel.open())
        batch.hand_over(line)
    except sql.LOST:
        raise
    except Exception:  # an address that cannot be read, a provider's library that breaks: what is left waits
        log.exception("channel %s cannot be used", batch.channel.name)
        batch.give_back()
    return line


def expire(limit: int) -> int:
    """Take back what dead workers held."""
    with scope.everyone():
        return claims.expire(limit)


def release_held(limit: int) -> int:
    """Messages that a hand-over put aside in the very moment in which their room released its own: back into the outbox.

    Looks at `limit` held ones after those it looked at before; returns 0, as nothing waits for it.
    """
    global _held_after
    with scope.everyone():
        asking = [name for name in registry.names() if registry.source(name).asks_held]
        held = Message.objects.filter(state=MessageState.HELD, source__in=asking, id__gt=_held_after)
        rows = list(held.select_related("shop__organization", "template", "customer").order_by("id")[:limit])
        _held_after = rows[-1].id if len(rows) == limit else 0
        if rows:
            still = preparing.held(rows)
            claims.release([row.id for row in rows if row.id not in still])
    return 0


def next_due() -> datetime | None:
    """When the next message is due, paused shops left out; None while everything is paused."""
    with scope.everyone():
        if pause.is_paused():
            return None
        going = Message.objects.filter(state=MessageState.WAITING).exclude(
            Q(shop__is_paused=True) | Q(shop__organization__is_paused=True)
        )
        found: datetime | None = going.aggregate(at=Min("due_at"))["at"]
        return found


def mend() -> None:
    """Try broken channels again at once (after the operator changed something, and in tests)."""
    _broken_until.clear()
    _pace.clear()


PASSES = [
    Pass("messages", hand_over, limit=BATCH, next_due=next_due, lane="messages"),
    Pass("message leases", expire, limit=1000, every_seconds=2.0),
    Pass("held messages", release_held, limit=500, every_seconds=30.0),
]
