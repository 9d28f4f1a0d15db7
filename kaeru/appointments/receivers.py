"""What follows from news in this room; each part listens for itself."""

from kaeru.appointments.clients import receivers as clients  # noqa: F401 cards, tickets, the waitlist
