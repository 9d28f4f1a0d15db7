"""Verbs: write a scenario, publish it, switch it, order it, move those on the way."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max

from kaeru.audiences import registry as audiences
from kaeru.cancellations.models import Reason
from kaeru.channels import registry as channels
from kaeru.connectors.capabilities import INSTEAD, lacking
from kaeru.core import audit, clock, ids
from kaeru.messages import actions as messages
from kaeru.messages import guarding
from kaeru.messages.limits import limits_of
from kaeru.messages.variables import STAFF, VARIABLES
from kaeru.scenarios import holdout, learning, planner, proofs, queries
from kaeru.scenarios.checks import Surroundings, check_flow
from kaeru.scenarios.drafting import save_draft as save_draft
from kaeru.scenarios.errors import NotPublishable
from kaeru.scenarios.fields import Problem
from kaeru.scenarios.flow import EMPTY, Flow, compile_flow, with_ids
from kaeru.scenarios.kinds.notify import STAFF as STAFF_SOURCE
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, Scenario
from kaeru.scenarios.move import move as move
from kaeru.scenarios.program import to_json
from kaeru.tenants.models import Shop


def surroundings(shop: Shop) -> Surroundings:
    """What of the shop counts when its scenario is checked."""
    limits = limits_of([shop.id])
    return Surroundings(
        channels=frozenset(channels.names()),
        rules={name: limits.rule(shop.id, name) for name in channels.names()},
        takes_calls=bool(shop.notify_url),
        overruled=guarding.overruled(shop.id),
        lacking={one.capability: one.instead for one in lacking(shop, INSTEAD)},
        choices=audiences.choices(shop.id, [one.name for one in audiences.fields()]),
    )


def check(scenario: Scenario, flow: Mapping[str, Any] | None = None) -> list[Problem]:
    """What keeps the scenario's draft (or `flow`) from being published in its shop."""
    around = replace(surroundings(scenario.shop), side=scenario.reason.side if scenario.reason else "")
    asked = scenario.draft if flow is None else flow
    found = check_flow(asked, around)
    if any(not problem.is_warning for problem in found) or not planner.has_coupon(asked):
        return found
    known = proofs.of(scenario)
    return found if known is None else [*found, *planner.problems(asked, known, scenario.shop.currency)]


@transaction.atomic
def publish(scenario_id: int, *, actor: str, note: str = "") -> Revision:
    """Freeze the draft as the revision that new enrolments go on; those on the way stay on theirs.

    Raises Scenario.DoesNotExist, NotPublishable with what to mend.
    """
    scenario = Scenario.objects.select_for_update(of=("self",)).select_related("shop").get(id=scenario_id)
    flow: Flow = with_ids(scenario.draft)
    problems = [problem for problem in check(scenario, flow) if not problem.is_warning]
    if problems:
        raise NotPublishable(problems)

    def keep(channel: str, purpose: str, texts: Mapping[str, Any]) -> int:
        allowed = VARIABLES | STAFF
        kept = messages.publish_template(
            scenario.shop_id, purpose, dict(texts), channel=channel, allowed=allowed, is_judged=True
        )
        return kept.id

    out = compile_flow(flow, keep, str(scenario_id))
    last = Revision.objects.filter(scenario=scenario).aggregate(last=Max("number"))["last"] or 0
    revision = Revision.objects.create(
        id=ids.new_id(),
        organization_id=scenario.organization_id,
        scenario=scenario,
        number=last + 1,
        trigger=flow["trigger"],
        goal=flow.get("goal") or "",
        flow=flow,
        program=to_json(out.ops),
        places=out.places,
        published_at=clock.now(),
        published_by=actor,
        note=note[:200],
    )
    Scenario.objects.filter(id=scenario_id).update(revision=revision, draft=flow)
    learning.begin(scenario_id, scenario.organization_id, out.ops)
    audit.record(
        scenario.organization_id, actor, "scenario.published", "scenario", scenario_id, revision=revision.number
    )
    return revision


@transaction.atomic
def restore(scenario_id: int, number: int, *, actor: str) -> None:
    """Make an earlier revision the draft again; nothing is published. Raises Scenario.DoesNotExist, Revision.DoesNotExist."""
    revision = Revision.objects.get(scenario_id=scenario_id, number=number)
    save_draft(scenario_id, revision.flow, actor=actor, what="restore", restores=number)


