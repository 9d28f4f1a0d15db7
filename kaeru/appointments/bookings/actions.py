"""Verbs of a visit: book, settle, release, move, cancel, confirm, done, no_show, undo; block and unblock time.

Each may be repeated: the second time changes nothing and gives the same answer. Who books looks without a lock first, so that late
losers never queue; then the salon's lock, expired holds out of the way, the rows, and their number is the answer. Refusals leave
everything as it was: a move that does not fit leaves the visit at its old time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction

from kaeru.appointments.bookings import crowd, looking, rules, taking
from kaeru.appointments.bookings.models import Booking, BookingChange, BookingState, Occupancy
from kaeru.appointments.bookings.telling import Deed, tell
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.salons.menu import Menu
from kaeru.appointments.salons.models import Resource
from kaeru.core import audit, clock, ids, scope


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants what, and when."""

    shop_id: int
    service_id: int
    starts_at: datetime
    customer_id: int | None = None
    """Null: somebody who walked in and gave no name."""
    staff_id: int | None = None
    """Null: whoever can; the one with the least to do that day comes first."""
    origin: str = "web"
    """line | web | staff | walk_in | refill | import"""
    key: str = ""
    """Who asks again with the same key gets the first answer; empty: each asking is a wish of its own."""
    is_nominated: bool = False
    note: str = ""


def book(
    wish: Wish, *, by: str, via: str, actor: str, hold_seconds: int | None = None, is_bound: bool = True
) -> Booking:
    """Book the visit, or with `hold_seconds` keep its time for so long until it is settled.

    `is_bound` False is the salon itself: neither shifts nor limits for clients bind it, but never over another visit.
    Raises Taken (the time is gone), NotOffered (it is not to be had then, or not at all). Event appointment.booked, unless held.
    """
    attempt = partial(_book, wish, by=by, via=via, actor=actor, hold_seconds=hold_seconds, is_bound=is_bound)
    try:
        if not is_bound or connection.in_atomic_block:
            return attempt(crowd.Turn())
        wanted = scope.current(), wish.shop_id, wish.service_id, wish.staff_id, wish.starts_at
        return crowd.one_asks(wanted, attempt, partial(_takes, wish))
    except (Taken, NotOffered):
        first = _first_answer(wish)  # what is in the way may be the visit that the same tap booked before
        if first is None:
            raise
        return first


def _takes(wish: Wish, row: Booking) -> bool:
    """Whether nobody else can have what was wished for, now that this visit is there."""
    is_there = row.state in rules.TAKING and (row.hold_until is None or row.hold_until > clock.now())
    return is_there and (row.starts_at, row.staff_id) == (wish.starts_at, wish.staff_id)


def _book(
    wish: Wish, turn: crowd.Turn, *, by: str, via: str, actor: str, hold_seconds: int | None, is_bound: bool
) -> Booking:
    """Look, then take it behind the salon's lock. Raises Taken, NotOffered."""
    menu, asked, ways = _look(wish, turn, is_bound=is_bound)
    with transaction.atomic():
        taking.lock(wish.shop_id)
        first = _first_answer(wish)
        if first is not None:
            return first
        turn.looks()
        now = clock.now()
        hold_until = None if hold_seconds is None else now + timedelta(seconds=hold_seconds)
        key = ids.new_id()
        one, chair = _take(menu.organization_id, asked, ways, key, hold_until)
        staff = menu.member(one.staff_id)
        is_nominated = wish.is_nominated and wish.staff_id is not None
        row = Booking(
            id=key, organization_id=menu.organization_id, shop_id=wish.shop_id, customer_id=wish.customer_id, service_id=menu.service_id,
            staff_id=one.staff_id, chair_id=chair, starts_at=one.takes.whole.starts_at, ends_at=one.takes.whole.ends_at,
            stages=list(one.stages), cleanup_minutes=menu.cleanup_minutes,
            price=menu.price + (staff.nomination_fee if staff and is_nominated else 0), is_nominated=is_nominated,
            state=BookingState.BOOKED if hold_until is None else BookingState.HELD, hold_until=hold_until, origin=wish.origin,
            key=wish.key or str(key), made_at=now, note=wish.note,
        )  # fmt: skip
        row.save(force_insert=True)
        taking.changed(wish.shop_id)
        tell([Deed(row, "booked" if hold_until is None else "held", by, via, actor)])
    return row


