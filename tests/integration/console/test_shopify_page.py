"""Connecting Shopify from the console: by the app, by a token, and out again; and everything that must not connect."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client

from kaeru.connectors.models import Connection
from kaeru.connectors.shopify import client, install
from kaeru.core import clock, scope, secrets
from kaeru.core.models import AuditEntry
from kaeru.tenants import actions
from tests.cast import Cast
from tests.fakes.shopify_admin import Admin
from tests.fakes.shopify_wire import Wire, listening

PAGE = "/settings/connections/shopify/"
ACCOUNT = "kotori.myshopify.com"
APP = {"account": ACCOUNT, "client_id": "app-1", "client_secret": "shpss_kotori_secret"}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Iterator[Wire]:
    settings.KAERU_BASE_URL = "https://kaeru.example"
    client.forget()
    with listening(Admin()) as found:
        found.admin.client_secret = APP["client_secret"]
        monkeypatch.setattr(client, "ADDRESS", found.url + "/{account}/admin/api/{version}/graphql.json")
        monkeypatch.setattr(install, "TOKEN", found.url + "/{account}/admin/oauth/access_token")
        yield found


def living(cast: Cast) -> Connection | None:
    with scope.organization(cast.organization.id):
        return Connection.objects.filter(removed_at=None).first()


def signed(query: dict[str, str], secret: str = APP["client_secret"]) -> dict[str, str]:
    message = "&".join(f"{name}={query[name]}" for name in sorted(query))
    return {**query, "hmac": hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()}


def begun(browser: Client, **more: str) -> dict[str, str]:
    """What Shopify is asked, from the link on the page."""
    answer = browser.post(f"{PAGE}begin/", {**APP, **more})
    assert answer.status_code == 200
    address = answer.context["address"]
    assert address in answer.content.decode().replace("&amp;", "&")
    assert urlsplit(address).netloc == ACCOUNT
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def back(asked: dict[str, str], **more: str) -> dict[str, str]:
    return {"code": "code-1", "shop": ACCOUNT, "state": asked["state"], "timestamp": "1700000000", **more}


def test_it_connects_by_the_app(cast: Cast, wire: Wire) -> None:
    browser = cast.aoi.browser(csrf=False)
    asked = begun(browser)
    assert asked["redirect_uri"] == "https://kaeru.example/shopify/callback"
    assert "write_orders" in asked["scope"].split(",")
    answer = browser.get("/shopify/callback", signed(back(asked)), follow=True)
    assert ACCOUNT in answer.content.decode()
    row = living(cast)
    assert row is not None
    assert (row.account, row.client_id, secrets.unseal(bytes(row.sealed_token or b""))) == (
        ACCOUNT,
        "app-1",
        "shpat_right",
    )
    with scope.organization(cast.organization.id):
        assert actions.shop_secrets(cast.kotori, "shopify") == [APP["client_secret"]]
        assert AuditEntry.objects.filter(verb="connection.made").count() == 1
        assert "shpat" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert "shpat_right" not in answer.content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "another"},
        {"shop": "chidori.myshopify.com"},
        {"hmac": "0" * 64},
        {"hmac": ""},
        {"code": "code-2"},
        {"extra": "1"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_it_connects_nothing_that_was_not_begun_here_and_signed_there(
    cast: Cast, wire: Wire, change: dict[str, str]
) -> None:
    browser = cast.aoi.browser()
    answer = browser.get("/shopify/callback", {**signed(back(begun(browser))), **change}, follow=True)
    assert answer.status_code == 200
    assert living(cast) is None


def test_it_takes_an_answer_once_in_time_and_in_one_session(cast: Cast, wire: Wire) -> None:
    browser, other = cast.aoi.browser(), cast.chika.browser()
    told = signed(back(begun(browser)))
    other.get("/shopify/callback", told)
    with scope.everyone():
        assert not Connection.objects.exists()
    clock.skip_to(clock.now() + timedelta(hours=2))
    browser.get("/shopify/callback", told)
    assert living(cast) is None
    told = signed(back(begun(browser)))
    browser.get("/shopify/callback", told)
    row = living(cast)
    assert row is not None
    wire.calls.clear()
    browser.get("/shopify/callback", told)
    assert wire.calls == []


def test_it_asks_for_what_shopify_can_do_and_for_nothing_of_a_mall(cast: Cast, wire: Wire) -> None:
    page = cast.aoi.browser(csrf=False).post(f"{PAGE}begin/", APP).content.decode()
    assert "お届け先を変更する" in page
    assert "発送予定日を入力する" not in page
    assert "問い合わせに返信する" not in page


def test_it_uses_the_installations_own_app_when_there_is_one(cast: Cast, wire: Wire, settings: LazySettings) -> None:
    settings.KAERU_SHOPIFY_CLIENT_ID, settings.KAERU_SHOPIFY_CLIENT_SECRET = "app-1", APP["client_secret"]
    browser = cast.aoi.browser()
    assert 'name="client_secret"' not in browser.get(PAGE).content.decode().split('id="hand')[0].split("<details")[0]
    asked = begun(browser, client_id="", client_secret="")
    browser.get("/shopify/callback", signed(back(asked)))
    row = living(cast)
    assert row is not None
    assert row.client_id == "app-1"


@pytest.mark.parametrize("account", ["kotori.example", "evil.example/kotori.myshopify.com", "", "a b"])
def test_it_leads_to_shopify_only(cast: Cast, wire: Wire, account: str) -> None:
    answer = cast.aoi.browser().post(f"{PAGE}begin/", {**APP, "account": account})
    assert answer.status_code == 422


def hand(**more: str) -> dict[str, str]:
    told = {"account": "kotori", "token": "shpat_right_and_long", "client_secret": "shpss_kotori_secret", **more}
    return {f"hand-{name}": value for name, value in told.items()}


def test_it_connects_by_a_token_that_shopify_takes(cast: Cast, wire: Wire) -> None:
    browser = cast.aoi.browser()
    answer = browser.post(f"{PAGE}token/", hand())
    assert (answer.status_code, living(cast)) == (422, None)
    wire.admin.token = "shpat_right_and_long"
    answer = browser.post(f"{PAGE}token/", hand(), follow=True)
    row = living(cast)
    assert row is not None
    assert (row.account, row.client_id) == (ACCOUNT, "")
    assert "shpat_right_and_long" not in answer.content.decode()


def test_it_lets_go(cast: Cast, wire: Wire) -> None:
    browser = cast.aoi.browser()
    browser.get("/shopify/callback", signed(back(begun(browser))))
    page = browser.get(PAGE).content.decode()
    assert "接続を解除する" in page or "Disconnect" in page
    browser.post(f"{PAGE}look/")
    browser.post(f"{PAGE}leave/")
    assert living(cast) is None
    with scope.everyone():
        assert Connection.objects.get().sealed_token is None


@pytest.mark.parametrize(
    "problem", ["token_revoked", "missing_scope", "not_public", "no_secret", "refused: Address is taken"]
)
def test_it_says_what_to_do(cast: Cast, wire: Wire, problem: str) -> None:
    browser = cast.aoi.browser()
    browser.get("/shopify/callback", signed(back(begun(browser))))
    with scope.everyone():
        Connection.objects.update(problem=problem, upkeep={"lacking": ["write_discounts"]})
    for address in (PAGE, "/settings/connections/", "/settings/changes/"):
        page: Any = browser.get(address)
        assert page.status_code == 200
        assert f">{problem}<" not in page.content.decode()


def test_it_fills_in_the_shop_that_opens_the_app(cast: Cast) -> None:
    browser = cast.aoi.browser()
    answer = browser.get("/shopify/install", {"shop": ACCOUNT, "hmac": "x"}, follow=True)
    assert f'value="{ACCOUNT}"' in answer.content.decode()
    assert browser.get("/shopify/install", {"shop": "https://evil.example"}).headers["Location"] == PAGE


@pytest.mark.parametrize("who", ["bunta", "mei"])
def test_it_is_for_those_who_keep_the_keys(cast: Cast, wire: Wire, who: str) -> None:
    browser = getattr(cast, who).browser()
    assert browser.get(PAGE).status_code == 403
    assert browser.post(f"{PAGE}begin/", APP).status_code == 403
    assert browser.get("/shopify/callback").status_code == 403
    assert browser.post(f"{PAGE}leave/").status_code == 403
