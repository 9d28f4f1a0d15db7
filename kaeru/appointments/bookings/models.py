"""Tables: visits, and what each takes of whom and of which chair."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from kaeru.appointments.salons.models import Resource, Service
from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop, TenantModel


class BookingState(models.TextChoices):
    """Where a visit stands."""

    HELD = "held"  #: kept for the client until `hold_until`, while they look once more
    BOOKED = "booked"
    DONE = "done"  #: the client was there
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    LAPSED = "lapsed"  #: a hold that ran out


LIVE = (BookingState.HELD, BookingState.BOOKED)
"""States in which a visit is still to come. It keeps its time in DONE, too: the client may still sit there."""


class Booking(TenantModel):
    """予約: one visit. It keeps stages and price as they were when it was booked."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.SET_NULL, related_name="+", null=True)
    """Null: somebody who walked in and gave no name."""
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    staff = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    chair = models.ForeignKey(Resource, models.PROTECT, related_name="+", null=True)
    """The chair or room; null: the service needs none."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    """When the client leaves; the clean-up comes after."""
    stages = models.JSONField()
    cleanup_minutes = models.PositiveSmallIntegerField(default=0)
    price = models.PositiveIntegerField(default=0)
    """In the shop's minor units, with the fee for a nomination."""
    is_nominated = models.BooleanField(default=False)
    """指名: the client asked for this staff member."""
    state = models.CharField(max_length=10, choices=BookingState.choices, default=BookingState.BOOKED)
    hold_until = models.DateTimeField(null=True)
    origin = models.CharField(max_length=10)
    """line | web | staff | walk_in | refill | import"""
    key = models.CharField(max_length=64)
    """Who asks again with the same key gets the first answer."""
    changes = models.PositiveSmallIntegerField(default=0)
    """How often the client has moved it."""
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    """The client said that they are coming."""
    ended_at = models.DateTimeField(null=True)
    """When it was cancelled, missed or done."""
    ended_by = models.CharField(max_length=10, blank=True)
    """customer | salon | time"""
    reason = models.CharField(max_length=40, blank=True)
    """Why it was cancelled: a code of `policy.reasons`."""
    note = models.CharField(max_length=500, blank=True)
    is_history = models.BooleanField(default=False)
    """Brought in from the past: nothing follows from it."""

    objects: ClassVar[ScopedManager[Booking]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("organization_id", "shop_id", "key", name="booking_key"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="booking_forward"),
        ]
        indexes = [
            models.Index("organization_id", "shop_id", "starts_at", name="booking_day"),
            models.Index("customer_id", "starts_at", name="booking_customer"),
            models.Index("hold_until", name="booking_holds", condition=Q(state="held")),
            models.Index("shop_id", "ended_at", name="booking_ended", condition=Q(ended_at__isnull=False)),
            models.Index("ends_at", name="booking_over", condition=Q(state="booked")),
        ]


class Occupancy(TenantModel):
    """What is taken: one span of one resource. Two of the same resource never overlap; the database is the judge of that.

    PostgreSQL has an exclusion constraint, SQLite triggers that leave out the row that does not fit (migration 0002), so that
    both are asked with INSERT … ON CONFLICT DO NOTHING, and the number of rows written is the answer.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+", db_index=False)
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="+", null=True)
    """Null: blocked by the salon."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    hold_until = models.DateTimeField(null=True)
    """Null: taken for good. Who takes the time after this deletes the row first."""
    note = models.CharField(max_length=200, blank=True)

    objects: ClassVar[ScopedManager[Occupancy]] = ScopedManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="occupancy_forward")]
        indexes = [
            models.Index("resource_id", "ends_at", name="occupancy_resource"),
            models.Index("shop_id", "ends_at", "starts_at", "resource_id", "hold_until", name="occupancy_time"),
            models.Index("hold_until", name="occupancy_holds", condition=Q(hold_until__isnull=False)),
        ]


class BookingChange(TenantModel):
    """What was done to a visit, in order: for its story, for limits on changes, for what was cancelled how early."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="changes_made")
    at = models.DateTimeField()
    verb = models.CharField(max_length=10)
    """held | booked | confirmed | moved | cancelled | no_show | done | undone | lapsed"""
    by = models.CharField(max_length=10)
    """customer | salon | system"""
    via = models.CharField(max_length=10)
    """line | web | console | api | refill | import | pass"""
    was_at = models.DateTimeField(null=True)
    """Where it stood before."""
    is_at = models.DateTimeField(null=True)
    """Where it stands after; null: nowhere any more."""
    was_with = models.BigIntegerField(null=True)
    """The staff member before (`Resource.id`)."""
    key = models.CharField(max_length=64, blank=True)
    """Of the tap that moved it: the same tap again changes nothing."""

    objects: ClassVar[ScopedManager[BookingChange]] = ScopedManager()

    class Meta:
        indexes = [models.Index("shop_id", "at", name="booking_change_at")]
