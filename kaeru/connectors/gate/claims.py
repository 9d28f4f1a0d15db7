"""Who holds a change, and what is written about it: each write names the mark of its lease, and one row changed or it is lost.

`claimed_until` is the lease and the holder's mark at once, in real time. A change that is called is `sending`; one that the
system works on stays `pending` while it is looked at, so that nobody who dies then makes it be called again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Exists, F, Q, Sum

from kaeru.connectors import changes, connecting
from kaeru.connectors.base import Standing
from kaeru.connectors.changes import Change
from kaeru.connectors.gate import reach, rules
from kaeru.connectors.gate.actions import settled
from kaeru.connectors.gate.queries import terms_of
from kaeru.connectors.gate.reach import Way
from kaeru.connectors.gate.rules import Terms, Verdict, Wish
from kaeru.connectors.models import ChangeState, OrderChange
from kaeru.core import audit, clock, fair, sql
from kaeru.core.models import Pause
from kaeru.tenants.models import Shop

CLAIM_LEASE = timedelta(seconds=90)
"""Longer than a batch is worked on and one order is read."""
CALL_LEASE = timedelta(seconds=180)
"""Longer than a call and the look after it; after this somebody else reads back what became of it."""
LOOK_SECONDS = 60.0
"""When a pending change whose looker died is looked at again."""
ACTOR = "gate"
FINAL = frozenset({ChangeState.DONE, ChangeState.DRY_RUN, ChangeState.REFUSED, ChangeState.FAILED, ChangeState.DROPPED})
_TABLE = "connectors_orderchange"
_BEHIND_HELD = """EXISTS (
    SELECT 1 FROM connectors_orderchange h WHERE h.order_id = {row}.order_id AND h.id < {row}.id
    AND h.state = 'held' AND h.source = {row}.source AND h.source_id = {row}.source_id)"""
_FREE = f"""NOT {_BEHIND_HELD.format(row=_TABLE)} AND NOT EXISTS (
    SELECT 1 FROM connectors_orderchange e
    WHERE e.order_id = connectors_orderchange.order_id AND e.id < connectors_orderchange.id AND (
        e.state IN ('sending', 'pending')
        OR (e.state = 'waiting' AND (e.attempts > 0 OR e.due_at <= connectors_orderchange.due_at)
            AND NOT {_BEHIND_HELD.format(row="e")})))"""  # noqa: S608
"""No earlier change of the same order is on its way; one that waits for a person holds up only those that were asked for
together with it."""
_NEXT_DUE = f"SELECT min(due_at) FROM {_TABLE} WHERE state = 'pending' OR (state = 'waiting' AND {_FREE})"  # noqa: S608
_HELD_BACK = {
    "over_order": ChangeState.HELD,
    "over_day": ChangeState.HELD,
    "needs_person": ChangeState.HELD,
    "dry_run": ChangeState.DRY_RUN,
}


@dataclass(frozen=True, slots=True)
class Held:
    """A change that is ours to carry out."""

    row: OrderChange
    change: Change
    way: Way
    verdict: Verdict
    mark: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try came to."""

    state: ChangeState
    answer: str = ""
    after: Standing | None = None
    made: Mapping[str, str] = field(default_factory=dict)
    pause: timedelta = timedelta()
    """Real time until the next try, for what is not over."""
    is_untouched: bool = False
    """The system has certainly not acted on this change, neither now nor before."""
    is_wait: bool = False
    """The system asked to be left alone: no try that came to nothing."""


def claim(limit: int) -> tuple[list[Held], int]:
    """Take up to `limit` due changes, every shop in turn when there are more, and judge them: what may not go is settled here,
    the rest is ours and counts as moved from now on. Returns ours, and how many rows were moved in all.

    A constant number of statements (and one lock for each shop that moves money); nothing is called.
    """
    now, mark = clock.now(), clock.wall() + CLAIM_LEASE
    if not OrderChange.objects.filter(state=ChangeState.WAITING, due_at__lte=now).exists():
        return [], 0
    with transaction.atomic():
        rows = _load(fair.due_ids(fair.Due(_TABLE, now, _FREE), limit))
        held, stopped = _judge(rows, now, mark)
        OrderChange.objects.filter(id__in=[one.row.id for one in held]).update(
            state=ChangeState.SENDING, claimed_until=mark, called_at=now, attempts=F("attempts") + 1
        )
        by_state: dict[ChangeState, list[OrderChange]] = defaultdict(list)
        for row, state, answer in stopped:
            by_state[state].append(row)
            row.state, row.answer, row.done_at = state, answer, now if state in FINAL else None
        OrderChange.objects.bulk_update([row for row, _, _ in stopped], ["state", "answer", "done_at"])
        for state, some in by_state.items():
            tell(some, state)
    for one in held:
        one.row.attempts += 1
    return held, len(rows)


