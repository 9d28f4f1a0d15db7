"""The repairs on the cancel page: what is offered, what was typed, how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import translation

from kaeru.cancellations.models import CancellationRequest, Case, CaseState, Decision, Repair, Swap, Verdict
from kaeru.cancellations.repairs import actions, kinds, queries
from kaeru.cancellations.repairs.base import Form
from kaeru.core import clock
from kaeru.core.wording import language_of
from kaeru.orders.models import Order

PATIENCE = timedelta(minutes=1)
"""For so long the page renews itself; after that it says that it takes longer."""
RENEW_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Typed:
    """A form of this page that is shown again: of which repair, and what is to be mended in it."""

    kind: str = ""
    form: Form = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One repair as its template shows it."""

    name: str
    template: str
    it: Mapping[str, Any]
    problems: Mapping[str, str]


def parts(wish: CancellationRequest, order: Order, typed: Typed) -> list[Part]:
    """What is offered for the reason; five queries and those of the kinds."""
    stage = queries.stage_of(wish, order, language_of(translation.get_language()))
    found = []
    for kind in actions.offered(stage):
        is_typed = kind.name == typed.kind
        it = kind.show(stage, typed.form if is_typed else {})
        if it is not None:
            found.append(Part(kind.name, kind.template, it, typed.problems if is_typed else {}))
    return found


def offer(wish: CancellationRequest, order: Order, typed: Typed) -> Part | None:
    """What the shop offers in place of an item."""
    kind = kinds()["substitute"]
    it = kind.show(queries.stage_of(wish, order, language_of(translation.get_language())), typed.form)
    return None if it is None else Part(kind.name, kind.template, it, typed.problems)


def standing(wish: CancellationRequest, repair: Repair) -> dict[str, Any]:
    """How a repair stands: what was wished, and whether the page should renew itself."""
    due = Case.objects.filter(kind="repair", subject_id=repair.id, state=CaseState.OPEN).values_list(
        "due_at", flat=True
    )
    is_fresh = repair.state == "asked" and clock.now() - repair.created_at < PATIENCE
    return {
        "repair": repair,
        "renew": RENEW_SECONDS if is_fresh else 0,
        "due_at": due.first(),
    }


def swapping(swap: Swap) -> dict[str, Any]:
    """How a swap stands."""
    is_waiting = not swap.url and clock.now() - swap.opened_at < PATIENCE
    return {"swap": swap, "new_order": swap.new_order, "renew": RENEW_SECONDS if is_waiting else 0}


def asked(wish: CancellationRequest) -> dict[str, Any]:
    """Until about when the shop answers."""
    rows = Case.objects.filter(kind="decide", subject_id=wish.id, state=CaseState.OPEN)
    return {"due_at": rows.values_list("due_at", flat=True).first()}


def declined(wish: CancellationRequest) -> dict[str, Any]:
    """On which ground."""
    return {"decision": Decision.objects.filter(request=wish, verdict=Verdict.DECLINE).order_by("-id").first()}
