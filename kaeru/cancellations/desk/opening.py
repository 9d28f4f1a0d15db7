"""Opening cases, many at once, in the caller's transaction: each with its clock, its proposed answer, and a note to the staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from kaeru.cancellations.desk import notices
from kaeru.cancellations.desk.clocks import clocks_of
from kaeru.cancellations.models import CancellationRequest, Case, CaseState
from kaeru.core import audit, clock, ids

UNCOUNTED = ("refuse",)
"""Kinds that no mall counts: an order that stands costs nothing."""


@dataclass(frozen=True, slots=True)
class NewCase:
    """Something that needs a person."""

    kind: str
    """decide | cancel | repair | change | swap"""
    organization_id: int
    shop_id: int
    subject_id: int
    """The request, repair, order change or swap, by kind."""
    request_id: int | None = None
    value: int = 0
    currency: str = "JPY"
    proposal: Mapping[str, Any] = field(default_factory=dict)
    """{"verdict", "ground", "rule", "why"}: what Kaeru would do, or the code of why a person is needed."""


def for_request(
    kind: str, request: CancellationRequest, subject_id: int | None = None, proposal: Mapping[str, Any] | None = None
) -> NewCase:
    """A case about this wish to cancel."""
    return NewCase(
        kind, request.organization_id, request.shop_id, subject_id or request.id, request.id, request.value,
        request.currency, proposal or {},
    )  # fmt: skip


def open_cases(news: Iterable[NewCase]) -> list[Case]:
    """Open these; what is on the desk already stays as it is. Returns the new ones. A constant number of statements."""
    wanted = {(one.kind, one.subject_id): one for one in news}
    for kind, subject_id in _known(wanted):
        wanted.pop((kind, subject_id), None)
    if not wanted:
        return []
    fresh = list(wanted.values())
    found = CancellationRequest.objects.filter(id__in={one.request_id for one in fresh if one.request_id is not None})
    requests = {request.id: request for request in found.select_related("order")}
    told = [requests.get(one.request_id or 0) if one.kind not in UNCOUNTED else None for one in fresh]
    moment, clocks = clock.now(), clocks_of([one.shop_id for one in fresh], told)
    cases = [
        Case(
            id=key, organization_id=one.organization_id, shop_id=one.shop_id, kind=one.kind, request_id=one.request_id,
            subject_id=one.subject_id, due_at=due.at, due_why=due.why.value, value=one.value, currency=one.currency,
            proposal=dict(one.proposal), opened_at=moment,
        )
        for key, one, due in zip(ids.new_ids(len(fresh)), fresh, clocks, strict=True)
    ]  # fmt: skip
    Case.objects.bulk_create(cases, ignore_conflicts=True)
    written = set(Case.objects.filter(id__in=[case.id for case in cases]).values_list("id", flat=True))
    cases = [case for case in cases if case.id in written]
    audit.record_many(
        (case.organization_id, "desk", "case.opened", "case", case.id, {"kind": case.kind, "why": case.due_why})
        for case in cases
    )
    notices.tell_at_once(cases)
    return cases


def _known(wanted: Iterable[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """Those that are open already."""
    by_kind: dict[str, list[int]] = {}
    for kind, subject_id in wanted:
        by_kind.setdefault(kind, []).append(subject_id)
    which = Q(pk=None)
    for kind, subjects in by_kind.items():
        which |= Q(kind=kind, subject_id__in=subjects)
    return list(Case.objects.filter(which, state=CaseState.OPEN).values_list("kind", "subject_id"))
