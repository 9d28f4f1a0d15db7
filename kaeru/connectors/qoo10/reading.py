"""From Qoo10's rows to Kaeru's records. One row is one line of an order: PackNo is the order that the buyer knows, OrderNo the line.

Rows come twice, lines of one order come in different states, and a claim comes once for each answer it is in: each is kept once.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from kaeru.connectors.qoo10 import words
from kaeru.connectors.qoo10.words import Row
from kaeru.connectors.reading import rows
from kaeru.customers.rules import CustomerRecord

ASKED: Final = frozenset({"1", "2"})
"""Claims with which the buyer waits for a cancellation: asked for, or on its way."""
CANCELLED: Final = frozenset({"3"})
UNPAID: Final = "16"
RETURNED: Final = "6"
LEFT: Final = frozenset({"4", "5"})
"""Shipping states of a line that has left."""
OPEN: Final = frozenset({"1", "2", "3"})
RESERVED: Final = frozenset({"1", "2"})
"""AvailableSendType of what is sold before it is there."""

_PAYMENTS: Final = (
    ("カード", "card"), ("card", "card"), ("コンビニ", "konbini"), ("convenience", "konbini"), ("銀行", "bank"), ("振込", "bank"),
    ("bank", "bank"), ("atm", "bank"), ("代引", "cod"), ("cod", "cod"), ("pay", "wallet"), ("ペイ", "wallet"), ("キャリア", "wallet"),
)  # fmt: skip
_SHOP_WORDS: Final = (
    "在庫",
    "品切",
    "欠品",
    "売り切れ",
    "out of stock",
    "sold out",
    "配送遅延",
    "発送遅延",
    "shipping delay",
    "配送不可",
)
_BUYER_WORDS: Final = (
    "間違",
    "注文変更",
    "change of order",
    "mistake",
    "不要",
    "必要なく",
    "気が変わ",
    "購入者",
    "changed mind",
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Head:
    """What a row says of its whole order."""

    ordered_at: datetime
    paid_at: datetime | None = None
    customer: CustomerRecord | None = field(default=None, repr=False)
    payment: str = ""
    wished_on: date | None = None
    wished_slot: str = ""
    fee: int = 0
    cart_discount: int = 0
    """The shop's own, in yen."""
    currency: str = "JPY"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands."""

    number: str
    """OrderNo."""
    pack: str
    state: str
    """Code of the shipping state; empty when nobody knows it, as in a claim."""
    title: str = ""
    item: str = ""
    sku: str = ""
    option: str = ""
    option_code: str = ""
    quantity: int = 0
    price: int = 0
    """Of one piece, yen."""
    discount: int = 0
    total: int = 0
    dispatch_by: date | None = None
    shipped_at: datetime | None = None
    carrier: str = ""
    tracking: str = ""
    is_reserved: bool = False
    related: tuple[str, ...] = ()
    """Lines of the same order, as far as Qoo10 says so."""
    head: Head | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A wish to cancel, to return or to exchange one line, as it stands."""

    line: str
    pack: str
    status: str
    """See `words.CLAIM`; empty for what nobody knows."""
    asked_at: datetime | None = None
    done_at: datetime | None = None
    reason: str = ""
    """The buyer's or the shop's words, kept as told."""
    quantity: int = 0
    amount: int = 0
    title: str = ""
    is_paid: bool = False

    @property
    def cancels(self) -> bool:
        """Whether the line is gone by it. An unpaid order lapses; the code for it is from one source only, so a paid one is left alone."""
        return self.status in CANCELLED or (self.status == UNPAID and not self.is_paid)

    @property
    def rank(self) -> tuple[str, int]:
        """The newer, and of two at the same time the further one, is how it stands."""
        return (self.asked_at.isoformat() if self.asked_at else "", int(self.status or 0))


def lines_of(told: Any) -> list[Line]:
    """The lines in an answer, each once; what has no numbers or no date is left out, and logged by its number."""
    found: dict[str, Line] = {}
    for raw in _rows(told):
        row = Row(raw)
        number, pack, at = (
            row.text("OrderNo", 40),
            row.text("PackNo", 40),
            words.moment(row.text("OrderDate", 40)),
        )
        if not number.isdecimal() or at is None:
            log.error("Qoo10 told a line that cannot be read: %s", number[:20] if number.isdecimal() else "?")
            continue
        line = _line(row, number, pack if pack.isdecimal() else number, at)
        known = found.get(number)
        if known is None or known.state <= line.state:
            found[number] = line
    return list(found.values())


