"""What the scenarios say about the calls they ask for, and what a promised call means for who waits for it."""

from collections.abc import Sequence
from datetime import datetime

from kaeru.calls.models import CallTask
from kaeru.calls.registry import About, register_source
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.scenarios.kinds.call import CLOSED, GRACE
from kaeru.scenarios.models import Enrollment
from kaeru.scenarios.words import SOURCE


def about(tasks: Sequence[CallTask]) -> dict[int, About]:
    """Why the customer cancelled, and whose story it is; one query for any number of calls."""
    rows = Enrollment.objects.filter(id__in={task.source_id for task in tasks}).values_list(
        "id", "cancellation__reason__labels", "cancellation_id"
    )
    known = {enrollment_id: About(labels or {}, cancellation_id) for enrollment_id, labels, cancellation_id in rows}
    return {task.id: known[task.source_id] for task in tasks if task.source_id in known}


@receiver("call.postponed")
def wait_for_the_promised_call(told: list[Event]) -> None:
    """The customer asked to be called later: who waits for the call waits for the new deadline."""
    source = dict(
        CallTask.objects.filter(id__in=[event.subject_id for event in told], source=SOURCE).values_list(
            "id", "source_id"
        )
    )
    for event in told:
        until = datetime.fromisoformat(event.payload["deadline_at"]) + GRACE
        waiting = Enrollment.objects.filter(id=source.get(event.subject_id, 0), awaiting=CLOSED, heard="")
        waiting.update(rest_until=until)


register_source(SOURCE, about)
