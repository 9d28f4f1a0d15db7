"""A delivery arrives: prove it, keep it once, answer. Reading it is the pass's work."""

from collections.abc import Mapping
from dataclasses import dataclass

from kaeru.connectors import door, registry, together
from kaeru.connectors.base import Connector, Envelope
from kaeru.connectors.errors import SignatureRefused, UnknownShop
from kaeru.connectors.models import Connection
from kaeru.core import clock, ids, scope, sql


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
        envelope = _open(connector, behind, headers, body)
    except SignatureRefused:
        newer = door.find(public_key, source, not_older_than=door.LOOK_AGAIN_SECONDS)
        if newer is None or (newer.secrets, newer.account) == (behind.secrets, behind.account):
            raise
        behind, envelope = newer, _open(connector, newer, headers, body)
    is_known = envelope.topic in connector.topics
    if is_known:
        _keep(behind, source, envelope, body)
    return Receipt(envelope.topic, is_known)


def receive_for_app(source: str, headers: Mapping[str, str], body: bytes) -> Receipt:
    """The same for what comes to the installation's one address: each shop connected to the account that the body names gets it.

    Shopify sends the topics about privacy so. Raises SignatureRefused when no shop fits, LookupError.
    """
    connector = registry.find(source)
    if connector is None:
        raise LookupError(source)
    with scope.everyone():
        shops = Connection.objects.filter(source=source, account=connector.account_of(body)).exclude(account="")
        keys = sorted(set(shops.values_list("shop__public_key", flat=True)))
    receipt: Receipt | None = None
    for key in keys:
        try:
            receipt = receive(source, key, headers, body)
        except SignatureRefused:
            continue
    if receipt is None:
        raise UnknownShop("account")
    return receipt


def _open(connector: Connector, behind: door.Door, headers: Mapping[str, str], body: bytes) -> Envelope:
    """Proven, and of the shop that is connected here."""
    envelope = connector.open(headers, body, behind.secrets)
    if behind.account and envelope.account and envelope.account != behind.account:
        raise SignatureRefused("other_shop")
    return envelope


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
