"""The first tap wins. Who taps later gets the nearest other times, at once and for nothing.

One UPDATE decides who was first; the visit is booked in the same transaction, so that an opening is never claimed without a visit, nor
a time given to two. When the calendar has sold the time meanwhile, everything is rolled back and the opening is looked at anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import LIVE, Booking
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.openings import ending, standing
from kaeru.appointments.openings.models import Offer, OfferState, Opening, OpeningState
from kaeru.appointments.slots import queries as slots
from kaeru.appointments.visits import actions as visits
from kaeru.core import audit, clock

MOST_OTHERS = 3


class NotAsked(Exception):
    """This client was never offered this opening."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Another time that the client could have."""

    at: datetime
    staff_id: int
    service_id: int


@dataclass(frozen=True, slots=True)
class Late:
    """Somebody was faster, or the time is over; the nearest others, which are free as this is said."""

    others: tuple[Choice, ...] = ()


def offer_of(opening_id: int, customer_id: int) -> Offer:
    """What the client was offered. Raises NotAsked."""
    found = Offer.objects.filter(opening_id=opening_id, customer_id=customer_id, sent_at__isnull=False)
    row = found.select_related("opening__shop").first()
    if row is None:
        raise NotAsked
    return row


def claim(opening_id: int, customer_id: int, *, key: str = "", via: str) -> Booking | Late:
    """The client takes the opening: the visit, or Late with other times. The same client again gets the same answer.

    Raises NotAsked, NotAllowed (no_shows: the salon wants to talk first).
    """
    offer = offer_of(opening_id, customer_id)
    opening = offer.opening
    kept = _kept(opening, customer_id)
    if kept is not None:
        return kept
    _allow(offer)
    if opening.state == OpeningState.OPEN and opening.deadline > clock.now():
        try:
            won = _win(opening, offer, key, via)
        except (Taken, NotOffered):
            standing.look_again([opening_id], actor="claim")
            won = None
        if won is not None:
            return won
    kept = _kept(opening, customer_id)
    return kept if kept is not None else _late(offer, key)


def _allow(offer: Offer) -> None:
    if code := visits.may_take(offer.opening.shop, offer.customer_id):
        raise NotAllowed(code)


def _kept(opening: Opening, customer_id: int) -> Booking | None:
    """The visit by which this client has taken it before."""
    return Booking.objects.filter(shop_id=opening.shop_id, key=_key(opening.id, customer_id), state__in=LIVE).first()


def _key(opening_id: int, customer_id: int) -> str:
    return f"opening:{opening_id}:{customer_id}"


@transaction.atomic
def _win(opening: Opening, offer: Offer, key: str, via: str) -> Booking | None:
    """The visit, or None when somebody was faster. Raises Taken, NotOffered: then nothing was changed."""
    now = clock.now()
    first = Opening.objects.filter(id=opening.id, state=OpeningState.OPEN, deadline__gt=now).update(
        state=OpeningState.CLAIMED, ended_at=now, next_wave_at=None, halted=""
    )
    if not first:
        return None
    wish = Wish(
        opening.shop_id, offer.service_id, opening.starts_at, customer_id=offer.customer_id, staff_id=opening.staff_id, origin="refill",
        key=_key(opening.id, offer.customer_id),
    )  # fmt: skip
    visit = bookings.book(wish, by="customer", via=via, actor="customer")
    Opening.objects.filter(id=opening.id).update(winner=visit)
    Offer.objects.filter(id=offer.id).update(state=OfferState.TAKEN, answered_at=now, answer="took", key=key[:64])
    ending.clear([opening.id])
    audit.record(
        opening.organization_id, "customer", "opening.claimed", "opening", opening.id, booking=visit.id, wave=offer.wave
    )
    return visit


def _late(offer: Offer, key: str) -> Late:
    """They were asked, and too late: they go first next time."""
    Offer.objects.filter(id=offer.id, state__in=[OfferState.SENT, OfferState.DECLINED]).update(
        state=OfferState.LATE, answered_at=clock.now(), answer="late", key=key[:64]
    )
    return Late(others(offer))


def others(offer: Offer, most: int = MOST_OTHERS) -> tuple[Choice, ...]:
    """The free times nearest to what was offered, for the same service; other openings before what is equally near."""
    opening = offer.opening
    now, around = clock.now(), opening.starts_at
    rows = Opening.objects.filter(shop_id=opening.shop_id, state=OpeningState.OPEN, deadline__gt=now).exclude(
        id=opening.id
    )
    times = sorted(rows.values_list("starts_at", "staff_id"), key=lambda one: abs(one[0] - around))[: most * 2]
    try:
        open_now = slots.still_free(opening.shop_id, offer.service_id, times)
        free = slots.nearest(opening.shop_id, offer.service_id, around, most)
    except slots.NotThere:
        return ()
    found = [one for one in times if one in open_now] + [(start.at, start.staff[0]) for start in free]
    return _nearest([Choice(at, staff, offer.service_id) for at, staff in found], around, most)


def _nearest(found: Sequence[Choice], around: datetime, most: int) -> tuple[Choice, ...]:
    chosen: dict[datetime, Choice] = {}
    for one in sorted(found, key=lambda one: abs(one.at - around)):
        chosen.setdefault(one.at, one)
    return tuple(list(chosen.values())[:most])


def take_other(offer: Offer, starts_at: datetime, staff_id: int, *, via: str) -> Booking | Late:
    """Who was late takes another time instead; the visit, or Late when that is gone as well. The same tap again: the same visit.

    Raises NotAllowed (no_shows).
    """
    _allow(offer)
    key = f"{_key(offer.opening_id, offer.customer_id)}:{int(starts_at.timestamp())}"
    wish = Wish(
        offer.opening.shop_id, offer.service_id, starts_at, customer_id=offer.customer_id, staff_id=staff_id, origin="refill", key=key
    )  # fmt: skip
    try:
        visit = bookings.book(wish, by="customer", via=via, actor="customer")
    except (Taken, NotOffered):
        return Late(others(offer))
    return visit if visit.state in LIVE else Late(others(offer))


@transaction.atomic
def decline(offer: Offer, *, via: str) -> None:
    """The client does not want it; again changes nothing."""
    if Offer.objects.filter(id=offer.id, state=OfferState.SENT).update(
        state=OfferState.DECLINED, answered_at=clock.now(), answer="declined"
    ):
        audit.record(offer.organization_id, "customer", "opening.declined", "offer", offer.id, via=via)
