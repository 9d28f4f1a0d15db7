"""What moves in this room."""

from datetime import datetime

from django.db.models import Min

from kaeru.core import scope
from kaeru.core.passes import Pass
from kaeru.scenarios.engine import move_due
from kaeru.scenarios.models import Enrollment, EnrollmentState
from kaeru.scenarios.rehearsal.stored import run_waiting


def next_due() -> datetime | None:
    """When the next enrolment goes on."""
    with scope.everyone():
        found = Enrollment.objects.filter(state=EnrollmentState.WAITING).aggregate(at=Min("due_at"))
        due: datetime | None = found["at"]
        return due


def learn(limit: int) -> int:
    """`learning.learn`; numbers are loaded when a split learns."""
    from kaeru.scenarios import learning

    return learning.learn(limit)


PASSES = [
    Pass("enrollments", move_due, limit=1000, next_due=next_due),
    Pass("learning splits", learn, limit=200, every_seconds=600.0),
    Pass("rehearsals", run_waiting, limit=1, lane="rehearsals"),
]
