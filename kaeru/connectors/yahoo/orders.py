"""An order as orderInfo tells it, put into Kaeru's record. Pure. Absent values arrive as empty elements; amounts are whole yen."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

from kaeru.connectors.errors import Unreadable
from kaeru.connectors.reading import FIRST_YEAR, LAST_YEAR, MOST_MINOR_UNITS, MOST_PIECES, text
from kaeru.connectors.yahoo import words
from kaeru.connectors.yahoo.markup import Node
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.rules import LineRecord, OrderRecord

JST = timezone(timedelta(hours=9))
FIELDS = (
    "OrderId", "OrderTime", "LastUpdateTime", "OrderStatus", "CancelReason", "IsSeen", "PayStatus", "PayMethod", "PayMethodName", "PayDate",
    "BillMailAddress", "BillFirstName", "BillLastName", "BillPhoneNumber", "ShipStatus", "ShipRequestDate", "ShipRequestTime",
    "ShipCompanyCode", "ShipInvoiceNumber1", "ShipDate", "ShipFirstName", "ShipLastName", "ShipZipCode", "ShipPrefecture", "ShipCity",
    "ShipAddress1", "ShipAddress2", "TotalPrice", "ShipCharge", "PayCharge", "Discount", "UsePoint", "LineId", "ItemId", "Title",
    "SubCode", "SubCodeOption", "UnitPrice", "Quantity", "CouponDiscount",
)  # fmt: skip
"""What is asked for of an order; nothing that is not used."""
PAYMENTS = (
    ("クレジットカード", "card"), ("代金引換", "cod"), ("商品代引", "cod"), ("代引", "cod"), ("銀行", "bank"), ("コンビニ", "konbini"),
    ("PayPay", "wallet"),
)  # fmt: skip
"""What stands in PayMethodName, in this order; other words are left empty rather than guessed."""


def order_record(info: Node, scopes: Sequence[str] = ()) -> OrderRecord:
    """The order in Kaeru's words; `scopes` has the operator's table of cancel reasons. Raises Unreadable."""
    number, placed_at = info.say("OrderId"), moment(info.say("OrderTime"))
    if not 0 < len(number) <= 100 or placed_at is None:
        raise Unreadable("OrderId or OrderTime is missing")
    changed = moment(info.say("LastUpdateTime")) or placed_at
    status, pay, ship = info.say("OrderStatus"), info.say("Pay/PayStatus"), info.say("Ship/ShipStatus")
    lines = tuple(_line(item) for item in info.all("Item"))
    worth, total = sum(line.quantity * line.unit_price for line in lines), yen(info.say("Detail/TotalPrice"))
    fee = yen(info.say("Detail/ShipCharge")) or 0
    is_cancelled, code = status == words.CANCELLED, info.say("CancelReason")
    has_left = ship in words.SHIPPED
    return OrderRecord(
        source_id=number,
        placed_at=placed_at,
        updated_at=max(changed, placed_at),
        currency="JPY",
        total=worth + fee if total is None else total,
        subtotal=worth,
        shipping_fee=fee,
        discount=abs(yen(info.say("Detail/Discount")) or 0),
        lines=lines,
        customer=_buyer(info.one("Pay")),
        payment_kind=next((kind for word, kind in PAYMENTS if word in info.say("Pay/PayMethodName")), ""),
        sales_channel="yahoo",
        cancelled_at=max(changed, placed_at) if is_cancelled else None,
        cancel_reason=text(code, 100) if is_cancelled else "",
        cancel_side=words.side_of(code, scopes) if is_cancelled else "",
        shipped_at=(moment(info.say("Ship/ShipDate")) or changed) if has_left else None,
        tracking=_tracking(info.one("Ship")),
        paid_at=moment(info.say("Pay/PayDate")) if pay == words.PAID else None,
        wished_on=day(info.say("Ship/ShipRequestDate")),
        wished_slot=text(info.say("Ship/ShipRequestTime"), 20),
        mall_state=words.state(status, pay, ship),
        is_reserved=status == words.RESERVED,
    )


def _line(item: Node) -> LineRecord:
    quantity = yen(item.say("Quantity"))
    if quantity is None or abs(quantity) > MOST_PIECES:
        raise Unreadable("Quantity is no quantity")
    return LineRecord(
        title=text(item.say("Title"), 300) or "–",
        quantity=quantity,
        unit_price=yen(item.say("UnitPrice")) or 0,
        source_id=text(item.say("LineId"), 100),
        sku=text(item.say("SubCode") or item.say("ItemId"), 100),
        product_id=text(item.say("ItemId"), 100),
        variant_id=text(item.say("SubCode"), 100),
        variant=text(item.say("SubCodeOption"), 200),
    )


def _buyer(pay: Node) -> CustomerRecord:
    name = f"{pay.say('BillLastName')} {pay.say('BillFirstName')}".strip()
    return CustomerRecord(
        name=name, email=pay.say("BillMailAddress")[:254], phone=text(pay.say("BillPhoneNumber"), 40), locale="ja"
    )


def _tracking(ship: Node) -> tuple[str, str] | None:
    number = text(ship.say("ShipInvoiceNumber1"), 100)
    return (text(ship.say("ShipCompanyCode"), 60), number) if number else None


def yen(said: str) -> int | None:
    """Whole yen, or a quantity; None for what is none.

    >>> yen("7500"), yen("7500.0"), yen(""), yen("many")
    (7500, 7500, None, None)
    """
    whole, _, rest = said.partition(".")
    plain = whole.removeprefix("-")
    if not (plain.isascii() and plain.isdecimal()) or rest.strip("0") or len(plain) > 15:
        return None
    found = int(whole)
    return found if abs(found) <= MOST_MINOR_UNITS else None


def moment(said: str) -> datetime | None:
    """An aware UTC time from 2026-11-20T21:14:03+09:00, 20261120211403 or 2026-11-20; Japan's time when no zone is said."""
    plain = said.strip()
    if plain.isascii() and plain.isdecimal() and len(plain) in {8, 14}:
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:8]}" + (
            f"T{plain[8:10]}:{plain[10:12]}:{plain[12:]}" if len(plain) == 14 else ""
        )
    try:
        found = datetime.fromisoformat(plain)
        aware = found if found.tzinfo else found.replace(tzinfo=JST)
        return aware.astimezone(UTC) if FIRST_YEAR <= found.year <= LAST_YEAR else None
    except (ValueError, OverflowError):
        return None


def day(said: str) -> date | None:
    """A day in Japan; None for what is none."""
    found = moment(said)
    return None if found is None else found.astimezone(JST).date()


def stamp(at: datetime) -> str:
    """A time as orderList takes it: 20261122000000, Japan's.

    >>> stamp(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    '20261122000000'
    """
    return at.astimezone(JST).strftime("%Y%m%d%H%M%S")