def _rows(told: Any) -> list[Mapping[str, Any]]:
    """Null is empty, and one object alone is a list of one."""
    return [told] if isinstance(told, dict) else rows(told)


def _line(row: Row, number: str, pack: str, ordered_at: datetime) -> Line:
    state = words.code(row.text("ShippingStatus", 60), words.SHIPPING)
    quantity = row.yen("OrderQty")
    price = row.yen("OrderPrice")
    shipped_at = words.moment(row.text("ShippingDate", 40))
    related = tuple(one for one in row.text("RelatedOrder", 2000).replace(",", " ").split() if one.isdecimal())
    return Line(
        number=number,
        pack=pack,
        state=state,
        title=row.text("ItemTitle", 300) or "–",
        item=row.text("ItemNo", 100),
        sku=row.text("OptionCode", 100) or row.text("SellerItemCode", 100),
        option=row.text("Option", 200),
        option_code=row.text("OptionCode", 100),
        quantity=quantity,
        price=price,
        discount=abs(row.yen("Discount")),
        total=row.yen("Total") if "Total" in row else price * quantity or row.yen("PaymentAmount"),
        dispatch_by=words.day(row.text("EstimatedShippingDate", 40)),
        shipped_at=shipped_at,
        carrier=row.text("DeliveryCompany", 60),
        tracking=row.text("TrackingNo", 100),
        is_reserved=row.text("AvailableSendType", 10) in RESERVED,
        related=related,
        head=_head(row, ordered_at),
    )


def _head(row: Row, ordered_at: datetime) -> Head:
    wished_on, slot = words.wish(row.text("DesiredDeliveryDate", 60))
    mail, name = row.text("BuyerEmail", 254), row.text("Buyer")
    phone = next((p for p in (row.text("BuyerMobile", 40), row.text("BuyerTel", 40)) if p.strip("- ")), "")
    payment = row.text("PaymentMethod", 60).lower()
    return Head(
        ordered_at=ordered_at,
        paid_at=words.moment(row.text("PaymentDate", 40)),
        customer=CustomerRecord(name=name, email=mail, phone=phone, locale="ja") if mail else None,
        payment=next((kind for word, kind in _PAYMENTS if word in payment), ""),
        wished_on=wished_on,
        wished_slot=slot,
        fee=max(0, row.yen("ShippingRate")),
        cart_discount=abs(row.yen("CartDiscountSeller")),
        currency=row.text("Currency", 3) or "JPY",
    )


def claims_of(told: Any) -> tuple[list[Claim], int]:
    """The claims in an answer, one for each line, and how many have a status that nobody knows."""
    found: dict[str, Claim] = {}
    strange = 0
    for raw in _rows(told):
        row = Row(raw)
        claim = claim_of(row)
        if claim is None:
            continue
        if not claim.status:
            strange += 1
            continue
        known = found.get(claim.line)
        if known is None or known.rank <= claim.rank:
            found[claim.line] = claim
    return list(found.values()), strange


def claim_of(row: Row) -> Claim | None:
    """The claim in a row, or None when it has none (an order without one, asked for by its number)."""
    number, told = row.text("OrderNo", 40), row.text("ClaimStatus", 60)
    if not number.isdecimal() or not told:
        return None
    return Claim(
        line=number,
        pack=row.text("PackNo", 40) or number,
        status=words.code(told, words.CLAIM),
        asked_at=words.moment(row.text("RequestDate", 40)),
        done_at=words.moment(row.text("CancelRefundDate", 40)),
        reason=row.text("Reason", 100),
        quantity=row.yen("OrderQty"),
        amount=row.yen("PaymentAmount") or row.yen("Total"),
        title=row.text("ItemTitle", 300),
        is_paid=words.moment(row.text("PaymentDate", 40)) is not None,
    )


def side_of(reason: str) -> str:
    """Whose wish or fault the words of a claim name: customer | shop; empty when they do not say. The list is not published."""
    plain = reason.lower()
    if any(word in plain for word in _SHOP_WORDS):
        return "shop"
    return "customer" if any(word in plain for word in _BUYER_WORDS) else ""


def by_pack(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of each order, in the order of their numbers."""
    found: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: int(line.number)):
        found.setdefault(line.pack, []).append(line)
    return found


def inquiries_of(told: Any) -> Sequence[Row]:
    """The rows of an answer about inquiries."""
    return [Row(raw) for raw in _rows(told)]
