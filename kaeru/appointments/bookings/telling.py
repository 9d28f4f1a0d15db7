"""What was done to a visit is written down: its story, the audit trail, the news for the rooms around."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kaeru.appointments.bookings.models import Booking, BookingChange
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News

NEWS = {
    "booked": "appointment.booked",
    "moved": "appointment.moved",
    "cancelled": "appointment.cancelled",
    "no_show": "appointment.no_show",
    "done": "appointment.done",
    "confirmed": "appointment.confirmed",
    "undone": "appointment.undone",
}
"""Verbs that others hear of. Holds that come and go are nobody's news."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done to a visit."""

    booking: Booking
    verb: str
    by: str
    via: str
    actor: str
    was_at: datetime | None = None
    was_with: int | None = None
    was: str = ""
    """For `undone`: the state that is undone; for `no_show`: the state before."""
    key: str = ""
    is_news: bool = True


def tell(deeds: Sequence[Deed]) -> None:
    """Write down the deeds, in one statement for each kind of record. Call it in the transaction that makes them true."""
    now = clock.now()
    BookingChange.objects.bulk_create(
        BookingChange(
            id=key, organization_id=deed.booking.organization_id, shop_id=deed.booking.shop_id, booking_id=deed.booking.id, at=now,
            verb=deed.verb, by=deed.by, via=deed.via, was_at=deed.was_at, was_with=deed.was_with, key=deed.key,
            is_at=None if deed.verb in ("cancelled", "lapsed") else deed.booking.starts_at,
        )
        for key, deed in zip(ids.new_ids(len(deeds)), deeds, strict=True)
    )  # fmt: skip
    audit.record_many(
        (deed.booking.organization_id, deed.actor, f"appointment.{deed.verb}", "booking", deed.booking.id, {"via": deed.via})
        for deed in deeds
    )  # fmt: skip
    events.emit(
        News(NEWS[deed.verb], deed.booking.organization_id, deed.booking.id, _payload(deed), now)
        for deed in deeds
        if deed.is_news and deed.verb in NEWS and not deed.booking.is_history
    )


def _payload(deed: Deed) -> dict[str, object]:
    told: dict[str, object] = {
        "shop_id": deed.booking.shop_id,
        "customer_id": deed.booking.customer_id,
        "by": deed.by,
        "via": deed.via,
        "was_at": deed.was_at.isoformat() if deed.was_at else None,
        "was_with": deed.was_with,
    }
    return {**told, "was": deed.was} if deed.was else told
