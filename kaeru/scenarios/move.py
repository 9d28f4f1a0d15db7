"""Verb: move those on the way through earlier revisions to the published one, and what that would do to whom."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Case, Count, F, Q, Value, When

from kaeru.calls import actions as calls
from kaeru.core import audit, clock, ids, sql
from kaeru.scenarios import programs
from kaeru.scenarios.kinds.call import CLOSED
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, Scenario, StepLog
from kaeru.scenarios.moving import NEXT, OUT, PASSED, SAME, Landing, Tree, land, tree_of
from kaeru.scenarios.program import Facts, Program
from kaeru.tenants.queries import calendars

ON_THE_WAY = (EnrollmentState.WAITING, EnrollmentState.HELD, EnrollmentState.PARKED)
MOST_AT_ONCE = 10_000
WAYS = (SAME, NEXT, PASSED, OUT)


class NotPublished(Exception):
    """The scenario has no published revision to move to."""


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody who rests at one place of one earlier revision."""

    revision_id: int
    number: int
    step: int
    count: int
    landing: Landing


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did."""

    moved: int
    ended: int
    revision: int
    """Number of the revision that they are on now."""


def plan(scenario: Scenario, from_revision_ids: Iterable[int] | None = None) -> list[Group]:
    """What a move would do, most people first; of all earlier revisions when none are named. Two queries and the programs."""
    if scenario.revision_id is None:
        raise NotPublished
    rows = Enrollment.objects.filter(revision__scenario=scenario, state__in=ON_THE_WAY).exclude(
        revision_id=scenario.revision_id
    )
    if from_revision_ids is not None:
        rows = rows.filter(revision_id__in=set(from_revision_ids))
    counted = rows.values_list("revision_id", "revision__number", "step").annotate(count=Count("id")).order_by()
    found = list(counted)
    landings = _landings(scenario.revision_id, {(revision_id, step) for revision_id, _number, step, _count in found})
    groups = [
        Group(revision_id, number, step, count, landings[revision_id, step])
        for revision_id, number, step, count in found
    ]
    return sorted(groups, key=lambda group: (-group.count, -group.number, group.step))


def _landings(target: int, places: set[tuple[int, int]]) -> dict[tuple[int, int], Landing]:
    wanted = {target, *(revision_id for revision_id, _step in places)}
    flows = dict(Revision.objects.filter(id__in=wanted).values_list("id", "flow"))
    known = programs.load(wanted)
    sides: dict[int, tuple[Tree, Program]] = {key: (tree_of(flows[key], known[key]), known[key]) for key in wanted}
    return {(key, step): land(sides[key], sides[target], step) for key, step in places}


@transaction.atomic
def move(scenario_id: int, from_revision_ids: Iterable[int], *, actor: str, recount: bool = False) -> Moved:
    """Move everybody on these revisions to the published one, held and stopped ones too; each keeps the end of their rest.

    `recount`: where the rest itself was changed, its end is counted anew from its beginning. A call whose step is gone is closed
    as not needed, and its customer goes on at once. The engine leaves these rows alone until this is done.
    Raises Scenario.DoesNotExist, NotPublished.
    """
    scenario = Scenario.objects.select_for_update(of=("self",)).select_related("revision").get(id=scenario_id)
    target = scenario.revision
    if target is None:
        raise NotPublished
    wanted = set(from_revision_ids) - {target.id}
    rows = list(
        Enrollment.objects.select_for_update(of=("self",))
        .filter(revision_id__in=wanted, revision__scenario=scenario, state__in=ON_THE_WAY)
        .order_by("id")
        .only("id", "organization_id", "revision_id", "step", "awaiting")
    )
    landings = _landings(target.id, {(row.revision_id, row.step) for row in rows})
    groups: dict[Landing, list[Enrollment]] = defaultdict(list)
    for row in rows:
        groups[landings[row.revision_id, row.step]].append(row)
    moment = clock.now()
    rests = _recounted(groups, programs.load([target.id])[target.id], scenario.shop_id) if recount else {}
    for landing, members in groups.items():
        for some in _portions(members):
            _set(landing, some, target.id, moment)
    _set_rests(rests)
    numbers = dict(Revision.objects.filter(id__in=wanted).values_list("id", "number"))
    _log(groups, numbers, target.number, moment)
    _close_calls(groups)
    ended = sum(len(members) for landing, members in groups.items() if landing.is_out)
    audit.record(
        scenario.organization_id, actor, "scenario.moved", "scenario", scenario_id,
        revision=target.number, come_from=sorted(numbers.values()), moved=len(rows) - ended, ended=ended,
    )  # fmt: skip
    return Moved(len(rows) - ended, ended, target.number)


def _portions(rows: Sequence[Enrollment]) -> Iterable[list[Enrollment]]:
    rest = iter(rows)
    while some := list(islice(rest, MOST_AT_ONCE)):
        yield some


def _set(landing: Landing, members: Sequence[Enrollment], revision_id: int, moment: datetime) -> None:
    """Rows that land in the same place: one statement."""
    rows = Enrollment.objects.filter(id__in=sql.keys(row.id for row in members))
    if landing.is_out:
        rows.update(
            revision_id=revision_id, step=landing.step, state=EnrollmentState.ENDED, end_reason="moved_out",
            ended_at=moment, awaiting="", heard="", attempts=0,
        )  # fmt: skip
    elif landing.way == SAME:
        rows.update(revision_id=revision_id, step=landing.step, awaiting=landing.awaiting)
    else:  # who heard what they waited for, or waited for a call that is gone, rests no longer
        is_done = ~Q(heard="") | Q(awaiting=CLOSED)
        rows.update(
            revision_id=revision_id,
            step=landing.step,
            rest_until=Case(When(is_done, then=Value(moment)), default=F("rest_until")),
            due_at=Case(When(is_done, then=Value(moment)), default=F("due_at")),
            awaiting="",
            heard="",
        )


def _recounted(
    groups: dict[Landing, list[Enrollment]], program: Program, shop_id: int
) -> list[tuple[datetime, datetime, int]]:
    """(due, end of the rest, id) for those whose rest was changed, counted from when it began."""
    changed = [(row, landing) for landing, members in groups.items() if landing.is_new_rest for row in members]
    if not changed:
        return []
    began: dict[tuple[int, int], datetime] = {}
    for some in _portions([row for row, _landing in changed]):
        logs = StepLog.objects.filter(enrollment_id__in=sql.keys(row.id for row in some)).order_by("at", "id")
        for key, position, at in logs.values_list("enrollment_id", "position", "at"):
            began[key, position] = at
    calendar = calendars([shop_id])[shop_id]
    found = []
    for row, landing in changed:
        since = began.get((row.id, row.step - 1))
        if since is not None and not landing.keeps_call:
            position = landing.step - 1
            until = program.ops[position].run(position, Facts(now=since, calendar=calendar)).until or since
            found.append((until, until, row.id))
    return found


def _set_rests(rests: Iterable[tuple[datetime, datetime, int]]) -> None:
    told = [(sql.moment(due), sql.moment(until), key) for due, until, key in rests]
    if told:
        sql.execute_many(
            "UPDATE scenarios_enrollment SET due_at = %s, rest_until = %s WHERE id = %s AND heard = ''", told
        )


def _log(groups: dict[Landing, list[Enrollment]], numbers: dict[int, int], number: int, moment: datetime) -> None:
    StepLog.objects.bulk_create(
        [
            StepLog(
                id=ids.new_id(),
                organization_id=row.organization_id,
                enrollment_id=row.id,
                position=landing.step,
                kind="move",
                outcome="moved",
                reason=f"{numbers[row.revision_id]}→{number}",
                at=moment,
            )
            for landing, members in groups.items()
            for row in members
        ],
        batch_size=5000,
    )


def _close_calls(groups: dict[Landing, list[Enrollment]]) -> None:
    gone = [row for landing, members in groups.items() if not landing.keeps_call for row in members]
    for some in _portions([row for row in gone if row.awaiting == CLOSED]):
        calls.close_not_needed("enrollment", [row.id for row in some])
