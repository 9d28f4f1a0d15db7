"""The shop's own events: what starts its own scenarios, and what a scenario can wait for."""

from django.http import HttpRequest
from ninja import Router, Status

from kaeru.api.answers import Refused
from kaeru.api.guard import caller_of
from kaeru.api.v1.schemas import EventTold
from kaeru.connectors.webhook.records import own_event
from kaeru.connectors.webhook.words import EventIn
from kaeru.core import clock
from kaeru.orders import own_events
from kaeru.orders.own_events import Answer

router = Router(tags=["events"])
REFUSALS = {
    Answer.UNKNOWN_ORDER: (404, "not_found", "order"),
    Answer.UNKNOWN_CUSTOMER: (404, "not_found", "customer"),
    Answer.NEEDS_ORDER: (422, "needs_order", "order"),
    Answer.NO_CUSTOMER: (422, "no_customer", "customer"),
    Answer.OTHER_CUSTOMER: (422, "other_customer", "customer"),
}


@router.post("/events", response={202: EventTold}, operation_id="post_event", summary="Tell an event of your own")
def post_event(request: HttpRequest, payload: EventIn) -> Status[EventTold]:
    """Starts the scenarios that begin with it, and wakes those that wait for it. Send an Idempotency-Key, so that a repeat is one event."""
    (answer,) = own_events.tell(caller_of(request).shop, [own_event(payload, clock.now())])
    if answer in REFUSALS:
        status, code, field = REFUSALS[answer]
        raise Refused(status, code, own_events.WORDS[answer], field)
    return Status(202, EventTold(name=payload.name, result=answer.value))
