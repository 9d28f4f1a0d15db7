"""The pass that moves enrolments: claim, know, decide, write, commit.

One transaction takes up to N due rows through their next step. Everything that the decisions need is read in a constant
number of queries, each decision is pure and made once for all rows in the same position with the same facts, and each
table is written with one statement. A pass that is killed leaves nothing behind; the next one starts from the rows.
"""

import logging
import uuid
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from kaeru.core import clock, ids, scope, sql
from kaeru.offers.rules import new_code
from kaeru.scenarios import programs
from kaeru.scenarios.facts import Claimed, claim, complete
from kaeru.scenarios.models import EnrollmentState
from kaeru.scenarios.rules import Decision, Facts, Log, advance
from kaeru.scenarios.steps import Give, Say

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)


def move_due(limit: int) -> int:
    """Take up to `limit` due enrolments one step on; returns how many. A batch that fails is taken one by one."""
    with scope.everyone():
        try:
            return _move(limit)
        except Exception:
            log.exception("a batch of enrolments failed; taking them one by one")
            return _move_singly(limit)


@transaction.atomic
def _move(limit: int) -> int:
    moment = clock.now()
    rows = claim(moment, limit)
    if rows:
        known = programs.load({row.revision_id for row in rows})
        facts = complete(rows, known)
        _write(_decide(rows, facts, known), moment)
    return len(rows)


Moved = dict[Decision, list[Claimed]]


def _decide(rows: list[Claimed], facts: list[Facts], known: dict[int, programs.Program]) -> Moved:
    """The rows by their decision; equal cases are decided once."""
    decided: dict[tuple[int, int, Facts], Decision] = {}
    moved: Moved = defaultdict(list)
    for row, fact in zip(rows, facts, strict=True):
        case = (row.revision_id, row.step, fact)
        decision = decided.get(case)
        if decision is None:
            decision = decided[case] = advance(known[row.revision_id].ops, row.step, fact)
        moved[decision].append(row)
    return moved


Row = tuple[Any, ...]
_LOG = ("id", "organization_id", "enrollment_id", "position", "kind", "outcome", "reason", "at")
_MESSAGE = (
    "id", "organization_id", "shop_id", "customer_id", "source_id", "key", "template_id", "purpose", "channel", "source", "state",
    "reason", "attempts", "due_at", "created_at",
)  # fmt: skip
_COUPON = (
    "id", "organization_id", "shop_id", "customer_id", "enrollment_id", "currency", "code", "kind", "value", "minimum", "issued_at",
    "expires_at", "redeemed_order_ref",
)  # fmt: skip


def _write(moved: Moved, moment: datetime) -> None:
    """All changes and all effects: one statement for each decision's enrolments, one for each table of effects."""
    logs: list[Row] = []
    coupons: list[Row] = []
    messages: list[Row] = []
    for decision, rows in moved.items():
        _write_enrollments(decision, rows, moment)
        for entry in decision.log:
            logs += _logs(entry, rows, moment)
        for effect in decision.effects:
            if isinstance(effect, Give):
                coupons += _coupons(effect, rows, moment)
            else:
                messages += _messages(effect, rows, moment)
    sql.insert_many("scenarios_steplog", _LOG, logs)
    sql.insert_many("offers_coupon", _COUPON, coupons)
    sql.insert_many("messages_message", _MESSAGE, messages)


def _logs(entry: Log, rows: list[Claimed], moment: datetime) -> list[Row]:
    told = (entry.position, entry.kind, entry.outcome, entry.reason, sql.moment(moment))
    return [(key, row.organization_id, row.id, *told) for key, row in zip(ids.new_ids(len(rows)), rows, strict=True)]


def _messages(say: Say, rows: list[Claimed], moment: datetime) -> list[Row]:
    at = sql.moment(moment)
    told = (say.template_id, say.purpose, "mail", "enrollment", "waiting", "", 0, at, at)
    return [
        (key, row.organization_id, row.shop_id, row.customer_id, row.id, sql.uuid_value(uuid.uuid4()), *told)
        for key, row in zip(ids.new_ids(len(rows)), rows, strict=True)
    ]


def _coupons(give: Give, rows: list[Claimed], moment: datetime) -> list[Row]:
    until = sql.moment(moment + timedelta(days=give.days))
    told = (give.kind, give.value, give.minimum, sql.moment(moment), until, "")
    return [
        (key, row.organization_id, row.shop_id, row.customer_id, row.id, row.currency, new_code(), *told)
        for key, row in zip(ids.new_ids(len(rows)), rows, strict=True)
    ]


def _write_enrollments(decision: Decision, rows: list[Claimed], moment: datetime) -> None:
    """All rows of one decision go to the same place at the same time: one statement."""
    where, keys = sql.among("id", [row.id for row in rows])
    if decision.wait is None:
        change, values = "state = %s, step = %s, end_reason = %s, ended_at = %s", [
            EnrollmentState.ENDED.value, decision.step, decision.end, sql.moment(moment),
        ]  # fmt: skip
    else:
        change, values = (
            "step = %s, due_at = %s",
            [decision.step, sql.moment(moment + timedelta(seconds=decision.wait))],
        )
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE scenarios_enrollment SET {change}, attempts = 0 WHERE {where}", [*values, *keys])


def _move_singly(limit: int) -> int:
    """After a batch failed: whoever fails alone waits a minute, and is parked at the fifth time."""
    moved = 0
    for _ in range(limit):
        moment = clock.now()
        row: Claimed | None = None
        try:
            with transaction.atomic():
                rows = claim(moment, 1)
                if not rows:
                    break
                row = rows[0]
                known = programs.load({row.revision_id})
                _write(_decide(rows, complete(rows, known), known), moment)
        except Exception as failure:
            if row is None:
                raise
            log.error("enrolment %s failed: %s", row.id, type(failure).__name__)
            _note_failure(row.id, moment)
        moved += 1
    return moved


def _note_failure(enrollment_id: int, moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scenarios_enrollment SET attempts = attempts + 1, due_at = %s, "
            "state = CASE WHEN attempts + 1 >= %s THEN %s ELSE state END WHERE id = %s",
            [sql.moment(moment + RETRY_AFTER), MOST_ATTEMPTS, EnrollmentState.PARKED.value, enrollment_id],
        )
