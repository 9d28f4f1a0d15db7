"""Tables: calendars that staff subscribe to, and visits outside of a shift that are meant so."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.salons.models import Resource
from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class CalendarFeed(TenantModel):
    """購読用カレンダー: the address by which one staff member sees their visits in a calendar of their own.

    The address is a link of `core.links` (purpose `ical`, subject: this row); a new one is a new row, so an old address never works again.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    staff = models.ForeignKey(Resource, models.CASCADE, related_name="+", db_index=False)
    shows_names = models.BooleanField(default=False)
    """Whether clients' names leave the house: whoever has the address, and the calendar's provider, can read them."""
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[CalendarFeed]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("staff_id", name="calendar_feed_one_open", condition=Q(revoked_at__isnull=True))
        ]


class MeantSo(TenantModel):
    """このまま: a visit that does not fit shifts and days off, and that the salon wants as it is.

    It holds for this time and this person: moved, the visit is looked at again.
    """

    booking = models.OneToOneField(Booking, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    staff_id_then = models.BigIntegerField()
    """`Resource.id`."""
    at = models.DateTimeField()

    objects: ClassVar[ScopedManager[MeantSo]] = ScopedManager()
