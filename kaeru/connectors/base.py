"""What a shop's system must be able to do to be connected: prove who it is, and put its news into Kaeru's records.

A connector holds the vendor's words and nothing else. It never writes: `inbound.py` hands its records to the rooms that do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from kaeru.connectors.changes import Change
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
    can_hold: bool = False
    """Keeps an order in the warehouse while it is being decided."""
    can_cancel: bool = False
    can_change_address: bool = False
    can_change_lines: bool = False
    can_discount: bool = False
    """Takes something off an order that stands."""
    can_refund: bool = False
    can_draft: bool = False
    """Makes a re-order that only needs to be paid."""
    can_make_codes: bool = False
    """Makes a discount code of a coupon."""
    can_set_dispatch_date: bool = False
    """Takes the day on which an order will leave (発送予定日)."""
    can_mark_dispatched: bool = False
    """Takes carrier and tracking number of what has left."""
    can_answer: bool = False
    """Takes answers to what buyers asked there."""
    can_decline: bool = False
    """Takes a no to a buyer's wish to cancel. No mall does: a person says it on the mall's own screen."""
    can_write_first: bool = False
    """Lets the shop write to buyers who did not ask anything."""
    takes_parts: bool = False
    """Cancels single lines of an order."""
    cancels_with_person: bool = False
    """A cancellation there counts against the shop or cannot be explained away: it waits for a person unless the shop says otherwise."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A proven delivery before its content is read."""

    topic: str
    event_id: str
    """Names the delivery; the same name on the same topic is the same delivery."""
    account: str = ""
    """What the sender calls its shop; must be the connected one when that is known."""


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
    is_changed: bool = False
    """Something changed that is not told here: orders are to be asked for again."""
    is_removed: bool = False
    """The shop has taken Kaeru's access away."""
    is_regranted: bool = False
    """What Kaeru may do there has changed: look again."""


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

    def account_of(self, body: bytes) -> str:
        """What the sender calls its shop in a body that comes to the installation's one address; empty: it does not say."""
        ...

    def house_secrets(self, client_id: str) -> Sequence[str]:
        """Secrets that the installation itself has in this source, when that is the app by which the shop is connected."""
        ...


def no_lines(order_source_id: str) -> Sequence[str]:
    """Nobody knows them."""
    return ()


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one shop's own system."""

    shop_id: int
    account: str
    """What the system calls the shop, or the address to call."""
    secrets: Sequence[str] = field(repr=False)
    """The token, or the secrets that sign."""
    currency: str = "JPY"
    version: str = ""
    scopes: Sequence[str] = ()
    """What the connection may do there, in the system's words (`models.Connection.scopes`)."""
    lines: Callable[[str], Sequence[str]] = field(default=no_lines, repr=False, compare=False)
    """The lines' own ids of the order of this id, as Kaeru knows them: for systems that can be asked by line only."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands in the shop's system right now. Holds no personal data, as it is kept beside the change."""

    is_there: bool = True
    is_cancelled: bool = False
    is_shipped: bool = False
    """Something of it has left."""
    is_held: bool = False
    total: int = 0
    paid: int = 0
    refunded: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    """Quantity by the line's own id."""
    address_mark: str = ""
    """Hash of the delivery address, to see whether it changed."""
    discounts: int = 0
    """Taken off in all."""
    marks: Sequence[str] = ()
    """Keys of Kaeru's changes that the system has noted with the order."""
    dispatch_by: str = ""
    """The day on which it will leave, ISO; empty: none is set."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a call."""

    outcome: Literal["done", "pending", "refused", "busy", "unknown"]
    """pending: the system works on it · busy: not now, try later · unknown: no answer; read back before trying again."""
    words: str = ""
    """Without personal data: for staff and for the buyer's page a code (`shipped`, `edited_meanwhile`, …), else the system's words."""
    retry_after: float = 0.0
    """Seconds, for busy."""
    made: Mapping[str, str] = field(default_factory=dict)
    """What came into being: {"url": …} of a draft, ids."""


class Writer(Protocol):
    """The side of a connector that acts in the shop's system. Knows nothing of rows; raises nothing that is expected.

    The gate reads (`look`) before and after each `write`, never while a transaction is open.
    """

    def capabilities(self, access: Access) -> Capabilities:
        """What this shop's system lets Kaeru do (a token may lack scopes). From `access` alone: asked within transactions, calls nobody."""
        ...

    def look(self, access: Access, order_source_id: str) -> Standing:
        """Read the order. Raises `http.Unanswered` when nobody answers, `Busy` when it is to be asked later, `Barred`
        when the door is shut.
        """
        ...

    def stands(self, change: Change, before: Standing, now: Standing) -> bool:
        """Whether the change is in the order as it stands now: then a call whose answer was lost is not made again."""
        ...

    def write(self, access: Access, order_source_id: str, change: Change, key: str, before: Standing) -> Written:
        """Do it. The same key may come twice after a crash. What came into being (`made`) is told again under the same key."""
        ...


class Busy(Exception):
    """The system asks to be left alone for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"busy for {seconds:.0f} s")
        self.seconds = seconds


class Barred(Exception):
    """The system lets Kaeru in no more, or not for this (`why`: token_revoked | shop_gone | missing_scope | not_understood).

    Waiting does not help: a person connects again.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
