"""What visits mean for openings: what is left becomes one, what is booked is one no more."""

from datetime import datetime

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.openings import broadcasts as broadcasts  # the words of broadcasts
from kaeru.appointments.openings import conversation as conversation  # what clients press in LINE
from kaeru.appointments.openings import fields as fields  # what conditions can ask
from kaeru.appointments.openings import freeing, standing
from kaeru.appointments.openings import source as source  # the words of offers
from kaeru.appointments.openings.models import Opening, OpeningState
from kaeru.core import scope
from kaeru.core.events import receiver
from kaeru.core.models import Event

_CAUSES = {
    "appointment.cancelled": "cancelled",
    "appointment.moved": "moved",
    "appointment.no_show": "no_show",
}


@receiver(*_CAUSES)
def open_what_is_left(told: list[Event]) -> None:
    """A visit was cancelled, moved or missed: its time can be offered again, if anybody could still come."""
    known = Booking.objects.in_bulk([event.subject_id for event in told])
    for owner in {event.organization_id for event in told}:
        with scope.organization(owner):
            freeing.open_for(
                [
                    freeing.freed_by(
                        known[event.subject_id],
                        _CAUSES[event.name],
                        was_at=_moment(event.payload.get("was_at")),
                        was_with=event.payload.get("was_with"),
                    )
                    for event in told
                    if event.organization_id == owner and event.subject_id in known
                ],
                actor="visit",
            )


@receiver("appointment.booked", "appointment.moved", "appointment.undone")
def close_what_is_taken(told: list[Event]) -> None:
    """A visit was booked: an opening there is sold. The pass would find it, too, a second later."""
    starts = Booking.objects.filter(id__in=[event.subject_id for event in told]).values_list(
        "organization_id", "staff_id", "starts_at", "ends_at"
    )
    for owner, staff_id, starts_at, ends_at in list(starts):
        with scope.organization(owner):
            meant = Opening.objects.filter(staff_id=staff_id, state=OpeningState.OPEN)
            found = meant.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).values_list("id", flat=True)
            standing.look_again(list(found), actor="visit")


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
