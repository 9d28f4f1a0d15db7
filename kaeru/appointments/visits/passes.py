"""What moves here: new salons get their terms, rounds of reminders go, the silent are asked once more."""

from datetime import datetime

from django.db.models import Min

from kaeru.appointments.visits import reminders
from kaeru.appointments.visits.models import Reminder, VisitTerms
from kaeru.core import scope
from kaeru.core.passes import Pass


def next_round() -> datetime | None:
    """When the next salon reminds."""
    with scope.everyone():
        found: datetime | None = VisitTerms.objects.filter(reminds=True).aggregate(at=Min("next_at"))["at"]
        return found


def next_nudge() -> datetime | None:
    """When the next silent client is asked once more."""
    with scope.everyone():
        found: datetime | None = Reminder.objects.filter(state="waiting").aggregate(at=Min("due_at"))["at"]
        return found


PASSES = [
    Pass("visit terms", reminders.appoint, limit=2000, every_seconds=30.0),
    Pass("reminders", reminders.tell, limit=100, next_due=next_round),
    Pass("second reminders", reminders.nudge, limit=1000, next_due=next_nudge),
]
