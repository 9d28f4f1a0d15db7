"""How often freed slots with so much notice were taken by others at this salon: what the fee's bound rests on."""

from datetime import timedelta

from django.db.models import Count, F, Q

from kaeru.appointments.openings.models import Opening
from kaeru.appointments.visits.fees import Refilled
from kaeru.core import clock

LOOKS_BACK = timedelta(days=365)


def refilled(shop_id: int, notice: timedelta) -> Refilled:
    """The salon's own openings of a year that were free about as early (half to twice the notice); one query.

    What the salon closed itself counts not: nobody could have taken it.
    """
    since = clock.now() - LOOKS_BACK
    rows = Opening.objects.filter(shop_id=shop_id, created_at__gt=since).exclude(state__in=("open", "closed"))
    rows = rows.filter(
        starts_at__gte=F("created_at") + notice / 2,
        starts_at__lte=F("created_at") + max(notice * 2, timedelta(hours=1)),
    )
    found = rows.aggregate(freed=Count("id"), taken=Count("id", filter=Q(state__in=("claimed", "sold"))))
    return Refilled(found["freed"], found["taken"])
