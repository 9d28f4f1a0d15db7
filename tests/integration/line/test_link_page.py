"""A friend links their card without LIFF: address, code, LINE's own dialog."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from kaeru.channels.line import answering, friends, hearing, linking
from kaeru.channels.line.models import LineAccount, LineFriend
from kaeru.core import clock, scope
from kaeru.customers.models import Customer
from kaeru.messages.models import Message
from kaeru.storefront.line_link import code_of
from tests import builders
from tests.cast import Cast
from tests.fakes.line_wire import YUKI, LineWire


@pytest.fixture
def card(cast: Cast) -> Customer:
    """Yuki's card."""
    return builders.customer(cast.kotori, name="髙﨑ゆき", email="yuki@example.com")


@pytest.fixture
def address(line: LineWire, cast: Cast, account: LineAccount) -> str:
    """The page's path, as the button in the talk has it."""
    line.platform.say(line.bot(cast.kotori), YUKI, "連携")
    line.deliver()
    hearing.work(10)
    answering.send(10)
    button = line.said(cast.kotori)[-1]["contents"]["footer"]["contents"][0]
    return str(urlsplit(button["action"]["uri"]).path)


def mailed() -> list[str]:
    """The codes that were mailed."""
    with scope.everyone():
        return [
            code_of(number) for number in Message.objects.filter(source="line_code").values_list("source_id", flat=True)
        ]


def test_it_links_with_the_code_from_the_mail(line: LineWire, cast: Cast, card: Customer, address: str) -> None:
    browser = Client()
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"mail": " Yuki@Example.com "}).status_code == 200
    page = browser.post(address, {"code": mailed()[0]}).content.decode()
    found = re.search(r'href="([^"]*accountLink[^"]*)"', page)
    assert found is not None
    told = parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)
    assert line.platform.link(told["linkToken"][0], told["nonce"][0])
    line.deliver()
    hearing.work(10)
    with scope.everyone():
        assert LineFriend.objects.get(user_id=YUKI).customer_id == card.id


def test_it_tells_nobody_which_addresses_are_known(line: LineWire, cast: Cast, card: Customer, address: str) -> None:
    known, unknown = Client(), Client()
    one = known.post(address, {"mail": "yuki@example.com"}).content.decode()
    other = unknown.post(address, {"mail": "nobody@example.com"}).content.decode()
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
    assert token.sub("", one) == token.sub("", other)
    assert len(mailed()) == 1


def test_its_code_belongs_to_this_browser_ten_minutes_and_five_tries(
    line: LineWire, cast: Cast, card: Customer, address: str
) -> None:
    browser = Client()
    browser.post(address, {"mail": "yuki@example.com"})
    code = mailed()[0]
    assert Client().post(address, {"code": code}).status_code == 422
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [browser.post(address, {"code": wrong}).status_code for _ in range(5)] == [422] * 5
    assert browser.post(address, {"code": code}).status_code == 422, "tried too often"
    browser.post(address, {"mail": "yuki@example.com"})
    clock.skip_to(clock.now() + timedelta(minutes=11))
    assert browser.post(address, {"code": mailed()[-1]}).status_code == 422
    with scope.everyone():
        assert LineFriend.objects.get(user_id=YUKI).customer_id is None


def test_it_mails_no_flood(line: LineWire, cast: Cast, card: Customer, address: str) -> None:
    answers = [Client().post(address, {"mail": "yuki@example.com"}).status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    assert len(mailed()) == 5


def test_it_knows_only_cards_of_its_own_shop(line: LineWire, cast: Cast, address: str) -> None:
    builders.customer(cast.other_shop, email="haru@example.com")
    Client().post(address, {"mail": "haru@example.com"})
    assert mailed() == []
    assert Client().get("/line/link/forged/").status_code == 404
    with scope.organization(cast.organization.id):
        friend = friends.known(cast.organization.id, cast.kotori.id, YUKI, clock.now())
    assert linking.invite(friend).startswith("http://testserver/line/link/")
