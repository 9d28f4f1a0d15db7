"""Scenarios: what the console's builder does, for a machine. The document is the one that scenario files hold."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Status

from kaeru.api.answers import Refused, error, not_found
from kaeru.api.guard import caller_of
from kaeru.api.v1.schemas import (
    DraftIn,
    DraftOut,
    DraftSaved,
    FlowIn,
    FlowProblem,
    FlowProblems,
    HoldoutIn,
    Published,
    PublishIn,
    Ref,
    ScenarioIn,
    ScenarioOut,
    ScenariosOut,
    SwitchIn,
)
from kaeru.cancellations.models import Reason
from kaeru.connectors.reading import storable
from kaeru.scenarios import actions, holdout, queries
from kaeru.scenarios.errors import DraftMoved, NotPublishable
from kaeru.scenarios.fields import Problem
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop

router = Router(tags=["scenarios"])
DEEPEST = 40
LONGEST = 300_000
"""Values of one document."""


def scenario_of(shop: Shop, scenario_id: str) -> Scenario:
    """The shop's scenario. Raises Refused (404)."""
    is_number = scenario_id.isascii() and scenario_id.isdigit() and len(scenario_id) < 19
    found = queries.one(int(scenario_id)) if is_number else None
    if found is None or found.shop_id != shop.id:
        raise not_found("scenario")
    return found


def plain(value: Any, depth: int = 0) -> Any:
    """The document as a database can keep it: whole numbers, no NUL. Raises Refused (422)."""
    if depth > DEEPEST:
        raise Refused(422, "invalid", "The document is nested too deep.", "flow")
    if isinstance(value, Mapping):
        return {storable(str(key)): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, depth + 1) for inner in value]
    if isinstance(value, Decimal | float) or (isinstance(value, int) and abs(value) >= 2**63):
        raise Refused(422, "invalid", "Numbers in a scenario are whole, and not larger than any order.", "flow")
    return storable(value) if isinstance(value, str) else value


def _flow(request: HttpRequest, told: Mapping[str, Any]) -> dict[str, Any]:
    if len(request.body) > LONGEST:
        raise Refused(422, "invalid", f"A scenario has at most {LONGEST:,} bytes.", "flow")
    found = plain(told)
    assert isinstance(found, dict)
    return found


def scenario_out(row: Scenario, waiting: Mapping[int, int]) -> ScenarioOut:
    """The scenario as the API shows it."""
    return ScenarioOut(
        id=str(row.id),
        name=row.name,
        reason=row.reason.code if row.reason else None,
        trigger=row.revision.trigger if row.revision else str(row.draft.get("trigger", "")),
        position=row.position,
        is_on=row.is_on,
        revision=row.revision.number if row.revision else None,
        draft_version=row.draft_version,
        has_changes=row.revision is None or row.revision.flow != row.draft,
        waiting=waiting.get(row.id, 0),
        holdout=str(holdout.write(row.holdout)),
    )


def _problems(found: Sequence[Problem]) -> FlowProblems:
    return FlowProblems(
        problems=[
            FlowProblem(path=one.path, code=one.code, message=one.message, is_warning=one.is_warning) for one in found
        ]
    )


@router.get("/scenarios", response=ScenariosOut, operation_id="list_scenarios", summary="The shop's scenarios")
def list_scenarios(request: HttpRequest) -> ScenariosOut:
    """In their order: of several that fit, the first one that is on starts."""
    shop = caller_of(request).shop
    waiting = queries.waiting_by_scenario(shop.id)
    return ScenariosOut(scenarios=[scenario_out(row, waiting) for row in queries.of_shop(shop.id)])


@router.post("/scenarios", response={201: ScenarioOut}, operation_id="post_scenario", summary="Begin a scenario")
def post_scenario(request: HttpRequest, payload: ScenarioIn) -> Status[ScenarioOut]:
    """Switched off, not published, and last in the shop's order."""
    caller = caller_of(request)
    reason = None
    if payload.reason is not None:
        reason = Reason.objects.filter(shop=caller.shop, code=payload.reason).first()
        if reason is None:
            raise Refused(422, "unknown_reason", "The shop has no such reason.", "reason")
    flow = _flow(request, payload.flow or {})
    made = actions.begin(caller.shop, actor=caller.actor, reason=reason, name=payload.name, flow=flow)
    return Status(201, scenario_out(scenario_of(caller.shop, str(made.id)), {}))


