"""Visits over REST: the same verbs and limits as for clients, and nobody else's book."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaeru.appointments.bookings.models import Booking, BookingChange
from kaeru.appointments.slots import kept
from kaeru.core import clock, scope
from kaeru.customers.models import Customer
from tests.cast import Cast
from tests.integration.api.client import System
from tests.salon import TOKYO, House, salon

NOW = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # Tuesday 24 November, 08:00 in Tokyo
TODAY = NOW.astimezone(TOKYO).date()


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    clock.set_clock(clock.Clock(real=0, shown=NOW, speed=0.0))
    kept.forget()
    yield salon(cast.organization)
    kept.forget()


@pytest.fixture
def system(house: House) -> System:
    return System(house.shop)


def asked(house: House, hour: int = 11, **fields: Any) -> dict[str, Any]:
    return {
        "service_id": str(house.services["cut"].id), "starts_at": house.at(TODAY + timedelta(days=2), hour).isoformat(), **fields,
    }  # fmt: skip


def test_it_books_for_a_client_and_says_what_was_booked(house: House, system: System) -> None:
    client = {"id": "c-1", "name": "髙﨑 花子", "email": "hanako@example.com"}
    row = system.post("/bookings", asked(house, customer=client, staff_id=str(house.sakura.id), is_nominated=True))
    assert (row["state"], row["staff_id"], row["customer_id"], row["price"]) == (
        "booked",
        str(house.sakura.id),
        "c-1",
        5500,
    )
    assert row["starts_at"].endswith("11:00:00+09:00") and row["ends_at"].endswith("12:00:00+09:00")
    assert system.get(f"/bookings/{row['id']}") == row
    assert [one["id"] for one in system.get("/bookings?customer_id=c-1")["bookings"]] == [row["id"]]
    with scope.everyone():
        told = BookingChange.objects.get(booking_id=int(row["id"]))
        assert (told.verb, told.by, told.via) == ("booked", "customer", "api")


def test_it_knows_a_client_by_name_and_phone(house: House, system: System) -> None:
    client = {"name": "山田 花子", "phone": "090-1234-5678"}
    for hour in (11, 14):
        system.post("/bookings", asked(house, hour, customer=client))
    system.post("/bookings", asked(house, 16, customer={"phone": "090"}), expect=422)
    with scope.everyone():
        assert Customer.objects.filter(shop=house.shop).count() == 1


def test_it_gives_the_same_visit_to_the_same_call(house: House, system: System) -> None:
    first, again = (system.post("/bookings", asked(house), headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert first == again
    with scope.everyone():
        assert Booking.objects.count() == 1


def test_it_says_that_somebody_was_faster(house: House, system: System) -> None:
    jun = str(house.jun.id)
    system.post("/bookings", asked(house, staff_id=jun))
    told = system.post("/bookings", asked(house, staff_id=jun), expect=409)
    assert told["error"]["code"] == "taken"
    told = system.post("/bookings", asked(house, 9), expect=409)
    assert told["error"]["code"] == "not_offered_closed" and told["error"]["fields"][0]["path"] == "starts_at"
    assert system.post("/bookings", asked(house, 9, by="salon"))["origin"] == "staff"
    assert (
        system.post("/bookings", {**asked(house), "service_id": "1"}, expect=409)["error"]["code"]
        == "not_offered_service"
    )


def test_it_keeps_a_time_and_books_it(house: House, system: System) -> None:
    held = system.post("/bookings", asked(house, hold_seconds=300))
    assert held["state"] == "held" and held["hold_until"]
    row = system.post(f"/bookings/{held['id']}/settle", {})
    assert (row["state"], row["hold_until"]) == ("booked", None)
    assert system.post(f"/bookings/{held['id']}/settle", {})["state"] == "booked"


def test_it_moves_confirms_and_cancels(house: House, system: System) -> None:
    row = system.post("/bookings", asked(house, customer={"id": "c-1"}))
    path = f"/bookings/{row['id']}"
    assert system.post(f"{path}/confirm", {})["confirmed_at"]
    moved = system.post(f"{path}/move", {"starts_at": house.at(TODAY + timedelta(days=3), 14).isoformat()})
    assert moved["starts_at"].endswith("14:00:00+09:00") and moved["changes"] == 1 and moved["confirmed_at"] is None
    late = {"starts_at": house.at(TODAY + timedelta(days=3), 20).isoformat()}
    assert system.post(f"{path}/move", late, expect=409)["error"]["code"] == "not_offered_closed"
    assert system.post(f"{path}/move", {**late, "by": "salon"})["changes"] == 1
    assert system.post(f"{path}/cancel", {}, expect=422)["error"]["code"] == "unknown_reason"
    assert system.post(f"{path}/cancel", {"reason": "nothing"}, expect=422)["error"]["code"] == "unknown_reason"
    gone = system.post(f"{path}/cancel", {"reason": "schedule"})
    assert (gone["state"], gone["reason"], gone["ended_by"]) == ("cancelled", "schedule", "customer")
    assert system.post(f"{path}/cancel", {"reason": "unwell"})["reason"] == "schedule"
    assert system.post(f"{path}/confirm", {}, expect=409)["error"]["code"] == "not_allowed_ended"


def test_it_binds_clients_by_the_policy_and_not_the_salon(house: House, system: System) -> None:
    row = system.post("/bookings", {**asked(house), "starts_at": house.at(TODAY, 11).isoformat()})
    clock.set_clock(clock.Clock(real=0, shown=house.at(TODAY, 10, 30), speed=0.0))
    path = f"/bookings/{row['id']}"
    assert system.post(f"{path}/cancel", {"reason": "unwell"}, expect=409)["error"]["code"] == "not_allowed_too_late"
    assert system.post(f"{path}/cancel", {"reason": "asked_by_phone", "by": "salon"})["ended_by"] == "salon"


def test_it_lists_by_start_page_by_page(house: House, system: System) -> None:
    made = [system.post("/bookings", asked(house, hour))["id"] for hour in (15, 11, 13)]
    wanted = [made[1], made[2], made[0]]
    first = system.get("/bookings?limit=2")
    assert [one["id"] for one in first["bookings"]] == wanted[:2]
    rest = system.get(f"/bookings?limit=2&cursor={first['cursor']}")
    assert [one["id"] for one in rest["bookings"]] == wanted[2:] and rest["cursor"] is None
    day = TODAY + timedelta(days=2)
    assert len(system.get(f"/bookings?from={day}&to={day + timedelta(days=1)}&state=booked")["bookings"]) == 3
    assert system.get(f"/bookings?to={day}")["bookings"] == []
    assert system.call("GET", "/bookings?frm=2026-11-24").status_code == 422
    assert system.call("GET", "/bookings?cursor=5").status_code == 422


def test_it_shows_nobody_elses_visits(house: House, system: System, cast: Cast) -> None:
    row = system.post("/bookings", asked(house))
    other = System(salon(cast.other_organization, "other").shop)
    for path in (f"/bookings/{row['id']}", "/bookings/x", f"/bookings/{'9' * 30}"):
        assert other.call("GET", path).status_code == 404
    for verb, body in (("move", {"starts_at": row["starts_at"]}), ("cancel", {"reason": "schedule"}), ("confirm", {})):
        assert other.call("POST", f"/bookings/{row['id']}/{verb}", body).status_code == 404
    assert other.get("/bookings")["bookings"] == []
    assert other.post("/bookings", asked(house), expect=409)["error"]["code"] == "not_offered_service"


def test_it_may_read_with_a_key_that_reads_only(house: House) -> None:
    reader = System(house.shop, ("read",))
    assert reader.get("/bookings") == {"bookings": [], "cursor": None}
    assert reader.call("POST", "/bookings", asked(house)).status_code == 403
