"""Booking, moving, cancelling: what a client was told is what the books say, and no time is sold twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kaeru.appointments.bookings import actions, passes
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking, BookingChange, BookingState, Occupancy
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.models import Salon, Shift
from kaeru.appointments.slots import kept, queries
from kaeru.core import clock, events, scope
from kaeru.core.models import AuditEntry, Event
from kaeru.customers.models import Customer
from tests import builders
from tests.cast import Cast
from tests.salon import TOKYO, House, salon

NOW = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # Tuesday 24 November, 08:00 in Tokyo
TODAY = NOW.astimezone(TOKYO).date()
CLIENT: dict[str, Any] = {"by": "customer", "via": "web", "actor": "customer"}
SALON: dict[str, Any] = {"by": "salon", "via": "console", "actor": "member:1"}
NEWS = ("booked", "moved", "cancelled", "no_show", "done", "confirmed", "undone")


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    at(NOW)
    kept.forget()
    for name in NEWS:
        monkeypatch.setitem(events._receivers, f"appointment.{name}", [lambda batch: None])
    found = salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield found
    kept.forget()


def at(moment: datetime) -> None:
    clock.set_clock(clock.Clock(real=0, shown=moment, speed=0.0))


def wish(house: House, service: str = "cut", hour: int = 11, minute: int = 0, **fields: Any) -> Wish:
    return Wish(house.shop.id, house.services[service].id, house.at(TODAY, hour, minute), **fields)


def book(house: House, service: str = "cut", hour: int = 11, minute: int = 0, **fields: Any) -> Booking:
    return actions.book(wish(house, service, hour, minute, **fields), **CLIENT)


def taken(house: House) -> list[tuple[str, str, str]]:
    rows = Occupancy.objects.filter(shop=house.shop).select_related("resource").order_by("starts_at", "resource_id")
    told = [
        (row.resource.name_en, *(f"{m.astimezone(TOKYO):%H:%M}" for m in (row.starts_at, row.ends_at))) for row in rows
    ]
    return sorted(told)  # type: ignore[arg-type]


def news() -> list[str]:
    return list(Event.objects.filter(name__startswith="appointment.").order_by("id").values_list("name", flat=True))


def version(house: House) -> int:
    return Salon.objects.get(shop=house.shop).version


def test_it_takes_the_stylist_in_stages_and_the_chair_throughout(house: House) -> None:
    row = book(house, "color", 11)
    assert taken(house) == [("Chair 1", "11:00", "12:45"), ("Sakura", "11:00", "11:45"), ("Sakura", "12:15", "12:55")]
    assert (row.state, row.staff_id, row.chair_id, row.price) == ("booked", house.sakura.id, house.chairs[0].id, 9900)
    assert row.ends_at == house.at(TODAY, 12, 45) and row.stages == house.services["color"].stages
    assert news() == ["appointment.booked"]
    told = Event.objects.get(name="appointment.booked")
    assert told.subject_id == row.id and told.payload == {
        "shop_id": house.shop.id, "customer_id": None, "by": "customer", "via": "web", "was_at": None, "was_with": None,
    }  # fmt: skip
    assert AuditEntry.objects.filter(verb="appointment.booked", subject_id=row.id, actor="customer").count() == 1
    assert BookingChange.objects.get(booking=row).verb == "booked"


def test_it_gives_the_pause_of_one_client_to_another(house: House) -> None:
    house.services["cut"].stages = [{"minutes": 20, "busy": True}]
    house.services["cut"].save()
    book(house, "color", 11, staff_id=house.sakura.id)
    book(house, "cut", 11, 45, staff_id=house.sakura.id)  # 20 + 10 of clean-up, on the other chair
    with pytest.raises(Taken):
        book(house, "cut", 12, staff_id=house.sakura.id)


def test_it_asks_the_one_with_less_to_do_and_then_the_other(house: House) -> None:
    first = book(house, "cut", 11, staff_id=house.sakura.id)
    second = book(house, "cut", 15)
    third = book(house, "cut", 15)
    assert (first.staff_id, second.staff_id, third.staff_id) == (house.sakura.id, house.jun.id, house.sakura.id)
    with pytest.raises(Taken):
        book(house, "cut", 15)


def test_it_seats_the_second_client_on_the_other_chair_and_says_when_none_is_left(house: House) -> None:
    assert book(house, "cut", 11, staff_id=house.sakura.id).chair_id == house.chairs[0].id
    assert book(house, "cut", 11, staff_id=house.jun.id).chair_id == house.chairs[1].id
    actions.block(house.chairs[0].id, house.at(TODAY, 15), house.at(TODAY, 18), "壊れた", actor="member:1")
    assert book(house, "cut", 15, staff_id=house.sakura.id).chair_id == house.chairs[1].id
    with pytest.raises(Taken):
        book(house, "cut", 15, staff_id=house.jun.id)
    with pytest.raises(Taken) as refused:
        actions.book(wish(house, "cut", 15, staff_id=house.jun.id), **SALON, is_bound=False)
    assert refused.value.code == "chair"


@pytest.mark.parametrize(
    ("hour", "minute", "code"),
    [(8, 30, "notice"), (7, 0, "past"), (18, 0, "closed"), (9, 0, "closed"), (11, 7, "grid")],
)
def test_it_says_why_a_client_cannot_have_it(house: House, hour: int, minute: int, code: str) -> None:
    with pytest.raises(NotOffered) as refused:
        book(house, "cut", hour, minute)
    assert refused.value.code == code and taken(house) == []


def test_it_says_why_a_client_cannot_have_it_at_all(house: House) -> None:
    def code(asked: Wish) -> str:
        with pytest.raises(NotOffered) as refused:
            actions.book(asked, **CLIENT)
        return refused.value.code

    far = replace(wish(house), starts_at=house.at(TODAY + timedelta(days=60), 11))
    assert code(far) == "far"
    assert code(wish(house, "color", staff_id=house.jun.id)) == "staff"
    assert code(replace(wish(house), service_id=1)) == "service"
    house.services["nail"].is_online = False
    house.services["nail"].save()
    assert code(wish(house, "nail")) == "online"
    house.services["cut"].is_active = False
    house.services["cut"].save()
    assert code(wish(house, "cut")) == "service"


def test_it_lets_the_salon_book_outside_of_hours_but_never_over_a_visit(house: House) -> None:
    late = actions.book(wish(house, "cut", 20, staff_id=house.jun.id, origin="walk_in"), **SALON, is_bound=False)
    now = actions.book(
        wish(house, "color", 8, 3, staff_id=house.jun.id), **SALON, is_bound=False
    )  # Jun does not usually
    assert late.state == now.state == BookingState.BOOKED
    with pytest.raises(Taken):
        actions.book(wish(house, "cut", 20, 30, staff_id=house.jun.id), **SALON, is_bound=False)


def test_it_shows_nobody_elses_salon(house: House, cast: Cast) -> None:
    other = salon(cast.other_organization, "other")
    with pytest.raises(NotOffered), scope.organization(house.shop.organization_id):
        actions.book(Wish(other.shop.id, other.services["cut"].id, other.at(TODAY, 11)), **CLIENT)
    with pytest.raises(NotOffered):
        book(house, "cut", staff_id=other.sakura.id)


def test_it_gives_the_first_answer_to_the_same_key(house: House) -> None:
    first = book(house, key="tap")
    stood = version(house)
    assert book(house, key="tap").id == first.id  # though its own time is taken, by itself
    assert book(house, "nail", 16, key="tap").id == first.id
    assert Booking.objects.count() == 1 and version(house) == stood and len(news()) == 1


def test_it_keeps_a_time_for_a_while_and_then_for_whoever_comes(house: House) -> None:
    held = actions.book(wish(house, staff_id=house.jun.id), **CLIENT, hold_seconds=300)
    assert held.state == BookingState.HELD and news() == []
    with pytest.raises(Taken):
        book(house, staff_id=house.jun.id)
    at(NOW + timedelta(seconds=300))
    row = book(house, staff_id=house.jun.id)
    held.refresh_from_db()
    assert (held.state, held.ended_by) == (BookingState.LAPSED, "time") and row.state == BookingState.BOOKED
    assert list(BookingChange.objects.filter(booking=held).order_by("id").values_list("verb", flat=True)) == [
        "held",
        "lapsed",
    ]
    with pytest.raises(Taken):
        actions.settle(held.id, **CLIENT)
    assert Occupancy.objects.count() == 2 and news() == ["appointment.booked"]


def test_it_books_what_was_held_also_late_when_nobody_came_between(house: House) -> None:
    first, second = (actions.book(wish(house, hour=hour), **CLIENT, hold_seconds=300) for hour in (11, 14))
    assert actions.settle(first.id, **CLIENT).state == BookingState.BOOKED
    at(NOW + timedelta(seconds=301))
    assert passes.lapse(10) == 1 and passes.lapse(10) == 0
    assert Occupancy.objects.filter(booking=second).count() == 0
    assert actions.settle(second.id, **CLIENT).state == BookingState.BOOKED
    assert actions.settle(second.id, **CLIENT).state == BookingState.BOOKED
    assert Occupancy.objects.filter(hold_until=None).count() == 4 and len(news()) == 2


def test_it_lets_a_hold_go(house: House) -> None:
    held = actions.book(wish(house), **CLIENT, hold_seconds=300)
    assert actions.release(held.id, **CLIENT).state == BookingState.LAPSED
    assert actions.release(held.id, **CLIENT).state == BookingState.LAPSED
    assert taken(house) == [] and news() == []
    with pytest.raises(NotAllowed):
        actions.release(book(house).id, **CLIENT)


def test_it_moves_in_one_step_also_onto_its_own_time(house: House) -> None:
    row = book(house, "cut", 11, staff_id=house.sakura.id)
    moved = actions.move(row.id, house.at(TODAY, 11, 30), **CLIENT)
    assert taken(house) == [("Chair 1", "11:30", "12:30"), ("Sakura", "11:30", "12:40")]
    assert (moved.changes, moved.confirmed_at, moved.starts_at) == (1, None, house.at(TODAY, 11, 30))
    told = Event.objects.get(name="appointment.moved").payload
    assert told["was_at"] == house.at(TODAY, 11).astimezone(UTC).isoformat() and told["was_with"] == house.sakura.id


def test_it_leaves_a_visit_where_it_was_when_the_new_time_is_gone(house: House) -> None:
    row = book(house, "cut", 11, staff_id=house.sakura.id, is_nominated=True)
    other = book(house, "cut", 14, staff_id=house.sakura.id)
    stood = taken(house), version(house), news()
    with pytest.raises(Taken):
        actions.move(row.id, other.starts_at, **CLIENT)
    with pytest.raises(NotOffered):
        actions.move(row.id, house.at(TODAY, 18, 30), **CLIENT)
    assert (taken(house), version(house), news()) == stood
    row.refresh_from_db()
    assert row.starts_at == house.at(TODAY, 11)


def test_it_moves_to_somebody_else_only_who_asked_for_nobody(house: House) -> None:
    row = book(house, "cut", 11, staff_id=house.sakura.id)
    book(house, "cut", 14, staff_id=house.sakura.id)
    assert actions.move(row.id, house.at(TODAY, 14), **CLIENT).staff_id == house.jun.id
    assert actions.move(row.id, house.at(TODAY, 14), staff_id=house.jun.id, **CLIENT).changes == 1


def test_it_knows_a_tap_again_that_moved_the_visit_before(house: House) -> None:
    row = book(house, "cut", 11)
    actions.move(row.id, house.at(TODAY, 13), **CLIENT, key="a")
    actions.move(row.id, house.at(TODAY, 15), **CLIENT, key="b")
    assert actions.move(row.id, house.at(TODAY, 13), **CLIENT, key="a").starts_at == house.at(TODAY, 15)
    assert news() == ["appointment.booked", "appointment.moved", "appointment.moved"]


def test_it_keeps_the_stages_a_visit_was_booked_with(house: House) -> None:
    row = book(house, "cut", 11, staff_id=house.sakura.id)
    house.services["cut"].stages = [{"minutes": 30, "busy": True}]
    house.services["cut"].save()
    actions.move(row.id, house.at(TODAY, 14), **CLIENT)
    assert ("Sakura", "14:00", "15:10") in taken(house)
    assert actions.move(row.id, house.at(TODAY, 14), staff_id=house.jun.id, **CLIENT).ends_at == house.at(TODAY, 14, 30)


def test_it_cancels_once_and_the_time_is_free_at_once(house: House) -> None:
    row = book(house)
    assert queries.is_free(house.shop.id, row.service_id, row.starts_at, staff_id=row.staff_id) is False
    assert actions.cancel(row.id, **CLIENT, reason="ill").reason == "ill"
    assert queries.is_free(house.shop.id, row.service_id, row.starts_at, staff_id=row.staff_id)
    assert actions.cancel(row.id, **CLIENT, reason="other").reason == "ill"
    assert news() == ["appointment.booked", "appointment.cancelled"] and taken(house) == []
    for deed in (actions.confirm, actions.done, actions.no_show):
        with pytest.raises(NotAllowed):
            deed(row.id, via="console", actor="member:1")
    with pytest.raises(NotAllowed):
        actions.move(row.id, house.at(TODAY, 15), **SALON)


def test_it_takes_back_a_cancellation_while_the_time_is_free(house: House) -> None:
    row = book(house, staff_id=house.sakura.id)
    before = taken(house)
    actions.cancel(row.id, **CLIENT)
    assert actions.undo(row.id, **CLIENT).state == BookingState.BOOKED
    assert taken(house) == before and news()[-1] == "appointment.undone"
    assert Event.objects.get(name="appointment.undone").payload["was"] == "cancelled"
    actions.cancel(row.id, **CLIENT)
    other = book(house, staff_id=house.sakura.id)
    with pytest.raises(Taken):
        actions.undo(row.id, **CLIENT)
    assert Booking.objects.get(id=row.id).state == BookingState.CANCELLED and other.state == BookingState.BOOKED


def test_it_marks_who_came_and_who_did_not(house: House) -> None:
    row = book(house)
    for deed in (actions.done, actions.no_show):
        with pytest.raises(NotAllowed) as refused:
            deed(row.id, via="console", actor="member:1")
        assert refused.value.code == "not_yet"
    assert actions.confirm(row.id, via="line", actor="customer").confirmed_at == NOW
    at(row.starts_at + timedelta(minutes=15))
    assert actions.done(row.id, via="console", actor="member:1").state == BookingState.DONE
    assert len(taken(house)) == 2  # the client sits there
    assert actions.no_show(row.id, via="console", actor="member:1").state == BookingState.NO_SHOW
    assert taken(house) == []
    actions.undo(row.id, **SALON)
    assert len(taken(house)) == 2 and Booking.objects.get(id=row.id).ended_at is None
    with pytest.raises(NotAllowed) as refused:
        actions.cancel(row.id, **CLIENT)
    assert refused.value.code == "past"


def test_it_closes_the_evening_by_itself(house: House) -> None:
    row, other = book(house, hour=11), book(house, hour=15)
    at(row.ends_at + passes.CLOSES_AFTER)
    assert passes.close(10) == 1 and passes.close(10) == 0
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, row.ended_by, other.state) == (BookingState.DONE, "time", BookingState.BOOKED)
    assert actions.no_show(row.id, via="console", actor="member:1").state == BookingState.NO_SHOW


def test_it_blocks_time_and_gives_it_back(house: House) -> None:
    row = actions.block(house.sakura.id, house.at(TODAY, 11), house.at(TODAY, 12), "歯医者", actor="member:1")
    with pytest.raises(Taken):
        book(house, "cut", 11, 30, staff_id=house.sakura.id)
    with pytest.raises(Taken):
        actions.block(house.sakura.id, house.at(TODAY, 11, 59), house.at(TODAY, 13), actor="member:1")
    actions.unblock(row.id, actor="member:1")
    actions.unblock(row.id, actor="member:1")
    visit = book(house, "cut", 11, 30, staff_id=house.sakura.id)
    actions.unblock(Occupancy.objects.filter(booking=visit)[0].id, actor="member:1")
    assert Occupancy.objects.filter(booking=visit).count() == 2


def test_it_goes_into_a_shift_over_midnight(house: House) -> None:
    own = {"organization_id": house.shop.organization_id, "shop": house.shop, "day": TODAY}
    Shift.objects.bulk_create(
        Shift(**own, resource=one, starts_at=house.at(TODAY, 22), ends_at=house.at(TODAY + timedelta(days=1), 2))
        for one in (house.jun, house.chairs[0])
    )
    Salon.objects.update(version=99)
    row = book(house, "cut", 23, 30, staff_id=house.jun.id)
    assert row.ends_at == house.at(TODAY + timedelta(days=1), 0, 30)


def test_it_names_a_client_as_they_are(house: House) -> None:
    client: Customer = builders.customer(house.shop, name="髙﨑 🌸", email=None)
    row = book(house, customer_id=client.id, is_nominated=True, staff_id=house.sakura.id, note="前髪は短めに 🌸")
    assert row.customer_id == client.id and row.is_nominated
    told = " ".join(str(detail) for detail in AuditEntry.objects.values_list("detail", flat=True))
    assert "髙" not in told and "前髪" not in told


def test_it_adds_the_fee_for_a_nomination(house: House) -> None:
    house.sakura.nomination_fee = 550
    house.sakura.save()
    assert book(house, hour=11, staff_id=house.sakura.id, is_nominated=True).price == 6050
    assert book(house, hour=14, staff_id=house.sakura.id).price == 5500
    assert book(house, hour=16, is_nominated=True).price == 5500


def test_it_has_a_judge_in_the_database_who_needs_nobody_above(house: House) -> None:
    row = book(house, staff_id=house.sakura.id)
    own = {"organization_id": house.shop.organization_id, "shop": house.shop, "resource": house.sakura}
    inside = row.starts_at + timedelta(minutes=5)
    before = Occupancy.objects.count()
    Occupancy.objects.bulk_create(
        [Occupancy(**own, starts_at=inside, ends_at=inside + timedelta(hours=3))], ignore_conflicts=True
    )
    assert Occupancy.objects.count() == before
    free = Occupancy.objects.create(**own, starts_at=house.at(TODAY, 16), ends_at=house.at(TODAY, 17))
    with pytest.raises(IntegrityError), transaction.atomic():
        Occupancy.objects.filter(id=free.id).update(starts_at=inside)


def test_it_has_the_judge_in_this_database(house: House) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conname LIKE 'occupancy_no_overlap%' AND contype = 'x'"
            )
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'appointments_occupancy'"
            )
        found = {name for (name,) in cursor.fetchall()}
    on_sqlite = {"occupancy_no_overlap_insert", "occupancy_no_overlap_update"}
    assert found == ({"occupancy_no_overlap"} if connection.vendor == "postgresql" else on_sqlite)


def test_it_asks_the_database_a_fixed_number_of_times(house: House) -> None:
    book(house, hour=10)

    def asked(deed: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            deed()
        return len(seen)

    def late() -> None:
        with pytest.raises(Taken):
            book(house, hour=12, staff_id=house.sakura.id)

    row = book(house, hour=12, staff_id=house.sakura.id)
    queries.is_free(house.shop.id, row.service_id, row.starts_at)
    assert asked(late) == 1  # who comes late costs one short statement
    assert asked(lambda: book(house, hour=15)) <= 13
    assert asked(lambda: actions.move(row.id, house.at(TODAY, 13), **CLIENT)) <= 16
    assert asked(lambda: actions.cancel(row.id, **CLIENT)) <= 11
