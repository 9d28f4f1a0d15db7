"""The pass that moves enrolments: claim, know, decide, write, commit.

One transaction takes up to N due rows through their next step. Everything that the decisions need is read in a constant
number of queries, each decision is pure and made once for all rows in the same position with the same facts, and each
table is written with one statement. A pass that is killed leaves nothing behind; the next one starts from the rows.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from kaeru.calls import actions as calls
from kaeru.core import clock, ids, scope, sql
from kaeru.offers.grants import grant
from kaeru.scenarios import programs
from kaeru.scenarios.facts import Claimed, claim, complete
from kaeru.scenarios.kinds.call import CLOSED
from kaeru.scenarios.models import EnrollmentState
from kaeru.scenarios.program import Effect, Facts, Program
from kaeru.scenarios.rules import Decision, Log, advance

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)


def move_due(limit: int) -> int:
    """Take up to `limit` due enrolments one step on; returns how many. A batch that fails is taken one by one."""
    with scope.everyone():
        try:
            return _move(limit)
        except sql.LOST:
            raise  # the database is away: nobody's fault, nothing is counted
        except Exception:
            log.exception("a batch of enrolments failed; taking them one by one")
            return _move_singly(limit)


@transaction.atomic
def _move(limit: int) -> int:
    moment = clock.now()
    rows = claim(moment, limit)
    if rows:
        _take_on(rows, moment)
    return len(rows)


def _take_on(rows: list[Claimed], moment: datetime) -> None:
    known = programs.load({row.revision_id for row in rows})
    facts = complete(rows, known, moment)
    _write(_granted(_decide(rows, facts, known), rows, facts, known, moment), moment)


Moved = dict[Decision, list[Claimed]]


def _decide(rows: Iterable[Claimed], facts: Iterable[Facts], known: dict[int, Program]) -> Moved:
    """The rows by their decision; equal cases are decided once."""
    decided: dict[tuple[int, int, Facts], Decision] = {}
    moved: Moved = defaultdict(list)
    for row, fact in zip(rows, facts, strict=True):
        case = (row.revision_id, row.step, fact)
        decision = decided.get(case)
        if decision is None:
            decision = decided[case] = advance(known[row.revision_id], row.step, fact)
        moved[decision].append(row)
    return moved


def _granted(
    moved: Moved, rows: list[Claimed], facts: list[Facts], known: dict[int, Program], moment: datetime
) -> Moved:
    """The decisions after the purse was asked: who gets no coupon is decided again, knowing that."""
    asked = [
        (row, ask)
        for decision, members in moved.items()
        for effect in decision.effects
        for row in members
        if (ask := effect.asks(row, moment)) is not None
    ]
    if not asked:
        return moved
    refused = {
        row.id: (row, why) for (row, _ask), why in zip(asked, grant([ask for _row, ask in asked]), strict=True) if why
    }
    if not refused:
        return moved
    fact_of = {row.id: fact for row, fact in zip(rows, facts, strict=True) if row.id in refused}
    again = _decide(
        [row for row, _why in refused.values()],
        [replace(fact_of[key], refused=why) for key, (_row, why) in refused.items()],
        known,
    )
    for decision, members in moved.items():
        kept = [row for row in members if row.id not in refused]
        if kept:
            again.setdefault(decision, []).extend(kept)
    return again


Row = tuple[Any, ...]
_LOG = ("id", "organization_id", "enrollment_id", "position", "kind", "outcome", "reason", "at")


def _write(moved: Moved, moment: datetime) -> None:
    """All changes and all effects: one statement for each decision's enrolments, one for each table of effects."""
    logs: list[Row] = []
    effects: dict[type[Effect], list[tuple[Effect, list[Claimed]]]] = defaultdict(list)
    for decision, rows in moved.items():
        for entry in decision.log:
            logs += _logs(entry, rows, moment)
        for effect in decision.effects:
            effects[type(effect)].append((effect, rows))
    _write_enrollments(moved, moment)
    sql.insert_many("scenarios_steplog", _LOG, logs)
    for kind, told in effects.items():
        kind.write(told, moment)


def _logs(entry: Log, rows: list[Claimed], moment: datetime) -> list[Row]:
    told = (entry.position, entry.kind, entry.outcome, entry.reason, sql.moment(moment))
    return [(key, row.organization_id, row.id, *told) for key, row in zip(ids.new_ids(len(rows)), rows, strict=True)]


def _write_enrollments(moved: Moved, moment: datetime) -> None:
    """Rows that go to the same place at the same time: one statement."""
    resting: dict[tuple[int, datetime, str], list[int]] = defaultdict(list)
    ending: dict[tuple[int, str], list[int]] = defaultdict(list)
    not_called: list[int] = []
    for decision, rows in moved.items():
        keys = [row.id for row in rows]
        if decision.due_at is None:
            ending[decision.step, decision.end] += keys
            not_called += [row.id for row in rows if row.awaiting == CLOSED]
        else:
            resting[decision.step, decision.due_at, decision.awaiting] += keys
    with connection.cursor() as cursor:
        for (step, due_at, awaiting), keys in resting.items():
            where, values = sql.among("id", keys)
            cursor.execute(
                "UPDATE scenarios_enrollment SET step = %s, due_at = %s, rest_until = %s, awaiting = %s, heard = '', attempts = 0 "
                f"WHERE {where}",
                [step, sql.moment(due_at), sql.moment(due_at), awaiting, *values],
            )
        for (step, end), keys in ending.items():
            where, values = sql.among("id", keys)
            cursor.execute(
                "UPDATE scenarios_enrollment SET state = %s, step = %s, end_reason = %s, ended_at = %s, awaiting = '', attempts = 0 "
                f"WHERE {where}",
                [EnrollmentState.ENDED.value, step, end, sql.moment(moment), *values],
            )
    if not_called:
        calls.close_not_needed("enrollment", not_called)


def _move_singly(limit: int) -> int:
    """After a batch failed: whoever fails alone waits a minute, and is parked at the fifth time; then batches go on."""
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
                _take_on(rows, moment)
        except sql.LOST:
            raise
        except Exception as failure:
            if row is None:
                raise
            log.error("enrolment %s failed: %s", row.id, type(failure).__name__)
            _note_failure(row.id, moment)
            return moved + 1
        moved += 1
    return moved


def _note_failure(enrollment_id: int, moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scenarios_enrollment SET attempts = attempts + 1, due_at = %s, "
            "state = CASE WHEN attempts + 1 >= %s THEN %s ELSE state END WHERE id = %s",
            [sql.moment(moment + RETRY_AFTER), MOST_ATTEMPTS, EnrollmentState.PARKED.value, enrollment_id],
        )
