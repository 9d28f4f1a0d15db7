"""What follows from news in this room; each part listens for itself."""

from kaeru.appointments import starts  # noqa: F401 what visits start in scenarios
from kaeru.appointments.clients import receivers as clients  # noqa: F401 cards, tickets, the waitlist
from kaeru.appointments.openings import receivers as openings  # noqa: F401 freed times, their words, what conditions ask
from kaeru.appointments.salons import receivers as salons  # noqa: F401 shifts follow the salon's hours
from kaeru.appointments.talk import handler as talk  # noqa: F401 what is said in LINE
from kaeru.appointments.visits import confirmations  # noqa: F401 the words of confirmations
from kaeru.appointments.visits import source as visits  # noqa: F401 the words of reminders
