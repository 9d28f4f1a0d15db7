"""The salon's calendar: who sees it, what stands on it, and what can be done from it with forms alone."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking, Occupancy
from kaeru.appointments.calendar.models import CalendarFeed
from kaeru.appointments.openings.models import Opening
from kaeru.appointments.salons import actions as salons
from kaeru.appointments.salons.models import DayException, Shift
from kaeru.appointments.salons.rules import Rule
from kaeru.core import clock, scope
from tests import builders
from tests.cast import Cast
from tests.salon import TOKYO, House, salon

TOMORROW = date(2026, 11, 25)


@pytest.fixture
def house(cast: Cast) -> House:
    """The salon beside the shop Kotori, on a Tuesday morning."""
    clock.set_clock(clock.Clock(real=0, shown=datetime(2026, 11, 23, 23, tzinfo=UTC), speed=0.0))
    return salon(cast.organization)


def book(house: House, hour: int, service: str = "cut", name: str = "髙﨑 花子", **fields: object) -> Booking:
    with scope.organization(house.shop.organization_id):
        customer = builders.customer(house.shop, name=name)
        wish = Wish(
            house.shop.id, house.services[service].id, house.at(TOMORROW, hour), customer_id=customer.id,
            **{"staff_id": house.sakura.id, **fields},  # type: ignore[arg-type]
        )  # fmt: skip
        return bookings.book(wish, by="customer", via="line", actor="customer", is_bound=False)


def fresh(row: Booking) -> Booking:
    with scope.organization(row.organization_id):
        return Booking.objects.get(id=row.id)


def text(browser: Client, path: str) -> str:
    browser.cookies["kaeru_language"] = "en"
    answer = browser.get(path, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_leads_to_the_salon_and_shows_the_day(cast: Cast, house: House) -> None:
    row = book(house, 10, "color")
    browser = cast.bunta.browser()
    assert browser.get("/calendar/").url.endswith("?shop=hasami"), "the first shop is no salon"  # type: ignore[attr-defined]
    page = text(browser, f"/calendar/?shop=hasami&day={TOMORROW}")
    assert f'id="v-{row.id}"' in page
    assert page.count("髙﨑 花子") >= 1
    assert len(re.findall(r'class="gap placed', page)) == 1
    assert f'data-staff="{house.jun.id}"' in page
    chairs = text(browser, f"/calendar/?shop=hasami&day={TOMORROW}&by=chair")
    assert "Sakura" in chairs
    assert 'class="gap' not in chairs


@pytest.mark.parametrize(
    "query",
    [
        "view=week",
        "view=week&by=chair",
        "day=2999-01-01",
        "day=x&who=99999999999999999999",
        "view=week&who=-1",
        "day=0001-01-01",
    ],
)
def test_it_stands_whatever_the_address_asks(cast: Cast, house: House, query: str) -> None:
    book(house, 10)
    assert text(cast.aoi.browser(), f"/calendar/?shop=hasami&{query}")


def test_it_says_on_an_empty_day_where_work_goes_on(cast: Cast, house: House) -> None:
    with scope.organization(house.shop.organization_id):
        Shift.objects.filter(shop=house.shop, day__in=[TOMORROW, TOMORROW + timedelta(days=1)]).delete()
    browser = cast.bunta.browser()
    page = text(browser, f"/calendar/?shop=hasami&day={TOMORROW}")
    assert "Nobody works on this day." in page
    assert re.search(rf'<a href="[^"]*day={TOMORROW + timedelta(days=2)}[^"]*">Go to Fri 27 Nov', page)
    assert "Nobody works" not in text(browser, f"/calendar/?shop=hasami&day={TOMORROW + timedelta(days=2)}")
    beyond = text(browser, f"/calendar/?shop=hasami&day={TOMORROW + timedelta(days=360)}")
    assert "Nobody works on this day." in beyond
    assert "the next day with work" not in beyond


def test_it_shows_the_week_of_one_person(cast: Cast, house: House) -> None:
    row = book(house, 10)
    page = text(cast.aoi.browser(), f"/calendar/?shop=hasami&view=week&who={house.sakura.id}&day={TOMORROW}")
    assert page.count('class="col ') + page.count('class="col"') == 7
    assert f'id="v-{row.id}"' in page


def test_it_is_for_salons_and_their_own_people_only(cast: Cast, house: House) -> None:
    row = book(house, 10)
    stranger = cast.chika.browser()
    assert stranger.get("/calendar/").status_code == 404, "a shop that sells has no calendar"
    for path in ("", "move/", "tell/", "cancel/", "note/", "offer/", "as-it-is/"):
        where = f"/calendar/visits/{row.id}/{path}"
        answer = (
            stranger.post(where, {"do": "done", "day": "2026-11-25", "at": "11:00"}) if path else stranger.get(where)
        )
        assert answer.status_code == 404
    assert fresh(row).state == "booked"
    viewer = cast.mei.browser()
    assert viewer.post(f"/calendar/visits/{row.id}/cancel/", {"reason": "other"}).status_code == 403
    page = text(viewer, f"/calendar/?shop=hasami&day={TOMORROW}")
    assert "髙﨑" not in page, "who may not see people sees a letter"
    assert "data-id" not in page, "and moves nothing"


def test_it_keeps_mall_words_from_salons_and_the_calendar_from_shops(cast: Cast, house: House) -> None:
    browser = cast.aoi.browser()
    page = text(browser, "/calendar/?shop=hasami")
    nav = page[page.index("<nav") : page.index("</nav>")]
    assert "/calendar/?shop=hasami" in nav
    assert "/standing/" not in nav
    assert "/cancellations/" not in nav
    settings = text(browser, "/settings/?shop=hasami")
    assert "/settings/malls/" not in settings
    kotori = text(browser, "/settings/?shop=kotori")
    assert "/settings/malls/" in kotori
    assert "/calendar/" not in kotori
    assert "/calendar/" not in text(cast.chika.browser(), "/")


def test_it_moves_a_visit_by_the_form_and_by_a_drop(cast: Cast, house: House) -> None:
    row, browser = book(house, 10), cast.bunta.browser()
    where = f"/calendar/visits/{row.id}/move/"
    told = {"day": "2026-11-25", "at": "14:00", "staff": house.jun.id, "back": "/calendar/?shop=hasami"}
    assert browser.post(where, told).url == "/calendar/?shop=hasami"  # type: ignore[attr-defined]
    assert (fresh(row).starts_at, fresh(row).staff_id) == (house.at(TOMORROW, 14), house.jun.id)
    browser.post(where, {"day": "2026-11-25", "at": str(15 * 60 + 15), "staff": house.sakura.id})
    assert fresh(row).starts_at == house.at(TOMORROW, 15, 15)


def test_it_does_not_move_over_another_visit(cast: Cast, house: House) -> None:
    row, _other, browser = book(house, 10), book(house, 12), cast.bunta.browser()
    browser.cookies["kaeru_language"] = "en"
    told = {"day": "2026-11-25", "at": "12:30", "staff": house.sakura.id, "back": f"/calendar/visits/{row.id}/"}
    assert browser.post(f"/calendar/visits/{row.id}/move/", told).status_code == 303
    assert "That time is taken" in text(browser, f"/calendar/visits/{row.id}/?shop=hasami")
    assert fresh(row).starts_at == house.at(TOMORROW, 10)


@pytest.mark.parametrize("at", ["", "25:00", "9999", "-5", "x", "1e3"])
def test_it_refuses_times_that_are_none(cast: Cast, house: House, at: str) -> None:
    row = book(house, 10)
    answer = cast.bunta.browser().post(f"/calendar/visits/{row.id}/move/", {"day": "2026-11-25", "at": at})
    assert answer.status_code == 303
    if at != "9999":
        assert fresh(row).starts_at == house.at(TOMORROW, 10)


def test_it_cancels_for_a_reason_and_takes_it_back(cast: Cast, house: House) -> None:
    row, browser = book(house, 10), cast.bunta.browser()
    browser.post(f"/calendar/visits/{row.id}/cancel/", {"reason": "because"})
    assert fresh(row).state == "booked"
    browser.post(f"/calendar/visits/{row.id}/cancel/", {"reason": "unwell"})
    assert (fresh(row).state, fresh(row).reason) == ("cancelled", "unwell")
    assert str(row.id) in text(browser, f"/calendar/?shop=hasami&day={TOMORROW}"), "listed beneath the paper"
    browser.post(f"/calendar/visits/{row.id}/tell/", {"do": "undo"})
    assert fresh(row).state == "booked"
    assert browser.post(f"/calendar/visits/{row.id}/tell/", {"do": "eat"}).status_code == 400


def test_it_notes_who_was_here_and_who_was_not(cast: Cast, house: House) -> None:
    row, missed, browser = book(house, 10), book(house, 12), cast.bunta.browser()
    browser.post(f"/calendar/visits/{missed.id}/tell/", {"do": "no_show"})
    assert fresh(missed).state == "booked", "its time has not come"
    clock.set_clock(clock.Clock(real=0, shown=house.at(TOMORROW, 12, 20), speed=0.0))
    browser.post(f"/calendar/visits/{row.id}/tell/", {"do": "done"})
    browser.post(f"/calendar/visits/{missed.id}/tell/", {"do": "no_show"})
    assert (fresh(row).state, fresh(missed).state) == ("done", "no_show")
    assert "Did not come" in text(browser, f"/calendar/visits/{missed.id}/?shop=hasami")


def test_it_enters_a_visit_for_a_new_client_once(cast: Cast, house: House) -> None:
    browser = cast.bunta.browser()
    page = text(browser, f"/calendar/new/?shop=hasami&day={TOMORROW}&at=13:15&staff={house.jun.id}")
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    told = {
        "service": house.services["cut"].id, "staff": house.jun.id, "day": str(TOMORROW), "at": "13:00", "name": "吉田 𠮷男",
        "phone": "090-1111-2222", "key": key[1], "note": "前髪",
    }  # fmt: skip
    for _ in range(2):
        assert browser.post("/calendar/new/?shop=hasami", told).status_code == 303
    with scope.organization(house.shop.organization_id):
        (row,) = Booking.objects.filter(shop=house.shop).select_related("customer")
        assert (row.customer.name, row.origin, row.note) == ("吉田 𠮷男", "staff", "前髪")  # type: ignore[union-attr]


def test_it_shows_free_times_and_finds_clients(cast: Cast, house: House) -> None:
    book(house, 10, name="佐藤 結衣")
    browser = cast.bunta.browser()
    told = {
        "do": "look",
        "service": house.services["cut"].id,
        "staff": house.sakura.id,
        "day": str(TOMORROW),
        "q": "結衣",
    }
    page = browser.post("/calendar/new/?shop=hasami", told).content.decode()
    assert 'value="11:15"' in page
    assert 'value="10:30"' not in page
    assert "佐藤 結衣" in page


def test_it_takes_who_walks_in_now(cast: Cast, house: House) -> None:
    clock.set_clock(clock.Clock(real=0, shown=house.at(TOMORROW, 11, 3), speed=0.0))
    told = {"service": house.services["cut"].id, "walk_in": "1", "key": "k1"}
    assert cast.bunta.browser().post("/calendar/new/?shop=hasami", told).status_code == 303
    with scope.organization(house.shop.organization_id):
        row = Booking.objects.get(shop=house.shop)
    assert (row.customer_id, row.origin, row.starts_at) == (None, "walk_in", house.at(TOMORROW, 11, 0))


def test_it_says_why_a_visit_cannot_be_entered(cast: Cast, house: House) -> None:
    book(house, 10)
    browser = cast.bunta.browser()
    told = {
        "service": house.services["color"].id,
        "staff": house.sakura.id,
        "day": str(TOMORROW),
        "at": "10:30",
        "name": "x",
    }
    assert browser.post("/calendar/new/?shop=hasami", told).status_code == 422
    assert browser.post("/calendar/new/?shop=hasami", {**told, "at": ""}).status_code == 422
    assert browser.post("/calendar/new/?shop=hasami", {**told, "at": "17:00", "mail": "nobody"}).status_code == 422
    outside = browser.post("/calendar/new/?shop=hasami", {**told, "at": "20:00"})
    assert outside.status_code == 303, "shifts do not bind the salon"
    assert "Every visit fits" in text(browser, "/calendar/clashes/?shop=hasami"), (
        "who enters it outside of a shift means it"
    )


def test_it_gives_leave_and_lists_what_has_to_move(cast: Cast, house: House) -> None:
    with scope.organization(house.shop.organization_id):
        salons.set_hours(
            house.shop, hours=[["10:00", "19:00"]] * 7, closed_on=[], keeps_holidays=False, actor="member:1"
        )
        for one in (house.sakura, house.jun):
            salons.set_rules(one, [Rule(one.id, day, time(10), time(19)) for day in range(7)], actor="member:1")
    row, browser = book(house, 10), cast.bunta.browser()
    told = {"who": house.sakura.id, "day": str(TOMORROW), "whole": "1", "note": "発熱"}
    answer = browser.post("/calendar/leave/?shop=hasami", told)
    assert answer.url.startswith("/calendar/clashes/")  # type: ignore[attr-defined]
    page = text(browser, "/calendar/clashes/?shop=hasami")
    assert "髙﨑 花子" in page
    assert "Jun" in page, "who is there then is proposed"
    assert "1 visit has to move" in text(browser, "/calendar/?shop=hasami")
    browser.post(f"/calendar/visits/{row.id}/move/", {"day": str(TOMORROW), "at": "10:00", "staff": house.jun.id})
    assert "Every visit fits" in text(browser, "/calendar/clashes/?shop=hasami")
    with scope.organization(house.shop.organization_id):
        exception = DayException.objects.get()
    browser.post(f"/calendar/leave/{exception.id}/remove/?shop=hasami")
    with scope.organization(house.shop.organization_id):
        assert not DayException.objects.exists()


def test_it_blocks_time_and_frees_it(cast: Cast, house: House) -> None:
    book(house, 10)
    browser = cast.bunta.browser()
    told = {"who": house.sakura.id, "day": str(TOMORROW), "starts": "10:30", "ends": "11:30", "note": "会議"}
    assert browser.post("/calendar/block/?shop=hasami", told).status_code == 422
    assert browser.post("/calendar/block/?shop=hasami", {**told, "ends": "10:00"}).status_code == 422
    assert browser.post("/calendar/block/?shop=hasami", {**told, "starts": "12:00", "ends": "13:00"}).status_code == 303
    assert "会議" in text(browser, f"/calendar/?shop=hasami&day={TOMORROW}")
    with scope.organization(house.shop.organization_id):
        block = Occupancy.objects.get(booking=None)
    browser.post(f"/calendar/block/{block.id}/remove/?shop=hasami", {"back": "/calendar/"})
    with scope.organization(house.shop.organization_id):
        assert not Occupancy.objects.filter(booking=None).exists()


def test_it_offers_a_free_time(cast: Cast, house: House) -> None:
    row, browser = book(house, 10), cast.bunta.browser()
    browser.post(f"/calendar/visits/{row.id}/offer/?shop=hasami")
    with scope.organization(house.shop.organization_id):
        assert not Opening.objects.exists(), "the time is not free"
    told = {"staff": house.jun.id, "day": str(TOMORROW), "at": "12:00"}
    assert browser.post("/calendar/offer/?shop=hasami", told).status_code == 303
    with scope.organization(house.shop.organization_id):
        opening = Opening.objects.get()
        assert (opening.staff_id, opening.starts_at) == (house.jun.id, house.at(TOMORROW, 12))
    assert 'class="opening placed' in text(browser, f"/calendar/?shop=hasami&day={TOMORROW}")


def test_it_gives_addresses_to_owners_only(cast: Cast, house: House) -> None:
    told = {"who": house.sakura.id, "do": "give"}
    assert cast.bunta.browser().post("/calendar/feeds/?shop=hasami", told).status_code == 403
    browser = cast.aoi.browser()
    browser.post("/calendar/feeds/?shop=hasami", told)
    found = re.search(r"(/ical/[\w-]+\.ics)", text(browser, "/calendar/feeds/?shop=hasami"))
    assert found
    assert Client().get(found[1]).status_code == 200
    browser.post("/calendar/feeds/?shop=hasami", {**told, "do": "revoke"})
    assert Client().get(found[1]).status_code == 404
    with scope.organization(house.shop.organization_id):
        assert CalendarFeed.objects.filter(revoked_at=None).count() == 0


def test_it_stays_small_however_full_the_day(cast: Cast, house: House, django_assert_max_num_queries: object) -> None:
    for hour in (10, 12, 14, 16):
        book(house, hour)
        book(house, hour, staff_id=house.jun.id)
    browser = cast.bunta.browser()
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        text(browser, f"/calendar/?shop=hasami&day={TOMORROW}")


def test_it_shows_a_shift_over_midnight_on_the_day_it_began(cast: Cast, house: House) -> None:
    night = TOMORROW
    with scope.organization(house.shop.organization_id):
        Shift.objects.filter(resource=house.sakura, day=night).update(
            starts_at=house.at(night, 20), ends_at=house.at(night + timedelta(days=1), 3)
        )
        wish = Wish(
            house.shop.id, house.services["nail"].id, house.at(night + timedelta(days=1), 1), staff_id=house.sakura.id
        )
        row = bookings.book(wish, by="salon", via="console", actor="member:1", is_bound=False)
    browser = cast.bunta.browser()
    assert f'id="v-{row.id}"' in text(browser, f"/calendar/?shop=hasami&day={night}")
    assert f'id="v-{row.id}"' not in text(browser, f"/calendar/?shop=hasami&day={night + timedelta(days=1)}")
    assert row.starts_at.astimezone(TOKYO).date() == night + timedelta(days=1)
