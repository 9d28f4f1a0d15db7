"""A delivery arrives: prove it, keep it once, answer. Reading it is the pass's work."""

from collections.abc import Mapping
from dataclasses import dataclass

from kaeru.connectors import door, registry, together
from kaeru.connectors.base import Envelope
from kaeru.connectors.errors import SignatureRefused, UnknownShop
from kaeru.core import clock, ids, sql


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was kept."""

    topic: str
    is_known_topic: bool


def receive(source: str, public_key: str, headers: Mapping[str, str], body: bytes) -> Receipt:
    """Keep a proven delivery for the pass; one that was kept before changes nothing.

    Raises SignatureRefused (nothing is kept), LookupError for a source that does not exist.
    """
    connector = registry.find(source)
    if connector is None:
        raise LookupError(source)
    behind = door.find(public_key, source)
    if behind is None:
        raise UnknownShop("shop")
    try:
        envelope = connector.open(headers, body, behind.secrets)
    except SignatureRefused:
        newer = door.find(public_key, source, not_older_than=door.LOOK_AGAIN_SECONDS)
        if newer is None or newer.secrets == behind.secrets:
            raise
        behind, envelope = newer, connector.open(headers, body, newer.secrets)
    is_known = envelope.topic in connector.topics
    if is_known:
        _keep(behind, source, envelope, body)
    return Receipt(envelope.topic, is_known)


def _keep(behind: door.Door, source: str, envelope: Envelope, body: bytes) -> None:
    moment = sql.moment(clock.now())
    together.write(
        [
            ids.new_id(),
            behind.organization_id,
            behind.shop_id,
            source,
            envelope.topic,
            envelope.event_id,
            body,
            moment,
            moment,
        ]
    )