def _look(wish: Wish, turn: crowd.Turn, *, is_bound: bool) -> tuple[Menu, looking.Asked, looking.Ways]:
    """Who could have it, as far as can be seen without a lock. Raises Taken, NotOffered."""
    turn.looks()
    if is_bound:
        looking.glance(wish.shop_id, wish.service_id, wish.starts_at, wish.staff_id)
    menu = looking.menu(wish.shop_id, wish.service_id)
    if is_bound:
        looking.check_wish(menu, wish.starts_at)
    staff = None if wish.staff_id is None else (wish.staff_id,)
    asked = looking.ask(menu, wish.starts_at, staff, is_bound=is_bound)
    turn.looks()
    return menu, asked, looking.look(asked).ways


def _first_answer(wish: Wish) -> Booking | None:
    """What the same key was answered before."""
    return Booking.objects.filter(shop_id=wish.shop_id, key=wish.key).first() if wish.key else None


def _take(
    organization_id: int, asked: looking.Asked, ways: looking.Ways, booking_id: int, hold_until: datetime | None
) -> tuple[rules.Candidate, int | None]:
    """Take the time for the visit one way or another. Raises Taken, NotOffered("closed").

    What was seen without the lock may be old, or a hold whose time is over may be in the way. Behind the lock a second look says at
    once which way is left.
    """
    way = ways[0]
    if not taking.take(organization_id, asked.shop_id, booking_id, taking.rows_of(way), hold_until):
        seen = looking.look(asked)
        _out_of_the_way(seen.dead)
        way = seen.ways[0]
        if not taking.take(organization_id, asked.shop_id, booking_id, taking.rows_of(way), hold_until):
            raise Taken
    return way


def _out_of_the_way(dead: frozenset[int]) -> None:
    """Holds whose time is over give way to whoever asks."""
    if dead:
        over = taking.lapse(dead, clock.now())
        tell([Deed(one, "lapsed", "system", "pass", "system") for one in over])


def _locked(booking_id: int) -> Booking:
    """The visit as it stands, behind its salon's lock, so that it stays so. Raises Booking.DoesNotExist."""
    return taking.still(Booking.objects.get(id=booking_id))


def _allow(row: Booking, deed: str) -> bool:
    """Whether the deed is still to be done: False when it was done before. Raises NotAllowed."""
    code = rules.refusal(row.state, deed)
    if code:
        raise NotAllowed(code)
    return row.state in rules.AFTER[deed][0]


@transaction.atomic
def settle(booking_id: int, *, by: str, via: str, actor: str) -> Booking:
    """What was held is booked. A hold whose time is over is booked too, as long as nobody else took the time.

    Raises Booking.DoesNotExist, Taken, NotAllowed (ended, past). Event appointment.booked.
    """
    row = _locked(booking_id)
    if not _allow(row, "settle"):
        return row
    if row.starts_at <= clock.now() and by == "customer":
        raise NotAllowed("past")
    if row.state == BookingState.LAPSED:
        _retake(row)
    taking.keep(row.id)
    _write(row, state=BookingState.BOOKED, hold_until=None, ended_at=None, ended_by="")
    taking.changed(row.shop_id)
    tell([Deed(row, "booked", by, via, actor)])
    return row


@transaction.atomic
def release(booking_id: int, *, by: str, via: str, actor: str) -> Booking:
    """The client lets a hold go; again changes nothing. Raises Booking.DoesNotExist, NotAllowed (it is booked, or ended)."""
    row = _locked(booking_id)
    if not _allow(row, "release"):
        return row
    taking.free([row.id])
    _write(row, state=BookingState.LAPSED, ended_at=clock.now(), ended_by=_ended_by(by))
    taking.changed(row.shop_id)
    tell([Deed(row, "lapsed", by, via, actor)])
    return row


