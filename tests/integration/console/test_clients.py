"""The pages about a salon's clients, as a browser asks for them."""

from datetime import timedelta

import pytest

from kaeru.appointments.clients import actions, keeping, queries
from kaeru.appointments.clients.models import TicketPack, WaitlistEntry
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.customers.models import Customer
from kaeru.customers.queries import may_advertise
from tests import builders
from tests.cast import Cast
from tests.integration.appointments import openings
from tests.integration.appointments.test_clients import pack, visit, waits
from tests.salon import House, salon

pytestmark = pytest.mark.integration


@pytest.fixture
def house(cast: Cast) -> House:
    return salon(cast.organization)


@pytest.fixture
def hanako(house: House) -> Customer:
    who = builders.customer(house.shop, name="髙﨑 花子")
    for ago in (150, 120, 90):
        visit(house, who, ago, is_nominated=True)
    with scope.organization(house.shop.organization_id):
        keeping.recount([who.id])
        pack(who, price=22000)
        waits(house, who)
    return who


def page(cast: Cast, path: str, **query: str) -> str:
    response = cast.bunta.browser().get(path, {"shop": "hasami", "lang": "en", **query})
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def test_it_lists_clients_with_what_matters(cast: Cast, hanako: Customer) -> None:
    told = page(cast, "/clients/")
    for words in ("髙﨑 花子", "came 3 times", "asks for Sakura", "5 tickets", "about to be lost"):
        assert words in told, words
    assert "髙﨑 花子" in page(cast, "/clients/", only="due")
    assert "髙﨑 花子" not in page(cast, "/clients/", only="lost")
    assert "髙﨑 花子" in page(cast, "/clients/", only="tickets", q="hanako@")
    assert "Nobody found" in page(cast, "/clients/", q="鈴木")


def test_it_leads_to_the_salon_where_the_first_shop_is_none(cast: Cast, house: House) -> None:
    response = cast.bunta.browser().get("/clients/")
    assert response.status_code == 302
    assert response.headers["location"].endswith("?shop=hasami")


def test_it_shows_one_card(cast: Cast, hanako: Customer) -> None:
    told = page(cast, f"/clients/{hanako.id}/")
    for words in (
        "about to be lost",
        "30 days",
        "hanako@example.com",
        "カット回数券",
        "Put on the waitlist",
        "was here",
    ):
        assert words in told, words


def test_it_hides_people_from_who_may_only_look(cast: Cast, hanako: Customer) -> None:
    browser = cast.mei.browser()
    for path in ("/clients/", f"/clients/{hanako.id}/", "/clients/packs/", "/clients/waitlist/", "/results/"):
        told = browser.get(path, {"shop": "hasami"})
        assert told.status_code == 200, path
        assert "花子" not in told.content.decode(), path
        assert "hanako@" not in told.content.decode(), path
    for path in (f"/clients/{hanako.id}/sell/", f"/clients/{hanako.id}/merge/"):
        assert browser.get(path).status_code == 403
    assert browser.post(f"/clients/{hanako.id}/", {"note": "x"}).status_code == 403


def test_it_is_not_there_for_another_organization_or_a_shop_that_sells(cast: Cast, hanako: Customer) -> None:
    buyer = builders.customer(cast.kotori, email="b@example.com")
    assert cast.bunta.browser().get(f"/clients/{buyer.id}/").status_code == 404
    for part in ("", "sell/", "wait/", "merge/"):
        assert cast.chika.browser().get(f"/clients/{hanako.id}/{part}").status_code == 404
    assert cast.chika.browser().get("/clients/").status_code == 404


def test_it_saves_a_note_and_a_nomination(cast: Cast, house: House, hanako: Customer) -> None:
    response = cast.bunta.browser().post(f"/clients/{hanako.id}/", {"note": "猫が好き", "nominee": str(house.jun.id)})
    assert response.status_code == 302
    with scope.organization(house.shop.organization_id):
        card = queries.card_of(hanako.id)
    assert card is not None
    assert (card.note, card.nominated_staff_id, card.is_nominee_set) == ("猫が好き", house.jun.id, True)


def test_it_sells_uses_extends_and_takes_back_a_pack(cast: Cast, house: House, hanako: Customer) -> None:
    browser = cast.bunta.browser()
    told = {
        "name": "カラー回数券", "total": "3", "used": "0", "price": "27000", "bought_on": "2026-01-01", "expires_on": "2099-01-01",
        "services": [str(house.services["color"].id)],
    }  # fmt: skip
    assert browser.post(f"/clients/{hanako.id}/sell/", told).status_code == 302
    assert browser.post(f"/clients/{hanako.id}/sell/", {**told, "used": "4"}).status_code == 422
    with scope.organization(house.shop.organization_id):
        row = TicketPack.objects.get(name="カラー回数券")
    for deed in ({"do": "use"}, {"do": "extend", "expires_on": ""}, {"do": "withdraw"}, {"do": "use"}):
        assert browser.post(f"/clients/packs/{row.id}/", deed).status_code == 302
    assert browser.post(f"/clients/packs/{row.id}/", {"do": "burn"}).status_code == 400
    with scope.organization(house.shop.organization_id):
        row.refresh_from_db()
    assert (row.used, row.expires_on, row.is_withdrawn) == (1, None, True)
    assert "カット回数券" in page(cast, "/clients/packs/")
    assert "カラー回数券" in page(cast, "/clients/packs/", only="over")


