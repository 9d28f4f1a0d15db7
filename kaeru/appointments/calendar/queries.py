"""Reads for the calendar: everything of some days in a constant number of statements, however many people and visits there are."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from kaeru.appointments.bookings.models import Booking, BookingChange, BookingState, Occupancy
from kaeru.appointments.bookings.rules import Span
from kaeru.appointments.calendar import rules
from kaeru.appointments.calendar.models import CalendarFeed, MeantSo
from kaeru.appointments.clients import queries as clients
from kaeru.appointments.clients.models import ClientCard
from kaeru.appointments.openings.models import Opening, OpeningState
from kaeru.appointments.salons.models import DayException, Resource, Salon, Service, Shift
from kaeru.core import clock, sql
from kaeru.core.calendar import at_local
from kaeru.customers.models import Customer
from kaeru.customers.rules import tidy_name
from kaeru.tenants.models import Shop

LONGEST = timedelta(days=1)
"""A visit takes less than this: what begins earlier cannot reach into the day."""
NIGHT = timedelta(hours=12)
"""A shift over midnight ends by noon: what is booked there belongs to the day on which the shift began."""
AHEAD = timedelta(days=180)
"""Clashes are looked for so far ahead."""
SHOWN = (BookingState.HELD, BookingState.BOOKED, BookingState.DONE, BookingState.NO_SHOW)
"""States that stand on the paper; cancelled visits are listed beneath."""


@dataclass(frozen=True, slots=True)
class Days:
    """Some days of one salon, as rows."""

    first: date
    count: int
    resources: list[Resource]
    """Active ones, and those of no more that still have something on these days; people first, in the salon's order."""
    bookings: list[Booking]
    cancelled: list[Booking]
    shifts: list[Shift]
    exceptions: list[DayException]
    blocks: list[Occupancy]
    openings: list[Opening]
    cards: dict[int, ClientCard] = field(default_factory=dict)
    """By customer."""

    @property
    def days(self) -> list[date]:
        """The days themselves."""
        return [self.first + timedelta(days=number) for number in range(self.count)]


def salon_of(shop_id: int) -> Salon | None:
    """The salon's own row; None when the shop is none, or not opened yet."""
    return Salon.objects.filter(shop_id=shop_id).first()


def days(shop: Shop, first: date, count: int) -> Days:
    """Everything on `count` days from `first`, in the shop's zone, and on the night after them. Seven statements."""
    begins, morning = _reach(shop, first, count)
    ends, now = morning + NIGHT, clock.now()
    rows = list(
        Booking.objects.filter(shop=shop, starts_at__gt=begins - LONGEST, starts_at__lt=ends, ends_at__gt=begins)
        .exclude(state=BookingState.LAPSED)
        .exclude(state=BookingState.HELD, hold_until__lte=now)
        .select_related("customer", "service")
        .order_by("starts_at", "id")
    )
    bookings = [row for row in rows if row.state != BookingState.CANCELLED]
    blocks = list(
        Occupancy.objects.filter(shop=shop, booking=None, starts_at__lt=ends, ends_at__gt=begins).order_by("starts_at")
    )
    used = {row.staff_id for row in bookings} | {row.resource_id for row in blocks}
    used |= {row.chair_id for row in bookings if row.chair_id}
    resources = list(
        Resource.objects.filter(Q(is_active=True) | Q(id__in=used), shop=shop).order_by("kind", "position", "id")
    )
    resources.sort(key=lambda one: (one.kind != "staff", one.kind, one.position, one.id))
    people = {row.customer_id for row in bookings if row.customer_id}
    return Days(
        first=first,
        count=count,
        resources=resources,
        bookings=bookings,
        cancelled=[row for row in rows if row.state == BookingState.CANCELLED and begins <= row.starts_at < morning],
        shifts=list(Shift.objects.filter(shop=shop, ends_at__gt=begins, starts_at__lt=ends).order_by("starts_at")),
        exceptions=list(
            DayException.objects.filter(shop=shop, day__gte=first, day__lt=first + timedelta(days=count)).order_by(
                "day", "starts", "id"
            )
        ),
        blocks=blocks,
        openings=list(
            Opening.objects.filter(shop=shop, state=OpeningState.OPEN, starts_at__lt=ends, ends_at__gt=begins).order_by(
                "starts_at"
            )
        ),
        cards={card.customer_id: card for card in ClientCard.objects.filter(shop=shop, customer_id__in=people)},
    )


