"""Verbs: write a scenario, publish it, switch it, enrol a cancellation."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from kaeru.cancellations.models import CancellationRequest, Reason
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News
from kaeru.messages import actions as messages
from kaeru.scenarios import steps as forms
from kaeru.scenarios.checks import check_scenario
from kaeru.scenarios.errors import NotPublishable
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, Scenario, StepLog


@transaction.atomic
def save_draft(scenario_id: int, steps: list[dict[str, Any]], *, actor: str) -> None:
    """Keep the steps as they are, also when they are not ready yet. Raises Scenario.DoesNotExist."""
    scenario = Scenario.objects.get(id=scenario_id)
    Scenario.objects.filter(id=scenario_id).update(draft=steps)
    audit.record(scenario.organization_id, actor, "scenario.draft_saved", "scenario", scenario_id)


@transaction.atomic
def publish(scenario_id: int, *, actor: str) -> Revision:
    """Freeze the draft as the revision that new enrolments go on; those on the way stay on theirs.

    Raises Scenario.DoesNotExist, NotPublishable with what to mend.
    """
    scenario = Scenario.objects.select_for_update(of=("self",)).select_related("shop").get(id=scenario_id)
    problems = check_scenario(scenario.draft)
    if problems:
        raise NotPublishable(problems)

    def template_of(step: forms.Step) -> int:
        return messages.publish_template(scenario.shop_id, step["purpose"], dict(step["texts"])).id

    last = Revision.objects.filter(scenario=scenario).aggregate(last=Max("number"))["last"] or 0
    revision = Revision.objects.create(
        id=ids.new_id(),
        organization_id=scenario.organization_id,
        scenario=scenario,
        number=last + 1,
        steps=scenario.draft,
        program=forms.to_json(forms.compile_steps(scenario.draft, template_of)),
        published_at=clock.now(),
        published_by=actor,
    )
    Scenario.objects.filter(id=scenario_id).update(revision=revision)
    audit.record(
        scenario.organization_id, actor, "scenario.published", "scenario", scenario_id, revision=revision.number
    )
    return revision


@transaction.atomic
def switch(scenario_id: int, *, is_on: bool, actor: str) -> None:
    """Off: nobody new starts, and who is on the way is held where they are. On: they go on. Raises Scenario.DoesNotExist."""
    scenario = Scenario.objects.select_for_update().get(id=scenario_id)
    if scenario.is_on == is_on:
        return
    before, after = (
        (EnrollmentState.HELD, EnrollmentState.WAITING) if is_on else (EnrollmentState.WAITING, EnrollmentState.HELD)
    )
    Scenario.objects.filter(id=scenario_id).update(is_on=is_on)
    Enrollment.objects.filter(revision__scenario=scenario, state=before).update(state=after)
    audit.record(
        scenario.organization_id,
        actor,
        "scenario.switched_on" if is_on else "scenario.switched_off",
        "scenario",
        scenario_id,
    )


def enrol(requests: Sequence[CancellationRequest]) -> int:
    """Start the scenario of each cancellation's reason, where there is one switched on; returns how many started.

    Once for each cancellation, whatever happens; never for the past, nor for a part of an order.
    """
    wanted = [r for r in requests if r.order_id is not None and r.is_whole and not r.is_history]
    revisions: dict[tuple[int, int | None], int | None] = {
        (shop_id, reason_id): revision_id
        for shop_id, reason_id, revision_id in Scenario.objects.filter(
            shop_id__in={r.shop_id for r in wanted}, is_on=True, revision__isnull=False
        ).values_list("shop_id", "reason_id", "revision_id")
    }
    moment = clock.now()
    rows = [
        Enrollment(
            id=ids.new_id(),
            organization_id=r.organization_id,
            shop_id=r.shop_id,
            revision_id=revision_id,
            cancellation_id=r.id,
            order_id=r.order_id,
            customer_id=r.customer_id,
            due_at=moment,
            entered_at=r.decided_at or moment,
        )
        for r in wanted
        if r.order_id and (revision_id := revisions.get((r.shop_id, r.reason_id)))
    ]
    Enrollment.objects.bulk_create(rows, ignore_conflicts=True)
    events.emit(News("enrollment.started", row.organization_id, row.id) for row in rows)
    return len(rows)


def wake(enrollments: Any) -> int:
    """Have the engine look at these waiting enrolments now: something happened that may end them."""
    moment = clock.now()
    return int(enrollments.filter(state=EnrollmentState.WAITING, due_at__gt=moment).update(due_at=moment))


def end(enrollments: Any, reason: str) -> None:
    """End these enrolments for a reason that their own facts do not show (ordered again under another name)."""
    rows = list(enrollments.filter(state__in=[EnrollmentState.WAITING, EnrollmentState.HELD]))
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
        state=EnrollmentState.ENDED, end_reason=reason, ended_at=moment
    )


@transaction.atomic
def begin(reason: Reason, *, actor: str) -> Scenario:
    """An empty scenario for a reason that has none, switched off; the one that is there already, when it is."""
    scenario, is_new = Scenario.objects.get_or_create(
        shop_id=reason.shop_id,
        reason=reason,
        defaults={
            "organization_id": reason.organization_id,
            "name": reason.labels.get("ja") or reason.labels.get("en") or reason.code,
            "created_at": clock.now(),
        },
    )
    if is_new:
        audit.record(reason.organization_id, actor, "scenario.begun", "scenario", scenario.id, reason=reason.code)
    return scenario


@transaction.atomic
def retry(enrollment_id: int, *, actor: str) -> bool:
    """A person has looked at an enrolment that stopped: try its step again now. False when it has not stopped."""
    moment = clock.now()
    row = Enrollment.objects.filter(id=enrollment_id, state=EnrollmentState.PARKED)
    if not row.update(state=EnrollmentState.WAITING, attempts=0, due_at=moment):
        return False
    owner = Enrollment.objects.values_list("organization_id", flat=True).get(id=enrollment_id)
    audit.record(owner, actor, "enrollment.retried", "enrollment", enrollment_id)
    return True
