"""/o/SHOP/TOKEN: a link that the shop's own system made and signed."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from kaeru.core import clock, links, scope
from kaeru.core.models import Link
from kaeru.storefront import door, embedding
from kaeru.tenants import actions as tenants
from tests import builders
from tests.cast import Cast
from tests.integration.storefront.conftest import Parcel, everything

SECRET = "kaeru_embed_of-the-test"


@pytest.fixture(autouse=True)
def secret(cast: Cast) -> str:
    cache.clear()
    with scope.organization(cast.organization.id):
        tenants.set_secret(cast.kotori, "embed", SECRET, actor="test")
    return SECRET


def link(cast: Cast, order: str, *, days: float = 30, language: str = "", secret: str = SECRET, key: str = "") -> str:
    token = embedding.token_for(order, clock.now() + timedelta(days=days), language, secret)
    return f"/o/{key or cast.kotori.public_key}/{token}"


def test_it_leads_to_the_page_of_the_order(cast: Cast, parcel: Parcel, client: Client) -> None:
    answer = client.get(link(cast, parcel.order.source_id))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (303, "no-store")
    assert answer.headers["Location"] == parcel.link()
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert parcel.order.number in page.content.decode()


def test_it_makes_one_link_however_often_it_is_opened(cast: Cast, parcel: Parcel, client: Client) -> None:
    for _ in range(3):
        assert client.get(link(cast, parcel.order.source_id)).status_code == 303
    with scope.everyone():
        assert Link.objects.count() == 1


def test_it_speaks_the_language_of_the_link_unless_the_reader_chose(cast: Cast, parcel: Parcel, client: Client) -> None:
    english = link(cast, parcel.order.source_id, language="en")
    assert client.get(english).headers["Location"].endswith("?lang=en")
    client.cookies["kaeru_language"] = "ja"
    assert "lang" not in client.get(english).headers["Location"]


def test_it_shows_one_page_for_whatever_does_not_open(cast: Cast, parcel: Parcel, client: Client) -> None:
    """Wrong, over, of another shop, of the past, closed: the same words, and the shop's contact."""
    order = parcel.order.source_id
    past = builders.order(cast.kotori, parcel.buyer, is_history=True)
    closed = builders.order(cast.kotori, parcel.buyer)
    assert client.get(link(cast, closed.source_id)).status_code == 303
    with scope.organization(cast.organization.id):
        links.revoke("cancel", closed.id)
    before = everything()
    pages = [
        client.get(address)
        for address in (
            link(cast, order, secret="kaeru_embed_other"),
            link(cast, order)[:-1] + "x",
            link(cast, order, days=-1),
            link(cast, order, days=500),
            link(cast, past.source_id),
            link(cast, closed.source_id),
            f"/o/{cast.kotori.public_key}/x",
        )
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content.replace(page.wsgi_request.path.encode(), b"") for page in pages}) == 1
    assert cast.kotori.contact in pages[0].content.decode()
    assert everything() == before


def test_it_opens_nothing_of_another_shop(cast: Cast, parcel: Parcel, client: Client) -> None:
    key = cast.other_shop.public_key
    assert client.get(link(cast, parcel.order.source_id, key=key)).status_code == 404
    assert client.get(link(cast, parcel.order.source_id, key="nobody")).status_code == 404
    with scope.organization(cast.other_organization.id):
        tenants.set_secret(cast.other_shop, "embed", "kaeru_embed_theirs", actor="test")
    theirs = link(cast, parcel.order.source_id, secret="kaeru_embed_theirs", key=key)
    assert client.get(theirs).status_code == 202, "their own statement about an order that they do not have"


def test_it_waits_for_an_order_that_is_on_its_way(cast: Cast, parcel: Parcel, client: Client) -> None:
    address = link(cast, "2002", language="en")
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "5")
    page = answer.content.decode()
    assert "on its way" in page
    assert f'content="5; url={address}?n=1"' in page
    assert cast.kotori.contact in page
    last = client.get(address, {"n": "12"}).content.decode()
    assert "http-equiv" not in last
    assert client.get(address, {"n": "x"}).status_code == 202
    builders.order(cast.kotori, parcel.buyer, source_id="2002")
    assert client.get(address, {"n": "3"}).status_code == 303


def test_it_slows_down_who_guesses_but_nobody_else(cast: Cast, parcel: Parcel, client: Client) -> None:
    wrong = link(cast, parcel.order.source_id, secret="kaeru_embed_guess")
    answers = [client.get(wrong).status_code for _ in range(door.MOST_REFUSALS + 1)]
    assert answers == [404] * door.MOST_REFUSALS + [429]
    assert client.get(wrong).headers["Retry-After"] == "60"
    assert client.get(link(cast, parcel.order.source_id)).status_code == 303
    absent = [client.get(link(cast, "3003")).status_code for _ in range(door.MOST_LOOKS + 1)]
    assert absent[-2:] == [202, 429]


def test_it_keeps_links_in_old_mails_working_for_a_while(cast: Cast, parcel: Parcel, client: Client) -> None:
    old = link(cast, parcel.order.source_id)
    browser = cast.aoi.browser()
    page = browser.post("/settings/connections/embed/").content.decode()
    assert page.count("kaeru_embed_") == 1
    assert client.get(old).status_code == 303
    with scope.organization(cast.organization.id):
        newest = tenants.shop_secrets(cast.kotori, "embed")[0]
    assert newest in page
    assert newest not in browser.get("/settings/connections/").content.decode()
    browser.post("/settings/connections/embed/", {"end": "now"})
    assert client.get(old).status_code == 404
    assert client.get(link(cast, parcel.order.source_id, secret=newest)).status_code == 404, "this one too"
    with scope.organization(cast.organization.id):
        assert len(tenants.shop_secrets(cast.kotori, "embed")) == 1


def test_it_takes_get_and_head_only_and_shows_no_viewer_the_secret(cast: Cast, parcel: Parcel, client: Client) -> None:
    address = link(cast, parcel.order.source_id)
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 303
    assert cast.bunta.browser().post("/settings/connections/embed/").status_code == 403
