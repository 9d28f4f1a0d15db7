"""Calling the shop's own system: signed, repeated with growing pauses, and given up in sight.

A call is claimed with a lease in one short transaction, made outside of any, and noted in another. Whoever dies in between
leaves a lease that runs out; the call is made again under the same webhook-id, and the shop drops the repeat.
"""

import json
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from kaeru.connectors.models import OutboundCall, OutboundState
from kaeru.connectors.webhook.signature import signed_headers
from kaeru.core import clock, http, pause, scope, sql
from kaeru.tenants.actions import shop_secrets

PAUSES = (
    timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1),
    timedelta(hours=4), timedelta(hours=8), timedelta(hours=12),
)  # fmt: skip
"""Waits after the first, second, … failure: nine tries over about a day."""
LEASE_REAL_SECONDS = 60
"""Longer than the longest call (core.http gives up after 20 s)."""
_PERMANENT = {400, 401, 403, 404, 405, 410, 413, 415, 422}
"""Answers that another try will not change: the address is wrong, gone, or refuses what we say."""
_AT_ONCE = 20
HOLD_SECONDS = 30.0
"""How long claimed calls are worked on; the rest is given back while the lease still holds."""
SILENT_PAUSE = timedelta(seconds=30)
"""The pause of a shop's other calls after one of them got no answer, so that it does not keep all others waiting."""
_NO_ANSWER = "no answer"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try came to. `due_at` only while it is to be tried again."""

    state: OutboundState
    answer: str
    due_at: datetime | None = None


def decide(status: int | None, words: str, attempts: int, now: datetime, jitter: float = 0.0) -> Outcome:
    """What follows an HTTP status (None: no answer) on try number `attempts` (from 1). `jitter` 0 to 1 adds up to a tenth.

    >>> decide(204, "", 1, datetime.min).state
    OutboundState.DONE
    """
    answer = f"{status or ''} {words}".strip()[:300]
    if status is not None and 200 <= status < 300:
        return Outcome(OutboundState.DONE, answer)
    if status in _PERMANENT or attempts > len(PAUSES):
        return Outcome(OutboundState.FAILED, answer)
    return Outcome(OutboundState.WAITING, answer, now + PAUSES[attempts - 1] * (1 + jitter / 10))


def call(limit: int) -> int:
    """Make up to `limit` calls that are due; returns how many were made. None while the installation is paused; a paused
    shop still hears of its buyers' wishes.
    """
    if pause.is_paused():
        return 0
    made = 0
    while made < limit:
        rows = _claim(min(_AT_ONCE, limit - made))
        if not rows:
            break
        made += _make(rows)
    return made


def _make(rows: Sequence[OutboundCall]) -> int:
    """Make these calls; returns how many were made. The others are due again."""
    begun, silent, made = time.monotonic(), set[int](), 0
    for row in rows:
        if row.shop_id in silent or time.monotonic() - begun > HOLD_SECONDS:
            _give_back(row, clock.now() + (SILENT_PAUSE if row.shop_id in silent else timedelta()))
            continue
        outcome = _try(row)
        _settle(row, outcome)
        made += 1
        if outcome.answer.startswith(_NO_ANSWER):
            silent.add(row.shop_id)
    return made


def _give_back(row: OutboundCall, due_at: datetime) -> None:
    """Not tried after all."""
    with scope.everyone():
        OutboundCall.objects.filter(id=row.id, state=OutboundState.SENDING, attempts=row.attempts).update(
            state=OutboundState.WAITING, attempts=row.attempts - 1, due_at=due_at
        )


def next_due() -> datetime | None:
    """When the earliest call is due."""
    with scope.everyone():
        rows = OutboundCall.objects.filter(state__in=[OutboundState.WAITING, OutboundState.SENDING])
        return rows.order_by("due_at").values_list("due_at", flat=True).first()


def _claim(limit: int) -> list[OutboundCall]:
    lease = timedelta(seconds=LEASE_REAL_SECONDS * clock.current().speed)
    with scope.everyone(), transaction.atomic():
        found = sql.claim_ids(
            "connectors_outboundcall",
            "state IN ('waiting', 'sending') AND due_at <= %s",
            [sql.moment(clock.now())],
            "due_at",
            limit,
        )
        OutboundCall.objects.filter(id__in=found).update(state=OutboundState.SENDING, due_at=clock.now() + lease)
        rows = list(OutboundCall.objects.filter(id__in=found).select_related("shop").order_by("id"))
        for row in rows:
            OutboundCall.objects.filter(id=row.id).update(attempts=row.attempts + 1)
            row.attempts += 1
    return rows


def body_of(row: OutboundCall) -> bytes:
    """The message: the same bytes on every try."""
    message = {"type": row.topic, "timestamp": row.created_at.isoformat(), "data": row.payload}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _try(row: OutboundCall) -> Outcome:
    moment, jitter = clock.now(), random.random()  # noqa: S311  (spreads tries, guards nothing)
    body = body_of(row)
    try:
        with scope.organization(row.organization_id):
            secrets = shop_secrets(row.shop, "notify")
        if not row.shop.notify_url or not secrets:
            return Outcome(OutboundState.FAILED, "the shop has no address or no secret for calls")
        answer = http.post(row.shop.notify_url, body, signed_headers(secrets, row.key, body))
    except http.EgressRefused as failure:
        return Outcome(OutboundState.FAILED, str(failure)[:300])
    except http.Unanswered as failure:
        return decide(None, f"{_NO_ANSWER} ({failure})", row.attempts, moment, jitter)
    except ValueError as failure:  # a secret that cannot be unsealed, an address that is none
        return Outcome(OutboundState.FAILED, str(failure)[:300])
    return decide(answer.status, "", row.attempts, moment, jitter)


def _settle(row: OutboundCall, outcome: Outcome) -> None:
    is_over = outcome.due_at is None
    with scope.everyone():
        # The lease names us: who lost it to another try does not write over that one's outcome.
        OutboundCall.objects.filter(id=row.id, state=OutboundState.SENDING, attempts=row.attempts).update(
            state=outcome.state,
            answer=outcome.answer,
            due_at=outcome.due_at or row.due_at,
            done_at=clock.now() if is_over else None,
        )
    if outcome.state == OutboundState.FAILED:
        log.warning("call %s (%s) to shop %s given up: %s", row.id, row.topic, row.shop_id, outcome.answer)
