"""What this room does to due rows; each part lists its own."""

from kaeru.appointments.clients import waitlist

PASSES = [*waitlist.PASSES]
