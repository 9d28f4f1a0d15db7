"""Which webhooks a shop must send, which of them are there, and what is to be done about the difference. Pure but for the calls.

Shopify takes a subscription away after eight failed deliveries in a row, so they are looked at every day. The three topics about
privacy cannot be subscribed to by a call: they belong to the app's own settings, and come to the installation's address.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kaeru.connectors.base import Access
from kaeru.connectors.reading import part, rows, text
from kaeru.connectors.shopify import client

TOPICS = (
    "ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED", "ORDERS_EDITED", "REFUNDS_CREATE", "FULFILLMENTS_CREATE", "APP_UNINSTALLED",
    "APP_SCOPES_UPDATE",
)  # fmt: skip
OURS = "/hooks/shopify/"
"""In every address of ours: what leads elsewhere is not touched."""
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Subscription:
    """One that is there."""

    id: str
    topic: str
    uri: str
    format: str = "JSON"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done."""

    make: tuple[str, ...]
    drop: tuple[str, ...]
    """Ids."""


def plan(known: Sequence[Subscription], address: str) -> Plan:
    """Each topic once at this address; of ours, those with a wrong address, a wrong form or twice go.

    >>> plan([Subscription("1", "ORDERS_CREATE", "https://old.example/hooks/shopify/k")], "https://new.example/hooks/shopify/k").drop
    ('1',)
    """
    right: dict[str, str] = {}
    drop = []
    for one in known:
        if OURS not in one.uri:
            continue
        if one.uri == address and one.format == "JSON" and one.topic in TOPICS and one.topic not in right:
            right[one.topic] = one.id
        else:
            drop.append(one.id)
    return Plan(tuple(topic for topic in TOPICS if topic not in right), tuple(drop))


def known(access: Access) -> list[Subscription]:
    """What our app has there. Raises Busy, Barred, http.Unanswered."""
    found: list[Subscription] = []
    after: str | None = None
    for _ in range(_MOST_PAGES):
        page = part(client.ask(access, "subscriptions", {"after": after}).get("webhookSubscriptions"))
        found += [
            Subscription(text(row.get("id"), 200), text(row.get("topic"), 100), text(row.get("uri"), 500), text(row.get("format"), 10))
            for row in rows(page.get("nodes"))
        ]  # fmt: skip
        after = text(part(page.get("pageInfo")).get("endCursor"), 500)
        if not part(page.get("pageInfo")).get("hasNextPage") or not after:
            break
    return found


def keep(access: Access, address: str) -> Plan:
    """Make it so; returns what was done. Raises Busy, Barred, http.Unanswered."""
    todo = plan(known(access), address)
    for topic in todo.make:
        try:
            client.change(access, "subscription_create", {"topic": topic, "uri": address})
        except client.Refused:
            if topic not in {one.topic for one in known(access) if one.uri == address}:
                raise
    for identity in todo.drop:
        client.change(access, "subscription_delete", {"id": identity})
    return todo
