"""The calendar's reads, what no longer fits, and the feeds of the staff."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.calendar import actions, queries
from kaeru.appointments.salons.models import DayException, Shift
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from tests import builders
from tests.cast import Cast
from tests.salon import TOKYO, House, salon


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    """The salon, in its own scope, on a Tuesday morning."""
    clock.set_clock(clock.Clock(real=0, shown=datetime(2026, 11, 23, 23, tzinfo=UTC), speed=0.0))
    made = salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield made


def today() -> date:
    return clock.now().astimezone(TOKYO).date()


def book(house: House, hour: int, service: str = "cut", days: int = 1, **fields: object) -> Booking:
    customer = builders.customer(house.shop, name="髙﨑 花子")
    wish = Wish(
        house.shop.id, house.services[service].id, house.at(today() + timedelta(days=days), hour),
        customer_id=customer.id, **{"staff_id": house.sakura.id, **fields},  # type: ignore[arg-type]
    )  # fmt: skip
    return bookings.book(wish, by="salon", via="console", actor="member:1", is_bound=False)


def away(house: House, day: date, *, starts: time | None = None, ends: time | None = None) -> None:
    """Sakura is away; her shifts are laid out as that says."""
    DayException.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, resource=house.sakura, day=day, kind="leave", starts=starts, ends=ends,
    )  # fmt: skip
    if starts is None:
        Shift.objects.filter(resource=house.sakura, day=day).delete()


def test_it_reads_a_week_in_as_many_statements_as_a_day(house: House) -> None:
    book(house, 18, days=0)
    with CaptureQueriesContext(connection) as few:
        queries.days(house.shop, today(), 1)
    for hour in (10, 12, 14, 16):
        for days in (0, 1, 2, 3):
            book(house, hour, days=days)
    with CaptureQueriesContext(connection) as full:
        found = queries.days(house.shop, today(), 7)
    assert len(full) == len(few) <= 7
    assert len(found.bookings) == 17
    assert [one.name for one in found.resources] == ["さくら", "純", "席1", "席2"]


def test_it_leaves_dead_holds_and_other_salons_out(house: House, cast: Cast) -> None:
    wish = Wish(house.shop.id, house.services["cut"].id, house.at(today() + timedelta(days=1), 10))
    bookings.book(wish, by="customer", via="web", actor="customer", hold_seconds=60, is_bound=False)
    assert len(queries.days(house.shop, today(), 2).bookings) == 1
    clock.set_clock(clock.Clock(real=0, shown=clock.now() + timedelta(minutes=2), speed=0.0))
    assert queries.days(house.shop, today(), 2).bookings == []
    other = salon(cast.organization, "second", "二号店")
    book(house, 12)
    assert queries.days(other.shop, today(), 2).bookings == []


def test_it_lists_what_leave_leaves_no_room_for(house: House) -> None:
    tomorrow = today() + timedelta(days=1)
    first, _fits = book(house, 15), book(house, 15, days=2)
    book(house, 10, staff_id=house.jun.id)
    away(house, tomorrow)
    (clash,) = queries.clashes(house.shop)
    assert (clash.booking.id, clash.why) == (first.id, "away")
    bookings.move(first.id, house.at(tomorrow, 15), staff_id=house.jun.id, by="salon", via="console", actor="member:1")
    assert queries.clashes(house.shop) == []


def test_it_says_when_the_shift_was_changed_and_when_somebody_left(house: House) -> None:
    row = book(house, 10)
    Shift.objects.filter(resource=house.sakura, day=today() + timedelta(days=1)).update(
        starts_at=row.starts_at + timedelta(hours=1)
    )
    assert [one.why for one in queries.clashes(house.shop)] == ["shift"]
    type(house.sakura).objects.filter(id=house.sakura.id).update(is_active=False)
    assert [one.why for one in queries.clashes(house.shop)] == ["gone"]


def test_it_leaves_a_visit_as_it_is_until_it_moves(house: House) -> None:
    row = book(house, 20)
    assert len(queries.clashes(house.shop)) == 1
    actions.leave_as_is(row, actor="member:1")
    assert queries.clashes(house.shop) == []
    moved = bookings.move(
        row.id, house.at(today() + timedelta(days=1), 21), by="salon", via="console", actor="member:1"
    )
    assert [one.booking.id for one in queries.clashes(house.shop)] == [moved.id]
    assert AuditEntry.objects.filter(verb="booking.meant_so").count() == 1


def test_it_looks_for_clashes_in_a_constant_number_of_statements(house: House) -> None:
    counts = []
    for days in (1, 2, 3):
        for hour in (10, 12, 14):
            book(house, hour, days=days)
        away(house, today() + timedelta(days=days))
        with CaptureQueriesContext(connection) as asked:
            assert len(queries.clashes(house.shop)) == 3 * days
        counts.append(len(asked))
    assert counts[0] == counts[-1] <= 6


def address(house: House, **how: bool) -> str:
    return f"/ical/{actions.token(actions.give_feed(house.sakura, actor='member:1', **how))}.ics"


def test_it_feeds_a_telephone_without_names_unless_wanted(house: House) -> None:
    row = book(house, 15, "color")
    book(house, 10, staff_id=house.jun.id)
    away(house, today() + timedelta(days=3))
    answer = Client().get(address(house))
    text = answer.content.decode().replace("\r\n ", "")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert text.count("BEGIN:VEVENT") == 2
    assert f"UID:booking-{row.id}@kaeru" in text
    assert "DTSTART:20261125T060000Z" in text
    assert "DTSTART;VALUE=DATE:20261127" in text
    assert "髙﨑" not in text
    assert "髙﨑 花子" in Client().get(address(house, shows_names=True)).content.decode().replace("\r\n ", "")


def test_it_answers_with_nothing_new_until_something_is(house: House) -> None:
    where, row = address(house), book(house, 15)
    tag = Client().get(where)["ETag"]
    assert Client().get(where, headers={"If-None-Match": tag}).status_code == 304
    bookings.move(row.id, row.starts_at + timedelta(hours=1), by="salon", via="console", actor="member:1")
    answer = Client().get(where, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert "SEQUENCE:1" in answer.content.decode()


def test_it_closes_an_address_for_good(house: House) -> None:
    old = address(house)
    new = address(house)
    assert Client().get(old).status_code == 404, "a new address makes the old one useless"
    assert Client().get(new).status_code == 200
    assert actions.revoke_feed(house.sakura, actor="member:1")
    assert not actions.revoke_feed(house.sakura, actor="member:1")
    assert Client().get(new).status_code == 404
    assert Client().get("/ical/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics").status_code == 404
    assert Client().post(new).status_code == 405