def move(
    booking_id: int, starts_at: datetime, *, staff_id: int | None = None, by: str, via: str, actor: str, key: str = "",
    is_bound: bool | None = None,
) -> Booking:  # fmt: skip
    """Move the visit: the new time is taken and the old one is free in the same transaction, or nothing changes.

    `staff_id` None: with the same person, else (nobody was nominated) with whoever can. With the same person it keeps the stages it was
    booked with. `is_bound` None: clients are bound by shifts and limits, the salon is not. `key` is the tap's: the same tap again changes
    nothing. Raises Booking.DoesNotExist, Taken, NotOffered, NotAllowed (ended, lapsed, past). Event appointment.moved.
    """
    row = Booking.objects.get(id=booking_id)
    if not _is_move(row, starts_at, staff_id, key):
        return row
    bound = by == "customer" if is_bound is None else is_bound
    menu = looking.menu(row.shop_id, row.service_id)
    if bound:
        looking.check_wish(menu, starts_at)
    kept = (row.staff_id, row.stages, row.cleanup_minutes)
    staff = (row.staff_id,) if staff_id is None else (staff_id,)
    try:
        asked = looking.ask(menu, starts_at, staff, is_bound=bound, kept=kept, ignoring=row.id)
        ways = looking.look(asked).ways
    except (Taken, NotOffered):
        if staff_id is not None or row.is_nominated:
            raise
        asked = looking.ask(menu, starts_at, None, is_bound=bound, kept=kept, ignoring=row.id)
        ways = looking.look(asked).ways
    with transaction.atomic():
        row = taking.still(row)
        if not _is_move(row, starts_at, staff_id, key):
            return row
        if by == "customer" and row.starts_at <= clock.now():
            raise NotAllowed("past")
        was_at, was_with = row.starts_at, row.staff_id
        taking.free([row.id])
        one, chair = _take(row.organization_id, asked, ways, row.id, row.hold_until)
        _write(
            row, starts_at=one.takes.whole.starts_at, ends_at=one.takes.whole.ends_at, staff_id=one.staff_id, chair_id=chair,
            stages=list(one.stages), confirmed_at=None, changes=row.changes + (by == "customer"),
            cleanup_minutes=row.cleanup_minutes if one.staff_id == was_with else menu.cleanup_minutes,
        )  # fmt: skip
        taking.changed(row.shop_id)
        is_news = row.state == BookingState.BOOKED
        tell([Deed(row, "moved", by, via, actor, was_at=was_at, was_with=was_with, key=key, is_news=is_news)])
    return row


def _is_move(row: Booking, starts_at: datetime, staff_id: int | None, key: str) -> bool:
    """Whether there is anything to move: not for a tap that moved it before, wherever it stands now. Raises NotAllowed."""
    if key and BookingChange.objects.filter(booking_id=row.id, key=key).exists():
        return False
    _allow(row, "move")
    return row.starts_at != starts_at or staff_id not in (None, row.staff_id)


@transaction.atomic
def cancel(booking_id: int, *, by: str, via: str, actor: str, reason: str = "") -> Booking:
    """The visit does not take place, and its time is free. `reason` is a code.

    Raises Booking.DoesNotExist, NotAllowed (held, ended; past for clients). Event appointment.cancelled.
    """
    row = _locked(booking_id)
    if not _allow(row, "cancel"):
        return row
    if by == "customer" and row.starts_at <= clock.now():
        raise NotAllowed("past")
    taking.free([row.id])
    _write(row, state=BookingState.CANCELLED, ended_at=clock.now(), ended_by=_ended_by(by), reason=reason)
    taking.changed(row.shop_id)
    tell([Deed(row, "cancelled", by, via, actor, was_at=row.starts_at, was_with=row.staff_id)])
    return row


@transaction.atomic
def confirm(booking_id: int, *, by: str = "customer", via: str, actor: str) -> Booking:
    """The client said that they are coming. Raises Booking.DoesNotExist, NotAllowed (held, ended, past). Event appointment.confirmed."""
    row = _locked(booking_id)
    _allow(row, "confirm")
    if row.confirmed_at is not None:
        return row
    if by == "customer" and row.starts_at <= clock.now():
        raise NotAllowed("past")
    _write(row, confirmed_at=clock.now())
    tell([Deed(row, "confirmed", by, via, actor)])
    return row


