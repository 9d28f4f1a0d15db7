"""Reads: a shop's policy as it stands, and what it says about wishes and orders, however many, in a constant number of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from kaeru.audiences import registry
from kaeru.audiences.rules import Subject
from kaeru.cancellations.models import CancellationRequest, CancelPolicy
from kaeru.cancellations.policy import cutoffs
from kaeru.cancellations.policy.document import parse
from kaeru.cancellations.policy.rules import PASSED_CUTOFF, Policy, Verdict, asked_of, decide

NO_POLICY = Policy()
"""A shop that has not written rules accepts every wish."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The policy that counts now; number 0: the shop has none."""

    number: int = 0
    policy: Policy = NO_POLICY


def standing(shop_ids: Collection[int]) -> dict[int, Standing]:
    """The newest policy of each shop; two queries."""
    last = CancelPolicy.objects.filter(shop_id__in=shop_ids).order_by().values("shop_id").annotate(last=Max("number"))
    numbers = dict(last.values_list("shop_id", "last"))
    rows = CancelPolicy.objects.filter(shop_id__in=numbers, number__in=set(numbers.values()))
    found = {
        row.shop_id: Standing(row.number, parse(row.document)) for row in rows if numbers[row.shop_id] == row.number
    }
    return {shop_id: found.get(shop_id, Standing()) for shop_id in shop_ids}


def newest(shop_id: int) -> CancelPolicy | None:
    """The shop's newest version, or None."""
    return CancelPolicy.objects.filter(shop_id=shop_id).order_by("-number").first()


def of_request(request: CancellationRequest, at: datetime) -> Subject:
    """The wish as the policy sees it at this moment."""
    return Subject(request.organization_id, request.shop_id, request.customer_id, request.order_id, request.id, at)


Policies = Mapping[int, Policy]
"""By shop; one that is missing accepts."""


def judge(subjects: Sequence[Subject], policies: Policies) -> list[Verdict]:
    """What each shop's policy says about these, in their order.

    A constant number of queries for each question that the policies ask, however many subjects.
    """
    return judge_by(subjects, [policies])[0]


def judge_by(
    subjects: Sequence[Subject], choices: Sequence[Policies], placed: Mapping[int, datetime] | None = None
) -> list[list[Verdict]]:
    """The same under each of several choices of policies; what they ask is read once for all of them.

    `placed`: when each order was placed, where the caller has read that already.
    """
    wanted = frozenset(key for policies in choices for policy in policies.values() for key in asked_of(policy))
    values = registry.values(subjects, wanted - {PASSED_CUTOFF})
    told: list[dict[Subject, bool]] = [{} for _ in choices]
    if PASSED_CUTOFF in wanted:
        clocks = [{shop_id: policy.cutoff for shop_id, policy in policies.items()} for policies in choices]
        told = cutoffs.passed_by(subjects, clocks, placed)
    return [_judge(subjects, values, policies, late) for policies, late in zip(choices, told, strict=True)]


def _judge(
    subjects: Sequence[Subject], values: list[dict[str, Any]], policies: Policies, late: Mapping[Subject, bool]
) -> list[Verdict]:
    found = []
    for subject, known in zip(subjects, values, strict=True):
        known[PASSED_CUTOFF] = late.get(subject)
        found.append(decide(policies.get(subject.shop_id, NO_POLICY), known))
    return found


def judge_one(request: CancellationRequest, at: datetime) -> tuple[Standing, Verdict]:
    """The policy that counts for this wish now, and what it says. `request` comes with its order."""
    row = newest(request.shop_id)
    asked = Standing(row.number, parse(row.document)) if row else Standing()
    placed = {request.order.id: request.order.placed_at} if request.order else None
    return asked, judge_by([of_request(request, at)], [{request.shop_id: asked.policy}], placed)[0][0]
