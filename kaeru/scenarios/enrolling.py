"""Who starts, wakes, hears and ends: the verbs by which news reaches enrolments. Each takes many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from kaeru.audiences import registry as audiences
from kaeru.audiences.rules import Subject, holds, needs
from kaeru.calls import actions as calls
from kaeru.cancellations.models import CancellationRequest
from kaeru.core import clock, events, ids, sql
from kaeru.core.events import News
from kaeru.scenarios import assigning, programs, triggers
from kaeru.scenarios.assigning import Entry
from kaeru.scenarios.holdout import OFF
from kaeru.scenarios.kinds.call import CLOSED
from kaeru.scenarios.models import Enrollment, EnrollmentState, Scenario, StepLog

ALIVE = (EnrollmentState.WAITING, EnrollmentState.HELD)


@dataclass(frozen=True, slots=True)
class Start:
    """One thing that may start a scenario."""

    trigger: str
    organization_id: int
    shop_id: int
    subject_id: int
    entered_at: datetime
    reason_id: int | None = None
    cancellation_id: int | None = None
    order_id: int | None = None
    customer_id: int | None = None

    def subject(self, moment: datetime) -> Subject:
        """As conditions see it."""
        return Subject(
            self.organization_id, self.shop_id, self.customer_id, self.order_id, self.cancellation_id, moment
        )


def of_cancellations(requests: Sequence[CancellationRequest], trigger: str) -> list[Start]:
    """Starts of these cancellations; never of the past, nor of a part of an order."""
    moment = clock.now()
    return [
        Start(trigger, r.organization_id, r.shop_id, r.id, r.decided_at or moment, r.reason_id, r.id, r.order_id, r.customer_id)
        for r in requests
        if r.order_id is not None and r.is_whole and not r.is_history
    ]  # fmt: skip


def start(starts: Sequence[Start]) -> int:
    """Start for each the first scenario of its shop that is on and fits; returns how many started.

    Once for each subject and trigger, whatever happens. The first in the shop's order whose reason and conditions fit is
    the one; a scenario of an own event takes the same customer again only after its pause. Who is held back for comparison
    goes the same way without its offers (see `holdout`).
    """
    moment = clock.now()
    chosen = _choose(_new(starts), moment)
    arms = assigning.assign([entry for _one, entry in chosen], moment)
    rows = [
        Enrollment(
            id=ids.new_id(),
            organization_id=one.organization_id,
            shop_id=one.shop_id,
            revision_id=entry.revision_id,
            arm=arm,
            trigger=one.trigger,
            subject_id=one.subject_id,
            about=known.about if (known := triggers.trigger(one.trigger)) else "customer",
            cancellation_id=one.cancellation_id,
            order_id=one.order_id,
            customer_id=one.customer_id,
            due_at=moment,
            entered_at=one.entered_at,
        )
        for (one, entry), arm in zip(chosen, arms, strict=True)
    ]
    Enrollment.objects.bulk_create(rows, ignore_conflicts=True)
    events.emit(News("enrollment.started", row.organization_id, row.id) for row in rows)
    return len(rows)


def _new(starts: Sequence[Start]) -> list[Start]:
    """Those that have started nothing yet: who is told again is not divided again."""
    rows = Enrollment.objects.filter(
        subject_id__in=sql.keys({one.subject_id for one in starts}), trigger__in={one.trigger for one in starts}
    )
    before = set(rows.values_list("subject_id", "trigger"))
    first: dict[tuple[int, str], Start] = {}
    for one in starts:
        if (one.subject_id, one.trigger) not in before:
            first.setdefault((one.subject_id, one.trigger), one)
    return list(first.values())


@dataclass(frozen=True, slots=True)
class _Candidate:
    scenario_id: int
    reason_id: int | None
    revision_id: int
    holdout: str
    salt: str


def _choose(starts: Sequence[Start], moment: datetime) -> list[tuple[Start, Entry]]:
    """Each start with where it enters; those that no scenario fits are left out."""
    candidates = _candidates({one.shop_id for one in starts}, {one.trigger for one in starts})
    fitting = {
        one: [c for c in candidates.get((one.shop_id, one.trigger), []) if c.reason_id in (None, one.reason_id)]
        for one in starts
    }
    known = programs.load({c.revision_id for found in fitting.values() for c in found})
    asked: dict[Start, frozenset[str]] = {}
    for one, found in fitting.items():
        keys = frozenset(
            key for c in found if (when := known[c.revision_id].when) is not None for key in needs(when)
        )  # fmt: skip
        if keys:
            asked[one] = keys
    wanted = frozenset(key for keys in asked.values() for key in keys)
    told = audiences.values([one.subject(moment) for one in asked], wanted) if wanted else []
    values = dict(zip(asked, told, strict=True))
    resting = _resting(starts, moment)
    chosen = []
    for one, found in fitting.items():
        for c in found:
            when = known[c.revision_id].when
            if when is not None and not holds(when, values.get(one, {})):
                continue
            if (c.scenario_id, one.customer_id) not in resting:
                setting = c.holdout if known[c.revision_id].holds() else OFF
                chosen.append(
                    (one, Entry(one.organization_id, one.shop_id, c.scenario_id, c.revision_id, one.customer_id, setting, c.salt))
                )  # fmt: skip
                if one.trigger.startswith(triggers.CUSTOM_PREFIX):
                    resting.add((c.scenario_id, one.customer_id))
            break
    return chosen


def _candidates(shops: set[int], wanted: set[str]) -> Mapping[tuple[int, str], list[_Candidate]]:
    """The scenarios that are on, by shop and trigger, in the shop's order."""
    found: dict[tuple[int, str], list[_Candidate]] = {}
    rows = (
        Scenario.objects.filter(shop_id__in=shops, is_on=True, revision__trigger__in=wanted)
        .order_by("position", "id")
        .values_list("shop_id", "revision__trigger", "id", "reason_id", "revision_id", "holdout", "salt")
    )
    for shop_id, trigger, scenario_id, reason_id, revision_id, holdout, salt in rows:
        if revision_id is not None:
            one = _Candidate(scenario_id, reason_id, revision_id, holdout, salt)
            found.setdefault((shop_id, str(trigger)), []).append(one)
    return found


