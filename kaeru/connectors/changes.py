"""What Kaeru may ask a shop's system to change: the words of a change, whatever system carries it out.

A change is asked for by `gate.actions.ask`, judged and written down there, and carried out by the connector's writer. Each kind
names the capability that the connected system must have, and says whether it can be undone. Money in minor units.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True)
class Change:
    """Base: something to be done to one order."""

    kind: ClassVar[str] = ""
    needs: ClassVar[str] = ""
    """The capability of the connected system (`base.Capabilities`)."""
    is_irreversible: ClassVar[bool] = False

    @property
    def money(self) -> int:
        """Minor units that it takes from the shop or gives back to the buyer: what the caps of the gate count."""
        return 0

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The opposite; words that this kind does not know are left out."""
        return cls(**{one.name: told[one.name] for one in fields(cls) if one.name in told})


@dataclass(frozen=True, slots=True)
class Hold(Change):
    """Nothing leaves the warehouse while the buyer and the shop decide."""

    kind: ClassVar[str] = "hold"
    needs: ClassVar[str] = "can_hold"
    why: str = "other"
    """other | address | payment | stock"""


@dataclass(frozen=True, slots=True)
class Release(Change):
    """It may leave again."""

    kind: ClassVar[str] = "release"
    needs: ClassVar[str] = "can_hold"


@dataclass(frozen=True, slots=True)
class ChangeAddress(Change):
    """Another delivery address. Personal data: never logged, never in an audit entry."""

    kind: ClassVar[str] = "change_address"
    needs: ClassVar[str] = "can_change_address"
    name: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)
    """Seven digits with a hyphen: 110-0001."""
    region: str = field(default="", repr=False)
    """Prefecture: 東京都."""
    city: str = field(default="", repr=False)
    line1: str = field(default="", repr=False)
    line2: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AddDiscount(Change):
    """Something off an order that stands: a coupon that was forgotten."""

    kind: ClassVar[str] = "add_discount"
    needs: ClassVar[str] = "can_discount"
    amount: int = 0
    code: str = ""
    label: str = ""

    @property
    def money(self) -> int:
        """What is given."""
        return self.amount


@dataclass(frozen=True, slots=True)
class ChangeLines(Change):
    """Other quantities of lines (0 takes one out), and items added. A variant is changed by taking one out and adding another."""

    kind: ClassVar[str] = "change_lines"
    needs: ClassVar[str] = "can_change_lines"
    quantities: Mapping[str, int] = field(default_factory=dict)
    """New quantity by the line's own id in the shop's system."""
    added: tuple[tuple[str, int], ...] = ()
    """(variant id, quantity)."""
    shipping_fee: int | None = None
    """The fee that the order has afterwards; None leaves it."""
    given_back: int = 0
    """Minor units that go back to the buyer by it."""
    reason: str = ""
    """The code of the shop's reason. Malls want it, truthfully, when an order comes to cost less."""
    side: str = ""
    """customer | shop"""

    @property
    def money(self) -> int:
        """What goes back."""
        return self.given_back

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """JSON has lists where we have tuples."""
        added = tuple((str(item), int(quantity)) for item, quantity in told.get("added", ()))
        why = {"reason": str(told.get("reason", "")), "side": str(told.get("side", ""))}
        given_back = int(told.get("given_back", 0))
        return cls(dict(told.get("quantities", {})), added, told.get("shipping_fee"), given_back, **why)


@dataclass(frozen=True, slots=True)
class Cancel(Change):
    """The order is cancelled, and paid money goes back the way it came. Cannot be undone.

    `reason` and `side` are never empty: malls read an empty reason as the shop's fault.
    """

    kind: ClassVar[str] = "cancel"
    needs: ClassVar[str] = "can_cancel"
    is_irreversible: ClassVar[bool] = True
    reason: str = ""
    """The code of the shop's reason: changed_mind, out_of_stock."""
    side: str = ""
    """customer | shop"""
    restock: bool = True
    refund: bool = True
    total: int = 0
    """What the order costs: what may go back at most."""
    are_goods_back: bool = False
    """The goods had left and are at the shop again: malls take such a cancellation by a way of its own."""

    @property
    def money(self) -> int:
        """The whole order."""
        return self.total if self.refund else 0


