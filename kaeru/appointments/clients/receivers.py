"""What visits mean for the client: their card, their tickets, their place on the waitlist."""

from kaeru.appointments.clients import keeping, tickets, waitlist
from kaeru.core.events import receiver
from kaeru.core.models import Event


@receiver("appointment.booked", "appointment.done", "appointment.no_show", "appointment.undone")
def count_cards(told: list[Event]) -> None:
    """A card is opened with the first booking, and counted when a visit took place, did not, or is taken back."""
    keeping.recount(key for event in told if (key := event.payload.get("customer_id")))


@receiver("appointment.done", "appointment.undone", "appointment.cancelled", "appointment.no_show")
def use_tickets(told: list[Event]) -> None:
    """Done visits are taken off a pack; visits that are not done any more give their ticket back."""
    tickets.settle(event.subject_id for event in told)


@receiver("appointment.booked", "appointment.moved")
def end_waiting(told: list[Event]) -> None:
    """Whoever got a time that they waited for is off the waitlist."""
    waitlist.settle(event.subject_id for event in told)
