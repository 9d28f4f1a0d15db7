"""Rakuten and Yahoo! Shopping on the page of malls: what is tried, what is kept sealed, who may, and the numbers that are the operator's."""

import html
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from kaeru.connectors import connecting, pacing
from kaeru.connectors.models import Connection
from kaeru.connectors.rakuten import client as rms_client
from kaeru.connectors.yahoo import client as yahoo_client
from kaeru.connectors.yahoo import consent, words
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from tests.cast import Cast
from tests.fakes import rms_wire, yahoo_wire
from tests.fakes.rms import Rms
from tests.fakes.rms_wire import RmsWire
from tests.fakes.yahoo import Yahoo
from tests.fakes.yahoo_wire import YahooWire

PAGE = "/settings/malls/"


@pytest.fixture
def rms(monkeypatch: pytest.MonkeyPatch) -> Iterator[RmsWire]:
    pacing.forget()
    monkeypatch.setattr(rms_client, "PER_SECOND", 1e9)
    with rms_wire.listening(Rms()) as wire:
        monkeypatch.setattr(rms_client, "ADDRESS", wire.address)
        yield wire


@pytest.fixture
def yahoo(monkeypatch: pytest.MonkeyPatch) -> Iterator[YahooWire]:
    pacing.forget()
    consent.forget()
    monkeypatch.setattr(yahoo_client, "PER_SECOND", 1e9)
    with yahoo_wire.listening(Yahoo()) as wire:
        monkeypatch.setattr(yahoo_client, "ADDRESS", wire.address)
        monkeypatch.setattr(consent, "TOKEN", wire.url + "/yconnect/v2/token")
        yield wire
    consent.forget()


def kept(cast: Cast, source: str) -> list[Connection]:
    with scope.everyone():
        return list(Connection.objects.filter(shop=cast.kotori, source=source, removed_at=None))


def key(wire: RmsWire, **other: str) -> dict[str, str]:
    told = {
        "shop": "kotori", "service_secret": wire.shop.service_secret, "license_key": wire.shop.license_key,
        "made_on": (clock.now() - timedelta(days=10)).date().isoformat(), **other,
    }  # fmt: skip
    return {f"rakuten-{name}": value for name, value in told.items()}


def test_it_tries_a_key_and_keeps_it_sealed_for_ninety_days(cast: Cast, rms: RmsWire) -> None:
    browser = cast.aoi.browser()
    assert browser.post(f"{PAGE}rakuten/connect/", key(rms)).status_code == 302
    (row,) = kept(cast, "rakuten")
    assert rms.calls == ["searchOrder"]
    assert row.key_expires_on == (clock.now() - timedelta(days=10)).date() + timedelta(days=89)
    page = browser.get(PAGE).content.decode()
    assert rms.shop.license_key not in page
    assert rms.shop.license_key.encode() not in bytes(row.sealed_token or b"")
    assert "楽天市場" in page
    assert browser.post(f"{PAGE}rakuten/test/", follow=True).status_code == 200


@pytest.mark.parametrize(
    "other",
    [
        {"license_key": "SL-wrong"}, {"service_secret": "SP wrong"}, {"license_key": "日本語"}, {"license_key": ""}, {"shop": ""},
        {"service_secret": "a:b"}, {"made_on": "2020-01-01"}, {"made_on": "2099-01-01"}, {"made_on": "soon"},
    ],
)  # fmt: skip
def test_it_keeps_nothing_that_is_no_key(cast: Cast, rms: RmsWire, other: dict[str, str]) -> None:
    answer = cast.aoi.browser().post(f"{PAGE}rakuten/connect/", key(rms, **other))
    assert (answer.status_code, kept(cast, "rakuten")) == (422, [])
    assert rms.shop.service_secret not in answer.content.decode()


def test_it_believes_a_key_of_today_that_rms_does_not_know_yet(cast: Cast, rms: RmsWire) -> None:
    typed = key(rms, license_key="SL-new", made_on=clock.now().date().isoformat())
    answer = cast.aoi.browser().post(f"{PAGE}rakuten/connect/", typed, follow=True)
    assert "10〜30分" in answer.content.decode()
    assert len(kept(cast, "rakuten")) == 1


def test_it_connects_nothing_when_rms_is_silent(cast: Cast, rms: RmsWire) -> None:
    rms.faults["searchOrder"] = ["silent"]
    assert cast.aoi.browser().post(f"{PAGE}rakuten/connect/", key(rms)).status_code == 422
    assert kept(cast, "rakuten") == []