def claim_pending(limit: int) -> list[Held]:
    """Take up to `limit` changes that a system works on and that are to be looked at again. Who cannot look any more gives up."""
    now, wall = clock.now(), clock.wall()
    mark = wall + CLAIM_LEASE
    if not OrderChange.objects.filter(state=ChangeState.PENDING, due_at__lte=now).exists():
        return []
    with transaction.atomic():
        where = "state = 'pending' AND due_at <= %s AND (claimed_until IS NULL OR claimed_until < %s)"
        rows = _load(sql.claim_ids(_TABLE, where, [sql.moment(now), sql.moment(wall)], "due_at", limit))
        ways, held, blind = reach.ways({row.shop_id for row in rows}), list[Held](), list[OrderChange]()
        for row in rows:
            row.attempts += 1
            change, way = _read(row), ways.get(row.shop_id)
            if change is None or way is None:
                blind.append(row)
            else:
                held.append(Held(row, change, way, "go", mark))
        OrderChange.objects.filter(id__in=[one.row.id for one in held]).update(
            claimed_until=mark, due_at=clock.in_real_seconds(LOOK_SECONDS), attempts=F("attempts") + 1
        )
        OrderChange.objects.filter(id__in=[row.id for row in blind]).update(
            state=ChangeState.FAILED, answer="cannot", done_at=now
        )
        tell(blind, ChangeState.FAILED)
    return held


def _load(ids: Sequence[int]) -> list[OrderChange]:
    """In the order of the ids."""
    known = OrderChange.objects.select_related("shop", "order").in_bulk(ids) if ids else {}
    return [known[one] for one in ids]


def _judge(
    rows: Sequence[OrderChange], now: datetime, mark: datetime
) -> tuple[list[Held], list[tuple[OrderChange, ChangeState, str]]]:
    """What may go, and what is stopped with its state and answer."""
    shop_ids = {row.shop_id for row in rows}
    ways, terms = reach.ways(shop_ids), terms_of(shop_ids)
    for shop_id in sorted({row.shop_id for row in rows if row.money}):
        sql.one_at_a_time(shop_id)  # two workers must not both find the last yen of the day
    moved = moved_today([row.shop for row in rows if row.money], now, leave_out=[row.id for row in rows])
    held: list[Held] = []
    stopped: list[tuple[OrderChange, ChangeState, str]] = []
    for row in rows:
        change, way, was_called = _read(row), ways.get(row.shop_id), row.before is not None
        can = way is not None and change is not None and bool(getattr(way.capabilities, change.needs))
        alone = (
            way is not None and way.capabilities.cancels_with_person and row.kind == "cancel" and not _is_person(row)
        )
        wish = Wish(row.money, row.why, can, row.is_let_go or was_called, alone)
        verdict = rules.judge(wish, terms.get(row.shop_id, Terms()), moved[row.shop_id])
        if change is None:
            stopped.append((row, ChangeState.FAILED, "unreadable"))
        elif way is None and was_called:
            stopped.append((row, ChangeState.FAILED, "cannot"))
        elif way is not None and (verdict == "go" or was_called):
            moved[row.shop_id] += row.money
            held.append(Held(row, change, way, verdict, mark))
        else:
            state = _HELD_BACK.get(verdict, ChangeState.REFUSED)
            stopped.append((row, state, rules.brief(change) if verdict == "dry_run" else verdict))
    return held, stopped


def _is_person(row: OrderChange) -> bool:
    """Whether a member of the shop asked for it."""
    return row.asked_by.startswith("member:")


def _read(row: OrderChange) -> Change | None:
    try:
        return changes.read(row.kind, row.payload)
    except (KeyError, TypeError, ValueError):
        return None


def moved_today(shops: Sequence[Shop], now: datetime, leave_out: Sequence[int] = ()) -> dict[int, int]:
    """Minor units by shop that changes moved on this day in the shop's zone, or may have moved; one statement."""
    since: dict[datetime, set[int]] = defaultdict(set)
    for shop in shops:
        zone = ZoneInfo(shop.timezone)
        since[datetime.combine(now.astimezone(zone).date(), time.min, zone)].add(shop.id)
    found: dict[int, int] = defaultdict(int)
    if since:
        today = reduce(or_, (Q(shop_id__in=ids, called_at__gte=begin) for begin, ids in since.items()))
        nothing = [ChangeState.REFUSED, ChangeState.DROPPED, ChangeState.DRY_RUN, ChangeState.HELD]
        rows = OrderChange.objects.filter(today, money__gt=0).exclude(state__in=nothing).exclude(id__in=leave_out)
        found.update(rows.order_by().values_list("shop_id").annotate(sum=Sum("money")))
    return found


