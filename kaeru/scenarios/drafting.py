"""Writing on a scenario's draft: nothing is overwritten in silence, and every edit can be undone, by whoever made it, also tomorrow."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from kaeru.core import audit, clock, ids
from kaeru.scenarios.errors import DraftMoved
from kaeru.scenarios.flow import with_ids
from kaeru.scenarios.models import DraftState, Scenario

KEPT = 50
"""Edits that can be undone."""
TYPING = timedelta(minutes=5)
"""So long, typing in one field counts as one edit."""


@transaction.atomic
def save_draft(
    scenario_id: int,
    flow: Mapping[str, Any],
    *,
    actor: str,
    version: int | None = None,
    tab: str = "",
    what: str = "",
    restores: int | None = None,
) -> int:
    """Keep the document as it is, also when it is not ready yet; returns the draft's new version.

    `version` is the one that was read: when somebody saved meanwhile, DraftMoved is raised and nothing is overwritten; the last save
    of the same `tab` is no other's. `what` says what was edited (`field:NAME` while typing), `restores` which revision is the draft
    again. Raises Scenario.DoesNotExist.
    """
    scenario = Scenario.objects.select_for_update().get(id=scenario_id)
    states = DraftState.objects.filter(scenario=scenario)
    newest = states.filter(is_undone=False).order_by("-id").first()
    is_own = newest is not None and tab and newest.tab == tab and version == scenario.draft_version - 1
    if version is not None and version != scenario.draft_version and not is_own:
        raise DraftMoved(scenario.draft_version)
    draft = with_ids(flow)
    if draft == scenario.draft:
        return scenario.draft_version
    states.filter(is_undone=True).delete()
    moment = clock.now()
    if (
        newest is not None and what.startswith("field:") and (newest.what, newest.tab) == (what[:80], tab)
        and moment - newest.saved_at < TYPING
    ):  # fmt: skip
        states.filter(id=newest.id).update(flow=draft)
    else:
        if newest is None:
            _state(scenario, scenario.draft, "", "", "")
        _state(scenario, draft, what, tab, actor)
        _trim(scenario)
        verb, detail = ("scenario.restored", {"revision": restores}) if restores else ("scenario.draft_saved", {})
        audit.record(scenario.organization_id, actor, verb, "scenario", scenario_id, **detail)
    return _put(scenario, draft)


def _state(scenario: Scenario, flow: Mapping[str, Any], what: str, tab: str, actor: str) -> None:
    DraftState.objects.create(
        id=ids.new_id(),
        organization_id=scenario.organization_id,
        scenario=scenario,
        flow=flow,
        what=what[:80],
        tab=tab[:20],
        saved_by=actor[:120],
        saved_at=clock.now(),
    )


def _trim(scenario: Scenario) -> None:
    older = list(DraftState.objects.filter(scenario=scenario).order_by("-id").values_list("id", flat=True)[KEPT + 1 :])
    if older:
        DraftState.objects.filter(id__in=older).delete()


def _put(scenario: Scenario, flow: Mapping[str, Any]) -> int:
    Scenario.objects.filter(id=scenario.id).update(draft=flow, draft_version=scenario.draft_version + 1)
    return scenario.draft_version + 1


@transaction.atomic
def undo(scenario_id: int, *, actor: str) -> bool:
    """Take the last edit back; False when there is none. Raises Scenario.DoesNotExist."""
    scenario = Scenario.objects.select_for_update().get(id=scenario_id)
    done = list(DraftState.objects.filter(scenario=scenario, is_undone=False).order_by("-id")[:2])
    if len(done) < 2:
        return False
    DraftState.objects.filter(id=done[0].id).update(is_undone=True)
    _put(scenario, done[1].flow)
    audit.record(scenario.organization_id, actor, "scenario.edit_undone", "scenario", scenario_id)
    return True


@transaction.atomic
def redo(scenario_id: int, *, actor: str) -> bool:
    """Do the last undone edit again; False when there is none. Raises Scenario.DoesNotExist."""
    scenario = Scenario.objects.select_for_update().get(id=scenario_id)
    undone = DraftState.objects.filter(scenario=scenario, is_undone=True).order_by("id").first()
    if undone is None:
        return False
    DraftState.objects.filter(id=undone.id).update(is_undone=False)
    _put(scenario, undone.flow)
    audit.record(scenario.organization_id, actor, "scenario.edit_redone", "scenario", scenario_id)
    return True


def can_go(scenario_id: int) -> tuple[bool, bool]:
    """Whether there is something to undo, and something to do again."""
    states = list(DraftState.objects.filter(scenario_id=scenario_id).values_list("is_undone", flat=True))
    return states.count(False) > 1, True in states


def newest(scenario_id: int) -> DraftState | None:
    """The draft's last save: by whom and when."""
    return DraftState.objects.filter(scenario_id=scenario_id, is_undone=False).order_by("-id").first()
