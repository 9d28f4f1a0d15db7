"""A salon's clients over REST."""

from datetime import timedelta

import pytest

from kaeru.appointments.clients import keeping
from kaeru.appointments.openings.models import Opening
from kaeru.appointments.visits.models import Reminder
from kaeru.core import clock, scope
from kaeru.customers.models import Customer
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System
from tests.integration.appointments.test_clients import visit
from tests.salon import House, salon

pytestmark = pytest.mark.integration


@pytest.fixture
def house(cast: Cast) -> House:
    return salon(cast.organization)


@pytest.fixture
def hanako(house: House) -> Customer:
    who = builders.customer(house.shop, source_id="c-1")
    for ago in (150, 120, 90):
        visit(house, who, ago)
    with scope.organization(house.shop.organization_id):
        keeping.recount([who.id])
    return who


def test_it_tells_cards(house: House, hanako: Customer) -> None:
    system = System(house.shop)
    told = system.get("/clients?customer_id=c-1")["clients"][0]
    assert {name: told[name] for name in ("id", "customer_id", "visits", "usual_interval_days", "standing", "tickets_left")} == {
        "id": str(hanako.id), "customer_id": "c-1", "visits": 3, "usual_interval_days": 30, "standing": "almost_lost", "tickets_left": 0,
    }  # fmt: skip
    assert system.get(f"/clients/{hanako.id}") == told
    assert system.get("/clients?limit=1")["cursor"] is None


def test_it_shows_nothing_of_another_shop(cast: Cast, hanako: Customer) -> None:
    for shop in (cast.kotori, cast.other_shop):
        system = System(shop)
        assert system.get("/clients")["clients"] == []
        assert system.call("GET", f"/clients/{hanako.id}").status_code == 404
        assert system.call("GET", f"/clients/{hanako.id}/packs").status_code == 404


def test_it_writes_down_a_pack(house: House, hanako: Customer) -> None:
    system = System(house.shop)
    told = {
        "name": "5回券",
        "total": 5,
        "price": 22000,
        "bought_on": "2026-01-01",
        "services": [str(house.services["cut"].id)],
    }
    made = system.post(f"/clients/{hanako.id}/packs", told)
    assert (made["used"], made["expires_on"]) == (0, None)
    assert system.get(f"/clients/{hanako.id}/packs") == {"packs": [made]}
    assert system.get(f"/clients/{hanako.id}")["tickets_left"] == 5
    system.post(f"/clients/{hanako.id}/packs", {**told, "used": 6}, expect=422)
    system.post(f"/clients/{hanako.id}/packs", {**told, "services": ["1"]}, expect=422)


def test_it_keeps_the_waitlist(house: House, hanako: Customer) -> None:
    system = System(house.shop)
    wish = {
        "client_id": str(hanako.id), "service_id": str(house.services["cut"].id), "first_day": "2099-01-01", "until": "2099-01-31",
        "weekdays": [5], "not_before": "10:00",
    }  # fmt: skip
    made = system.post("/waitlist", wish)
    assert (made["state"], made["not_before"]) == ("waiting", "10:00:00")
    assert system.get("/waitlist") == {"waitlist": [made], "cursor": None}
    system.post("/waitlist", {**wish, "until": "2098-01-01"}, expect=422)
    assert system.post(f"/waitlist/{made['id']}/withdraw", {})["state"] == "withdrawn"
    assert system.post(f"/waitlist/{made['id']}/withdraw", {})["state"] == "withdrawn"
    assert system.get("/waitlist")["waitlist"] == []


def test_it_counts_the_salons_figures(house: House, hanako: Customer) -> None:
    now = clock.now()
    visit(house, hanako, 60)
    late = visit(house, hanako, 5, state="cancelled", ended_at=now - timedelta(days=6), ended_by="customer")
    visit(house, hanako, 4, state="cancelled", ended_at=now - timedelta(days=6), ended_by="salon")
    missed = visit(house, hanako, 3, state="no_show")
    own = {"organization_id": house.shop.organization_id, "shop": house.shop}
    with scope.organization(house.shop.organization_id):
        Opening.objects.create(
            **own, staff=house.sakura, starts_at=late.starts_at, ends_at=late.ends_at, from_booking=late, cause="cancelled", state="claimed",
            deadline=late.starts_at, started_at=now - timedelta(days=6), pushes=20, yen_per_push=3, created_at=now - timedelta(days=6),
            ended_at=now - timedelta(days=6) + timedelta(minutes=12),
        )  # fmt: skip
        for booking, answer in ((late, "cancelled"), (missed, "")):
            Reminder.objects.create(
                **own, booking=booking, kind="first", for_at=booking.starts_at, due_at=booking.starts_at, state="told", answer=answer,
                answered_at=booking.starts_at - timedelta(hours=18) if answer else None,
            )  # fmt: skip
    told = System(house.shop).get("/reports/salon?window_days=90")
    assert (told["cancelled"]["units"], told["cancelled"]["counted"], told["no_shows"]["counted"]) == (2, 1, 1)
    assert told["notice_hours"] == pytest.approx(24, abs=0.1)
    assert (told["refilled"]["units"], told["refilled"]["counted"], told["minutes_to_refill"]) == (1, 1, 12)
    assert (told["pushes"], told["yen"], told["yen_per_filled"]) == (20, 60, 60)
    assert (told["came_again"]["units"], told["came_again"]["counted"]) == (1, 1)
    assert told["causal"] is False
    answers = {one["answer"]: one for one in told["reminders"]}
    assert (answers["cancelled"]["cancelled"], answers["silent"]["no_show"]) == (1, 1)
    assert all("rate" not in one for one in told["reminders"])
