"""Verbs: keep what buyers asked on the mall, and answer it there through the gate; what is told twice changes nothing."""

from collections.abc import Sequence
from hashlib import blake2b

from django.db import transaction
from django.db.models import Q

from kaeru.connectors.changes import AnswerInquiry
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.models import Inquiry
from kaeru.connectors.polling import InquiryRecord
from kaeru.core import clock, events, ids, sql
from kaeru.core.events import News
from kaeru.orders.models import Order, OrderLine
from kaeru.tenants.models import Shop

MOST_LETTERS = 4000
SOURCE = "inquiry"
"""Who asks the gate: the source of its changes; their `source_id` is the inquiry's id."""


def mirror(shop: Shop, records: Sequence[InquiryRecord]) -> int:
    """Take over these inquiries in one transaction; returns how many are new. News `inquiry.received` for each new one that waits.

    One that was answered on the mall's screen is closed here; one that Kaeru answered stays as it is.
    """
    told = {record.source_id[:100]: record for record in records}
    if not told:
        return 0
    with transaction.atomic():
        sql.one_at_a_time(shop.id)
        known = {row.source_id: row for row in Inquiry.objects.filter(shop=shop, source_id__in=told)}
        fresh = [record for key, record in told.items() if key not in known]
        orders = _orders(shop, fresh)
        rows = [
            Inquiry(
                id=key, organization_id=shop.organization_id, shop=shop, source_id=one.source_id[:100], asked_at=one.asked_at,
                title=one.title[:300], body=one.body[:MOST_LETTERS], category=one.category[:60], is_about_claim=one.is_about_claim,
                order_id=orders.get(one.order_source_id) or orders.get(one.line_source_id), answered_at=one.answered_at,
            )
            for key, one in zip(ids.new_ids(len(fresh)), fresh, strict=True)
        ]  # fmt: skip
        Inquiry.objects.bulk_create(rows)
        closed = [row for key, row in known.items() if row.answered_at is None and told[key].answered_at is not None]
        for row in closed:
            row.answered_at = told[row.source_id].answered_at
        Inquiry.objects.bulk_update(closed, ["answered_at"])
        waiting = [row for row in rows if row.answered_at is None]
        events.emit(
            News("inquiry.received", shop.organization_id, row.id, {"order": row.order_id}, row.asked_at)
            for row in waiting
        )
        events.emit(News("inquiry.answered", shop.organization_id, row.id, {"by": "mall"}) for row in closed)
    return len(rows)


@transaction.atomic
def answer(inquiry_id: int, text: str, *, actor: str) -> int | None:
    """Ask the gate to answer; returns the change's id, or None when there is none of that id, or it is answered already.

    Raises ValueError for an empty text or one of more than 4,000 letters. The same text again is the same change.
    """
    words = text.strip()
    if not 0 < len(words) <= MOST_LETTERS:
        raise ValueError(f"an answer has 1 to {MOST_LETTERS} letters")
    row = Inquiry.objects.select_for_update().filter(id=inquiry_id, answered_at=None).first()
    if row is None:
        return None
    row.answer_text = words
    row.save(update_fields=["answer_text"])
    change = AnswerInquiry(row.source_id, words, row.asked_at.isoformat())
    mark = blake2b(words.encode(), digest_size=6).hexdigest()
    asked = gate.Ask(
        row.organization_id, row.shop_id, row.order_id, change, f"inquiry:{row.id}:{mark}", "inquiry", actor, SOURCE, row.id
    )  # fmt: skip
    return gate.ask([asked])[0]


def settle(inquiry_ids: Sequence[int]) -> int:
    """The mall has taken these answers; in the caller's transaction."""
    rows = list(Inquiry.objects.filter(id__in=inquiry_ids, answered_at=None))
    Inquiry.objects.filter(id__in=[row.id for row in rows]).update(answered_at=clock.now())
    events.emit(News("inquiry.answered", row.organization_id, row.id, {"by": "kaeru"}) for row in rows)
    return len(rows)


def _orders(shop: Shop, records: Sequence[InquiryRecord]) -> dict[str, int]:
    """Ids of orders by their own id, and by the ids of their lines."""
    named = {one.order_source_id for one in records} - {""}
    lines = {one.line_source_id for one in records} - {""}
    if not named and not lines:
        return {}
    found = dict(Order.objects.filter(shop=shop, source_id__in=named | lines).values_list("source_id", "id"))
    rows = OrderLine.objects.filter(Q(order__shop=shop), source_id__in=lines)
    return {**dict(rows.values_list("source_id", "order_id")), **found}
