"""Is the time still free? Looked at again whenever the salon's calendar has changed, before each wave, and when a claim did not fit.

What was booked otherwise, blocked, or belongs to somebody who is off sick now is offered to nobody any more.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from kaeru.appointments.bookings.models import Occupancy
from kaeru.appointments.openings import ending, who
from kaeru.appointments.openings.freeing import free_until
from kaeru.appointments.openings.models import Opening, OpeningState
from kaeru.appointments.salons.models import Salon
from kaeru.core import clock, scope, sql


def look(limit: int) -> int:
    """Openings of salons whose calendar changed, and those whose time is over; returns how many ended."""
    with scope.everyone():
        over = Opening.objects.filter(state=OpeningState.OPEN, deadline__lte=clock.now()).order_by("deadline")[:limit]
        ended = ending.end(list(over), OpeningState.PASSED, "too_late", actor="pass")
        version = Subquery(Salon.objects.filter(shop_id=OuterRef("shop_id")).values("version")[:1])
        changed = Opening.objects.filter(state=OpeningState.OPEN).annotate(version=version)
        rows = list(changed.exclude(seen_version=F("version")).order_by("starts_at")[:limit])
    for row in rows:
        with scope.organization(row.organization_id):
            ended += look_again([row.id], actor="pass")
    return ended


@transaction.atomic
def look_again(opening_ids: Collection[int], *, actor: str) -> int:
    """End those of these whose time is not free any more; returns how many. Others are told as long as they now are."""
    rows = list(Opening.objects.filter(id__in=sql.keys(opening_ids), state=OpeningState.OPEN).order_by("id"))
    versions = dict(
        Salon.objects.filter(shop_id__in=sql.keys({row.shop_id for row in rows})).values_list("shop_id", "version")
    )
    gone: dict[tuple[str, str], list[Opening]] = {}
    for row in rows:
        why = _why_gone(row)
        if why is None:
            ends_at = free_until(row.staff_id, row.starts_at, row.ends_at) or row.ends_at
            Opening.objects.filter(id=row.id).update(seen_version=versions.get(row.shop_id, -1), ends_at=ends_at)
        else:
            gone.setdefault(why, []).append(row)
    return sum(ending.end(members, *why, actor=actor) for why, members in gone.items())


def _why_gone(opening: Opening) -> tuple[str, str] | None:
    """State and reason of an opening that cannot be had any more; None while it can."""
    if opening.deadline <= clock.now():
        return OpeningState.PASSED, "too_late"
    if who.fitting(opening):
        return None
    taken = Occupancy.objects.filter(
        resource_id=opening.staff_id, starts_at__lt=opening.ends_at, ends_at__gt=opening.starts_at
    ).exclude(hold_until__lte=clock.now())
    if any(row.booking_id for row in taken):
        return OpeningState.SOLD, "booked"
    return (OpeningState.SOLD, "blocked") if taken else (OpeningState.CLOSED, "away")
