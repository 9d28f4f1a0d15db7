"""Reads for the salon's results page and the API: each figure in one or two queries, whatever the size of the salon."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Subquery

from kaeru.appointments.bookings.models import Booking, BookingChange, BookingState
from kaeru.appointments.clients import queries as clients
from kaeru.appointments.clients.models import ClientCard
from kaeru.appointments.figures import rules
from kaeru.appointments.openings.models import Opening, OpeningState
from kaeru.appointments.visits.models import Reminder
from kaeru.core import clock
from kaeru.tenants.models import Shop

DAYS = 28
WINDOW_DAYS = 90
"""Within so many days a client is to come again, for the repeat rate."""
_ENDED = (BookingState.DONE, BookingState.CANCELLED, BookingState.NO_SHOW)
_STANDS = (*_ENDED, BookingState.BOOKED)


@dataclass(frozen=True, slots=True)
class Results:
    """All figures of one salon over one span."""

    since: datetime
    until: datetime
    visits: rules.Visits
    notice: rules.Notice
    moved: int
    """Visits that their clients moved in the span."""
    refill: rules.Refill
    again: rules.Share
    again_new: rules.Share
    """The same of clients who came for the first time."""
    clients: rules.Clients
    reminders: rules.Reminders
    window_days: int


def results(shop: Shop, since: datetime, until: datetime, window_days: int = WINDOW_DAYS) -> Results:
    """The figures of the salon over the half-open span; nothing after now is counted. A constant number of queries."""
    until = min(until, clock.now())
    visits = visits_due(shop.id, since, until)
    again, again_new = came_again(shop, since, until, window_days)
    return Results(
        since, until, visits, notice(shop.id, since, until), moved(shop.id, since, until), refill(shop.id, since, until), again, again_new,
        stand(shop.id), reminders(shop.id, since, until, visits), window_days,
    )  # fmt: skip


def visits_due(shop_id: int, since: datetime, until: datetime) -> rules.Visits:
    """Visits whose time lay in the span, by what became of them. One query."""
    rows = Booking.objects.filter(shop_id=shop_id, starts_at__gte=since, starts_at__lt=until, state__in=_STANDS)
    found: Counter[str] = Counter()
    for state, ended_by, count in rows.values_list("state", "ended_by").annotate(Count("id")):
        is_salons = state == BookingState.CANCELLED and ended_by == "salon"
        found["called_off" if is_salons else str(state)] += count
    return rules.Visits(
        found["done"], found["cancelled"], found["called_off"], found["no_show"], found["booked"]
    )  # fmt: skip


def notice(shop_id: int, since: datetime, until: datetime) -> rules.Notice:
    """How long before their visits of the span clients cancelled. One query."""
    rows = Booking.objects.filter(
        shop_id=shop_id, starts_at__gte=since, starts_at__lt=until, state=BookingState.CANCELLED, ended_at__isnull=False
    ).exclude(ended_by="salon")
    return rules.notice(
        (starts_at, at) for starts_at, at in rows.values_list("starts_at", "ended_at") if at is not None
    )


def moved(shop_id: int, since: datetime, until: datetime) -> int:
    """Visits that clients moved in the span, each once. One query."""
    rows = BookingChange.objects.filter(shop_id=shop_id, at__gte=since, at__lt=until, verb="moved", by="customer")
    return int(rows.aggregate(found=Count("booking_id", distinct=True))["found"])


def refill(shop_id: int, since: datetime, until: datetime) -> rules.Refill:
    """Openings that arose in the span and are over. One query."""
    rows = Opening.objects.filter(shop_id=shop_id, created_at__gte=since, created_at__lt=until, ended_at__isnull=False)
    told = rows.exclude(state=OpeningState.OPEN).values_list(
        "state", "created_at", "ended_at", "pushes", "yen_per_push", "started_at"
    )
    return rules.refill(
        rules.Over(state, created_at, ended_at, pushes, yen, started_at is not None)
        for state, created_at, ended_at, pushes, yen, started_at in told
        if ended_at is not None
    )


def came_again(shop: Shop, since: datetime, until: datetime, window_days: int) -> tuple[rules.Share, rules.Share]:
    """The repeat rate of all clients, and of those who were there for the first time. Two queries.

    Visits of the span as it was `window_days` earlier, so that each client was watched for the whole window.
    """
    zone, window = ZoneInfo(shop.timezone), timedelta(days=window_days)
    first, last = (
        (since - window).astimezone(zone).date(),
        (until - window - timedelta(microseconds=1)).astimezone(zone).date(),
    )
    rows = Booking.objects.filter(
        shop_id=shop.id, state=BookingState.DONE, customer_id__isnull=False, starts_at__gte=since - window, starts_at__lt=until
    )  # fmt: skip
    days = [(key or 0, at.astimezone(zone).date()) for key, at in rows.values_list("customer_id", "starts_at")]
    cards = ClientCard.objects.filter(
        shop_id=shop.id, first_visit_at__gte=since - window, first_visit_at__lt=until - window
    )
    new = set(cards.values_list("customer_id", flat=True))
    return (
        rules.came_again(days, first, last, window_days),
        rules.came_again([one for one in days if one[0] in new], first, last, window_days),
    )


def stand(shop_id: int) -> rules.Clients:
    """How many clients are regular, due, about to be lost, lost."""
    return rules.Clients(dict(Counter(one.name for one in clients.standings(shop_id, clock.now()))))


def reminders(shop_id: int, since: datetime, until: datetime, visits: rules.Visits) -> rules.Reminders:
    """What clients did with the reminders of visits of the span. Three queries."""
    taken = Opening.objects.filter(from_booking_id=OuterRef("booking_id"), state=OpeningState.CLAIMED)
    told = Reminder.objects.filter(shop_id=shop_id, for_at__gte=since, for_at__lt=until, state="told")
    second = {
        (booking_id, for_at): (answer, answered_at)
        for booking_id, for_at, answer, answered_at in told.filter(kind="second").values_list(
            "booking_id", "for_at", "answer", "answered_at"
        )
    }
    rows = told.filter(kind="first").annotate(taken=Subquery(taken.values("id")[:1]))
    found = []
    for key, for_at, answer, answered_at, state, opening in rows.values_list(
        "booking_id", "for_at", "answer", "answered_at", "booking__state", "taken"
    ):
        said, said_at = (answer, answered_at) if answer else second.get((key, for_at), ("", None))
        found.append(rules.Reminded(said, state, for_at, said_at, opening is not None))
    due = Booking.objects.filter(shop_id=shop_id, starts_at__gte=since, starts_at__lt=until, state__in=_STANDS)
    silent = due.exclude(Exists(told.filter(booking_id=OuterRef("id")))).count()
    return rules.reminders(found, silent, visits.no_show_rate)
