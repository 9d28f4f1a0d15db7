"""Calls that staff make, for a telephone system of the shop's own: what to dial next, and what came of it."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import caller_of, only
from kaeru.api.v1.call_schemas import AttemptIn, CallOut, CallsPage, CallTold
from kaeru.api.v1.schemas import Ref
from kaeru.calls import actions, queries
from kaeru.calls.errors import AlreadyClosed, NextTryRefused
from kaeru.calls.queries import Card
from kaeru.calls.rules import LATER, SPOKEN
from kaeru.calls.scripts import LANGUAGES

router = Router(tags=["calls"])
WHY = {
    "past": "The time of the next call is over already.",
    "too_far": "The next call can be at most 30 days ahead.",
    "after_deadline": "The next try must be before the deadline; a time that the customer asked for is needs_time.",
}


class CallFilters(Schema):
    """What the list may be narrowed by, and nothing else."""

    state: Literal["waiting", "closed"] = "waiting"
    cursor: Annotated[str, Field(pattern="^[0-9]{1,19}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def _fields(card: Card) -> dict[str, Any]:
    """The call as the API shows it."""
    task = card.task
    shown = {language: card.script(language, "{{ staff.name }}") for language in LANGUAGES}
    return {
        "id": str(task.id),
        "state": task.state,
        "outcome": task.outcome or None,
        "answer": task.detail or None,
        "customer_id": task.customer.source_id if task.customer else None,
        "order_id": task.order.source_id if task.order else None,
        "order_number": task.order.number if task.order else "",
        "phone": card.phone.e164 if card.phone else None,
        "blocked": card.blocked or None,
        "reason": dict(card.reason),
        "script": {language: text for language, text in shown.items() if text},
        "assignee": (task.assignee.name or task.assignee.email) if task.assignee else None,
        "value": task.value,
        "currency": task.currency,
        "tries": task.tries,
        "most_tries": task.most_tries,
        "next_try_at": task.next_try_at,
        "deadline_at": task.deadline_at,
        "created_at": task.created_at,
        "closed_at": task.closed_at,
    }


@router.get(
    "/calls", response=CallsPage, operation_id="list_calls", summary="Calls to make, the one to make next first"
)
def list_calls(request: HttpRequest, filters: Query[CallFilters]) -> CallsPage:
    """Sorted by what waiting costs: the value divided by the time that is left. A list that moves has no second page: ask for
    it again. `state=closed` gives those that are over, newest first.
    """
    only(request, filters)
    shop = caller_of(request).shop
    if filters.state == "waiting":
        return CallsPage(
            calls=[CallOut(**_fields(card)) for card in queries.listed([shop.id])[: filters.limit]], cursor=None
        )
    rows = queries.closed([shop.id]).order_by("-id")
    if filters.cursor:
        rows = rows.filter(id__lt=min(int(filters.cursor), 2**63 - 1))
    found = list(rows[: filters.limit + 1])
    page = found[: filters.limit]
    return CallsPage(
        calls=[CallOut(**_fields(card)) for card in queries.cards(page)],
        cursor=str(page[-1].id) if len(found) > filters.limit else None,
    )


def _one(shop_id: int, call_id: str) -> Card:
    is_number = call_id.isascii() and call_id.isdigit() and len(call_id) < 19
    task = queries.one(int(call_id)) if is_number else None
    if task is None or task.shop_id != shop_id:
        raise not_found("call")
    return queries.cards([task])[0]


@router.post(
    "/calls/{call_id}/attempts", response=CallTold, operation_id="post_call_attempt", summary="Tell what came of one try"
)  # fmt: skip
def post_call_attempt(request: HttpRequest, call_id: Path[Ref], payload: AttemptIn) -> CallTold:
    """Send an Idempotency-Key: two tries that look the same may be two tries. `wrong_number` and `do_not_call` close the number to
    calls. What is told after the deadline is kept, and changes nothing more.
    """
    caller = caller_of(request)
    card = _one(caller.shop.id, call_id)
    if payload.do_not_call and payload.answer not in SPOKEN:
        raise Refused(422, "invalid", "Only a customer who was spoken to can ask not to be called.", "do_not_call")
    if payload.next_try_at is not None and payload.answer not in LATER:
        raise Refused(422, "invalid", "There is no next try after this answer.", "next_try_at")
    try:
        told = actions.record(
            card.task.id,
            payload.answer,
            payload.note,
            payload.next_try_at,
            actor=caller.actor,
            user=None,
            do_not_call=payload.do_not_call,
        )
    except AlreadyClosed as closed:
        raise Refused(409, "call_closed", f"Somebody has closed this call already: {closed.outcome}.") from None
    except NextTryRefused as refused:
        raise Refused(422, "invalid", WHY[refused.code], "next_try_at") from None
    result = "repeated" if told.is_repeat else "late" if told.is_late else "recorded"
    return CallTold(**_fields(_one(caller.shop.id, call_id)), result=result)
