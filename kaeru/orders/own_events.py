"""A shop's own news 独自イベント, as `parcel.returned`, or that an order is late: told to the rooms above, which decide what follows.

Each is about a customer, by the shop's own id of the order or of the customer. What happened longer than a day ago is kept,
but starts nothing: nobody wants a notice about the week before last.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from kaeru.core import clock, events
from kaeru.core.events import News
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+){0,3}")
LONGEST_NAME = 40
DELAYED = "order.delayed"
KAERUS_OWN = frozenset(
    {
        "order.placed", "order.updated", "order.shipped", "order.cancelled", "order.restored", "refund.created",
        "cancellation.requested", "coupon.redeemed", "call.closed",
    }
)  # fmt: skip
"""What Kaeru knows by itself, or is told as an order's state: as an own event it would look the same and do nothing."""
FRESH = timedelta(days=1)
Data = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """One thing that happened at the shop. `order` and `customer` are the shop's own ids; one of them at least."""

    name: str
    occurred_at: datetime
    order: str = ""
    customer: str = ""
    data: Data = field(default_factory=dict)
    """A few values for people who look at the event later; no text is filled in from it."""


class Answer(StrEnum):
    """What became of an event."""

    TOLD = "told"
    LATE = "late"
    """Kept, but it starts nothing: older than a day, or about an order of the past."""
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_CUSTOMER = "unknown_customer"
    NEEDS_ORDER = "needs_order"
    NO_CUSTOMER = "no_customer"
    OTHER_CUSTOMER = "other_customer"


WORDS: Mapping[Answer, str] = {
    Answer.UNKNOWN_ORDER: "There is no such order in this shop. Tell the order first, then the event.",
    Answer.UNKNOWN_CUSTOMER: "There is no such customer in this shop. Tell an order of that customer first, then the event.",
    Answer.NEEDS_ORDER: f"{DELAYED} is about an order: name it.",
    Answer.NO_CUSTOMER: "The event is about nobody: name a customer, or an order whose customer is known.",
    Answer.OTHER_CUSTOMER: "The order belongs to another customer. Name the order alone, or its own customer.",
}
"""What to do, where nothing was kept."""


def is_name(name: str) -> bool:
    """Whether an own event may be called so."""
    return len(name) <= LONGEST_NAME and NAME.fullmatch(name) is not None and name not in KAERUS_OWN


def tell(shop: Shop, told: Sequence[OwnEvent]) -> list[Answer]:
    """Pass these on in one transaction; an answer for each, in order. Three statements for any number."""
    moment = clock.now()
    with transaction.atomic():
        orders = {
            order.source_id: order
            for order in Order.objects.filter(shop=shop, source_id__in={one.order for one in told if one.order})
        }
        named = {one.customer for one in told if one.customer}
        customers = dict(
            Customer.objects.filter(shop=shop, source_id__in=named).values_list("source_id", "id") if named else ()
        )
        answers, news = [], []
        for one in told:
            order, customer_id = orders.get(one.order), customers.get(one.customer)
            answer = _answer(one, order, customer_id, moment)
            answers.append(answer)
            if answer in (Answer.TOLD, Answer.LATE):
                payload = {
                    "name": one.name if one.name == DELAYED else f"custom:{one.name}",
                    "shop_id": shop.id,
                    "order_id": order.id if order else None,
                    "customer_id": customer_id or (order.customer_id if order else None),
                    "data": dict(one.data),
                    "late": answer == Answer.LATE,
                }
                at = min(one.occurred_at, moment)
                news.append(
                    News("shop.event", shop.organization_id, order.id if order else customer_id or 0, payload, at)
                )
        events.emit(news)
    return answers


def _answer(one: OwnEvent, order: Order | None, customer_id: int | None, moment: datetime) -> Answer:
    if one.order and order is None:
        return Answer.UNKNOWN_ORDER
    if one.customer and customer_id is None:
        return Answer.UNKNOWN_CUSTOMER
    if order is not None and customer_id is not None and order.customer_id != customer_id:
        return Answer.OTHER_CUSTOMER
    if one.name == DELAYED:
        if order is None:
            return Answer.NEEDS_ORDER
    elif customer_id is None and (order is None or order.customer_id is None):
        return (
            Answer.NO_CUSTOMER
        )  # its scenarios could not tell one event from the next, and might answer each other for ever
    is_past = one.occurred_at < moment - FRESH or (order is not None and order.is_history)
    return Answer.LATE if is_past else Answer.TOLD
