"""Tables: the client's card, ticket packs and what was used of them, the waitlist."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.salons.models import Resource, Service
from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop, TenantModel


class ClientCard(TenantModel):
    """カルテ: what the salon knows of one client, counted from their visits.

    Everything but the note, the nomination set by hand and what the former system told is counted anew by `keeping.recount`.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.OneToOneField(Customer, models.CASCADE, related_name="+")
    first_visit_at = models.DateTimeField(null=True)
    last_visit_at = models.DateTimeField(null=True)
    """Start of the last visit that took place; null: none yet."""
    visits = models.PositiveIntegerField(default=0)
    """Visits that took place, those the former system told of included."""
    usual_interval_days = models.PositiveSmallIntegerField(null=True)
    """Median of the days between visits, of the last six gaps; null: fewer than two gaps are known."""
    nominated_staff = models.ForeignKey(Resource, models.SET_NULL, related_name="+", null=True)
    """指名: whom the client asks for; null: nobody."""
    is_nominee_set = models.BooleanField(default=False)
    """The salon wrote down itself who is nominated: visits do not change it."""
    no_shows = models.PositiveSmallIntegerField(default=0)
    """Ever. Those that still count are told by `queries.no_shows_since`."""
    last_no_show_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=2000, blank=True)
    told_visits = models.PositiveIntegerField(default=0)
    """What the salon's former system said: so many visits,"""
    told_first_on = models.DateField(null=True)
    """the first and"""
    told_last_on = models.DateField(null=True)
    """the last on these days."""
    made_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[ClientCard]] = ScopedManager()

    class Meta:
        indexes = [
            models.Index("shop_id", "last_visit_at", name="client_card_last"),
            models.Index("nominated_staff", name="client_card_nominee", condition=Q(nominated_staff__isnull=False)),
        ]


class TicketPack(TenantModel):
    """回数券: visits paid ahead, used up one by one until they run out or expire."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    services = models.JSONField(default=list, blank=True)
    """Ids of the services it is good for; empty: for each."""
    total = models.PositiveSmallIntegerField()
    used = models.PositiveSmallIntegerField(default=0)
    price = models.PositiveIntegerField(default=0)
    """Paid for the whole pack, in the shop's minor units."""
    bought_on = models.DateField()
    expires_on = models.DateField(null=True)
    """The last day on which it is good, in the shop's zone; null: for good."""
    is_withdrawn = models.BooleanField(default=False)
    """Taken back (paid out, sold by mistake): nothing more is used of it."""
    note = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[TicketPack]] = ScopedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__lte=F("total")), name="ticket_pack_not_overdrawn"),
            models.CheckConstraint(condition=Q(total__gte=1), name="ticket_pack_some"),
        ]
        indexes = [
            models.Index(
                "shop_id", "expires_on", name="ticket_pack_open", condition=Q(used__lt=F("total"), is_withdrawn=False)
            )
        ]


class TicketUse(TenantModel):
    """One ticket of a pack, used for a visit or taken off by hand; given back when the visit is undone."""

    pack = models.ForeignKey(TicketPack, models.CASCADE, related_name="uses")
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="+", null=True)
    """Null: taken off by hand."""
    used_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[TicketUse]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("booking_id", name="ticket_use_once", condition=Q(returned_at__isnull=True))
        ]


class WaitState(models.TextChoices):
    """Where an entry of the waitlist stands."""

    WAITING = "waiting"
    BOOKED = "booked"  #: they have a time now
    WITHDRAWN = "withdrawn"
    PASSED = "passed"  #: the last day they wanted is over


class WaitlistEntry(TenantModel):
    """キャンセル待ち: a client wants to come in a span in which nothing was free."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    staff = models.ForeignKey(Resource, models.CASCADE, related_name="+", null=True)
    """Null: whoever is free."""
    first_day = models.DateField()
    until = models.DateField()
    """The last day wanted; both in the shop's zone."""
    weekdays = models.JSONField(default=list, blank=True)
    """0 is Monday; empty: any."""
    not_before = models.TimeField(null=True)
    """Earliest start on the wall clock; null: any."""
    not_after = models.TimeField(null=True)
    """Latest start on the wall clock; null: any."""
    state = models.CharField(max_length=10, choices=WaitState.choices, default=WaitState.WAITING)
    booking = models.ForeignKey(Booking, models.SET_NULL, related_name="+", null=True)
    """The visit that ended the waiting."""
    note = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[WaitlistEntry]] = ScopedManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("first_day")), name="waitlist_forward")]
        indexes = [models.Index("shop_id", "until", name="waitlist_open", condition=Q(state="waiting"))]