def next_shift(shop: Shop, after: date) -> date | None:
    """The first day after this one on which anybody works, as far as shifts are laid out."""
    rows = Shift.objects.filter(shop=shop, resource__kind="staff", day__gt=after)
    return rows.order_by("day").values_list("day", flat=True).first()


def _reach(shop: Shop, first: date, count: int) -> tuple[datetime, datetime]:
    last = first + timedelta(days=count)
    return at_local(first, time(), shop.timezone), at_local(last, time(), shop.timezone)


@dataclass(frozen=True, slots=True)
class Clash:
    """A visit that no longer fits, and why: see `rules.why_unfit`."""

    booking: Booking
    why: str


def clashes(shop: Shop) -> list[Clash]:
    """Coming visits that shifts, leave and days off no longer leave room for, the soonest first. Six statements.

    Visits after the day up to which shifts are laid out are not judged, nor those that the salon wants as they are.
    """
    now, zone = clock.now(), ZoneInfo(shop.timezone)
    salon = salon_of(shop.id)
    if salon is None or salon.laid_out_until is None:
        return []
    until = min(at_local(salon.laid_out_until + timedelta(days=1), time(), shop.timezone), now + AHEAD)
    coming = Booking.objects.filter(shop=shop, state=BookingState.BOOKED, starts_at__gt=now, starts_at__lt=until)
    rows = list(
        coming.order_by("starts_at", "id").values_list(
            "id", "staff_id", "starts_at", "stages", "cleanup_minutes", "staff__is_active"
        )
    )
    if not rows:
        return []
    staff = {row[1] for row in rows}
    shifts = _worked(shop, staff, now, until + LONGEST)
    away = _away(shop, now.astimezone(zone).date() - timedelta(days=1), staff)
    unfit = {}
    for key, who, starts, stages, cleanup, is_active in rows:
        near = _near(shifts.get(who, []), starts)
        why = rules.why_unfit(
            stages, cleanup, starts, near, [*away.get(who, ()), *away.get(None, ())], is_active=is_active
        )
        if why:
            unfit[key] = why
    return _not_meant(unfit)


def _worked(shop: Shop, staff: set[int], first: datetime, last: datetime) -> dict[int, list[Span]]:
    """When each works between two moments, in order."""
    found: dict[int, list[Span]] = {}
    rows = Shift.objects.filter(shop=shop, resource_id__in=staff, ends_at__gt=first - LONGEST, starts_at__lt=last)
    for key, starts, ends in rows.order_by("starts_at").values_list("resource_id", "starts_at", "ends_at"):
        found.setdefault(key, []).append(Span(starts, ends))
    return found


def _near(spans: list[Span], at: datetime) -> list[Span]:
    """Those that a visit at this moment can touch."""
    low = bisect_left(spans, at - 2 * LONGEST, key=lambda span: span.starts_at)
    high = bisect_right(spans, at + LONGEST, key=lambda span: span.starts_at)
    return spans[low:high]


def _away(shop: Shop, first: date, staff: set[int]) -> dict[int | None, list[Span]]:
    """Leave and closed days from a day on, as moments; under None what is closed for everybody."""
    found: dict[int | None, list[Span]] = {}
    rows = DayException.objects.filter(shop=shop, day__gte=first, kind__in=("closed", "leave", "break"))
    for row in rows:
        if row.resource_id is None or row.resource_id in staff:
            found.setdefault(row.resource_id, []).append(away_span(row, shop.timezone))
    return found


def away_span(row: DayException, zone: str) -> Span:
    """From when to when an exception reaches; without times it is the whole day."""
    if row.starts is None or row.ends is None:
        return Span(at_local(row.day, time(), zone), at_local(row.day + timedelta(days=1), time(), zone))
    until = row.day if row.ends > row.starts else row.day + timedelta(days=1)
    return Span(at_local(row.day, row.starts, zone), at_local(until, row.ends, zone))


