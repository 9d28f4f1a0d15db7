"""What this room does to due rows; each part lists its own."""

from kaeru.appointments import starts
from kaeru.appointments.bookings import passes as bookings
from kaeru.appointments.clients import waitlist
from kaeru.appointments.openings import waves as openings
from kaeru.appointments.salons import passes as salons
from kaeru.appointments.visits import passes as visits

PASSES = [*salons.PASSES, *bookings.PASSES, *waitlist.PASSES, *visits.PASSES, *openings.PASSES, *starts.PASSES]
