"""An own shop that speaks to Kaeru by signed webhooks: `{"type": …, "timestamp": …, "data": {…}}`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from kaeru.connectors.base import Capabilities, Envelope, Told
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.reading import json_object, moment, text
from kaeru.connectors.webhook.records import order_record, own_event, refund_record
from kaeru.connectors.webhook.signature import verify
from kaeru.connectors.webhook.words import CancelledIn, EventIn, OrderIn, RefundIn
from kaeru.orders.rules import CancelledRecord

UNREADABLE = "unreadable"


class Webhook:
    """The connector."""

    name = "webhook"
    capabilities = Capabilities(tells_orders=True, tells_refunds=True, tells_shipments=True, can_be_told=True)
    topics = frozenset({"order.updated", "order.cancelled", "refund.created", "event", UNREADABLE})

    def open(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Envelope:
        """Verify, then read no more than the type. A body that cannot be read is kept as such and shown to a person."""
        message_id = verify(headers, body, secrets)
        try:
            topic = text(json_object(body).get("type"), 60)
        except Unreadable:
            topic = ""
        return Envelope(
            topic=topic if topic.isascii() and topic.isprintable() and topic else UNREADABLE, event_id=message_id
        )

    def account_of(self, body: bytes) -> str:
        """Own shops have addresses of their own."""
        return ""

    def house_secrets(self, client_id: str) -> Sequence[str]:
        """None: each own shop has its own."""
        return ()

    def read(self, topic: str, body: bytes) -> Told:
        """The records in the message."""
        message = json_object(body)
        data = message.get("data")
        if topic == UNREADABLE or not isinstance(data, dict):
            raise Unreadable("the message needs `type`, `timestamp` and an object `data`")
        told_at = moment(message.get("timestamp"), "timestamp")
        try:
            return _told(topic, data, told_at)
        except ValidationError as failure:
            raise Unreadable(_first(failure)) from None


def _told(topic: str, data: dict[str, Any], told_at: datetime) -> Told:
    if topic == "order.updated":
        order = OrderIn.model_validate(data)
        return Told(orders=[order_record(order.id, order, told_at)])
    if topic == "refund.created":
        return Told(refunds=[refund_record(RefundIn.model_validate(data))])
    if topic == "order.cancelled":
        news = CancelledIn.model_validate(data)
        at = (news.cancelled_at or told_at).astimezone(UTC)
        return Told(cancelled=[CancelledRecord(news.id, at, told_at, news.reason, news.side)])
    if topic == "event":
        return Told(events=[own_event(EventIn.model_validate(data), told_at)])
    raise Unreadable(f"the type {topic} is not known")


def _first(failure: ValidationError) -> str:
    problem = failure.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(step) for step in problem["loc"])
    return f"{place}: {problem['msg']}"[:200]
