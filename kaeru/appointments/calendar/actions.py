"""Verbs: give a staff member a calendar of their own, take it back, and leave a visit outside of shifts as it is."""

from datetime import timedelta

from django.db import transaction

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.calendar.models import CalendarFeed, MeantSo
from kaeru.appointments.salons.models import Resource
from kaeru.core import audit, clock, links

PURPOSE = "ical"
MOST_NOTE = 500
LASTS = timedelta(days=3650)
"""A subscription is set up once and forgotten; who leaves has it revoked."""


@transaction.atomic
def give_feed(staff: Resource, *, actor: str, shows_names: bool = False) -> CalendarFeed:
    """A new address for this person's calendar; the one before works no more."""
    _close(staff)
    row = CalendarFeed.objects.create(
        organization_id=staff.organization_id,
        shop_id=staff.shop_id,
        staff=staff,
        shows_names=shows_names,
        created_at=clock.now(),
    )
    links.publish(PURPOSE, staff.organization_id, [row.id], clock.now() + LASTS)
    audit.record(staff.organization_id, actor, "calendar.feed_given", "resource", staff.id, shows_names=shows_names)
    return row


@transaction.atomic
def revoke_feed(staff: Resource, *, actor: str) -> bool:
    """Close this person's address at once; False when there was none."""
    if not _close(staff):
        return False
    audit.record(staff.organization_id, actor, "calendar.feed_revoked", "resource", staff.id)
    return True


def _close(staff: Resource) -> bool:
    row = CalendarFeed.objects.select_for_update().filter(staff=staff, revoked_at=None).first()
    if row is None:
        return False
    CalendarFeed.objects.filter(id=row.id).update(revoked_at=clock.now())
    links.revoke(PURPOSE, row.id)
    return True


def token(feed: CalendarFeed) -> str:
    """What the feed's address ends with."""
    return links.token_for(PURPOSE, feed.organization_id, feed.id)


@transaction.atomic
def leave_as_is(booking: Booking, *, actor: str) -> None:
    """The salon wants this visit at this time with this person, whatever shifts say."""
    MeantSo.objects.update_or_create(
        booking=booking,
        defaults={
            "organization_id": booking.organization_id,
            "starts_at": booking.starts_at,
            "staff_id_then": booking.staff_id,
            "at": clock.now(),
        },
    )
    audit.record(booking.organization_id, actor, "booking.meant_so", "booking", booking.id)


@transaction.atomic
def write_note(booking: Booking, note: str, *, actor: str) -> None:
    """What the salon wants to remember about this visit: 500 characters at most, more is cut off."""
    said = note.replace("\r\n", "\n").strip()[:MOST_NOTE]
    Booking.objects.filter(id=booking.id).update(note=said)
    audit.record(booking.organization_id, actor, "booking.noted", "booking", booking.id)