@transaction.atomic
def switch(scenario_id: int, *, is_on: bool, actor: str) -> None:
    """Off: nobody new starts, who is on the way is held where they are, and what waits in the outbox stays there.

    On: all of them go on. Raises Scenario.DoesNotExist.
    """
    scenario = Scenario.objects.select_for_update().get(id=scenario_id)
    if scenario.is_on == is_on:
        return
    before, after = (
        (EnrollmentState.HELD, EnrollmentState.WAITING) if is_on else (EnrollmentState.WAITING, EnrollmentState.HELD)
    )
    Scenario.objects.filter(id=scenario_id).update(is_on=is_on)
    mine = Enrollment.objects.filter(revision__scenario=scenario)
    mine.filter(state=before).update(state=after)
    for source in ("enrollment", STAFF_SOURCE):
        (messages.release if is_on else messages.hold)(source, mine.values("id"))
    verb = "scenario.switched_on" if is_on else "scenario.switched_off"
    audit.record(scenario.organization_id, actor, verb, "scenario", scenario_id)


@transaction.atomic
def begin(
    shop: Shop, *, actor: str, reason: Reason | None = None, name: str = "", flow: Mapping[str, Any] | None = None
) -> Scenario:
    """A new scenario, switched off; without a flow it is empty. It comes last of those that fit."""
    last = Scenario.objects.filter(shop=shop).aggregate(last=Max("position"))["last"]
    label = reason.labels.get("ja") or reason.labels.get("en") or reason.code if reason else ""
    scenario = Scenario.objects.create(
        id=ids.new_id(),
        organization_id=shop.organization_id,
        shop=shop,
        reason=reason,
        name=(name or label)[:120],
        position=0 if last is None else min(last + 1, 32_000),
        draft=with_ids({**EMPTY, **(flow or {})}),
        created_at=clock.now(),
    )
    audit.record(shop.organization_id, actor, "scenario.begun", "scenario", scenario.id)
    return scenario


@transaction.atomic
def copy(scenario_id: int, *, actor: str, name: str) -> Scenario:
    """The same scenario once more, under another name, switched off. Raises Scenario.DoesNotExist."""
    scenario = Scenario.objects.select_related("shop", "reason").get(id=scenario_id)
    made = begin(scenario.shop, actor=actor, reason=scenario.reason, name=name, flow=scenario.draft)
    hold_back(made.id, setting=scenario.holdout, actor=actor)
    return made


@transaction.atomic
def describe(scenario_id: int, *, actor: str, name: str, reason: Reason | None) -> None:
    """Give the scenario another name or reason. It counts for new cancellations at once. Raises Scenario.DoesNotExist."""
    scenario = Scenario.objects.select_for_update().get(id=scenario_id)
    if reason is not None and reason.shop_id != scenario.shop_id:
        raise Reason.DoesNotExist
    Scenario.objects.filter(id=scenario_id).update(name=name[:120], reason=reason)
    audit.record(scenario.organization_id, actor, "scenario.described", "scenario", scenario_id)


@transaction.atomic
def hold_back(scenario_id: int, *, setting: str, actor: str) -> None:
    """Hold back another part of the customers for comparison (`holdout`), from the next customer on; who has a side keeps it.

    Raises Scenario.DoesNotExist, ValueError for what is no setting.
    """
    holdout.write(setting)
    scenario = Scenario.objects.select_for_update().get(id=scenario_id)
    if scenario.holdout == setting:
        return
    Scenario.objects.filter(id=scenario_id).update(holdout=setting)
    audit.record(
        scenario.organization_id, actor, "scenario.held_back", "scenario", scenario_id,
        before=str(holdout.write(scenario.holdout)), after=str(holdout.write(setting)),
    )  # fmt: skip


@transaction.atomic
def arrange(scenario_id: int, *, by: int, actor: str) -> None:
    """Move the scenario `by` places down (negative: up) among those of its shop. Raises Scenario.DoesNotExist."""
    scenario = Scenario.objects.get(id=scenario_id)
    order = list(queries.of_shop(scenario.shop_id).select_for_update(of=("self",)))
    at = order.index(scenario)
    order.insert(max(0, min(len(order) - 1, at + by)), order.pop(at))
    for position, one in enumerate(order):
        one.position = position
    Scenario.objects.bulk_update(order, ["position"])
    audit.record(scenario.organization_id, actor, "scenario.arranged", "scenario", scenario_id)


@transaction.atomic
def remove(scenario_id: int, *, actor: str) -> bool:
    """Delete a scenario that nobody ever went through; False when somebody did (it can be switched off instead)."""
    scenario = Scenario.objects.select_for_update().get(id=scenario_id)
    if Enrollment.objects.filter(revision__scenario=scenario).exists():
        return False
    audit.record(scenario.organization_id, actor, "scenario.removed", "scenario", scenario_id)
    Scenario.objects.filter(id=scenario_id).update(revision=None)
    scenario.delete()
    return True


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