def _resting(starts: Sequence[Start], moment: datetime) -> set[tuple[int, int | None]]:
    """(scenario, customer) that own events may not start again yet."""
    own = [one for one in starts if one.trigger.startswith(triggers.CUSTOM_PREFIX)]
    customers = {one.customer_id for one in own if one.customer_id is not None}
    for shop_id in sorted({one.shop_id for one in own}):
        # Two events of one customer at two workers: the later one must see what the first started.
        sql.one_at_a_time(-shop_id)
    if not customers:
        return set()
    rows = Enrollment.objects.filter(
        customer_id__in=customers, trigger__startswith=triggers.CUSTOM_PREFIX
    ).values_list("revision__scenario_id", "customer_id", "entered_at", "revision__scenario__revision__flow")  # fmt: skip
    return {
        (scenario_id, customer_id)
        for scenario_id, customer_id, entered_at, flow in rows
        if moment < entered_at + timedelta(days=int((flow or {}).get("again_after_days", 0)))
    }


def wake(enrollments: QuerySet[Enrollment]) -> int:
    """Have the engine look at these waiting enrolments now: something happened that may end them."""
    moment = clock.now()
    return enrollments.filter(state=EnrollmentState.WAITING, due_at__gt=moment).update(due_at=moment)


def hear(enrollments: QuerySet[Enrollment], event: str, *, as_: str = "") -> int:
    """Tell those of these that wait for `event` that it happened; they go on now. `as_` says how (of a call: its outcome)."""
    moment = clock.now()
    listening = enrollments.filter(awaiting=event, state__in=ALIVE, heard="")
    return listening.update(heard=as_ or event, due_at=moment)


def end(enrollments: QuerySet[Enrollment], reason: str) -> int:
    """End these enrolments for a reason that their own facts do not show; returns how many."""
    rows = list(enrollments.filter(state__in=ALIVE).select_for_update(of=("self",)))
    moment = clock.now()
    StepLog.objects.bulk_create(
        StepLog(
            id=ids.new_id(),
            organization_id=row.organization_id,
            enrollment_id=row.id,
            position=row.step,
            kind="exit",
            outcome="ended",
            reason=reason,
            at=moment,
        )
        for row in rows
    )
    Enrollment.objects.filter(id__in=[row.id for row in rows]).update(
        state=EnrollmentState.ENDED, end_reason=reason, ended_at=moment, awaiting="", heard=""
    )
    calls.close_not_needed("enrollment", [row.id for row in rows if row.awaiting == CLOSED])
    return len(rows)


def of_customers(customer_ids: Iterable[int]) -> QuerySet[Enrollment]:
    """Everything that these customers are in."""
    return Enrollment.objects.filter(customer_id__in=set(customer_ids))


def of_orders(order_ids: Iterable[int]) -> QuerySet[Enrollment]:
    """Everything about these orders: their cancellations, their delays."""
    orders = set(order_ids)
    cancellations = CancellationRequest.objects.filter(order_id__in=orders).values_list("id", flat=True)
    return Enrollment.objects.filter(subject_id__in=[*cancellations, *orders])
