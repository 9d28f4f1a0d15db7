"""How a visit is told of: its words, its link, its buttons. The same in reminders, in LINE and on pages."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.salons.models import Resource, Service
from kaeru.appointments.visits import rules
from kaeru.appointments.visits.models import VisitTerms
from kaeru.appointments.visits.terms import limits_of
from kaeru.channels.base import Button
from kaeru.core import clock, links, money, wording
from kaeru.tenants.models import Shop

PURPOSE = "visit"
"""Of the links."""
LINK_LIVES = timedelta(days=400)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def named(row: Resource | Service, language: str) -> str:
    """What somebody or something is called in this language."""
    return (row.name_en if language == "en" else "") or row.name


def when(at: datetime, shop: Shop, language: str) -> str:
    """Day and time on the salon's clock: 11月24日(火) 14:00."""
    zone = ZoneInfo(shop.timezone)
    return wording.moment(at.astimezone(zone), language, clock.now().astimezone(zone).year)


def words(booking: Booking, shop: Shop, language: str) -> dict[str, str]:
    """`visit.*` of the messages' variables. The booking comes with service and staff."""
    zone = ZoneInfo(shop.timezone)
    local = booking.starts_at.astimezone(zone)
    return {
        "day": wording.day(local.date(), language, clock.now().astimezone(zone).year),
        "when": when(booking.starts_at, shop, language),
        "service": named(booking.service, language),
        "staff": named(booking.staff, language),
        "price": money.show(booking.price, shop.currency, language) if booking.price else "",
    }


def addresses(organization_id: int, booking_ids: Iterable[int]) -> dict[int, str]:
    """The page of each visit; it works from here on. Two statements, however many."""
    until = clock.now() + LINK_LIVES
    tokens = links.publish(PURPOSE, organization_id, booking_ids, until)
    return {key: f"{settings.KAERU_BASE_URL}/v/{token}/" for key, token in tokens.items()}


def stamp(at: datetime) -> int:
    """A start in whole minutes since 1970, as buttons carry it: one that moved is another."""
    return int((at - _EPOCH).total_seconds() // 60)


def moment(minutes: int) -> datetime:
    """The start that a button carries. Raises OverflowError for one that no calendar has."""
    return _EPOCH + timedelta(minutes=minutes)


def standing(booking: Booking) -> rules.Standing:
    """As the rules look at it."""
    return rules.Standing(booking.state == "booked", booking.starts_at, booking.changes)


def deeds(booking: Booking, terms: VisitTerms, now: datetime) -> tuple[str, ...]:
    """What the client may do with it now: coming, change, cancel, in this order."""
    visit, limits = standing(booking), limits_of(terms)
    asked = {
        "coming": "said" if booking.confirmed_at else rules.may_confirm(visit, now),
        "change": rules.may_change(visit, limits, now),
        "cancel": rules.may_cancel(visit, limits, now),
    }
    return tuple(deed for deed, why_not in asked.items() if not why_not)


def label(deed: str) -> str:
    """What stands on the button, in the active language."""
    labels: Mapping[str, str] = {
        "coming": pgettext("visit", "I am coming"),
        "change": pgettext("visit", "Change the time"),
        "cancel": pgettext("visit", "Cancel the visit"),
    }
    return labels[deed]


def pressed(booking: Booking, which: Iterable[str], language: str, *, address: str = "") -> tuple[Button, ...]:
    """The buttons of a visit: for LINE, or, with the address of its page, for mail."""
    with translation.override(language):
        return tuple(
            Button(label(deed), url=address if deed == "coming" else f"{address}?do={deed}")
            if address
            else Button(label(deed), data=data(deed, booking), text=label(deed))
            for deed in which
        )


def data(deed: str, booking: Booking, *more: Any) -> str:
    """What a button in LINE tells us: `visit:<deed>:<booking>:<start>[:…]`."""
    return ":".join(map(str, ("visit", deed, booking.id, stamp(booking.starts_at), *more)))
