"""What a shop's system must be able to do to be connected: prove who it is, and put its news into Kaeru's records.

A connector holds the vendor's words and nothing else. It never writes: `inbound.py` hands its records to the rooms that do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kaeru.orders.own_events import OwnEvent
from kaeru.orders.rules import CancelledRecord, OrderRecord, RefundRecord, ShipmentRecord


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the connected system can do; the settings page says it, and nobody is promised more."""

    tells_orders: bool = False
    tells_refunds: bool = False
    tells_shipments: bool = False
    can_be_told: bool = False
    """Takes Kaeru's own calls (a wish to cancel) and acts on them."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A proven delivery before its content is read."""

    topic: str
    event_id: str
    """Names the delivery; the same name on the same topic is the same delivery."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one delivery says."""

    orders: Sequence[OrderRecord] = ()
    refunds: Sequence[RefundRecord] = ()
    shipments: Sequence[ShipmentRecord] = ()
    cancelled: Sequence[CancelledRecord] = ()
    events: Sequence[OwnEvent] = ()
    asks: str = ""
    """A wish that a person must answer (a request for personal data or its erasure), in the vendor's word."""
    ask_customer: str = field(default="", repr=False)
    """The vendor's id of the customer whom the wish is about."""


class Connector(Protocol):
    """One kind of shop system."""

    name: str
    """Also the `<source>` in `/hooks/<source>/<shop key>` and the source of the shop's secret."""
    capabilities: Capabilities
    topics: frozenset[str]
    """What `read` understands; other topics are acknowledged and left alone."""

    def open(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Envelope:
        """Prove the raw bytes before anything of them is read. Raises SignatureRefused."""
        ...

    def read(self, topic: str, body: bytes) -> Told:
        """Put the delivery into records. Raises Unreadable."""
        ...
