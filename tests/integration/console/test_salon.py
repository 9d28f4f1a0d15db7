"""The salon's settings in a browser without scripts: what is said there is what clients can book."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from kaeru.appointments.models import DayException, Resource, Salon, Service, ShiftRule, Skill
from kaeru.appointments.salons import actions
from kaeru.appointments.slots import kept, queries
from kaeru.core import clock, scope
from kaeru.tenants.models import Shop, ShopKind
from tests import builders
from tests.cast import Cast
from tests.salon import House, salon

NOW = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # Tuesday 24 November, 08:00 in Tokyo
TODAY = date(2026, 11, 24)


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    clock.set_clock(clock.Clock(real=0, shown=NOW, speed=0.0))
    kept.forget()
    found = salon(cast.organization)
    with scope.organization(cast.organization.id):
        actions.lay_out([found.shop.id])
    yield found
    kept.forget()


def send(cast: Cast, path: str, **fields: Any) -> HttpResponse:
    browser = cast.aoi.browser()
    answer: Any = (
        browser.post(f"/settings/salon/{path}?shop=hasami", fields)
        if fields
        else browser.get(f"/settings/salon/{path}?shop=hasami")
    )
    return answer  # type: ignore[no-any-return]


SERVICE = {
    "name": "縮毛矯正", "price": "22000", "cleanup_minutes": "10", "needs": "chair", "is_online": "on", "is_active": "on",
    "stage_0": "塗布", "minutes_0": "60", "busy_0": "1", "stage_1": "放置", "minutes_1": "30", "busy_1": "0", "minutes_2": "45", "busy_2": "1",
}  # fmt: skip


def test_it_shows_everything_of_the_salon(cast: Cast, house: House) -> None:
    page = send(cast, "").content.decode()
    assert all(word in page for word in ("カット", "さくら", "席1", "60分", "5,500円"))
    for path in (f"services/{house.services['color'].id}/", f"people/{house.jun.id}/", f"chairs/{house.chairs[0].id}/", "days/new/",
                 "services/new/", "people/new/", "chairs/new/"):  # fmt: skip
        assert send(cast, path).status_code == 200, path
    listed = cast.aoi.browser().get("/settings/?shop=hasami").content.decode()
    assert "/settings/salon/" in listed


def test_it_takes_a_service_with_its_stages(cast: Cast, house: House) -> None:
    assert send(cast, "services/new/", **SERVICE).status_code == 302
    with scope.organization(cast.organization.id):
        row = Service.objects.get(name="縮毛矯正")
        assert [(one["minutes"], one["busy"]) for one in row.stages] == [(60, True), (30, False), (45, True)]
    wrong = send(cast, f"services/{row.id}/", **{**SERVICE, "busy_0": "0", "busy_2": "0"})
    assert wrong.status_code == 422 and "スタッフがつく工程" in wrong.content.decode()
    assert send(cast, "services/new/", **{**SERVICE, "minutes_0": "7"}).status_code == 422


def test_it_takes_a_person_with_what_they_do_and_their_week(cast: Cast, house: House) -> None:
    cut = house.services["cut"].id
    told = {
        "do": "person",
        "name": "髙﨑 美咲😀",
        "nomination_fee": "550",
        "color": "#aa3355",
        "skills": [str(cut)],
        "is_active": "on",
    }
    answer = send(cast, "people/new/", **told)
    assert answer.status_code == 302
    with scope.organization(cast.organization.id):
        row = Resource.objects.get(name="髙﨑 美咲😀")
        assert list(Skill.objects.filter(staff=row).values_list("service_id", flat=True)) == [cut]
    week = {
        "do": "week",
        "since": "2026-11-24",
        "works_1": "on",
        "from_1": "12:00",
        "to_1": "16:00",
        "pause_1": "13:10",
        "back_1": "14:00",
    }
    assert send(cast, f"people/{row.id}/", **week).status_code == 302
    with scope.organization(cast.organization.id):
        free = queries.free(house.shop.id, cut, TODAY, 7, staff_id=row.id)
        assert [f"{one.at:%d %H:%M}" for one in free.starts] == [
            "24 03:00",
            "24 05:00",
            "24 05:15",
            "24 05:30",
            "24 05:45",
        ]
        assert ShiftRule.objects.filter(resource=row).count() == 2
    assert send(cast, f"people/{row.id}/", **{**week, "back_1": ""}).status_code == 422
    page = send(cast, f"people/{row.id}/").content.decode()
    assert 'value="13:10"' in page and 'value="2026-11-24"' in page


def test_it_takes_days_that_are_otherwise_and_gives_them_back(cast: Cast, house: House) -> None:
    told = {"kind": "leave", "who": str(house.jun.id), "day": "2026-11-25", "last": "2026-11-27", "note": "研修"}
    assert send(cast, "days/new/", **told).status_code == 302
    with scope.organization(cast.organization.id):
        rows = list(DayException.objects.order_by("day"))
        assert len(rows) == 3
        tomorrow = TODAY + timedelta(days=1)
        assert not queries.free(house.shop.id, house.services["cut"].id, tomorrow, 1, staff_id=house.jun.id).starts
    assert "研修" in send(cast, "").content.decode()
    assert send(cast, f"days/{rows[0].id}/usual/", x="1").status_code == 302
    with scope.organization(cast.organization.id):
        assert queries.free(house.shop.id, house.services["cut"].id, tomorrow, 1, staff_id=house.jun.id).starts
    assert send(cast, "days/new/", **{**told, "who": ""}).status_code == 422
    assert send(cast, "days/new/", **{**told, "last": "2026-11-01"}).status_code == 422


def test_it_sets_what_clients_can_choose_and_the_order(cast: Cast, house: House) -> None:
    assert send(cast, "", grid_minutes="30", days_ahead="30", notice_minutes="180").status_code == 302
    with scope.organization(cast.organization.id):
        assert Salon.objects.get(shop=house.shop).grid_minutes == 30
        assert len(queries.free(house.shop.id, house.services["cut"].id, TODAY, 1).starts) == 14  # 11:00 to 17:30
    assert send(cast, "", grid_minutes="7", days_ahead="30", notice_minutes="0").status_code == 422
    assert send(cast, "arrange/", up=f"service:{house.services['nail'].id}").status_code == 302
    with scope.organization(cast.organization.id):
        assert [row.name_en for row in Service.objects.order_by("position")] == ["Cut", "Nails", "Colour"]
    assert send(cast, "arrange/", up="x").status_code == 400


def test_it_adds_a_chair(cast: Cast, house: House) -> None:
    assert send(cast, "chairs/new/", name="席3", kind="chair", is_active="on").status_code == 302
    with scope.organization(cast.organization.id):
        row = Resource.objects.get(name="席3")
    assert send(cast, f"chairs/{row.id}/", name="席3", kind="chair").status_code == 302
    with scope.organization(cast.organization.id):
        assert not Resource.objects.get(id=row.id).is_active


def test_it_is_closed_to_those_who_do_not_lead_and_to_strangers(cast: Cast, house: House) -> None:
    assert cast.bunta.browser().get("/settings/salon/?shop=hasami").status_code == 403
    assert cast.chika.browser().get(f"/settings/salon/people/{house.jun.id}/").status_code in {302, 404}
    assert send(cast, f"services/{house.jun.id}/").status_code == 404
    assert send(cast, f"days/{house.jun.id}/usual/", x="1").status_code == 404


def test_it_lists_salons_on_their_pages_and_shops_on_theirs(house: House, cast: Cast) -> None:
    salon(cast.organization, "tsumugi", "つむぎ美容室")
    builders.shop(cast.organization, slug="tsubame", name="つばめ商店")
    browser = cast.aoi.browser()
    page = browser.get("/settings/refill/?shop=hasami").content.decode()
    assert "つむぎ美容室" in page and "つばめ商店" not in page
    page = browser.get("/settings/reasons/").content.decode()
    assert "つばめ商店" in page and "つむぎ美容室" not in page


def test_it_shows_a_shop_where_a_salon_is_the_first(cast: Cast) -> None:
    with scope.everyone():
        Shop.objects.filter(id=cast.kotori.id).update(kind=ShopKind.SALON)
    builders.shop(cast.organization, slug="tsubame", name="つばめ商店")
    answer = cast.aoi.browser().get("/settings/reasons/")
    assert answer.context["visit"].shop.slug == "tsubame"


def test_it_shows_a_salon_no_word_of_orders_in_its_settings(house: House, cast: Cast) -> None:
    browser = cast.aoi.browser()
    for path in ("shop/", "connections/", "hours/", "look/preview/"):
        page = browser.get(f"/settings/{path}?shop=hasami").content.decode()
        for word in ("Shopify", "カート", "ご注文", "注文番号"):
            assert word not in page.partition("<main")[2], (path, word)
    told = {"name": "はさみ", "sender_mail": "", "staff_language": "ja", "site_url": "https://hasami.example"}
    assert browser.post("/settings/shop/?shop=hasami", told).status_code in {302, 303}
    with scope.organization(cast.organization.id):
        assert Shop.objects.get(id=house.shop.id).site_url == "https://hasami.example"
