"""An order as RMS tells it (getOrder, version 7) put into Kaeru's record. Pure.

RMS says no "last changed": the newest of all its moments stands for it. An amount that is not settled is -9999; then the lines say
what the order is worth.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from kaeru.connectors.rakuten import words
from kaeru.connectors.rakuten.client import JST
from kaeru.connectors.reading import ident, maybe_moment, moment, part, pieces, rows, text
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.rules import LineRecord, OrderRecord

_MOMENTS = (
    "orderDatetime",
    "shopOrderCfmDatetime",
    "orderFixDatetime",
    "shippingInstDatetime",
    "shippingCmplRptDatetime",
)
_CHANGED = ("changeApplyDatetime", "changeFixDatetime", "changeCmplDatetime")
APPLIED, FIXED, COMPLETED, WITHDRAWN = 0, 1, 2, 3
"""changeType of a cancellation."""
PAYMENTS = (
    ("クレジットカード", "card"), ("代金引換", "cod"), ("代引", "cod"), ("銀行振込", "bank"), ("銀行", "bank"),
    ("コンビニ", "konbini"), ("セブンイレブン", "konbini"), ("ローソン", "konbini"), ("Apple Pay", "wallet"), ("PayPal", "wallet"),
    ("Alipay", "wallet"),
)  # fmt: skip
"""What stands in `settlementMethod`, in this order; other words are left empty rather than guessed."""
RESERVATION = 6


def order_record(order: Mapping[str, Any]) -> OrderRecord:
    """The order in Kaeru's words. Raises Unreadable."""
    progress = number(order.get("orderProgress"))
    lines = tuple(_line(package, item) for package, item in items(order))
    worth = sum(line.quantity * line.unit_price for line in lines)
    changed = max(_moments(order))
    is_cancelled, asked_at = progress == words.CANCELLED, _asked_at(order, progress, changed)
    why = _last(order, APPLIED, FIXED, COMPLETED) if is_cancelled or asked_at else {}
    total, subtotal = yen(order.get("totalPrice")), yen(order.get("goodsPrice"))
    fee, discount = yen(order.get("postagePrice")) or 0, yen(order.get("couponAllTotalPrice")) or 0
    detail = number(why.get("changeReasonDetail"))
    return OrderRecord(
        source_id=ident(order.get("orderNumber"), "orderNumber"),
        placed_at=moment(order.get("orderDatetime"), "orderDatetime"),
        updated_at=changed,
        currency="JPY",
        total=total if total is not None else worth + fee,
        subtotal=subtotal if subtotal is not None else worth,
        shipping_fee=fee,
        discount=discount,
        lines=lines,
        customer=_buyer(part(order.get("OrdererModel"))),
        payment_kind=_payment(text(part(order.get("SettlementModel")).get("settlementMethod"), 100)),
        sales_channel="rakuten",
        cancelled_at=(_moment_of(why) or changed) if is_cancelled else None,
        cancel_reason=words.reason_of(detail),
        cancel_side=words.side_of(number(why.get("changeReason")), detail) if is_cancelled else "",
        shipped_at=_shipped_at(order, progress, changed),
        tracking=_tracking(order),
        coupon_codes=_codes(order),
        wished_on=_day(order.get("deliveryDate")),
        wished_slot=_slot(order.get("shippingTerm")),
        mall_state=str(progress) if progress is not None else "",
        cancel_asked_at=asked_at,
        is_reserved=number(order.get("orderType")) == RESERVATION,
    )