def begin(held: Held, before: Standing) -> Held | None:
    """Write down what stands before the call, so that whoever comes after us reads back first. None: not ours any more, or paused."""
    mark = clock.wall() + CALL_LEASE
    begun = OrderChange.objects.filter(
        ~Exists(Pause.objects.all()), id=held.row.id, state=ChangeState.SENDING, claimed_until=held.mark
    ).update(before=rules.standing_json(before), called_at=clock.now(), claimed_until=mark)
    return Held(held.row, held.change, held.way, held.verdict, mark) if begun else None


def give_back(held: Held, pause: timedelta = timedelta()) -> None:
    """Not tried after all."""
    rows = OrderChange.objects.filter(id=held.row.id, state=ChangeState.SENDING, claimed_until=held.mark)
    due_at = clock.in_real_seconds(pause.total_seconds())
    known = {"called_at": None} if held.row.before is None else {}
    rows.update(state=ChangeState.WAITING, attempts=held.row.attempts - 1, claimed_until=None, due_at=due_at, **known)


@transaction.atomic
def settle(held: Held, outcome: Outcome) -> bool:
    """Write what the try came to, with its news and its audit entry; False when it is not ours any more: then nothing is written."""
    row, is_final = held.row, outcome.state in FINAL
    told: dict[str, Any] = {
        "state": outcome.state,
        "answer": outcome.answer[:300],
        "claimed_until": None,
        "done_at": clock.now() if is_final else None,
    }
    if not is_final:
        told["due_at"] = clock.in_real_seconds(outcome.pause.total_seconds())
    if outcome.after is not None:
        told["after"] = rules.standing_json(outcome.after)
    if outcome.made:
        told["made"] = dict(outcome.made)
    if outcome.is_untouched:
        told |= {"before": None, "called_at": None} if outcome.state == ChangeState.WAITING else {"called_at": None}
    if outcome.is_wait:
        told |= {"attempts": row.attempts - 1, "waits": F("waits") + 1}
    elif outcome.state == ChangeState.PENDING and row.state != ChangeState.PENDING:
        told["attempts"] = 0
    ours = OrderChange.objects.filter(
        id=row.id, state__in=[ChangeState.SENDING, ChangeState.PENDING], claimed_until=held.mark
    )
    if not ours.update(**told):
        return False
    if is_final:
        tell([row], outcome.state)
    return True


def shut(held: Held, why: str) -> None:
    """The system lets Kaeru in no more: shown with the connection."""
    connecting.barred(held.way.connection_id, why)


def tell(rows: Sequence[OrderChange], state: ChangeState) -> None:
    """News and audit entries of changes that are settled, or held for a person; in the caller's transaction."""
    audit.record_many(
        (
            row.organization_id, ACTOR, f"change.{state}", "order_change", row.id,
            {"kind": row.kind, "why": row.why, "money": row.money, "attempts": row.attempts},
        )
        for row in rows
    )  # fmt: skip
    settled(rows, state)


def expire(limit: int) -> int:
    """What dead workers were calling waits again; its next try reads back first. Too often: given up. Returns how many."""
    now = clock.wall()
    late = OrderChange.objects.filter(state=ChangeState.SENDING, claimed_until__lt=now)
    if not late.exists():
        return 0
    with transaction.atomic():
        found = sql.claim_ids(
            _TABLE, "state = 'sending' AND claimed_until < %s", [sql.moment(now)], "claimed_until", limit
        )
        rows = list(OrderChange.objects.filter(id__in=found))
        over = [row for row in rows if rules.next_try(row.attempts) is None]
        for row in rows:
            if row in over:
                row.state, row.done_at = ChangeState.FAILED, clock.now()
            else:
                row.state = ChangeState.WAITING
                row.due_at = clock.in_real_seconds(again_after(row).total_seconds())
            row.claimed_until, row.answer = None, "worker_stopped"
        OrderChange.objects.bulk_update(rows, ["state", "answer", "due_at", "claimed_until", "done_at"])
        tell(over, ChangeState.FAILED)
    return len(rows)


def again_after(row: OrderChange) -> timedelta:
    """The pause before the next try of a change that may or may not have been called."""
    pause = rules.next_try(row.attempts) or timedelta()
    kind = changes.KINDS.get(row.kind)
    is_irreversible = kind is not None and kind.is_irreversible
    return max(pause, rules.PROOF_PAUSE) if is_irreversible and row.before is not None else pause


def next_due() -> datetime | None:
    """When the earliest change is due that nothing holds up."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_DUE)
        found = cursor.fetchone()[0]
    return None if found is None else sql.read_moment(found)
