"""What clients do alone: say that they come, change, give up, take a visit anew, take a step back.

The salon's policy first, then the verbs of `bookings`. LINE, the pages behind links and the programs of others call these, so that all
of them allow the same. Nothing here trusts a page: what was free when it was shown is asked again.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking, BookingChange
from kaeru.appointments.errors import NotAllowed
from kaeru.appointments.visits import confirmations, reminders, rules, telling
from kaeru.appointments.visits.reasons import REASONS
from kaeru.appointments.visits.terms import limits_of, terms_of
from kaeru.core import clock, sql
from kaeru.tenants.models import Shop

ACTOR = "customer"
HOLD_SECONDS = 10 * 60
"""So long a time is kept while a client looks once more."""


class UnknownReason(ValueError):
    """A reason that is not among `reasons.REASONS`."""


def say_coming(booking_id: int, *, via: str) -> Booking:
    """The client comes. Again changes nothing. Raises Booking.DoesNotExist, NotAllowed (ended, held, past)."""
    with transaction.atomic():
        row = bookings.confirm(booking_id, by="customer", via=via, actor=ACTOR)
        reminders.note_answer(row.id, row.starts_at, "coming")
    return row


def change(booking_id: int, starts_at: datetime, *, via: str, staff_id: int | None = None, key: str = "") -> Booking:
    """Move the visit to another start; the same again changes nothing.

    Raises Booking.DoesNotExist, Taken, NotOffered, NotAllowed (ended, held, past, too_late, too_often): then it stands as it stood.
    """
    row = Booking.objects.get(id=booking_id)
    if row.state == "booked" and row.starts_at == starts_at and staff_id in (None, row.staff_id):
        return row
    _allow(rules.may_change(telling.standing(row), limits_of(terms_of(row.shop_id)), clock.now()), row)
    was_at = row.starts_at
    with transaction.atomic():
        moved = bookings.move(booking_id, starts_at, staff_id=staff_id, by="customer", via=via, actor=ACTOR, key=key)
        reminders.note_answer(row.id, was_at, "moved")
    return moved


def give_up(booking_id: int, reason: str, *, via: str) -> Booking:
    """Cancel the visit for one reason. Again changes nothing.

    Raises UnknownReason, Booking.DoesNotExist, NotAllowed (ended, held, past, too_late).
    """
    if reason not in REASONS:
        raise UnknownReason(reason)
    row = Booking.objects.get(id=booking_id)
    if row.state == "cancelled":
        return row
    _allow(rules.may_cancel(telling.standing(row), limits_of(terms_of(row.shop_id)), clock.now()), row)
    with transaction.atomic():
        gone = bookings.cancel(booking_id, by="customer", via=via, actor=ACTOR, reason=reason)
        reminders.note_answer(row.id, row.starts_at, "cancelled")
    return gone


def note_opened(booking: Booking) -> None:
    """The client looked at other times, or at cancelling: they are not silent."""
    reminders.note_answer(booking.id, booking.starts_at, "asked")


def may_take(shop: Shop, customer_id: int | None) -> str:
    """Why this client cannot book alone: no_shows; empty: they can. One query where the salon minds."""
    return "" if customer_id is None else talk_first(shop, [customer_id]).get(customer_id, "")


def talk_first(shop: Shop, customer_ids: Collection[int]) -> dict[int, str]:
    """Of these clients those who book by talking to the salon, with why: no_shows. Two queries at most, however many."""
    limits = limits_of(terms_of(shop.id))
    if not limits.no_shows_most:
        return {}
    missed: dict[int, list[datetime]] = {}
    rows = Booking.objects.filter(customer_id__in=sql.keys(customer_ids), state="no_show")
    for customer_id, at in rows.values_list("customer_id", "starts_at"):
        missed.setdefault(customer_id, []).append(at)
    now = clock.now()
    found = {key: rules.may_book(times, limits, shop.timezone, now) for key, times in missed.items()}
    return {key: why for key, why in found.items() if why}


def hold(shop: Shop, wish: Wish, *, via: str) -> Booking:
    """Keep a start for the client while they look once more. The same wish again gives the same hold, while it lasts.

    Raises Taken, NotOffered, NotAllowed (no_shows).
    """
    if code := may_take(shop, wish.customer_id):
        raise NotAllowed(code)
    for turn in range(20):
        asked = replace(wish, key=f"{wish.key}:{turn}"[:64] if wish.key else "")
        row = bookings.book(asked, by="customer", via=via, actor=ACTOR, hold_seconds=HOLD_SECONDS)
        if row.state in ("held", "booked"):
            return row
    raise NotAllowed("ended")


def take(booking_id: int, *, via: str, customer_id: int | None = None, note: str = "") -> Booking:
    """Book what is held; again changes nothing. What was chosen on the salon's page is confirmed by mail.

    `customer_id`: whose it is, for a hold of somebody who was not known yet.

    Raises Booking.DoesNotExist, Taken, NotAllowed (ended, past, no_shows).
    """
    row = Booking.objects.select_related("shop").get(id=booking_id)
    if row.state == "booked":
        return row
    if code := may_take(row.shop, row.customer_id or customer_id):
        raise NotAllowed(code)
    with transaction.atomic():
        if customer_id is not None:
            Booking.objects.filter(id=booking_id, customer=None).update(customer_id=customer_id)
        if note:
            Booking.objects.filter(id=booking_id).update(note=note[:500])
        booked = bookings.settle(booking_id, by="customer", via=via, actor=ACTOR)
        if booked.origin == "web":
            confirmations.confirm(Booking.objects.select_related("shop").get(id=booking_id))
    return booked


def let_go(booking_id: int, *, via: str) -> Booking:
    """Give a hold back. Raises Booking.DoesNotExist, NotAllowed (it is booked, or ended)."""
    return bookings.release(booking_id, by="customer", via=via, actor=ACTOR)


def last_step(booking: Booking) -> BookingChange | None:
    """What the client did with it last, when that can still be taken back: moved or cancelled by them, a short while ago.

    Whether the old time is still free is asked when they do. One query.
    """
    story = list(BookingChange.objects.filter(booking=booking).order_by("-id")[:2])
    now = clock.now()
    if not story or story[0].by != "customer" or story[0].verb not in ("moved", "cancelled"):
        return None
    last = story[0]
    if last.was_at is None or now - last.at > rules.UNDO_FOR or last.was_at - now < timedelta(minutes=5):
        return None
    is_step_back = (
        last.verb == "moved" and len(story) == 2 and story[1].verb == "moved" and story[1].was_at == last.is_at
    )
    return None if is_step_back else last


def step_back(booking_id: int, *, via: str) -> Booking:
    """Take the client's last step back: the visit is at its old time again.

    Raises Booking.DoesNotExist, NotAllowed (open: nothing to take back; past), Taken (somebody has the time by now), NotOffered.
    """
    row = Booking.objects.get(id=booking_id)
    last = last_step(row)
    if last is None or last.was_at is None:
        raise NotAllowed("open")
    if last.verb == "cancelled":
        return bookings.undo(booking_id, by="customer", via=via, actor=ACTOR)
    return bookings.move(
        booking_id, last.was_at, staff_id=last.was_with, by="customer", via=via, actor=ACTOR, is_bound=False
    )  # fmt: skip


def _allow(code: str, row: Booking) -> None:
    if code == "ended" and row.state in ("held", "lapsed"):
        raise NotAllowed(row.state)
    if code:
        raise NotAllowed(code)
