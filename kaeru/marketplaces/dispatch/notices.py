"""発送のお知らせ: what buyers are told about their parcels, once for each order and kind.

A row says that it was told, and its unique key is what makes it once: whoever writes the row writes the message in the same transaction,
and the outbox hands that over once. What is known of order and parcel is filled in at the hand-over, as it stands then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.cancellations import letters
from kaeru.core import audit, clock, ids, money, wording
from kaeru.marketplaces.dispatch import notice_texts
from kaeru.marketplaces.dispatch.models import BuyerNotice, NoticeKind
from kaeru.marketplaces.dispatch.terms import Terms, terms_of
from kaeru.messages import actions as outbox
from kaeru.messages.actions import NewMessage
from kaeru.messages.errors import TextsRefused
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.orders.models import Order, OrderLine, Shipment
from kaeru.tenants.models import Shop

SOURCE = "parcel"
"""Of the messages; the notice's id is their `source_id`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told to the buyer of one order."""

    order: Order
    """With its shop."""
    kind: str
    mails: bool = True
    """False: a person pastes the text on the mall's screen."""
    new_on: date | None = None
    cause: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None
    """Not before; None: now."""


def write(told: Sequence[Told], *, actor: str) -> list[BuyerNotice]:
    """Tell these in the caller's transaction; what was told before is left out. Returns what is new, with its message.

    Five statements, and up to three for each shop and kind.
    """
    moment = clock.now()
    rows = [
        BuyerNotice(
            id=key, organization_id=one.order.organization_id, shop_id=one.order.shop_id, order=one.order, kind=one.kind,
            mark=one.new_on.isoformat() if one.new_on else "", cause=one.cause, words=dict(one.words), new_on=one.new_on,
            created_at=moment, created_by=actor[:60],
        )
        for key, one in zip(ids.new_ids(len(told)), told, strict=True)
    ]  # fmt: skip
    BuyerNotice.objects.bulk_create(rows, ignore_conflicts=True)
    written = set(BuyerNotice.objects.filter(id__in=[row.id for row in rows]).values_list("id", flat=True))
    fresh = [(row, one) for row, one in zip(rows, told, strict=True) if row.id in written]
    to_mail = [(row, one) for row, one in fresh if one.mails]
    templates = _templates(one for _, one in to_mail)
    sent = outbox.enqueue(
        [
            NewMessage(
                organization_id=row.organization_id, shop_id=row.shop_id, customer_id=one.order.customer_id,
                template_id=templates[row.shop_id, row.kind], purpose="notice", source=SOURCE, source_id=row.id,
                due_at=one.due_at or moment,
            )
            for row, one in to_mail
        ]
    )  # fmt: skip
    for (row, _), message_id in zip(to_mail, sent, strict=True):
        row.message_id = message_id
    BuyerNotice.objects.bulk_update([row for row, _ in to_mail], ["message"])
    audit.record_many(
        (row.organization_id, actor, "buyer.told", "order", row.order_id, {"kind": row.kind, "new_on": row.mark, "mails": one.mails})
        for row, one in fresh
    )  # fmt: skip
    return [row for row, _ in fresh]


def _templates(told: Any) -> dict[tuple[int, str], int]:
    """The template of each shop and kind; own words that a newer rule forbids are replaced by the house's."""
    wanted = {(one.order.shop_id, one.kind): one.order.shop for one in told}
    terms = terms_of({shop_id for shop_id, _ in wanted})
    return {key: _template(shop, terms[shop.id], key[1]) for key, shop in wanted.items()}


def _template(shop: Shop, terms: Terms, kind: str) -> int:
    try:
        return letters.template_of(shop, terms.words(kind), allowed=notice_texts.ALLOWED)
    except TextsRefused:
        return letters.template_of(shop, Terms().words(kind), allowed=notice_texts.ALLOWED)


def words_of(rows: Collection[BuyerNotice]) -> dict[int, dict[str, Any]]:
    """What the notices may mention, by their id; two queries (the rows come with order, its customer and shop)."""
    orders = [row.order_id for row in rows]
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order_id__in=orders, quantity__gt=0).order_by("position"):
        lines.setdefault(line.order_id, []).append(line)
    parcels = {row.order_id: row for row in Shipment.objects.filter(order_id__in=orders).order_by("id")}
    return {row.id: _words(row, lines.get(row.order_id, []), parcels.get(row.order_id)) for row in rows}


def _words(row: BuyerNotice, lines: Sequence[OrderLine], parcel: Shipment | None) -> dict[str, Any]:
    order, shop = row.order, row.order.shop
    language = wording.language_of(order.customer.language if order.customer else "ja")
    zone = ZoneInfo(shop.timezone)
    year = clock.now().astimezone(zone).year
    leaves_on = row.new_on or order.dispatch_by
    wished = wording.day(order.wished_on, language, year) if order.wished_on else ""
    return {
        "customer": {"name": order.customer.name if order.customer else ""},
        "reason": {"side": "shop"} if row.kind == NoticeKind.DELAYED else {},
        "parcel": {
            "leaves_on": wording.day(leaves_on, language, year) if leaves_on else "",
            "wished": f"{wished} {order.wished_slot}".strip(),
            "carrier": parcel.carrier if parcel else "",
            "tracking": parcel.tracking_number if parcel else "",
        },
        "delay": {
            "cause": notice_texts.CAUSES[row.cause][language] if row.cause in notice_texts.CAUSES else "",
            "words": wording.pick(row.words, language),
        },
        "order": {
            "number": order.number,
            "total": money.show(order.total, order.currency, language),
            "placed_on": wording.day(order.placed_at.astimezone(zone).date(), language, year),
            "lines": [
                {
                    "title": line.title,
                    "variant": line.variant,
                    "quantity": line.quantity,
                    "price": money.show(line.unit_price * line.quantity, order.currency, language),
                }
                for line in lines
            ],
        },
    }


def _of(rows: Sequence[Message]) -> dict[int, BuyerNotice]:
    found = BuyerNotice.objects.filter(id__in={row.source_id for row in rows})
    return {row.id: row for row in found.select_related("order__customer", "order__shop")}


def _words_for(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """By message id."""
    notices = _of(rows)
    words = words_of(notices.values())
    return {row.id: words[row.source_id] for row in rows if row.source_id in words}


def still_needed(rows: Sequence[Message]) -> dict[int, str]:
    """Of an order that is cancelled nothing more is told, of one that has left only that; of two delays only the newer one."""
    notices = _of(rows)
    newest: dict[int, int] = {}
    delays = BuyerNotice.objects.filter(
        order_id__in={one.order_id for one in notices.values()}, kind=NoticeKind.DELAYED
    )
    for order_id, notice_id in delays.order_by("id").values_list("order_id", "id"):
        newest[order_id] = notice_id
    found = {}
    for row in rows:
        notice = notices.get(row.source_id)
        if notice is None:
            continue
        if notice.order.cancelled_at is not None:
            found[row.id] = "cancelled"
        elif notice.kind != NoticeKind.SHIPPED and notice.order.shipped_at is not None:
            found[row.id] = "shipped"
        elif notice.kind == NoticeKind.DELAYED and newest.get(notice.order_id) != notice.id:
            found[row.id] = "settled"
    return found


register_source(SOURCE, _words_for, still_needed, allowed_variables=notice_texts.ALLOWED)
