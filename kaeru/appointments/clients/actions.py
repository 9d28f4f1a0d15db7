"""Verbs on cards: open one, write a note, say who is nominated; and what becomes of two cards when they are merged."""

from collections.abc import Iterable

from django.db import transaction

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.clients import keeping
from kaeru.appointments.clients.errors import NotPossible
from kaeru.appointments.clients.models import ClientCard
from kaeru.appointments.salons.models import Resource, ResourceKind
from kaeru.core import audit, clock, ids
from kaeru.customers.actions import upsert
from kaeru.customers.merging import merger
from kaeru.customers.models import Customer, Identity
from kaeru.customers.rules import CustomerRecord, tidy_name
from kaeru.tenants.models import Shop

MOST_NOTE = 2_000


def open_cards(customer_ids: Iterable[int]) -> int:
    """Cards for these clients, counted from the visits they have; returns how many there are."""
    return keeping.recount(customer_ids)


@transaction.atomic
def write_note(customer_id: int, note: str, *, actor: str) -> ClientCard:
    """What the salon wants to remember of the client: 2,000 characters at most, more is cut off."""
    card = _card(customer_id)
    card.note = note.replace("\r\n", "\n").strip()[:MOST_NOTE]
    card.save(update_fields=["note"])
    audit.record(card.organization_id, actor, "client.noted", "customer", customer_id)
    return card


@transaction.atomic
def nominate(customer_id: int, staff_id: int | None, *, is_set: bool = True, actor: str) -> ClientCard:
    """Write down whom the client asks for (None: nobody); not `is_set`: let their visits say it again. Raises NotPossible."""
    card = _card(customer_id)
    if is_set and staff_id is not None:
        people = Resource.objects.filter(id=staff_id, shop_id=card.shop_id, kind=ResourceKind.STAFF)
        if not people.exists():
            raise NotPossible("staff")
    card.nominated_staff_id, card.is_nominee_set = (staff_id, True) if is_set else (None, False)
    card.save(update_fields=["nominated_staff", "is_nominee_set"])
    audit.record(
        card.organization_id, actor, "client.nominates", "customer", customer_id, staff=staff_id, is_set=is_set
    )
    if not is_set:
        keeping.recount([customer_id])
        card.refresh_from_db()
    return card


def _card(customer_id: int) -> ClientCard:
    """The client's card, made when there is none. Raises ClientCard.DoesNotExist for who is no salon's client."""
    card = ClientCard.objects.filter(customer_id=customer_id).first()
    if card is None:
        keeping.recount([customer_id])
        card = ClientCard.objects.get(customer_id=customer_id)
    return card


@merger
def merge_cards(stays: Customer, goes: Customer) -> None:
    """What was written on both cards is on the one that stays; it is counted anew from all visits when they have been moved."""
    cards = {card.customer_id: card for card in ClientCard.objects.filter(customer__in=[stays, goes])}
    other = cards.get(goes.id)
    if other is None:
        return
    own = cards.get(stays.id)
    if own is not None:
        own.note = "\n".join(note for note in (own.note, other.note) if note)[:MOST_NOTE]
        own.told_visits += other.told_visits
        own.told_first_on = min((day for day in (own.told_first_on, other.told_first_on) if day), default=None)
        own.told_last_on = max((day for day in (own.told_last_on, other.told_last_on) if day), default=None)
        if other.is_nominee_set and not own.is_nominee_set:
            own.nominated_staff_id, own.is_nominee_set = other.nominated_staff_id, True
        own.save()
        other.delete()
    Booking.objects.filter(customer=goes).update(customer=stays)
    ClientCard.objects.filter(customer=goes).update(customer=stays)
    keeping.recount([stays.id])


@transaction.atomic
def add_client(shop: Shop, name: str, *, mail: str = "", phone: str = "", note: str = "", actor: str) -> Customer:
    """A card for somebody whom the salon knows by name; who is known under the mail address, or under name and phone number, is that one.

    Raises NotPossible("name") without a name.
    """
    tidy, number = tidy_name(name), phone.strip()[:40]
    if not tidy:
        raise NotPossible("name")
    same = Identity.objects.filter(shop=shop, kind="phone", value=number, customer__name=tidy) if number else None
    known = same.values_list("customer_id", flat=True).first() if same is not None else None
    if known is None and mail:
        known = upsert(shop, [CustomerRecord(name=tidy, email=mail, phone=number)], source="staff")[0]
    if known is None:
        known = ids.new_id()
        Customer.objects.create(
            id=known, organization_id=shop.organization_id, shop=shop, name=tidy, created_at=clock.now()
        )
        if number:
            Identity.objects.create(
                organization_id=shop.organization_id, shop=shop, customer_id=known, kind="phone", value=number
            )
    keeping.recount([known])
    audit.record(shop.organization_id, actor, "client.added", "customer", known)
    if note.strip():
        write_note(known, note, actor=actor)
    return Customer.objects.get(id=known)