@router.get("/scenarios/{scenario_id}/draft", response=DraftOut, operation_id="get_draft", summary="A scenario's draft")
def get_draft(request: HttpRequest, scenario_id: Path[Ref]) -> DraftOut:
    """The document as it stands, published or not."""
    row = scenario_of(caller_of(request).shop, scenario_id)
    return DraftOut(version=row.draft_version, flow=row.draft)


@router.put(
    "/scenarios/{scenario_id}/draft",
    response=DraftSaved,
    operation_id="put_draft",
    summary="Replace a scenario's draft",
)
def put_draft(request: HttpRequest, scenario_id: Path[Ref], payload: DraftIn) -> DraftSaved:
    """Kept as it is, also when it is not ready; `problems` says what keeps it from being published. `version` guards others' work."""
    caller = caller_of(request)
    row = scenario_of(caller.shop, scenario_id)
    flow = _flow(request, payload.flow)
    try:
        version = actions.save_draft(row.id, flow, actor=caller.actor, version=payload.version)
    except DraftMoved as moved:
        text = f"Somebody saved the draft meanwhile; it is at version {moved.version}. Read it again."
        raise Refused(409, "draft_moved", text, "version") from None
    return DraftSaved(version=version, problems=_problems(actions.check(row, flow)).problems)


@router.post(
    "/scenarios/{scenario_id}/check", response=FlowProblems, operation_id="check_scenario", summary="Check a document"
)
def check_scenario(request: HttpRequest, scenario_id: Path[Ref], payload: FlowIn) -> FlowProblems:
    """What keeps the draft, or the `flow` that is sent, from being published. Changes nothing."""
    row = scenario_of(caller_of(request).shop, scenario_id)
    return _problems(actions.check(row, None if payload.flow is None else _flow(request, payload.flow)))


@router.post(
    "/scenarios/{scenario_id}/publish",
    response={201: Published},
    operation_id="publish_scenario",
    summary="Publish a scenario's draft",
)
def publish_scenario(
    request: HttpRequest, scenario_id: Path[Ref], payload: PublishIn
) -> Status[Published] | HttpResponse:
    """Freezes the draft as a revision for those who start from now on; who is on the way stays on theirs."""
    caller = caller_of(request)
    row = scenario_of(caller.shop, scenario_id)
    try:
        revision = actions.publish(row.id, actor=caller.actor, note=payload.note)
    except NotPublishable as refusal:
        fields = [{"path": one.path, "message": one.message} for one in refusal.problems[:50]]
        return error(422, "not_publishable", "The draft cannot be published yet.", fields)
    return Status(201, Published(revision=revision.number, published_at=revision.published_at))


@router.post(
    "/scenarios/{scenario_id}/switch", response=ScenarioOut, operation_id="switch_scenario", summary="Switch a scenario"
)
def switch_scenario(request: HttpRequest, scenario_id: Path[Ref], payload: SwitchIn) -> ScenarioOut:
    """Off: nobody new starts, and who is on the way is held where they are. On: all of them go on."""
    caller = caller_of(request)
    row = scenario_of(caller.shop, scenario_id)
    if payload.is_on and row.revision is None:
        raise Refused(409, "not_published", "The scenario has never been published; publish it first.", "is_on")
    actions.switch(row.id, is_on=payload.is_on, actor=caller.actor)
    return scenario_out(scenario_of(caller.shop, scenario_id), queries.waiting_by_scenario(caller.shop.id))


@router.put(
    "/scenarios/{scenario_id}/holdout",
    response=ScenarioOut,
    operation_id="put_holdout",
    summary="Who is held back for comparison",
)
def put_holdout(request: HttpRequest, scenario_id: Path[Ref], payload: HoldoutIn) -> ScenarioOut:
    """From the next customer on: who is on one side of the scenario stays there. What is owed goes to everybody."""
    caller = caller_of(request)
    row = scenario_of(caller.shop, scenario_id)
    try:
        setting = holdout.read(payload.holdout)
    except ValueError:
        text = "Please say tapered, off, or a whole number of per cent from 1 to 50."
        raise Refused(422, "invalid", text, "holdout") from None
    actions.hold_back(row.id, setting=setting, actor=caller.actor)
    return scenario_out(scenario_of(caller.shop, scenario_id), queries.waiting_by_scenario(caller.shop.id))
