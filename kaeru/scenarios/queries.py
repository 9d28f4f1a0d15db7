"""Reads for screens: the scenarios of a shop, what waits in them, and one enrolment's way."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from kaeru.cancellations.models import CancellationRequest
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, Scenario, StepLog


def of_shop(shop_id: int) -> QuerySet[Scenario]:
    """The shop's scenarios in their order: of several that fit a cancellation, the first one starts."""
    return (
        Scenario.objects.filter(shop_id=shop_id).select_related("reason", "revision", "shop").order_by("position", "id")
    )


def waiting_by_scenario(shop_id: int) -> dict[int, int]:
    """How many wait in each scenario of the shop."""
    rows = (
        Enrollment.objects.filter(shop_id=shop_id, state__in=[EnrollmentState.WAITING, EnrollmentState.HELD])
        .values_list("revision__scenario_id")
        .annotate(Count("id"))
    )
    return dict(rows)


def waiting_by_step(scenario_id: int) -> dict[str, int]:
    """How many wait at each step of the scenario, by the step's id, in whatever version they are; two queries."""
    rows = (
        Enrollment.objects.filter(
            revision__scenario_id=scenario_id,
            state__in=[EnrollmentState.WAITING, EnrollmentState.HELD, EnrollmentState.PARKED],
        )
        .values_list("revision_id", "step", "state")
        .annotate(Count("id"))
    )
    counted = list(rows)
    places = dict(
        Revision.objects.filter(id__in={revision_id for revision_id, *_ in counted}).values_list("id", "places")
    )
    found: dict[str, int] = {}
    for revision_id, step, state, count in counted:
        known = places[revision_id]
        at = max(0, step - 1) if state != EnrollmentState.PARKED else step  # who rests stands behind the rest
        place = known[at] if at < len(known) else ""
        found[place] = found.get(place, 0) + count
    return found


def used(shop_id: int) -> set[int]:
    """The shop's scenarios through which somebody went: they stay in the records."""
    mine = Revision.objects.filter(scenario__shop_id=shop_id)
    gone = mine.filter(Exists(Enrollment.objects.filter(revision_id=OuterRef("id"))))
    return set(gone.values_list("scenario_id", flat=True))


def one(scenario_id: int) -> Scenario | None:
    """One scenario with its reason, shop and published revision, or None when there is none in scope."""
    return Scenario.objects.select_related("reason", "revision", "shop").filter(id=scenario_id).first()


def waiting(shop_ids: Sequence[int]) -> QuerySet[Enrollment]:
    """Who waits in a scenario, the next one first."""
    return _on_the_way(shop_ids).filter(state=EnrollmentState.WAITING).order_by("due_at", "id")


def held(shop_ids: Sequence[int]) -> QuerySet[Enrollment]:
    """Who is held because their scenario is switched off."""
    return _on_the_way(shop_ids).filter(state=EnrollmentState.HELD).order_by("due_at", "id")


def _on_the_way(shop_ids: Sequence[int]) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(shop_id__in=shop_ids).select_related(
        "revision__scenario__reason", "customer", "order", "shop"
    )


def parked(shop_ids: Sequence[int]) -> QuerySet[Enrollment]:
    """Enrolments that failed again and again and wait for a person."""
    return (
        Enrollment.objects.filter(shop_id__in=shop_ids, state=EnrollmentState.PARKED)
        .select_related("revision__scenario__reason", "customer", "order", "shop")
        .order_by("due_at", "id")
    )


def answered(shop_ids: Sequence[int], since: datetime, until: datetime) -> dict[int, int]:
    """By shop: of the cancellations requested in the span, how many entered a scenario."""
    entered = Enrollment.objects.filter(subject_id=OuterRef("id"))
    rows = (
        CancellationRequest.objects.filter(
            Exists(entered), shop_id__in=shop_ids, requested_at__gte=since, requested_at__lt=until
        )
        .values_list("shop_id")
        .annotate(Count("id"))
    )
    return dict(rows)


def of_cancellation(cancellation_id: int) -> Enrollment | None:
    """The cancellation's way through its scenario, or None."""
    return (
        Enrollment.objects.filter(subject_id=cancellation_id)
        .select_related("revision__scenario__reason", "shop")
        .order_by("-id")
        .first()
    )


def enrollment(enrollment_id: int) -> Enrollment | None:
    """One enrolment with what its story needs, or None when there is none in scope."""
    found = Enrollment.objects.select_related("revision__scenario__reason", "customer", "order", "shop")
    return found.filter(id=enrollment_id).first()


def log_of(enrollment_id: int) -> list[StepLog]:
    """What the enrolment did, step by step, and why."""
    return list(StepLog.objects.filter(enrollment_id=enrollment_id).order_by("at", "id"))


def revisions(scenario_id: int) -> list[Revision]:
    """The scenario's last ten versions, newest first."""
    return list(Revision.objects.filter(scenario_id=scenario_id).order_by("-number")[:10])
