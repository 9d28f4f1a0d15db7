"""One cancellation's story for a machine: what happened, when, in a word and its detail."""

from kaeru.api.v1.schemas import TimelineEntry
from kaeru.calls import queries as calls
from kaeru.cancellations.models import CancellationRequest
from kaeru.connectors import queries as connectors
from kaeru.messages import queries as messages
from kaeru.offers import queries as offers
from kaeru.recoveries.models import Recovery
from kaeru.scenarios import queries as scenarios


def timeline(row: CancellationRequest, back: Recovery | None) -> list[TimelineEntry]:
    """Oldest first."""
    entries = [
        TimelineEntry(at=row.requested_at, what="cancellation.opened", detail=row.reason.code if row.reason else "")
    ]
    if row.decided_at:
        entries.append(
            TimelineEntry(
                at=row.decided_at, what="cancellation.decided", detail="kept" if row.state == "kept" else "requested"
            )
        )
    if row.cancelled_at:
        entries.append(TimelineEntry(at=row.cancelled_at, what="order.cancelled", detail=""))
    for call in connectors.of_subject(row.id):
        entries.append(
            TimelineEntry(at=call.done_at or call.created_at, what=f"shop.told.{call.state}", detail=call.topic)
        )
    entries += _scenario(row.id)
    if back:
        entries.append(TimelineEntry(at=back.recovered_at, what="recovery.recorded", detail=back.how))
    return sorted(entries, key=lambda entry: entry.at)


def _scenario(cancellation_id: int) -> list[TimelineEntry]:
    enrollment = scenarios.of_cancellation(cancellation_id)
    if enrollment is None:
        return []
    entries = [TimelineEntry(at=enrollment.entered_at, what="scenario.entered", detail="")]
    for message in messages.of_sources("enrollment", [enrollment.id]):
        at = message.ended_at or message.due_at
        entries.append(TimelineEntry(at=at, what=f"message.{message.state}", detail=message.reason or message.purpose))
    for call in calls.of_sources("enrollment", [enrollment.id]):
        entries.append(TimelineEntry(at=call.created_at, what="call.asked", detail=""))
        entries += [TimelineEntry(at=item.at, what="call.told", detail=item.answer) for item in calls.tries_of(call)]
        if call.closed_at:
            entries.append(TimelineEntry(at=call.closed_at, what="call.closed", detail=call.outcome))
    for coupon in offers.of_enrollment(enrollment.id):
        entries.append(TimelineEntry(at=coupon.issued_at, what="coupon.issued", detail=coupon.kind))
        if coupon.redeemed_at:
            entries.append(
                TimelineEntry(at=coupon.redeemed_at, what="coupon.redeemed", detail=coupon.redeemed_order_ref)
            )
    return entries