def _not_meant(unfit: Mapping[int, str]) -> list[Clash]:
    """Without those that the salon left as they are, at this time and with this person."""
    if not unfit:
        return []
    found = list(
        Booking.objects.filter(id__in=sql.keys(unfit))
        .select_related("customer", "service", "staff")
        .order_by("starts_at", "id")
    )
    kept = {
        (row.booking_id, row.starts_at, row.staff_id_then)
        for row in MeantSo.objects.filter(booking_id__in=sql.keys(unfit))
    }
    return [Clash(row, unfit[row.id]) for row in found if (row.id, row.starts_at, row.staff_id) not in kept]


def booking(booking_id: int) -> Booking | None:
    """One visit with all that its sheet names."""
    return Booking.objects.filter(id=booking_id).select_related("customer", "service", "staff", "chair", "shop").first()


def staff_of(shop: Shop) -> list[Resource]:
    """The people who work here now."""
    return list(Resource.objects.filter(shop=shop, kind="staff", is_active=True).order_by("position", "id"))


def services_of(shop: Shop) -> list[Service]:
    """What is on the menu now."""
    return list(Service.objects.filter(shop=shop, is_active=True).order_by("position", "id"))


def feeds(shop: Shop) -> dict[int, CalendarFeed]:
    """The open feeds by staff member."""
    return {row.staff_id: row for row in CalendarFeed.objects.filter(shop=shop, revoked_at=None)}


def clients_of(shop: Shop, keys: Sequence[int]) -> list[Customer]:
    """These clients, when they are this salon's."""
    return list(Customer.objects.filter(shop=shop, id__in=keys))


def find_clients(shop: Shop, text: str, most: int) -> list[Customer]:
    """Clients by parts of their name, mail address or telephone number, the last seen first."""
    cards = clients.listed(shop.id, "all", text, clock.now())[:most]
    found = [card.customer for card in cards]
    if len(found) < most:
        known = {one.id for one in found}
        words = Q()
        for word in tidy_name(text).split():
            words &= Q(name__icontains=word)
        rows = Customer.objects.filter(words, shop=shop).exclude(id__in=known).order_by("-created_at")
        found += list(rows[: most - len(found)])
    return found


@dataclass(frozen=True, slots=True)
class OfStaff:
    """What one person's own calendar shows."""

    bookings: list[Booking]
    changes: dict[int, int]
    """How often each visit was moved: a reader of calendars takes the newest."""
    blocks: list[Occupancy]
    away: list[DayException]


def of_staff(shop: Shop, staff: Resource, first: date, count: int) -> OfStaff:
    """This person's visits, blocked time and days off, whatever the salon's own were. Four statements."""
    begins, ends = _reach(shop, first, count)
    rows = (
        Booking.objects.filter(shop=shop, staff=staff, starts_at__gte=begins, starts_at__lt=ends)
        .filter(Q(state__in=(BookingState.BOOKED, BookingState.DONE)) | Q(state="held", hold_until__gt=clock.now()))
        .select_related("customer", "service")
        .order_by("starts_at")
    )
    moved = (
        BookingChange.objects.filter(shop=shop, verb="moved", booking__in=rows.values("id").order_by())
        .values_list("booking_id")
        .annotate(Count("id"))
    )
    return OfStaff(
        bookings=list(rows),
        changes=dict(moved),
        blocks=list(
            Occupancy.objects.filter(resource=staff, booking=None, starts_at__lt=ends, ends_at__gt=begins).order_by(
                "starts_at"
            )
        ),
        away=list(
            DayException.objects.filter(
                Q(resource=staff) | Q(resource=None), shop=shop, kind__in=("closed", "leave"), day__gte=first
            ).order_by("day", "id")[:count]
        ),
    )


def blocks(shop: Shop, most: int) -> list[Occupancy]:
    """Blocked time that is not over, the soonest first."""
    rows = Occupancy.objects.filter(shop=shop, booking=None, ends_at__gt=clock.now()).select_related("resource")
    return list(rows.order_by("starts_at", "id")[:most])