def test_it_keeps_the_waitlist(cast: Cast, house: House, hanako: Customer) -> None:
    browser = cast.bunta.browser()
    told = {
        "service": str(house.services["cut"].id), "staff": "", "first_day": "2099-01-01", "until": "2099-01-31", "weekdays": ["5", "6"],
        "not_before": "10:00", "not_after": "14:00",
    }  # fmt: skip
    assert browser.post(f"/clients/{hanako.id}/wait/", told).status_code == 302
    assert browser.post(f"/clients/{hanako.id}/wait/", {**told, "until": "2098-01-01"}).status_code == 422
    assert "Sat, Sun" in page(cast, "/clients/waitlist/")
    with scope.organization(house.shop.organization_id):
        entry = WaitlistEntry.objects.get(first_day="2099-01-01")
    back = browser.post(f"/clients/waitlist/{entry.id}/", {"back": "/clients/waitlist/"})
    assert back.status_code == 303
    assert "does not wait any more" in page(cast, "/clients/waitlist/", only="over")


def test_it_merges_two_cards(cast: Cast, house: House, hanako: Customer) -> None:
    with scope.organization(house.shop.organization_id):
        twin = actions.add_client(house.shop, "髙﨑 花子", phone="09011112222", actor="test")
    visit(house, twin, 30)
    assert str(twin.id) in page(cast, f"/clients/{hanako.id}/merge/")
    assert "This card goes" in page(cast, f"/clients/{hanako.id}/merge/", other=str(twin.id))
    response = cast.bunta.browser().post(f"/clients/{hanako.id}/merge/", {"other": str(twin.id)})
    assert response.status_code == 302
    with scope.organization(house.shop.organization_id):
        card = queries.card_of(hanako.id)
        assert queries.card_of(twin.id) is None
        assert queries.ways_of(hanako.id) == {"mail": "hanako@example.com", "phone": "09011112222"}
    assert card is not None
    assert card.visits == 4


def test_it_shows_results_with_definitions(cast: Cast, house: House, hanako: Customer) -> None:
    visit(house, hanako, 5, state="cancelled", ended_at=clock.now() - timedelta(days=6), ended_by="customer")
    visit(house, hanako, 4)
    told = page(cast, "/results/")
    for words in ("Cancelled by clients", "50.0%", "1 of 2 visits", "1 d", "About to be lost", "How it is counted"):
        assert words in told, words
    assert cast.bunta.browser().get("/results/", {"shop": "kotori"}).status_code == 200


def test_it_adds_somebody_new(cast: Cast, house: House) -> None:
    browser = cast.bunta.browser()
    assert browser.post("/clients/new/?shop=hasami", {"name": "佐藤 愛", "phone": "090"}).status_code == 302
    assert browser.post("/clients/new/?shop=hasami", {"name": ""}).status_code == 422
    assert "佐藤 愛" in page(cast, "/clients/")


def test_it_writes_down_what_a_client_agrees_to_at_the_counter(cast: Cast, house: House) -> None:
    who = openings.client(house, "Hanako", on_line=True, consents=False)
    browser, address = cast.aoi.browser(), f"/clients/{who.id}/?shop=hasami"
    assert "同意なし" in browser.get(address).content.decode()
    with scope.organization(cast.organization.id):
        assert not may_advertise([who.id], "line", "line")
    browser.post(f"/clients/{who.id}/consent/", {"channel": "line", "do": "agree"})
    page = browser.get(address).content.decode()
    assert "同意あり" in page and "スタッフが記録" in page
    with scope.organization(cast.organization.id):
        assert may_advertise([who.id], "line", "line")
        assert AuditEntry.objects.filter(verb="customer.agreed", subject_id=who.id).count() == 1
    browser.post(f"/clients/{who.id}/consent/", {"channel": "line", "do": "withdraw"})
    assert "同意なし" in browser.get(address).content.decode()
    assert browser.post(f"/clients/{who.id}/consent/", {"channel": "fax", "do": "agree"}).status_code == 400
    assert (
        cast.chika.browser().post(f"/clients/{who.id}/consent/", {"channel": "line", "do": "agree"}).status_code == 404
    )