@dataclass(frozen=True, slots=True)
class GiveBack(Change):
    """Money goes back for an order that stands. Cannot be undone."""

    kind: ClassVar[str] = "give_back"
    needs: ClassVar[str] = "can_refund"
    is_irreversible: ClassVar[bool] = True
    amount: int = 0
    note: str = ""

    @property
    def money(self) -> int:
        """What goes back."""
        return self.amount


@dataclass(frozen=True, slots=True)
class MakeDraft(Change):
    """The re-order, ready to be paid: a draft with the items of the order and the repair done; its address comes back as `url`."""

    kind: ClassVar[str] = "make_draft"
    needs: ClassVar[str] = "can_draft"
    items: tuple[tuple[str, int], ...] = ()
    """(variant id, quantity)."""
    ref: str = ""
    """The reference by which the new order is known again."""
    hold_minutes: int = 0
    """For how long the stock is kept; 0: not at all."""

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """JSON has lists where we have tuples."""
        items = tuple((str(item), int(quantity)) for item, quantity in told.get("items", ()))
        return cls(items, str(told.get("ref", "")), int(told.get("hold_minutes", 0)))


@dataclass(frozen=True, slots=True)
class MakeCode(Change):
    """A coupon of Kaeru's becomes a discount code of the shop's system. About no order."""

    kind: ClassVar[str] = "make_code"
    needs: ClassVar[str] = "can_make_codes"
    code: str = ""
    gives: str = "amount"
    """amount | percent | free_shipping"""
    value: int = 0
    minimum: int = 0
    starts_at: str = ""
    ends_at: str = ""
    """ISO times."""


@dataclass(frozen=True, slots=True)
class SetDispatchDate(Change):
    """The mall is told on which day the order leaves (発送予定日). It binds the shop: promise only what is in stock."""

    kind: ClassVar[str] = "set_dispatch_date"
    needs: ClassVar[str] = "can_set_dispatch_date"
    date: str = ""
    """ISO day in the shop's zone: 2026-11-24."""
    delay_type: str = "preparing"
    """preparing | made_to_order | customer_asked | other"""
    words: str = ""
    """For the mall's memo; without personal data."""


@dataclass(frozen=True, slots=True)
class MarkDispatched(Change):
    """The mall is told that the order has left. Cannot be undone: from then on there are only returns."""

    kind: ClassVar[str] = "mark_dispatched"
    needs: ClassVar[str] = "can_mark_dispatched"
    is_irreversible: ClassVar[bool] = True
    carrier: str = ""
    """The carrier in the mall's word: ヤマト宅急便."""
    number: str = ""


@dataclass(frozen=True, slots=True)
class AnswerInquiry(Change):
    """A buyer's question on the mall is answered. Cannot be taken back. Personal data: forgotten in the row once it is over."""

    kind: ClassVar[str] = "answer_inquiry"
    needs: ClassVar[str] = "can_answer"
    is_irreversible: ClassVar[bool] = True
    inquiry: str = ""
    """`models.Inquiry.source_id`."""
    text: str = field(default="", repr=False)
    asked_at: str = ""
    """`models.Inquiry.asked_at`, ISO: where to look whether it was answered meanwhile."""


KINDS: dict[str, type[Change]] = {
    kind.kind: kind
    for kind in (
        Hold,
        Release,
        ChangeAddress,
        AddDiscount,
        ChangeLines,
        Cancel,
        GiveBack,
        MakeDraft,
        MakeCode,
        SetDispatchDate,
        MarkDispatched,
        AnswerInquiry,
    )
}


def read(kind: str, told: Mapping[str, Any]) -> Change:
    """The change of this kind. Raises KeyError for a kind that nobody knows."""
    return KINDS[kind].from_json(told)