def items(order: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each package with each of its items that were not taken out."""
    for package in rows(order.get("PackageModelList")):
        for item in rows(package.get("ItemModelList")):
            if number(item.get("deleteItemFlag")) != 1:
                yield package, item


def line_id(package: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    """Names a line within its order: package and item."""
    return f"{text(package.get('basketId'), 40)}:{text(item.get('itemDetailId'), 40)}"


def number(value: Any) -> int | None:
    """A whole number, or None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def yen(value: Any) -> int | None:
    """Yen; None when it is not told or not settled."""
    found = number(value)
    return None if found is None or found == words.NOT_FIXED else found


def has_left(order: Mapping[str, Any]) -> bool:
    """Whether something of it has left: its state says so, or a shipment was reported before it came to be cancelled."""
    return number(order.get("orderProgress")) in words.SENT or bool(text(order.get("shippingCmplRptDatetime"), 40))


def _line(package: Mapping[str, Any], item: Mapping[str, Any]) -> LineRecord:
    sku: Mapping[str, Any] = next(iter(rows(item.get("SkuModelList"))), {})
    own = text(sku.get("merchantDefinedSkuId"), 100)
    return LineRecord(
        title=text(item.get("itemName"), 300) or "–",
        quantity=pieces(item.get("units"), "units"),
        unit_price=yen(item.get("price")) or 0,
        source_id=line_id(package, item),
        sku=own or text(item.get("itemNumber"), 100) or text(item.get("manageNumber"), 100),
        product_id=text(item.get("manageNumber"), 100) or text(item.get("itemId"), 100),
        variant_id=text(sku.get("variantId"), 100),
        variant=text(sku.get("skuInfo") or item.get("selectedChoice"), 200),
    )


def _buyer(orderer: Mapping[str, Any]) -> CustomerRecord:
    """RMS gives no id of the buyer, and a mail address of its own that leads to the buyer for a while."""
    phone = "-".join(text(orderer.get(f"phoneNumber{place}"), 10) for place in (1, 2, 3)).strip("-")
    return CustomerRecord(
        name=" ".join(text(orderer.get(name), 100) for name in ("familyName", "firstName")).strip(),
        email=text(orderer.get("emailAddress"), 254),
        phone=phone,
        locale="ja",
    )


def _payment(method: str) -> str:
    return next((kind for word, kind in PAYMENTS if word in method), "")


def _moments(order: Mapping[str, Any]) -> list[datetime]:
    found = [moment(order.get("orderDatetime"), "orderDatetime")]
    found += [one for name in _MOMENTS[1:] if (one := maybe_moment(order.get(name), name))]
    for row in rows(order.get("ChangeReasonModelList")):
        found += [one for name in _CHANGED if (one := maybe_moment(row.get(name), name))]
    return found


def _moment_of(row: Mapping[str, Any]) -> datetime | None:
    """The last thing that happened in a row of ChangeReasonModelList."""
    found = [one for name in _CHANGED if (one := maybe_moment(row.get(name), name))]
    return max(found) if found else None


def _last(order: Mapping[str, Any], *kinds: int) -> Mapping[str, Any]:
    """The newest row of ChangeReasonModelList of these kinds; {} when there is none."""
    found = [row for row in rows(order.get("ChangeReasonModelList")) if number(row.get("changeType")) in kinds]
    return max(
        found,
        key=lambda row: (_moment_of(row) or datetime.min.replace(tzinfo=JST), row.get("changeId") or 0),
        default={},
    )


def _asked_at(order: Mapping[str, Any], progress: int | None, changed: datetime) -> datetime | None:
    """When the buyer asked, while nobody has decided: state 800, and the newest row is a wish of the buyer's."""
    row = _last(order, APPLIED, FIXED, COMPLETED, WITHDRAWN)
    if progress != words.ASKED or number(row.get("changeType")) == WITHDRAWN:
        return None
    if words.side_of(number(row.get("changeReason")), number(row.get("changeReasonDetail"))) == "shop":
        return None
    return maybe_moment(row.get("changeApplyDatetime"), "changeApplyDatetime") or changed


def _shipped_at(order: Mapping[str, Any], progress: int | None, changed: datetime) -> datetime | None:
    told = maybe_moment(order.get("shippingCmplRptDatetime"), "shippingCmplRptDatetime")
    if told is not None or progress not in words.SENT:
        return told
    days = [day for row in _parcels(order) if (day := _day(row.get("shippingDate")))]
    return datetime.combine(min(days), time(), JST) if days else changed


def _parcels(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for package in rows(order.get("PackageModelList")) for row in rows(package.get("ShippingModelList"))]


def _tracking(order: Mapping[str, Any]) -> tuple[str, str] | None:
    for row in _parcels(order):
        if code := text(row.get("shippingNumber"), 100):
            return text(row.get("deliveryCompanyName") or row.get("deliveryCompany"), 60), code
    return None


def _codes(order: Mapping[str, Any]) -> tuple[str, ...]:
    found = (text(row.get("couponCode"), 100) for row in rows(order.get("CouponModelList")))
    return tuple(code for code in found if code)[:20]


def _day(value: Any) -> date | None:
    """A day as 2026-11-24; None for anything else, also for 2026-11-24T00:00:00+0900 without a day before it."""
    try:
        return date.fromisoformat(text(value, 40)[:10]) if value else None
    except ValueError:
        return None


def _slot(value: Any) -> str:
    """The hours that the buyer chose, as RMS writes them: 1 (morning), 2 (afternoon), 1416 (14 to 16 o'clock); 0 is none."""
    found = text(value, 20)
    return "" if found == "0" else found
