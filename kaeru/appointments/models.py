"""All tables of the room; each is written down with the part that it belongs to."""

from kaeru.appointments.bookings.models import Booking as Booking
from kaeru.appointments.bookings.models import BookingChange as BookingChange
from kaeru.appointments.bookings.models import Occupancy as Occupancy
from kaeru.appointments.calendar.models import CalendarFeed as CalendarFeed
from kaeru.appointments.calendar.models import MeantSo as MeantSo
from kaeru.appointments.clients.models import ClientCard as ClientCard
from kaeru.appointments.clients.models import TicketPack as TicketPack
from kaeru.appointments.clients.models import TicketUse as TicketUse
from kaeru.appointments.clients.models import WaitlistEntry as WaitlistEntry
from kaeru.appointments.openings.models import Broadcast as Broadcast
from kaeru.appointments.openings.models import Offer as Offer
from kaeru.appointments.openings.models import Opening as Opening
from kaeru.appointments.openings.models import RefillTerms as RefillTerms
from kaeru.appointments.openings.models import Segment as Segment
from kaeru.appointments.salons.models import DayException as DayException
from kaeru.appointments.salons.models import Resource as Resource
from kaeru.appointments.salons.models import Salon as Salon
from kaeru.appointments.salons.models import Service as Service
from kaeru.appointments.salons.models import Shift as Shift
from kaeru.appointments.salons.models import ShiftRule as ShiftRule
from kaeru.appointments.salons.models import Skill as Skill
from kaeru.appointments.visits.models import Reminder as Reminder
from kaeru.appointments.visits.models import VisitTerms as VisitTerms
