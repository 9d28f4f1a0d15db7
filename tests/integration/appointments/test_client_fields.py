"""What conditions can ask about a salon's clients: SQL and Python answer the same, and unknown is never a yes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.clients.models import WaitlistEntry
from kaeru.appointments.openings.fields import aimed
from kaeru.audiences import registry
from kaeru.audiences import sql as audiences
from kaeru.audiences.rules import Subject, holds, needs, parse
from kaeru.core import clock, scope
from kaeru.customers.models import Customer
from tests import salon
from tests.cast import Cast
from tests.integration.appointments.openings import NOON, TOMORROW, at, book, client, tickets
from tests.salon import House


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    at(NOON)
    made = salon.salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield made


@pytest.fixture
def everybody(house: House) -> dict[str, Customer]:
    """People of whom different things are known."""
    now = clock.now()
    found = {
        "fan": client(
            house, "Fan", card={"nominated_staff": house.sakura, "last_visit_at": now - timedelta(days=30, seconds=1)}
        ),
        "edge": client(house, "Edge", card={"last_visit_at": now - timedelta(days=30) + timedelta(seconds=1)}),
        "fresh": client(
            house,
            "Fresh",
            on_line=True,
            card={"last_visit_at": now - timedelta(minutes=5), "usual_interval_days": None},
        ),
        "new": client(house, "New", card={"last_visit_at": None, "usual_interval_days": None, "visits": 0}),
        "later": client(house, "Later", card={"last_visit_at": now + timedelta(days=2)}),
        "waiter": client(house, "Waiter"),
    }
    tickets(house, found["fan"], left=3, expires_in=10)
    tickets(house, found["fan"], left=1, expires_in=None)
    tickets(house, found["edge"], left=2, expires_in=-1)
    tickets(house, found["fresh"], left=2, expires_in=0)
    book(house, found["edge"], 14)
    for number, who in enumerate(("fan", "fan", "edge")):
        visit = book(house, found[who], 10 + 2 * number, day=TOMORROW + timedelta(days=2))
        day = now - timedelta(days=10 + number * 30)
        state = "no_show" if who == "edge" else "done"
        Booking.objects.filter(id=visit.id).update(state=state, starts_at=day, ends_at=day + timedelta(hours=1))
    WaitlistEntry.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, customer=found["waiter"], service=house.services["cut"],
        first_day=TOMORROW, until=TOMORROW, made_at=now,
    )  # fmt: skip
    return found


def ask(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


CASES: list[tuple[dict[str, Any], set[str]]] = [
    (ask("client.last_visit_days", "at_least", 30), {"fan", "waiter"}),
    (ask("client.last_visit_days", "is", 29), {"edge"}),
    (ask("client.last_visit_days", "between", [0, 1]), {"fresh", "later"}),
    ({"not": ask("client.last_visit_days", "at_least", 1)}, {"fresh", "later"}),
    (ask("client.beyond_interval", "at_least", 0), {"fan", "waiter"}),
    (ask("client.beyond_interval", "less_than", 0), {"edge", "later"}),
    (ask("client.tickets_left", "at_least", 1), {"fan", "fresh"}),
    (ask("client.tickets_left", "is", 4), {"fan"}),
    (ask("client.tickets_left", "is", 0), {"edge", "new", "later", "waiter"}),
    (ask("client.tickets_expire", "at_most", 10), {"fan", "fresh"}),
    ({"not": ask("client.tickets_expire", "at_most", 5)}, {"fan"}),
    (ask("client.visits", "at_least", 2), {"fan"}),
    (ask("client.visits", "is", 1, days=30), {"fan"}),
    (ask("client.no_shows", "at_least", 1), {"edge"}),
    (ask("client.waits", "is", True), {"waiter"}),
    (ask("client.is_booked", "is", True), {"edge"}),
    (ask("client.has_line", "is", True), {"fresh"}),
    ({"all": [ask("client.has_line", "is", False), ask("client.waits", "is", False), ask("client.is_booked", "is", False)]},
     {"fan", "new", "later"}),
]  # fmt: skip


def test_it_answers_the_same_in_sql_and_in_python(house: House, everybody: dict[str, Customer]) -> None:
    now = clock.now()
    subjects = [Subject(one.organization_id, one.shop_id, one.id, None, None, now) for one in everybody.values()]
    for told, meant in CASES:
        condition = parse(told)
        values = registry.values(subjects, needs(condition))
        by_python = {name for name, known in zip(everybody, values, strict=True) if holds(condition, known)}
        by_sql = set(audiences.find(house.shop, condition, now).customer_ids)
        assert by_python == meant, told
        assert by_sql == {everybody[name].id for name in meant}, told


def test_it_aims_whoever_is_free_at_the_opening(house: House, everybody: dict[str, Customer]) -> None:
    told = parse(
        {"any": [ask("client.nominates", "is", "opening"), {"not": ask("client.nominates", "one_of", ["opening"])}]}
    )
    assert audiences.find(house.shop, told, clock.now()).count == 1, "a word that nobody is called"
    fans = aimed(parse(ask("client.nominates", "is", "opening")), house.sakura.id)
    assert audiences.find(house.shop, fans, clock.now()).customer_ids == [everybody["fan"].id]
    assert not audiences.find(
        house.shop, aimed(parse(ask("client.nominates", "is", "opening")), house.jun.id), clock.now()
    ).count
