"""A salon says what it offers and who works when; its shifts and its free starts follow at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.appointments.models import DayException, Salon, Shift, ShiftRule, Skill
from kaeru.appointments.salons import actions, laying
from kaeru.appointments.salons.actions import ResourceSaid, ServiceSaid
from kaeru.appointments.salons.checks import SalonRefused
from kaeru.appointments.salons.rules import Rule
from kaeru.appointments.slots import kept, queries
from kaeru.core import clock, events, scope
from kaeru.core.models import AuditEntry
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import ShopKind
from tests import builders
from tests.cast import Cast
from tests.salon import TOKYO, House, salon

NOW = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # Tuesday 24 November, 08:00 in Tokyo
TODAY = date(2026, 11, 24)
STAGES = [{"minutes": 60, "busy": True, "name": "カット"}]


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    clock.set_clock(clock.Clock(real=0, shown=NOW, speed=0.0))
    kept.forget()
    found = salon(cast.organization)
    with scope.organization(cast.organization.id):
        actions.lay_out([found.shop.id])
        yield found
    kept.forget()


def hours(house: House, service: str = "cut", day: date = TODAY) -> list[str]:
    found = queries.free(house.shop.id, house.services[service].id, day, 1)
    return [f"{one.at.astimezone(TOKYO):%H:%M}" for one in found.starts]


def week(*lines: tuple[int, int, int]) -> list[Rule]:
    return [Rule(0, weekday, time(starts), time(ends)) for weekday, starts, ends in lines]


def test_it_opens_a_salon_with_the_hours_of_one_and_lays_ninety_days_out(cast: Cast) -> None:
    clock.set_clock(clock.Clock(real=0, shown=NOW, speed=0.0))
    shop = builders.shop(cast.organization, "hasami", "はさみ", kind=ShopKind.SALON)
    with scope.organization(cast.organization.id):
        row = actions.open_salon(shop, actor="cli")
        chair = actions.set_resource(shop, ResourceSaid("席1", "chair"), actor="cli")
        staff = actions.set_resource(shop, ResourceSaid("さくら"), actor="cli")
        actions.set_rules(staff, week((1, 9, 18), (2, 12, 23)), actor="cli")
        cut = actions.set_service(shop, ServiceSaid("カット", STAGES, cleanup_minutes=10), actor="cli")
        actions.set_skills(staff, {cut.id: None}, actor="cli")
        assert actions.open_salon(shop, actor="cli") == row
        rows = Shift.objects.filter(resource=staff).order_by("starts_at")
        first, second = rows[0], rows[1]
        assert (first.starts_at, first.ends_at) == (
            datetime(2026, 11, 24, 1, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC),
        )  # fmt: skip
        assert second.ends_at == datetime(2026, 11, 25, 10, tzinfo=UTC)  # the salon closes at 19
        assert Shift.objects.filter(resource=chair).count() == 78  # ninety days without Mondays
        assert Shift.objects.filter(resource=chair).latest("day").day == TODAY + timedelta(days=89)
        assert len(queries.free(shop.id, cut.id, TODAY, 2).starts) == 28 + 24
        verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
        assert {"salon.opened", "chair.added", "staff.added", "shifts.set", "service.added", "skills.set"} <= set(verbs)


def test_it_writes_nothing_when_nothing_is_otherwise(house: House) -> None:
    before = Salon.objects.get(shop=house.shop).version
    assert actions.lay_out([house.shop.id]) == 0
    assert Salon.objects.get(shop=house.shop).version == before


def test_it_lays_out_many_salons_with_as_many_statements_as_one(cast: Cast, house: House) -> None:
    others = [salon(cast.organization, f"s{n}", "千").shop.id for n in range(3)]
    with CaptureQueriesContext(connection) as one:
        actions.lay_out(others[:1])
    with CaptureQueriesContext(connection) as two:
        actions.lay_out(others[1:])
    assert len(one) == len(two)


def test_it_changes_the_week_from_a_day_on_and_keeps_it_until_then(house: House) -> None:
    since = TODAY + timedelta(days=7)
    actions.set_rules(house.jun, week((1, 12, 15)), actor="member:1", since=since)
    free = queries.free(house.shop.id, house.services["cut"].id, TODAY, 1, staff_id=house.jun.id)
    assert len(free.starts) == 32
    later = queries.free(house.shop.id, house.services["cut"].id, since, 7, staff_id=house.jun.id)
    assert [f"{one.at.astimezone(TOKYO):%m-%d %H:%M}" for one in later.starts][:2] == ["12-01 12:00", "12-01 12:15"]
    assert len(later.starts) == 8
    actions.set_rules(house.jun, week((1, 10, 19)), actor="member:1", since=since)
    assert len(queries.free(house.shop.id, house.services["cut"].id, since, 7, staff_id=house.jun.id).starts) == 32
    assert ShiftRule.objects.filter(resource=house.jun, valid_to=None).count() == 1


def test_it_lets_a_day_be_otherwise_and_as_usual_again(house: House) -> None:
    for one in (house.jun, house.sakura):
        actions.add_exception(
            house.shop, TODAY, "leave", resource=one, actor="member:1", starts=time(10), ends=time(15)
        )
    assert hours(house)[0] == "15:00"
    rows = actions.add_exception(house.shop, TODAY, "closed", actor="member:1", last=TODAY + timedelta(days=1))
    assert hours(house) == [] and len(rows) == 2
    actions.add_exception(
        house.shop, TODAY, "extra", resource=house.jun, starts=time(20), ends=time(22), actor="member:1"
    )
    assert hours(house) == ["20:00", "20:15", "20:30", "20:45"]  # a chair is open while somebody works extra
    actions.add_exception(
        house.shop, TODAY, "break", resource=house.jun, starts=time(20), ends=time(20, 30), actor="member:1"
    )
    assert hours(house) == ["20:30", "20:45"]
    assert actions.remove_exceptions(house.shop, [row.id for row in rows], actor="member:1") == 2
    assert hours(house)[0] == "15:00"
    again = actions.add_exception(
        house.shop, TODAY, "break", resource=house.jun, starts=time(20), ends=time(20, 30), actor="member:1"
    )
    assert again == [] and not actions.remove_exception(1, actor="member:1")


def test_it_follows_the_hours_of_the_shop_wherever_they_are_changed(house: House) -> None:
    tenants.change_hours(
        house.shop, hours=[["12:00", "19:00"]] * 7, closed_on=[], keeps_holidays=False, actor="member:1"
    )
    events.deliver(100)
    assert Salon.objects.get(shop=house.shop).laid_out_until is None
    assert laying.lay_out_due(10) == 1
    assert hours(house)[0] == "12:00"
    actions.set_hours(
        house.shop, hours=[["14:00", "19:00"]] * 7, closed_on=["2026-11-25"], keeps_holidays=False, actor="m"
    )
    assert hours(house)[0] == "14:00" and hours(house, day=TODAY + timedelta(days=1)) == []


def test_it_lays_a_day_more_out_each_night_and_all_anew_with_other_time_zones(house: House) -> None:
    assert laying.lay_out_due(10) == 0
    clock.set_clock(clock.Clock(real=0, shown=NOW + timedelta(days=70), speed=0.0))
    with CaptureQueriesContext(connection) as told:
        assert laying.lay_out_due(10) == 1
    assert sum("INSERT" in one["sql"] for one in told) <= 1 or connection.vendor == "sqlite"
    row = Salon.objects.get(shop=house.shop)
    assert row.laid_out_until == TODAY + timedelta(days=159)
    assert Shift.objects.filter(resource=house.jun).latest("day").day == row.laid_out_until
    assert Shift.objects.filter(resource=house.jun).earliest("day").day > TODAY
    Salon.objects.update(zone_edition="1999a")
    assert laying.lay_out_due(10) == 1 and Salon.objects.get(shop=house.shop).zone_edition == laying.zone_edition()
    assert laying.lay_out_due(10) == 0


def test_it_shows_a_new_service_a_lost_skill_and_own_stages_at_once(house: House) -> None:
    said = ServiceSaid("前髪", [{"minutes": 15, "busy": True, "name": ""}], needs="")
    row = actions.set_service(house.shop, said, actor="member:1")
    assert queries.free(house.shop.id, row.id, TODAY, 1).starts == ()
    actions.set_skills(house.jun, {row.id: [{"minutes": 500, "busy": True, "name": ""}]}, actor="member:1")
    assert [f"{one.at.astimezone(TOKYO):%H:%M}" for one in queries.free(house.shop.id, row.id, TODAY, 1).starts] == [
        "10:00", "10:15", "10:30",
    ]  # fmt: skip
    assert not Skill.objects.filter(staff=house.jun, service=house.services["cut"]).exists()
    actions.set_service(house.shop, replace(said, is_online=False), actor="member:1", service_id=row.id)
    assert queries.free(house.shop.id, row.id, TODAY, 1).starts == ()
    assert queries.free(house.shop.id, row.id, TODAY, 1, is_online=False).starts


def test_it_offers_nobody_who_has_left(house: House) -> None:
    actions.set_resource(house.shop, ResourceSaid("純", is_active=False), actor="member:1", resource_id=house.jun.id)
    found = queries.free(house.shop.id, house.services["cut"].id, TODAY, 1)
    assert found.starts and all(one.staff == (house.sakura.id,) for one in found.starts)
    assert not Shift.objects.filter(resource=house.jun, day__gte=TODAY).exists()


@pytest.mark.parametrize(
    ("minutes", "cleanup", "code"),
    [(0, 0, "no_minutes"), (7, 0, "no_minutes"), (60, 3, "no_minutes"), (715, 10, "too_long"), (True, 0, "no_minutes")],
)
def test_it_refuses_stages_that_no_clock_shows(house: House, minutes: int, cleanup: int, code: str) -> None:
    said = ServiceSaid("x", [{"minutes": minutes, "busy": True}], cleanup_minutes=cleanup)
    with pytest.raises(SalonRefused) as refused:
        actions.set_service(house.shop, said, actor="member:1")
    assert refused.value.code == code


def test_it_refuses_what_cannot_be(house: House, cast: Cast) -> None:
    def code_of(what: object) -> str:
        with pytest.raises(SalonRefused) as refused:
            what()  # type: ignore[operator]
        return refused.value.code

    shop = house.shop
    assert code_of(lambda: actions.set_rules(house.jun, week((1, 10, 19), (1, 18, 20)), actor="m")) == "overlap"
    assert code_of(lambda: actions.set_rules(house.chairs[0], [], actor="m")) == "not_staff"
    assert code_of(lambda: actions.set_skills(house.jun, {1: None}, actor="m")) == "not_theirs"
    assert code_of(lambda: actions.add_exception(shop, TODAY, "closed", resource=house.jun, actor="m")) == "no_kind"
    assert code_of(lambda: actions.add_exception(shop, TODAY, "extra", resource=house.jun, actor="m")) == "no_time"
    assert code_of(lambda: actions.add_exception(shop, TODAY, "closed", last=date(2026, 1, 1), actor="m")) == "no_day"
    assert code_of(lambda: actions.set_service(shop, ServiceSaid(" ", STAGES), actor="m")) == "no_name"
    assert code_of(lambda: actions.set_terms(shop, grid_minutes=7, days_ahead=3, notice_minutes=0, actor="m")) == "grid"
    assert not DayException.objects.exists()
    with scope.organization(cast.other_organization.id):
        assert actions.lay_out([shop.id]) == 0
