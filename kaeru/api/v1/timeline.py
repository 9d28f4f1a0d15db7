"""One cancellation's story for a machine: what happened, when, in a word and its detail."""

from collections.abc import Sequence

from kaeru.api.v1.cancellation_schemas import TimelineEntry
from kaeru.calls import queries as calls
from kaeru.cancellations.models import CancellationRequest, Decision
from kaeru.connectors import queries as connectors
from kaeru.messages import queries as messages
from kaeru.offers import queries as offers
from kaeru.recoveries.models import Recovery
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.holdout import HELD
from kaeru.scenarios.kinds.notify import STAFF
from kaeru.scenarios.models import Enrollment, EnrollmentState

DECIDED = {"approve": "requested", "decline": "declined", "keep": "kept", "ask": "asked"}


def timeline(row: CancellationRequest, back: Recovery | None, decisions: Sequence[Decision]) -> list[TimelineEntry]:
    """Oldest first."""
    entries = [
        TimelineEntry(at=row.requested_at, what="cancellation.opened", detail=row.reason.code if row.reason else "")
    ]
    entries += [
        TimelineEntry(
            at=one.decided_at, what="cancellation.decided", detail=f"{DECIDED[one.verdict]} {one.ground}".strip()
        )
        for one in decisions
    ]
    if row.decided_at and not decisions:
        told = "kept" if row.state == "kept" else "requested"
        entries.append(TimelineEntry(at=row.decided_at, what="cancellation.decided", detail=told))
    if row.cancelled_at:
        entries.append(TimelineEntry(at=row.cancelled_at, what="order.cancelled", detail=""))
    for call in connectors.of_subject(row.id):
        entries.append(
            TimelineEntry(at=call.done_at or call.created_at, what=f"shop.told.{call.state}", detail=call.topic)
        )
    ways = Enrollment.objects.filter(cancellation=row).select_related("revision__scenario").order_by("id")
    entries += [entry for enrollment in ways for entry in _scenario(enrollment)]
    if back:
        entries.append(TimelineEntry(at=back.recovered_at, what="recovery.recorded", detail=back.how))
    return sorted(entries, key=lambda entry: entry.at)


SHOWN_BY_THEMSELVES = frozenset({"message", "coupon", "call", "notify", "webhook"})
"""Steps that leave a row of their own: only what they did not do is told from the log."""


def _scenario(enrollment: Enrollment) -> list[TimelineEntry]:
    """One way through a scenario: what was done at each step and why, and when it goes on."""
    asked = f"{enrollment.revision.scenario.name} / {enrollment.revision.number}"
    entries = [TimelineEntry(at=enrollment.entered_at, what="scenario.entered", detail=asked)]
    if enrollment.arm == HELD:
        entries.append(TimelineEntry(at=enrollment.entered_at, what="scenario.held_back", detail="for comparison"))
    for step in scenarios.log_of(enrollment.id):
        if step.outcome != "done" or step.kind not in SHOWN_BY_THEMSELVES:
            told = f"{step.outcome} {step.reason}".strip()
            entries.append(TimelineEntry(at=step.at, what=f"step.{step.kind}", detail=told))
    for source, word in (("enrollment", "message"), (STAFF, "note")):
        for message in messages.of_sources(source, [enrollment.id]):
            at = message.ended_at or message.due_at
            entries.append(
                TimelineEntry(at=at, what=f"{word}.{message.state}", detail=message.reason or message.purpose)
            )
    for told_shop in connectors.of_subject(enrollment.id):
        at = told_shop.done_at or told_shop.created_at
        entries.append(TimelineEntry(at=at, what=f"shop.told.{told_shop.state}", detail=told_shop.topic))
    entries += _calls(enrollment) + _coupons(enrollment)
    if enrollment.ended_at:
        entries.append(TimelineEntry(at=enrollment.ended_at, what="scenario.ended", detail=enrollment.end_reason))
    elif enrollment.state != EnrollmentState.PARKED:
        entries.append(TimelineEntry(at=enrollment.due_at, what="scenario.next", detail=enrollment.awaiting))
    return entries


def _calls(enrollment: Enrollment) -> list[TimelineEntry]:
    entries = []
    for call in calls.of_sources("enrollment", [enrollment.id]):
        entries.append(TimelineEntry(at=call.created_at, what="call.asked", detail=""))
        entries += [TimelineEntry(at=item.at, what="call.told", detail=item.answer) for item in calls.tries_of(call)]
        if call.closed_at:
            entries.append(TimelineEntry(at=call.closed_at, what="call.closed", detail=call.outcome))
    return entries


def _coupons(enrollment: Enrollment) -> list[TimelineEntry]:
    entries = []
    for coupon in offers.of_enrollment(enrollment.id):
        entries.append(TimelineEntry(at=coupon.issued_at, what="coupon.issued", detail=coupon.kind))
        if coupon.redeemed_at:
            entries.append(
                TimelineEntry(at=coupon.redeemed_at, what="coupon.redeemed", detail=coupon.redeemed_order_ref)
            )
    return entries
