"""The waitlist: who wants to come when nothing was free, until they have a time, do not want it any more, or the days are over."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from kaeru.appointments.bookings.models import LIVE, Booking
from kaeru.appointments.clients.errors import NotPossible
from kaeru.appointments.clients.models import WaitlistEntry, WaitState
from kaeru.appointments.clients.rules import Wanted, fits
from kaeru.appointments.salons.models import Resource, ResourceKind, Service
from kaeru.core import audit, clock, ids, scope, sql
from kaeru.core.passes import Pass
from kaeru.customers.models import Customer

MOST_NOTE = 200


@transaction.atomic
def wait(
    customer: Customer,
    service_id: int,
    *,
    first_day: date,
    until: date,
    staff_id: int | None = None,
    weekdays: Collection[int] = (),
    not_before: time | None = None,
    not_after: time | None = None,
    note: str = "",
    actor: str,
) -> WaitlistEntry:
    """Put the client on the waitlist. Raises NotPossible."""
    if until < first_day:
        raise NotPossible("dates")
    if not_before and not_after and not_after < not_before:
        raise NotPossible("times")
    if until < clock.now().astimezone(ZoneInfo(customer.shop.timezone)).date():
        raise NotPossible("past")
    if not Service.objects.filter(id=service_id, shop_id=customer.shop_id, is_active=True).exists():
        raise NotPossible("service")
    people = Resource.objects.filter(
        id=staff_id or 0, shop_id=customer.shop_id, kind=ResourceKind.STAFF, is_active=True
    )
    if staff_id is not None and not people.exists():
        raise NotPossible("staff")
    entry = WaitlistEntry.objects.create(
        id=ids.new_id(), organization_id=customer.organization_id, shop_id=customer.shop_id, customer=customer, service_id=service_id,
        staff_id=staff_id, first_day=first_day, until=until, weekdays=sorted({day for day in weekdays if 0 <= day <= 6}),
        not_before=not_before, not_after=not_after, note=note.strip()[:MOST_NOTE], made_at=clock.now(),
    )  # fmt: skip
    audit.record(entry.organization_id, actor, "waitlist.entered", "waitlist_entry", entry.id, until=str(until))
    return entry


@transaction.atomic
def withdraw(entry_id: int, *, actor: str) -> WaitlistEntry:
    """The client does not wait any more. Again changes nothing; raises NotPossible when it ended otherwise."""
    entry = WaitlistEntry.objects.select_for_update().get(id=entry_id)
    if entry.state == WaitState.WITHDRAWN:
        return entry
    if entry.state != WaitState.WAITING:
        raise NotPossible("ended")
    entry.state, entry.ended_at = WaitState.WITHDRAWN, clock.now()
    entry.save(update_fields=["state", "ended_at"])
    audit.record(entry.organization_id, actor, "waitlist.withdrawn", "waitlist_entry", entry.id)
    return entry


@transaction.atomic
def settle(booking_ids: Iterable[int]) -> int:
    """Visits were booked or moved: whoever waited for just such a time waits no more. Returns how many. Four statements."""
    visits = list(
        Booking.objects.filter(id__in=sql.keys(booking_ids), customer__isnull=False, state__in=LIVE).select_related(
            "shop"
        )
    )
    waiting = WaitlistEntry.objects.filter(
        customer_id__in=sql.keys(one.customer_id or 0 for one in visits), state=WaitState.WAITING
    )
    found: list[WaitlistEntry] = []
    for entry in waiting.select_for_update():
        for one in visits:
            zone = ZoneInfo(one.shop.timezone)
            if one.customer_id == entry.customer_id and fits(
                as_wanted(entry), one.starts_at, one.service_id, (one.staff_id,), zone
            ):
                entry.state, entry.booking, entry.ended_at = WaitState.BOOKED, one, clock.now()
                found.append(entry)
                break
    WaitlistEntry.objects.bulk_update(found, ["state", "booking", "ended_at"])
    audit.record_many(
        (entry.organization_id, "visit", "waitlist.booked", "waitlist_entry", entry.id, {"booking": entry.booking_id})
        for entry in found
    )
    return len(found)


def pass_over(limit: int) -> int:
    """Entries whose last day is over (in their salon's zone) end; returns how many."""
    with scope.everyone(), transaction.atomic():
        latest = (clock.now() + timedelta(hours=14)).date()
        rows = WaitlistEntry.objects.filter(state=WaitState.WAITING, until__lt=latest).order_by("until")
        over = _over(rows.values_list("id", "until", "shop__timezone")[:limit])
        return WaitlistEntry.objects.filter(id__in=sql.keys(over), state=WaitState.WAITING).update(
            state=WaitState.PASSED, ended_at=clock.now()
        )


def _over(rows: Iterable[tuple[int, date, str]]) -> Sequence[int]:
    return [key for key, until, zone in rows if until < timezone.localtime(clock.now(), ZoneInfo(zone)).date()]


def as_wanted(entry: WaitlistEntry) -> Wanted:
    """The entry as rules look at it."""
    return Wanted(
        entry.service_id, entry.staff_id, entry.first_day, entry.until, frozenset(entry.weekdays), entry.not_before, entry.not_after
    )  # fmt: skip


PASSES = [Pass(name="waitlist.pass_over", run=pass_over, limit=1000, every_seconds=600)]
