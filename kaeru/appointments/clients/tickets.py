"""Ticket packs: sold, used when a visit is done, given back when it is undone, taken back by the salon."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from kaeru.appointments.bookings.models import Booking, BookingState
from kaeru.appointments.clients.errors import NotPossible
from kaeru.appointments.clients.models import TicketPack, TicketUse
from kaeru.appointments.clients.rules import Pack, pack_for
from kaeru.appointments.salons.models import Service
from kaeru.core import audit, clock, ids, sql
from kaeru.customers.models import Customer

MOST_TICKETS = 500
FROM_VISITS = "visit"
"""The actor of what follows from visits by itself."""


@transaction.atomic
def sell(
    customer: Customer,
    name: str,
    total: int,
    *,
    services: Collection[int] = (),
    price: int = 0,
    bought_on: date,
    expires_on: date | None = None,
    used: int = 0,
    note: str = "",
    actor: str,
) -> TicketPack:
    """Write down a pack that the client paid for; `used`: tickets that were used before Kaeru. Raises NotPossible."""
    if not 1 <= total <= MOST_TICKETS or not 0 <= used <= total:
        raise NotPossible("total")
    if expires_on is not None and expires_on < bought_on:
        raise NotPossible("dates")
    wanted = sorted(set(services))
    if Service.objects.filter(id__in=wanted, shop_id=customer.shop_id).count() != len(wanted):
        raise NotPossible("service")
    pack = TicketPack.objects.create(
        id=ids.new_id(), organization_id=customer.organization_id, shop_id=customer.shop_id, customer=customer, name=name.strip()[:80],
        services=wanted, total=total, used=used, price=price, bought_on=bought_on, expires_on=expires_on, note=note.strip()[:200],
        made_at=clock.now(),
    )  # fmt: skip
    audit.record(pack.organization_id, actor, "tickets.sold", "ticket_pack", pack.id, total=total, price=price)
    return pack


@transaction.atomic
def withdraw(pack_id: int, *, actor: str) -> TicketPack:
    """Take the pack back: nothing more is used of it. What was used stays."""
    pack = TicketPack.objects.select_for_update().get(id=pack_id)
    if not pack.is_withdrawn:
        pack.is_withdrawn = True
        pack.save(update_fields=["is_withdrawn"])
        audit.record(
            pack.organization_id, actor, "tickets.withdrawn", "ticket_pack", pack.id, left=pack.total - pack.used
        )
    return pack


@transaction.atomic
def extend(pack_id: int, expires_on: date | None, *, actor: str) -> TicketPack:
    """Let the pack be good until another day (None: for good). Raises NotPossible."""
    pack = TicketPack.objects.select_for_update().get(id=pack_id)
    if expires_on is not None and expires_on < pack.bought_on:
        raise NotPossible("dates")
    pack.expires_on = expires_on
    pack.save(update_fields=["expires_on"])
    audit.record(pack.organization_id, actor, "tickets.extended", "ticket_pack", pack.id, until=str(expires_on or ""))
    return pack


@transaction.atomic
def take_off(pack_id: int, *, actor: str) -> TicketUse:
    """Take one ticket off by hand. Raises NotPossible when there is none, or the pack was taken back; an expired one may be used up so."""
    pack = TicketPack.objects.select_for_update().get(id=pack_id)
    if pack.is_withdrawn:
        raise NotPossible("not_good")
    if pack.used >= pack.total:
        raise NotPossible("empty")
    TicketPack.objects.filter(id=pack.id).update(used=F("used") + 1)
    use = TicketUse.objects.create(
        id=ids.new_id(), organization_id=pack.organization_id, pack=pack, used_at=clock.now()
    )
    audit.record(pack.organization_id, actor, "tickets.used", "ticket_pack", pack.id)
    return use


@transaction.atomic
def give_back(use_id: int, *, actor: str) -> None:
    """One use was a mistake: the ticket is the client's again. Given back twice changes nothing."""
    use = TicketUse.objects.select_related("pack").get(id=use_id)
    TicketPack.objects.select_for_update().get(id=use.pack_id)
    if TicketUse.objects.filter(id=use_id, returned_at=None).update(returned_at=clock.now()):
        TicketPack.objects.filter(id=use.pack_id).update(used=F("used") - 1)
        audit.record(use.organization_id, actor, "tickets.returned", "ticket_pack", use.pack_id, booking=use.booking_id)


@transaction.atomic
def settle(booking_ids: Iterable[int]) -> None:
    """After visits were done or undone: what is done is taken off a pack that is good for it, what is not done any more goes back.

    It looks at how the visits stand now, so it may be told twice and in any order. Visits of the past (imports) take nothing. Ten
    statements for any number of visits.
    """
    asked = Booking.objects.filter(id__in=sql.keys(booking_ids), customer__isnull=False).order_by("starts_at", "id")
    people = set(asked.values_list("customer_id", flat=True))
    rows = list(TicketPack.objects.select_for_update().filter(customer_id__in=sql.keys(people)).order_by("id"))
    if not rows:
        return
    bookings = list(asked.select_related("shop"))
    uses = {
        use.booking_id: use
        for use in TicketUse.objects.filter(booking_id__in=sql.keys(one.id for one in bookings), returned_at=None)
    }
    back = [uses[one.id] for one in bookings if one.state != BookingState.DONE and one.id in uses]
    packs = {row.id: row for row in rows}
    for gone in back:
        packs[gone.pack_id].used -= 1
    fresh = [
        use
        for one in bookings
        if one.state == BookingState.DONE
        and not one.is_history
        and one.id not in uses
        and (use := _use(one, rows)) is not None
    ]
    TicketUse.objects.filter(id__in=sql.keys(use.id for use in back)).update(returned_at=clock.now())
    TicketUse.objects.bulk_create(fresh)
    TicketPack.objects.bulk_update([packs[key] for key in {use.pack_id for use in (*back, *fresh)}], ["used"])
    audit.record_many(
        (use.organization_id, FROM_VISITS, verb, "ticket_pack", use.pack_id, {"booking": use.booking_id})
        for verb, some in (("tickets.returned", back), ("tickets.used", fresh))
        for use in some
    )


def _use(booking: Booking, rows: Sequence[TicketPack]) -> TicketUse | None:
    """The visit taken off the pack that goes first, which is marked in memory; None when no pack is good for it."""
    day = booking.starts_at.astimezone(ZoneInfo(booking.shop.timezone)).date()
    own = [row for row in rows if row.customer_id == booking.customer_id]
    chosen = pack_for(map(as_pack, own), booking.service_id, day)
    if chosen is None:
        return None
    next(row for row in own if row.id == chosen.id).used += 1
    return TicketUse(
        id=ids.new_id(),
        organization_id=booking.organization_id,
        pack_id=chosen.id,
        booking=booking,
        used_at=clock.now(),
    )


def as_pack(row: TicketPack) -> Pack:
    """The pack as rules look at it."""
    return Pack(row.id, frozenset(row.services), row.total - row.used, row.bought_on, row.expires_on, row.is_withdrawn)
