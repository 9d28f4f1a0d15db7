"""Rehearsals that somebody asked for on a page: kept with their answer; long ones run beside everything else, in a lane of their own."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kaeru.cancellations.models import CancellationRequest
from kaeru.core import audit, clock, ids, scope
from kaeru.core.sql import claim_ids, moment
from kaeru.scenarios import actions
from kaeru.scenarios.models import RehearsalRun, Revision, RunState, Scenario
from kaeru.scenarios.rehearsal.answer import Rehearsal
from kaeru.scenarios.rehearsal.history import WENT_AWAY
from kaeru.scenarios.rehearsal.running import Candidate, NotRehearsable, rehearse, rehearse_both
from kaeru.scenarios.rehearsal.stage import Assumptions

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
MOST_TRIES = 2
MOST_PEOPLE = 300
"""Listed in a kept answer."""
KEPT = 20
"""Runs of one scenario; older ones go."""
AT_ONCE = 1500
"""So many cancellations take about a second: the page waits for them."""
_TELL_SECONDS = 1.0


def flow_of_choice(scenario: Scenario, choice: str) -> Mapping[str, Any]:
    """The draft, or a revision by its number. Raises Revision.DoesNotExist, NotRehearsable for a draft that is not ready."""
    if choice != "draft":
        flow: Mapping[str, Any] = Revision.objects.get(scenario=scenario, number=int(choice)).flow
        return flow
    if any(not problem.is_warning for problem in actions.check(scenario)):
        raise NotRehearsable(_("The draft is not ready yet. Please mend what is marked in it, then rehearse it."))
    return dict(scenario.draft)


@transaction.atomic
def ask(
    scenario: Scenario, *, what: str = "draft", against: str = "", days: int = 90, calls: str = "unreached", actor: str
) -> RehearsalRun:
    """Note what is to be rehearsed, as it stands now. Raises NotRehearsable, Revision.DoesNotExist."""
    asked = {
        "what": what, "against": against, "days": days, "calls": calls,
        "flow": flow_of_choice(scenario, what), "against_flow": flow_of_choice(scenario, against) if against else None,
    }  # fmt: skip
    run = RehearsalRun.objects.create(
        id=ids.new_id(), organization_id=scenario.organization_id, scenario=scenario, asked=asked, asked_by=actor,
        created_at=clock.now(),
    )  # fmt: skip
    mine = RehearsalRun.objects.filter(scenario=scenario).order_by("-id")
    RehearsalRun.objects.filter(id__in=[one.id for one in mine.only("id")[KEPT:]]).delete()
    audit.record(scenario.organization_id, actor, "scenario.rehearsed", "scenario", scenario.id, run=run.id)
    return run


def is_short(scenario: Scenario, days: int) -> bool:
    """Whether the page can wait for it."""
    rows = CancellationRequest.objects.filter(
        shop_id=scenario.shop_id, state__in=WENT_AWAY, requested_at__gte=clock.now() - timedelta(days=days)
    )
    return rows[: AT_ONCE + 1].count() <= AT_ONCE


def run_now(run_id: int) -> RehearsalRun:
    """Rehearse it here and keep the answer; a run that somebody else has taken is left to them."""
    until = clock.wall() + LEASE
    taken = RehearsalRun.objects.filter(id=run_id, state=RunState.WAITING).update(
        state=RunState.RUNNING, claimed_until=until, attempts=1
    )
    run = RehearsalRun.objects.select_related("scenario__shop").get(id=run_id)
    return _run(run) if taken else run


def run_waiting(limit: int) -> int:
    """Take a waiting run, or one whose worker died; returns how many."""
    with scope.everyone():
        now = clock.wall()
        if not RehearsalRun.objects.filter(state__in=[RunState.WAITING, RunState.RUNNING]).exists():
            return 0
        with transaction.atomic():
            found = claim_ids(
                "scenarios_rehearsalrun",
                "state = 'waiting' OR (state = 'running' AND claimed_until < %s)",
                [moment(now)],
                "created_at",
                limit,
            )
            for run in RehearsalRun.objects.filter(id__in=found):
                RehearsalRun.objects.filter(id=run.id).update(
                    state=RunState.RUNNING, claimed_until=now + LEASE, attempts=run.attempts + 1
                )
        for run in RehearsalRun.objects.select_related("scenario__shop").filter(id__in=found):
            with scope.organization(run.organization_id):
                _run(run)
        return len(found)


def _run(run: RehearsalRun) -> RehearsalRun:
    try:
        if run.attempts > MOST_TRIES:
            raise NotRehearsable(_("This rehearsal stopped twice. Please choose fewer days."))
        run.answer, run.state = _answer(run), RunState.DONE
    except NotRehearsable as refused:
        run.error, run.state = refused.message[:300], RunState.FAILED
    except Exception:
        log.exception("rehearsal %s failed", run.id)
        run.error, run.state = _("Something went wrong on our side. Please try again."), RunState.FAILED
    run.progress, run.ended_at = 100, clock.now()
    RehearsalRun.objects.filter(id=run.id).update(
        answer=run.answer, state=run.state, error=run.error, progress=100, ended_at=run.ended_at, claimed_until=None
    )
    return run


def _answer(run: RehearsalRun) -> dict[str, Any]:
    asked, scenario = run.asked, run.scenario
    shop, assumptions = scenario.shop, Assumptions(calls=asked["calls"])
    first = Candidate(asked["flow"], scenario, scenario.reason_id)
    tell = _teller(run.id)
    if asked["against_flow"] is None:
        found = rehearse(
            shop, first, days=asked["days"], assumptions=assumptions, most_shown=MOST_PEOPLE, tell=tell
        )  # fmt: skip
        return {"first": _nameless(found), "second": None, "difference": None}
    second = Candidate(asked["against_flow"], scenario, scenario.reason_id)
    ours, theirs, difference = rehearse_both(
        shop, first, second, days=asked["days"], assumptions=assumptions, most_shown=MOST_PEOPLE, tell=tell
    )
    return {"first": _nameless(ours), "second": _nameless(theirs), "difference": difference.as_json()}


def _nameless(found: Rehearsal) -> dict[str, Any]:
    """The answer without names: they are looked up when it is shown."""
    told = found.as_json(is_masked=True)
    for row in told["rows"]:
        del row["customer"]
    return {**told, "seconds": round(found.seconds, 2)}


def _teller(run_id: int) -> Callable[[float], None]:
    """Notes the progress once a second."""
    last = time.monotonic()

    def tell(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > _TELL_SECONDS:
            last = time.monotonic()
            RehearsalRun.objects.filter(id=run_id).update(
                progress=min(99, int(share * 100)), claimed_until=clock.wall() + LEASE
            )

    return tell
