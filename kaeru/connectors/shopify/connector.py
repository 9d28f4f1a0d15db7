"""Shopify's side of the contract: HMAC over the raw body, topics that are worked on, three about privacy.

Only the body is signed, not the headers. A captured body posted again under another webhook id tells the same state of the
same order once more, and the newest state wins; it cannot do anything new.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from django.conf import settings

from kaeru.connectors.base import Capabilities, Envelope, Told
from kaeru.connectors.errors import SignatureRefused, Unreadable
from kaeru.connectors.reading import ident, json_object, part, text
from kaeru.connectors.shopify.orders import order_record
from kaeru.connectors.shopify.refunds import refund_record
from kaeru.connectors.shopify.shipments import shipment_record

ORDERS = frozenset({"orders/create", "orders/updated", "orders/cancelled"})
EDITED = "orders/edited"
REMOVED = "app/uninstalled"
REGRANTED = "app/scopes_update"
PRIVACY = frozenset({"customers/data_request", "customers/redact", "shop/redact"})


def sign(secret: str, body: bytes) -> str:
    """What X-Shopify-Hmac-Sha256 must say."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Shopify:
    """The connector."""

    name = "shopify"
    capabilities = Capabilities(tells_orders=True, tells_refunds=True, tells_shipments=True)
    topics = ORDERS | PRIVACY | {"refunds/create", "fulfillments/create", EDITED, REMOVED, REGRANTED}

    def open(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Envelope:
        """Compare with every secret in force (two while rotating), each in constant time."""
        given = headers.get("X-Shopify-Hmac-Sha256", "").encode("utf-8", "replace")
        if not given:
            raise SignatureRefused("missing")
        matches = [hmac.compare_digest(sign(secret, body).encode(), given) for secret in secrets if secret]
        if not any(matches):
            raise SignatureRefused("wrong")
        topic = headers.get("X-Shopify-Topic", "")
        # Two topics may share one X-Shopify-Event-Id; the webhook id names the delivery.
        event_id = headers.get("X-Shopify-Webhook-Id") or headers.get("X-Shopify-Event-Id", "")
        if not _is_plain(topic, 60) or not _is_plain(event_id, 120):
            raise SignatureRefused("headers")
        return Envelope(topic=topic, event_id=event_id, account=headers.get("X-Shopify-Shop-Domain", "").lower()[:200])

    def account_of(self, body: bytes) -> str:
        """The topics about privacy name the shop; whether that is true the signature says, with that shop's secrets."""
        try:
            return text(json_object(body).get("shop_domain"), 200).lower()
        except Unreadable:
            return ""

    def house_secrets(self, client_id: str) -> Sequence[str]:
        """The client secret of the installation's own app signs the webhooks of every shop that connected by it."""
        own, secret = settings.KAERU_SHOPIFY_CLIENT_ID, settings.KAERU_SHOPIFY_CLIENT_SECRET
        return [secret] if secret and own and client_id == own else []

    def read(self, topic: str, body: bytes) -> Told:
        """The records in the body of this topic."""
        payload = json_object(body)
        if topic in ORDERS:
            return Told(orders=[order_record(payload)])
        if topic == "refunds/create":
            return Told(refunds=[refund_record(payload)])
        if topic == "fulfillments/create":
            parcel = shipment_record(payload)
            return Told(shipments=[parcel] if parcel else [])
        if topic in PRIVACY:
            return Told(
                asks=topic, ask_customer=ident(part(payload.get("customer")).get("id"), "customer.id", needed=False)
            )
        if topic == EDITED:  # tells what was added and removed, not the order
            return Told(is_changed=True)
        if topic in {REMOVED, REGRANTED}:
            return Told(is_removed=topic == REMOVED, is_regranted=topic == REGRANTED)
        raise Unreadable(f"the topic {topic} is not known")


def _is_plain(value: str, limit: int) -> bool:
    return 0 < len(value) <= limit and value.isascii() and value.isprintable()
