"""A buyer's rightful wish is approved by itself while the mall does not count it, where the shop says so (`DeskTerms.approves_free`).

Rightful: the buyer asked the mall, the order stands and has not left, and the shop's policy has no ground to say no. What goes out
goes through the gate with the buyer's reason, and only where the shop lets Kaeru cancel on the mall without a person.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from kaeru.cancellations.deciding import MALL
from kaeru.cancellations.desk import actions
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.errors import DeskRefused
from kaeru.cancellations.desk.queries import OPEN
from kaeru.cancellations.models import CancellationRequest, Case, DeskTerms, RequestState
from kaeru.connectors.gate import queries as gates
from kaeru.core import clock, scope
from kaeru.core.passes import Pass
from kaeru.marketplaces.desk.clocks import timed
from kaeru.marketplaces.desk.rules import is_free

ACTOR = "mall_window"
MARGIN = timedelta(minutes=5)
"""Kaeru leaves what is closer to the line to a person: the mall's clock and ours may differ, and the call takes its time."""


def approve_what_is_free(limit: int) -> int:
    """Approve what waits on the desk and is rightful; returns how many. Each in its own transaction, so that one cannot stop the next."""
    with scope.everyone():
        found = _rightful(limit)
    moved = 0
    for organization_id, case_id in found:
        with scope.organization(organization_id), suppress(DeskRefused, Case.DoesNotExist):
            actions.decide(case_id, Choice("approve"), actor=ACTOR)
            moved += 1
    return moved


def _rightful(limit: int) -> list[tuple[int, int]]:
    """(organization, case) of what may be approved now; a constant number of queries."""
    shops = set(DeskTerms.objects.filter(approves_free=True).values_list("shop_id", flat=True))
    allowed = {key for key, terms in gates.terms_of(shops).items() if terms.is_live and terms.cancels_alone}
    able = {key for key, one in gates.capabilities_of(allowed).items() if one.can_cancel}
    if not able:
        return []
    rows = Case.objects.filter(
        state=OPEN, kind="decide", shop_id__in=able, request__origin=MALL, request__state=RequestState.ASKED, assigned_to=None,
        request__order__cancelled_at=None, request__order__shipped_at=None, proposal__verdict="approve",
    )  # fmt: skip
    cases = list(rows.select_related("request__order").order_by("due_at", "id")[:limit])
    free = _free([case.request for case in cases if case.request is not None])
    return [(case.organization_id, case.id) for case in cases if case.request_id in free]


def _free(requests: Sequence[CancellationRequest]) -> set[int]:
    """Those that the mall would not count if they were settled within the next minutes."""
    soon = clock.now() + MARGIN
    return {key for key, told in timed(requests).items() if is_free(told.deadlines, soon)}


PASSES = [Pass("mall approvals", approve_what_is_free, limit=50, every_seconds=15.0)]