def agree(browser: Client, wire: YahooWire, **other: str) -> str:
    """To Yahoo! JAPAN; returns the state that it will send back."""
    store = wire.store
    told = {"seller": store.seller, "client_id": store.client_id, "client_secret": store.client_secret, **other}
    answer = browser.post(f"{PAGE}yahoo/begin/", {f"yahoo-{name}": value for name, value in told.items()})
    assert answer.status_code == 200
    page = html.unescape(answer.content.decode())
    address = next(part.split('"', 1)[0] for part in page.split('href="') if part.startswith(consent.AUTHORIZE))
    asked = parse_qs(urlsplit(address).query)
    assert store.client_secret not in page
    assert asked["redirect_uri"] == ["http://testserver/settings/malls/yahoo/callback/"]
    return asked["state"][0]


def back(browser: Client, state: str, code: str = "code-1") -> str:
    answer = browser.get(f"{PAGE}yahoo/callback/", {"state": state, "code": code}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_connects_by_the_owners_consent_for_four_weeks(cast: Cast, yahoo: YahooWire) -> None:
    browser = cast.aoi.browser()
    page = back(browser, agree(browser, yahoo))
    (row,) = kept(cast, "yahoo")
    assert (row.account, row.client_id) == ("teststore", yahoo.store.client_id)
    assert row.key_expires_on is not None
    assert timedelta(days=26) <= row.key_expires_on - clock.now().date() <= timedelta(days=28)
    assert yahoo.calls == ["token", "orderList"]
    assert not any(word in page for word in ("himitsu", "refresh-1", "access-1"))


def test_it_renews_the_consent_with_the_app_that_is_known(cast: Cast, yahoo: YahooWire) -> None:
    browser = cast.aoi.browser()
    back(browser, agree(browser, yahoo))
    browser.post(f"{PAGE}yahoo/reasons/", {"reasons-customer": "110"})
    yahoo.store.refresh = "refresh-2"
    back(browser, agree(browser, yahoo, client_id="", client_secret=""))
    (row,) = kept(cast, "yahoo")
    assert words.table(row.scopes) == {"customer": 110}


def test_it_believes_no_answer_of_another_session_and_none_twice(cast: Cast, yahoo: YahooWire) -> None:
    browser = cast.aoi.browser()
    state = agree(browser, yahoo)
    back(cast.aoi.browser(), state)
    assert kept(cast, "yahoo") == []
    back(browser, "forged")
    back(browser, state)
    assert kept(cast, "yahoo") == []
    late = agree(browser, yahoo)
    clock.skip_to(clock.now() + timedelta(hours=2))
    back(browser, late)
    assert kept(cast, "yahoo") == []


def test_it_keeps_no_consent_for_a_store_that_is_not_told(cast: Cast, yahoo: YahooWire) -> None:
    browser = cast.aoi.browser()
    back(browser, agree(browser, yahoo, seller="otherstore"))
    back(browser, agree(browser, yahoo), code="wrong")
    assert kept(cast, "yahoo") == []
    missing = browser.post(
        f"{PAGE}yahoo/begin/", {"yahoo-seller": "teststore", "yahoo-client_id": "", "yahoo-client_secret": ""}
    )
    assert missing.status_code == 422


def test_it_sends_only_numbers_that_the_operator_entered(cast: Cast, yahoo: YahooWire) -> None:
    browser = cast.aoi.browser()
    back(browser, agree(browser, yahoo))
    assert "番号がないあいだ" in browser.get(PAGE).content.decode()
    told = {"reasons-customer": "110", "reasons-shop": "200", "reasons-shop/out_of_stock": "210"}
    assert browser.post(f"{PAGE}yahoo/reasons/", told).status_code == 302
    (row,) = kept(cast, "yahoo")
    assert words.table(row.scopes) == {"customer": 110, "shop": 200, "shop/out_of_stock": 210}
    assert browser.post(f"{PAGE}yahoo/reasons/", {"reasons-shop": "viele"}).status_code == 422
    with scope.everyone():
        assert AuditEntry.objects.filter(verb="connection.reasons_set").count() == 1


@pytest.mark.parametrize("path", ["rakuten/connect/", "rakuten/test/", "yahoo/begin/", "yahoo/test/", "yahoo/reasons/"])
def test_it_lets_only_those_do_it_who_may(cast: Cast, path: str) -> None:
    assert cast.bunta.browser().post(PAGE + path).status_code == 403
    assert cast.aoi.browser().get(PAGE + path).status_code == 405
    assert Client().post(PAGE + path).status_code == 302


def test_it_speaks_both_languages_and_shows_nobody_elses(cast: Cast, yahoo: YahooWire) -> None:
    browser = cast.aoi.browser()
    back(browser, agree(browser, yahoo))
    english = browser.get(PAGE, headers={"Accept-Language": "en"}).content.decode()
    assert english.count("<section") >= 3
    stranger = cast.chika.browser().get(PAGE).content.decode()
    assert "teststore" not in stranger
    with scope.organization(cast.organization.id):
        connecting.disconnect(cast.kotori, "yahoo", actor="test")
    assert kept(cast, "yahoo") == []
