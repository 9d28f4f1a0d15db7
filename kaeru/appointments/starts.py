"""What a visit sets going in scenarios: it was cancelled, the client did not come, or it is three days away.

Each visit starts at most one scenario of each kind. Those about a lost visit end by themselves when the client books again; those about
a visit to come end when it is moved or cancelled. Bookings that are history start nothing (they are nobody's news).
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kaeru.appointments.bookings.models import Booking, BookingState
from kaeru.core import clock, scope
from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.core.passes import Pass
from kaeru.scenarios import enrolling
from kaeru.scenarios.enrolling import Start
from kaeru.scenarios.models import Enrollment, Scenario
from kaeru.scenarios.triggers import Trigger, add_trigger

CANCELLED, NO_SHOW, UPCOMING = "appointment.cancelled", "appointment.no_show", "appointment.upcoming"
LOST = (CANCELLED, NO_SHOW)
DAYS_AHEAD = 3
NAMES = (CANCELLED, NO_SHOW, UPCOMING)

for one in (
    Trigger(
        CANCELLED, _("A visit is cancelled"), "customer",
        _("By the client or by the salon. Ends by itself when the client books again."),
    ),
    Trigger(
        NO_SHOW, _("A client did not come"), "customer",
        _("When the salon marks the visit so. Ends by itself when the client books again."),
    ),
    Trigger(
        UPCOMING, _("A visit is three days away"), "customer",
        _("Besides the reminder of the day before. Ends by itself when the visit is moved or cancelled."),
    ),
):  # fmt: skip
    add_trigger(one)


@receiver("appointment.cancelled", "appointment.no_show")
def start_on_lost(told: list[Event]) -> None:
    """A visit was lost: that may start a scenario, and ends what was about its coming. A client with another visit needs nothing."""
    lost = {event.subject_id: event for event in told}
    rows = list(Booking.objects.filter(id__in=lost, is_history=False, customer_id__isnull=False))
    _end(Enrollment.objects.filter(trigger=UPCOMING, subject_id__in=[row.id for row in rows]), "visit_changed")
    have = _with_a_visit({row.customer_id for row in rows if row.customer_id})
    enrolling.start([_start(row, lost[row.id].name) for row in rows if row.customer_id not in have])


@receiver("appointment.booked", "appointment.undone")
def end_on_booked(told: list[Event]) -> None:
    """The client has a visit again."""
    customers = {event.payload.get("customer_id") for event in told} - {None}
    theirs = Enrollment.objects.filter(customer_id__in=customers, trigger__in=LOST)
    _end(theirs, "rebooked")


@receiver("appointment.moved")
def end_on_moved(told: list[Event]) -> None:
    """What was said about the old time is not true any more; for the new one it starts again only once it never did."""
    _end(
        Enrollment.objects.filter(trigger=UPCOMING, subject_id__in=[event.subject_id for event in told]),
        "visit_changed",
    )


def look_ahead(limit: int) -> int:
    """Visits that are three days away start what the salon wants for them; returns how many did. Salons without such a scenario cost nothing."""
    now = clock.now()
    with scope.everyone():
        shops = Scenario.objects.filter(is_on=True, revision__trigger=UPCOMING).values_list("shop_id", flat=True)
        wanted = set(shops)
        if not wanted:
            return 0
        known = Enrollment.objects.filter(trigger=UPCOMING, subject_id=OuterRef("id"))
        rows = Booking.objects.filter(
            ~Exists(known), shop_id__in=wanted, state=BookingState.BOOKED, is_history=False, customer_id__isnull=False,
            starts_at__gt=now + timedelta(days=DAYS_AHEAD - 1), starts_at__lte=now + timedelta(days=DAYS_AHEAD),
        )  # fmt: skip
        with transaction.atomic():
            return enrolling.start([_start(row, UPCOMING) for row in rows.order_by("starts_at")[:limit]])


def _start(row: Booking, trigger: str) -> Start:
    return Start(
        trigger, row.organization_id, row.shop_id, row.id, row.ended_at or clock.now(), customer_id=row.customer_id
    )


def _end(found: QuerySet[Enrollment], reason: str) -> None:
    if found.filter(state__in=enrolling.ALIVE).exists():
        enrolling.end(found, reason)


def _with_a_visit(customers: set[int]) -> set[int | None]:
    """Those of the clients who have another visit to come."""
    coming = Booking.objects.filter(
        Q(state=BookingState.BOOKED) | Q(state=BookingState.HELD), customer_id__in=customers, starts_at__gt=clock.now()
    )
    return set(coming.values_list("customer_id", flat=True))


PASSES = [Pass("visits ahead", look_ahead, limit=1000, every_seconds=300.0)]
