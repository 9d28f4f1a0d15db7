"""What moves on the desk by itself: wishes that nobody has cancelled in time come onto it, the morning's summaries go out.

The room's `passes` lists them.
"""

from zoneinfo import ZoneInfo

from django.db import transaction

from kaeru.cancellations.desk import notices, queries, rules, winding
from kaeru.cancellations.desk.clocks import terms_of
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.desk.rules import Why
from kaeru.cancellations.models import CancellationRequest, Case, DeskTerms
from kaeru.cancellations.queries import PATIENCE
from kaeru.core import clock, scope
from kaeru.core.passes import Pass
from kaeru.tenants import queries as tenants


def put_what_waits_too_long(limit: int) -> int:
    """Cancelled by the buyer or the shop, and not yet in the shop's own system: a person looks. Returns how many."""
    with scope.everyone(), transaction.atomic():
        rows = CancellationRequest.objects.filter(
            state="requested", is_history=False, decided_at__lt=clock.now() - PATIENCE
        )
        late = list(queries.without_case(rows).order_by("decided_at", "id")[:limit])
        return len(open_cases(for_request("cancel", request, proposal={"why": "not_confirmed"}) for request in late))


def tell_in_the_morning(limit: int) -> int:
    """One mail for each shop that wants it so, when it opens; returns how many shops had their morning."""
    now = clock.now()
    with scope.everyone(), transaction.atomic():
        asked = list(DeskTerms.objects.filter(tells="morning").select_related("shop").select_for_update(of=("self",)))
        calendars = tenants.calendars({row.shop_id for row in asked})
        terms = terms_of({row.shop_id for row in asked})
        due = [
            row for row in asked if rules.is_morning(terms[row.shop_id], calendars[row.shop_id], row.morning_on, now)
        ][:limit]
        for row in due:
            row.morning_on = now.astimezone(ZoneInfo(calendars[row.shop_id].zone)).date()
        DeskTerms.objects.bulk_update(due, ["morning_on"])
        notices.tell_in_the_morning([row.shop for row in due])
        return len(due)


def wind_up(limit: int) -> int:
    """A mall's clock that is over presses no more: the case counts down to what comes next. Returns how many."""
    now = clock.now()
    with scope.everyone(), transaction.atomic():
        rows = Case.objects.filter(state=queries.OPEN, due_at__lte=now, due_why=Why.MALL, request__isnull=False)
        over = rows.select_related("request__order").select_for_update(of=("self",)).order_by("due_at", "id")
        return winding.wind(list(over[:limit]))


PASSES = [
    Pass("desk", put_what_waits_too_long, limit=500, every_seconds=15.0),
    Pass("desk clocks", wind_up, limit=500, every_seconds=30.0),
    Pass("desk mornings", tell_in_the_morning, limit=200, every_seconds=30.0),
]
