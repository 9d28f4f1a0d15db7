"""Free starts: what a client sees is what there is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from kaeru.appointments.models import Booking, Occupancy, Resource, Salon
from kaeru.appointments.slots import kept, queries
from kaeru.core import clock, scope
from tests.cast import Cast
from tests.salon import TOKYO, House, salon

NOW = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # Tuesday 24 November, 08:00 in Tokyo


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    clock.set_clock(clock.Clock(real=0, shown=NOW, speed=0.0))
    kept.forget()
    found = salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield found
    kept.forget()


def take(house: House, resource: Resource, start: datetime, minutes: int, hold: datetime | None = None) -> None:
    Occupancy.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, resource=resource, starts_at=start,
        ends_at=start + timedelta(minutes=minutes), hold_until=hold,
    )  # fmt: skip
    Salon.objects.filter(shop=house.shop).update(version=F("version") + 1)


TODAY = NOW.astimezone(TOKYO).date()


def hours(found: queries.Free) -> list[str]:
    return [f"{one.at.astimezone(TOKYO):%H:%M}" for one in found.starts]


def test_it_offers_every_quarter_of_an_hour_at_which_the_visit_and_its_clean_up_fit(house: House) -> None:
    found = queries.free(house.shop.id, house.services["cut"].id, TODAY, 1)
    assert hours(found)[0] == "10:00" and hours(found)[-1] == "17:45"  # 17:45 + 60 + 10 = 18:55
    assert len(found.starts) == 32
    assert all(set(one.staff) == {house.sakura.id, house.jun.id} for one in found.starts)


def test_it_lets_somebody_else_in_while_the_colour_works(house: House) -> None:
    at = house.at(TODAY, 12)
    for part, length in ((0, 45), (75, 40)):
        take(house, house.sakura, at + timedelta(minutes=part), length)
    service = house.services["nail"]
    found = queries.free(house.shop.id, service.id, TODAY, 1, staff_id=house.sakura.id)
    assert "12:45" not in hours(found)  # 30 minutes are not enough for an hour
    take(house, house.jun, house.at(TODAY, 10), 540)
    service.stages = [{"minutes": 30, "busy": True, "name": "爪"}]
    service.save()
    Salon.objects.filter(shop=house.shop).update(version=F("version") + 1)
    found = queries.free(house.shop.id, service.id, TODAY, 1)
    assert "12:45" in hours(found) and "12:30" not in hours(found) and "13:00" not in hours(found)


def test_it_asks_for_one_chair_throughout(house: House) -> None:
    take(house, house.chairs[0], house.at(TODAY, 10), 300)
    take(house, house.chairs[1], house.at(TODAY, 15), 240)
    found = hours(queries.free(house.shop.id, house.services["cut"].id, TODAY, 1))
    assert "14:00" in found and "14:15" not in found and "14:45" not in found and "15:00" in found


def test_it_sees_a_change_at_once_and_reads_one_row_when_there_was_none(house: House) -> None:
    service = house.services["cut"].id
    before = queries.free(house.shop.id, service, TODAY, 14)
    with CaptureQueriesContext(
        connection,
    ) as told:
        assert queries.free(house.shop.id, service, TODAY, 14) == before
    assert len(told) == 1
    take(house, house.sakura, house.at(TODAY, 10), 60)
    with CaptureQueriesContext(connection) as told:
        after = queries.free(house.shop.id, service, TODAY, 14)
    assert len(told) == 3 and after.version == before.version + 1
    assert after.starts[0].staff == (house.jun.id,)


def test_it_gives_a_hold_back_when_its_time_is_over(house: House) -> None:
    service = house.services["color"].id
    take(house, house.sakura, house.at(TODAY, 10), 540, hold=NOW + timedelta(minutes=5))
    assert hours(queries.free(house.shop.id, service, TODAY, 1)) == []
    clock.set_clock(clock.Clock(real=0, shown=NOW + timedelta(minutes=5), speed=0.0))
    assert hours(queries.free(house.shop.id, service, TODAY, 1))[0] == "10:00"


def test_it_keeps_to_the_salons_notice_and_days_ahead(house: House) -> None:
    Salon.objects.filter(shop=house.shop).update(notice_minutes=150, days_ahead=2)
    service = house.services["cut"].id
    found = queries.free(house.shop.id, service, TODAY, 14)
    assert hours(found)[0] == "10:30"
    assert found.starts[-1].at.astimezone(TOKYO).date() == TODAY + timedelta(days=1)
    staff = queries.free(house.shop.id, service, TODAY, 14, is_online=False)
    assert hours(staff)[0] == "10:00" and staff.starts[-1].at.astimezone(TOKYO).date() == TODAY + timedelta(days=13)


def test_it_counts_the_time_of_the_visit_that_is_moved_as_free(house: House) -> None:
    at = house.at(TODAY, 10)
    booking = Booking.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, service=house.services["cut"], staff=house.jun, starts_at=at,
        ends_at=at + timedelta(hours=1), stages=[], made_at=NOW, origin="web", key="k",
    )  # fmt: skip
    take(house, house.jun, at, 70)
    Occupancy.objects.update(booking=booking)
    service = house.services["cut"].id
    assert hours(queries.free(house.shop.id, service, TODAY, 1, staff_id=house.jun.id))[0] == "11:15"
    own = queries.free(house.shop.id, service, TODAY, 1, staff_id=house.jun.id, ignoring=booking.id)
    assert hours(own)[:2] == ["10:00", "10:15"]
    near = queries.nearest(house.shop.id, service, at, 3, staff_id=house.jun.id, ignoring=booking.id)
    assert [f"{one.at.astimezone(TOKYO):%H:%M}" for one in near] == ["10:15", "10:30", "10:45"]


def test_it_finds_the_nearest_starts_and_spreads_equal_ones(house: House) -> None:
    day = TODAY + timedelta(days=1)
    take(house, house.sakura, house.at(day, 10), 540)
    found = queries.nearest(house.shop.id, house.services["color"].id, house.at(day, 13, 30), 3)
    other = day + timedelta(days=1)
    assert [one.at for one in found] == [house.at(TODAY, 17), house.at(other, 10), house.at(TODAY, 16, 45)]


def test_it_says_who_could_take_one_start(house: House) -> None:
    service, at = house.services["cut"].id, house.at(TODAY, 10)
    assert queries.is_free(house.shop.id, service, at)
    assert not queries.is_free(house.shop.id, service, at + timedelta(minutes=5))
    assert queries.is_free(house.shop.id, service, at + timedelta(minutes=3), is_online=False)
    take(house, house.jun, at + timedelta(minutes=75), 30)
    take(house, house.chairs[0], at, 10)
    found = queries.fit(house.shop.id, service, at + timedelta(minutes=3), is_online=False)
    assert found is not None and found.chairs == (house.chairs[1].id,)
    assert set(found.staff) == {house.sakura.id, house.jun.id}
    later = queries.fit(house.shop.id, service, at + timedelta(minutes=6), is_online=False)
    assert later is not None and later.staff == (house.sakura.id,)
    assert not queries.is_free(house.shop.id, service, house.at(TODAY, 18))


def test_it_looks_once_for_all_who_come_too_late(house: House) -> None:
    service = house.services["cut"].id
    take(house, house.jun, house.at(TODAY, 11), 60)
    asked = [
        (house.at(TODAY + timedelta(days=day), hour, minute), staff.id)
        for day in (0, 1, 9)
        for hour, minute in ((9, 0), (10, 0), (10, 5), (10, 45), (12, 0), (17, 30))
        for staff in (house.jun, house.sakura)
    ]
    each = {(at, staff) for at, staff in asked if queries.is_free(house.shop.id, service, at, staff_id=staff)}
    assert 0 < len(each) < len(asked)
    kept.forget()
    with CaptureQueriesContext(connection) as told:
        assert queries.still_free(house.shop.id, service, asked) == each
    assert len(told) <= 4
    far = house.at(TODAY + timedelta(days=queries.MOST_DAYS + 1), 10), house.jun.id
    assert queries.still_free(house.shop.id, service, [*asked, far]) == each
    assert queries.still_free(house.shop.id, service, []) == frozenset()


def test_it_names_who_has_least_to_do_first(house: House) -> None:
    take(house, house.sakura, house.at(TODAY, 15), 30)
    found = queries.free(house.shop.id, house.services["cut"].id, TODAY, 1)
    assert found.starts[0].staff == (house.jun.id, house.sakura.id)


def test_it_knows_no_salon_of_another_organization(house: House, cast: Cast) -> None:
    service = house.services["cut"].id
    queries.free(house.shop.id, service, TODAY, 1)
    with scope.organization(cast.other_organization.id), pytest.raises(queries.NotThere):
        queries.free(house.shop.id, service, TODAY, 1)