@transaction.atomic
def done(booking_id: int, *, by: str = "salon", via: str, actor: str) -> Booking:
    """The client is or was there; the time stays taken, as they may still sit there.

    Raises Booking.DoesNotExist, NotAllowed (held, ended, not_yet). Event appointment.done.
    """
    row = _locked(booking_id)
    if not _allow(row, "done"):
        return row
    if row.starts_at > clock.now() + rules.EARLY:
        raise NotAllowed("not_yet")
    _write(row, state=BookingState.DONE, ended_at=clock.now(), ended_by=_ended_by(by))
    tell([Deed(row, "done", by, via, actor)])
    return row


@transaction.atomic
def no_show(booking_id: int, *, by: str = "salon", via: str, actor: str) -> Booking:
    """The client did not come; what is left of their time is free. Also when the evening had closed the visit as done.

    Raises Booking.DoesNotExist, NotAllowed (held, ended, not_yet). Event appointment.no_show.
    """
    row = _locked(booking_id)
    if not _allow(row, "no_show"):
        return row
    if row.starts_at > clock.now():
        raise NotAllowed("not_yet")
    was = row.state
    taking.free([row.id])
    _write(row, state=BookingState.NO_SHOW, ended_at=clock.now(), ended_by=_ended_by(by))
    taking.changed(row.shop_id)
    tell([Deed(row, "no_show", by, via, actor, was_at=row.starts_at, was_with=row.staff_id, was=was)])
    return row


@transaction.atomic
def undo(booking_id: int, *, by: str, via: str, actor: str) -> Booking:
    """Take back done, no_show or cancelled: the visit is booked again, at its time, if that is still free.

    Raises Booking.DoesNotExist, Taken, NotAllowed (open: nothing to undo; past for clients). Event appointment.undone, with `was`.
    """
    row = _locked(booking_id)
    if not _allow(row, "undo"):
        return row
    if by == "customer" and row.starts_at <= clock.now():
        raise NotAllowed("past")
    was = row.state
    if was not in rules.TAKING:
        _retake(row)
        taking.changed(row.shop_id)
    _write(row, state=BookingState.BOOKED, ended_at=None, ended_by="", reason="")
    tell([Deed(row, "undone", by, via, actor, was_at=row.starts_at, was_with=row.staff_id, was=was)])
    return row


def _retake(row: Booking) -> None:
    """Its own time and its own people again. Raises Taken."""
    takes = rules.spans(row.stages, row.cleanup_minutes, row.starts_at)
    candidate = rules.Candidate(row.staff_id, row.stages, takes)
    chairs = None if row.chair_id is None else (row.chair_id,)
    asked = looking.Asked(row.shop_id, (candidate,), chairs, is_bound=False, ignoring=row.id)
    _, row.chair_id = _take(row.organization_id, asked, looking.look(asked).ways, row.id, None)


def _write(row: Booking, **fields: object) -> None:
    taking.write(row, fields)


def _ended_by(by: str) -> str:
    return {"customer": "customer", "salon": "salon"}.get(by, "time")


@transaction.atomic
def block(resource_id: int, starts_at: datetime, ends_at: datetime, note: str = "", *, actor: str) -> Occupancy:
    """Nobody can book this person or chair from then to then. Raises Resource.DoesNotExist, Taken, ValueError (backwards)."""
    if ends_at <= starts_at:
        raise ValueError("time goes forward")
    one = Resource.objects.get(id=resource_id)
    taking.lock(one.shop_id)
    dead = Occupancy.objects.filter(
        resource_id=one.id, starts_at__lt=ends_at, ends_at__gt=starts_at, hold_until__lte=clock.now()
    )
    _out_of_the_way(frozenset(key for key in dead.values_list("booking_id", flat=True) if key))
    if not taking.take(one.organization_id, one.shop_id, None, [(one.id, starts_at, ends_at)], note=note):
        raise Taken
    taking.changed(one.shop_id)
    row = Occupancy.objects.get(resource_id=one.id, starts_at=starts_at)
    audit.record(one.organization_id, actor, "appointment.blocked", "resource", one.id)
    return row


@transaction.atomic
def unblock(occupancy_id: int, *, actor: str) -> None:
    """The time that was blocked can be booked again; again changes nothing, and a visit's time is never freed so."""
    row = Occupancy.objects.filter(id=occupancy_id, booking=None).first()
    if row is None:
        return
    taking.lock(row.shop_id)
    row.delete()
    taking.changed(row.shop_id)
    audit.record(row.organization_id, actor, "appointment.unblocked", "resource", row.resource_id)
