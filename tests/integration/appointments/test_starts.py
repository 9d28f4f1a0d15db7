"""What a visit sets going in scenarios."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kaeru.appointments import starts
from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.models import Booking
from kaeru.core import clock, scope
from kaeru.customers.models import Customer
from kaeru.messages.models import Message
from kaeru.scenarios import actions, ready
from kaeru.scenarios.models import Enrollment
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast
from tests.salon import House, salon


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    found = salon(cast.organization)
    with scope.organization(cast.organization.id):
        for name in ("visit_cancelled", "visit_missed"):
            made = ready.add(found.shop, name, "test")
            actions.publish(made.id, actor="test")
            actions.switch(made.id, is_on=True, actor="test")
        yield found


def booked(house: House, client: Customer, days: int = 2, hour: int = 11) -> Booking:
    day = (clock.now() + timedelta(hours=9)).date() + timedelta(days=days)
    wish = Wish(house.shop.id, house.services["cut"].id, house.at(day, hour), client.id)
    return bookings.book(wish, by="customer", via="line", actor="customer")


def client_of(house: House) -> Customer:
    return builders.customer(house.shop, name="花", email="hana@mail.example")


def states() -> list[tuple[str, str, str]]:
    return sorted(Enrollment.objects.values_list("trigger", "state", "end_reason"))


def test_it_starts_when_a_visit_is_cancelled_and_ends_when_the_client_books_again(house: House) -> None:
    client = client_of(house)
    row = booked(house, client)
    bookings.cancel(row.id, by="customer", via="line", actor="customer", reason="schedule")
    registry.drain()
    assert states() == [("appointment.cancelled", "waiting", "")]
    assert Message.objects.filter(source="enrollment", customer=client).count() == 1
    booked(house, client, days=4)
    registry.drain()
    assert states() == [("appointment.cancelled", "ended", "rebooked")]


def test_it_starts_nothing_for_a_client_who_has_another_visit_to_come(house: House) -> None:
    client = client_of(house)
    row = booked(house, client)
    booked(house, client, days=4)
    bookings.cancel(row.id, by="customer", via="line", actor="customer")
    registry.drain()
    assert states() == []


def test_it_starts_nothing_for_somebody_without_a_card_or_for_history(house: House) -> None:
    client = client_of(house)
    row = booked(house, client)
    Booking.objects.filter(id=row.id).update(is_history=True)
    bookings.cancel(row.id, by="customer", via="line", actor="customer")
    registry.drain()
    assert states() == []


def test_it_looks_three_days_ahead_once_and_ends_when_the_visit_moves(house: House) -> None:
    scenario = ready.add(house.shop, "visit_missed", "test")
    actions.save_draft(scenario.id, {**scenario.draft, "trigger": starts.UPCOMING}, actor="test")
    actions.publish(scenario.id, actor="test")
    actions.switch(scenario.id, is_on=True, actor="test")
    row = booked(house, client_of(house), days=6)
    registry.drain()
    assert starts.look_ahead(100) == 0, "six days away"
    clock.skip_to(row.starts_at - timedelta(days=2, hours=12))
    assert starts.look_ahead(100) == 1
    assert starts.look_ahead(100) == 0, "once for each visit"
    bookings.move(row.id, row.starts_at + timedelta(hours=2), by="customer", via="line", actor="customer")
    registry.drain()
    assert states() == [(starts.UPCOMING, "ended", "visit_changed")]
