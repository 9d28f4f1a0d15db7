"""An order of Qoo10 in Kaeru's words, put together of its lines and of what buyers claimed about them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from kaeru.connectors.qoo10 import reading
from kaeru.connectors.qoo10.reading import Claim, Line
from kaeru.orders.rules import LineRecord, OrderRecord, RefundLineRecord, RefundRecord

CHANNEL = "qoo10"


def order_record(lines: Sequence[Line], claims: Mapping[str, Claim], told_at: datetime) -> OrderRecord | None:
    """The order of these lines (all of one pack, in the order of their numbers) as it stood at `told_at`; None when no line knows
    its head. Lines that were cancelled stay: what a cancellation takes away is what was ordered.
    """
    head = next((line.head for line in lines if line.head is not None), None)
    if head is None or not lines:
        return None
    gone = [claims[line.number] for line in lines if line.number in claims and claims[line.number].cancels]
    live = [line for line in lines if line.number not in {claim.line for claim in gone}]
    cancelled_at = max((claim.done_at or claim.asked_at or told_at for claim in gone), default=None)
    is_cancelled = not live
    last = gone[-1] if gone and is_cancelled else None
    has_left = bool(live) and all(line.state in reading.LEFT for line in live)
    parcel = next((line for line in live if line.tracking), None)
    fee, off = max((line.head.fee for line in lines if line.head), default=0), head.cart_discount
    return OrderRecord(
        source_id=lines[0].pack,
        number=lines[0].pack,
        placed_at=head.ordered_at,
        updated_at=told_at,
        currency=head.currency,
        total=max(0, sum(line.total for line in lines) + fee - off),
        subtotal=sum(line.total for line in lines),
        shipping_fee=fee,
        discount=sum(line.discount for line in lines) + off,
        lines=tuple(_line(line) for line in lines),
        customer=head.customer,
        payment_kind=head.payment,
        sales_channel=CHANNEL,
        cancelled_at=cancelled_at if is_cancelled else None,
        cancel_reason=last.reason if last else _asked_why(live, claims),
        cancel_side=reading.side_of(last.reason) if last else "",
        shipped_at=max((line.shipped_at or told_at for line in live), default=None) if has_left else None,
        tracking=(parcel.carrier, parcel.tracking) if parcel and has_left else None,
        paid_at=head.paid_at,
        dispatch_by=_dispatch_by(live),
        wished_on=head.wished_on,
        wished_slot=head.wished_slot,
        mall_state=min((line.state for line in live if line.state), default=""),
        cancel_asked_at=_asked_at(live, claims) if live else None,
        is_reserved=any(line.is_reserved for line in lines),
    )


def _line(line: Line) -> LineRecord:
    return LineRecord(
        title=line.title,
        quantity=line.quantity,
        unit_price=line.price,
        source_id=line.number,
        sku=line.sku,
        product_id=line.item,
        variant_id=line.option_code,
        variant=line.option,
    )


def _dispatch_by(live: Sequence[Line]) -> date | None:
    """The first day that is due; None as long as a line that waits has none, since the buyer may still cancel that at once."""
    waiting = [line.dispatch_by for line in live if line.state not in reading.LEFT]
    days = waiting or [line.dispatch_by for line in live]
    return None if None in days else min((day for day in days if day is not None), default=None)


def _asked_at(live: Sequence[Line], claims: Mapping[str, Claim]) -> datetime | None:
    """When the buyer first asked to cancel a line that still stands."""
    asked = [claims[line.number] for line in live if line.number in claims]
    return min((one.asked_at for one in asked if one.status in reading.ASKED and one.asked_at), default=None)


def _asked_why(live: Sequence[Line], claims: Mapping[str, Claim]) -> str:
    """What the buyer gave as the reason while the request is open; "" without one."""
    asked = [claims[line.number] for line in live if line.number in claims]
    return next((one.reason for one in asked if one.status in reading.ASKED and one.reason), "")


def refunds(lines: Sequence[Line], claims: Mapping[str, Claim], told_at: datetime) -> list[RefundRecord]:
    """Single lines of an order that were cancelled while others stand, and lines that came back after they had left."""
    told = [claims[line.number] for line in lines if line.number in claims]
    gone = [claim for claim in told if claim.cancels]
    parts = gone if len(gone) < len(lines) else []
    return [refund(one, told_at) for one in (*parts, *(claim for claim in told if claim.status == reading.RETURNED))]


def refund(claim: Claim, told_at: datetime) -> RefundRecord:
    """What goes back by this claim."""
    line = RefundLineRecord(claim.quantity or 1, claim.amount, line_source_id=claim.line, title=claim.title)
    return RefundRecord(
        source_id=f"claim-{claim.line}",
        refunded_at=claim.done_at or claim.asked_at or told_at,
        currency="JPY",
        amount=claim.amount,
        order_source_id=claim.pack,
        lines=(line,),
        is_cancellation=claim.cancels,
    )
