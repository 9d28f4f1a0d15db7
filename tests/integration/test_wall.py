"""A walk along the wall: every route, every method, every role. A new route is walked without anybody adding it here."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from kaeru.core import scope
from kaeru.tenants import actions as tenants
from tests.cast import Cast
from tests.integration.stage import METHODS, SECRET_WORDS, Route, Stage, fingerprint, furnish, routes

CONSOLE = routes("console", "demo")
API = routes("api")
PUBLIC = routes("public")
OPEN_API = {"api/v1/openapi.json", "api/v1/"}
"""Told to everybody: what the API looks like."""
OPEN_PUBLIC = {"brand/<slug:public_key>.css"}
"""Names a shop by its public key; shows its colour."""
NAMES_NO_ROW = {"source"}
"""Parameters that name a kind, not a row of somebody."""
ONE_CLICK = {"unsubscribe"}
"""Mail programs post here without a page token (RFC 8058)."""
REFUSED = {302, 401, 403, 404, 405}


def _id(route: Route) -> str:
    return f"/{route.path}"


def _names_a_row(route: Route) -> bool:
    return bool(set(route.parameters) - NAMES_NO_ROW)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return furnish(cast.kotori)


@pytest.fixture
def unchanged(cast: Cast, stage: Stage) -> Callable[[], bool]:
    before = fingerprint(cast.organization.id)
    return lambda: fingerprint(cast.organization.id) == before


def _ask(browser: Client, method: str, address: str, **headers: str) -> HttpResponse:
    browser.raise_request_exception = True
    return browser.generic(method, address, b"", "application/x-www-form-urlencoded", headers=headers)  # type: ignore[return-value]


def _said(response: HttpResponse) -> str:
    chunks = response.streaming_content if response.streaming else [response.content]  # type: ignore[attr-defined]
    return b"".join(chunks).decode(errors="replace")


def _assert_tells_nothing(response: HttpResponse, what: str) -> None:
    told = _said(response)
    assert not [word for word in SECRET_WORDS if word in told], f"{what} shows Kotori's data"


def test_it_walks_every_door() -> None:
    assert CONSOLE
    assert API
    assert PUBLIC
    assert {route.door for route in routes()} <= {"console", "demo", "api", "public", "hook", "probe", "account"}


# --- signed-in pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", CONSOLE, ids=_id)
def test_it_sends_strangers_at_the_door_to_the_log_in(
    route: Route, stage: Stage, unchanged: Callable[[], bool]
) -> None:
    for method in METHODS:
        response = _ask(Client(), method, route.address(stage.values))
        assert response.status_code in {302, 401, 403, 405}, f"{method} answered {response.status_code}"
        if response.status_code == 302:
            assert response.headers["Location"].startswith("/account/login/")
        _assert_tells_nothing(response, method)
    assert unchanged()


@pytest.mark.parametrize("route", CONSOLE, ids=_id)
def test_it_has_nothing_of_kotori_for_chika(
    route: Route, cast: Cast, stage: Stage, unchanged: Callable[[], bool]
) -> None:
    for method in METHODS:
        response = _ask(cast.chika.browser(), method, route.address(stage.values))
        if _names_a_row(route):  # 400: the form was looked at first; the next test says that it tells nothing
            assert response.status_code in {400, 404, 405}, f"{method} answered {response.status_code}"
        else:
            assert response.status_code < 500
        _assert_tells_nothing(response, method)
    assert unchanged()


@pytest.mark.parametrize("route", [route for route in CONSOLE if _names_a_row(route)], ids=_id)
def test_it_answers_chika_exactly_as_if_there_were_no_such_row(route: Route, cast: Cast, stage: Stage) -> None:
    nowhere = {name: 7 if isinstance(value, int) else "nowhere" for name, value in stage.values.items()}
    for method in METHODS:
        there, not_there = (
            _ask(cast.chika.browser(), method, route.address(values)) for values in (stage.values, nowhere)
        )
        assert there.status_code == not_there.status_code
        assert _said(there) == _said(not_there)


@pytest.mark.parametrize("route", CONSOLE, ids=_id)
def test_it_opens_for_the_owner(route: Route, cast: Cast, stage: Stage) -> None:
    """Otherwise Chika's 404 above would prove nothing."""
    methods = getattr(route.view, "methods", ("GET",))
    for method in methods:
        response = _ask(cast.aoi.browser(), method, route.address(stage.values))
        expected = {200, 302, 303, 400, 409, 422} | ({404} if route.path.startswith("demo/") else set())
        assert response.status_code in expected, f"{method} answered {response.status_code}"


@pytest.mark.parametrize("route", [route for route in CONSOLE if "POST" in getattr(route.view, "methods", ())], ids=_id)
def test_it_lets_a_viewer_change_nothing(route: Route, cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    response = _ask(cast.mei.browser(), "POST", route.address(stage.values))
    assert response.status_code in {403, 404}
    assert unchanged()


@pytest.mark.parametrize("route", [route for route in CONSOLE if "POST" in getattr(route.view, "methods", ())], ids=_id)
def test_it_refuses_a_form_without_its_page_token(
    route: Route, cast: Cast, stage: Stage, unchanged: Callable[[], bool]
) -> None:
    assert _ask(cast.aoi.browser(csrf=True), "POST", route.address(stage.values)).status_code == 403
    assert unchanged()


@pytest.mark.parametrize("route", CONSOLE, ids=_id)
def test_it_changes_nothing_by_looking(route: Route, cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    for method in ("GET", "HEAD"):
        _ask(cast.aoi.browser(), method, route.address(stage.values))
    assert unchanged()


@pytest.mark.parametrize("route", CONSOLE, ids=_id)
def test_it_speaks_both_languages(route: Route, cast: Cast, stage: Stage) -> None:
    if "GET" not in getattr(route.view, "methods", ("GET",)):
        return
    for language in ("ja", "en"):
        browser = cast.aoi.browser()
        response = browser.get(route.address(stage.values), {"lang": language})
        if response.status_code == 200:
            assert response.headers["Content-Language"] == language


def test_it_names_a_permission_for_every_page() -> None:
    bare = [route.path for route in CONSOLE if not hasattr(route.view, "permission")]
    assert bare == [], "every page of the console goes through @page(permission)"


# --- the API ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", [route for route in API if route.path not in OPEN_API], ids=_id)
def test_it_asks_for_a_key(route: Route, stage: Stage, unchanged: Callable[[], bool]) -> None:
    for method in METHODS:
        for headers in ({}, {"Authorization": "Bearer kaeru_wrong"}, {"Authorization": "Basic YTpi"}):
            response = _ask(Client(), method, route.address(stage.values), **headers)
            assert response.status_code in {401, 405}, f"{method} answered {response.status_code}"
            _assert_tells_nothing(response, method)
    assert unchanged()


@pytest.mark.parametrize("route", [route for route in API if route.path not in OPEN_API], ids=_id)
def test_it_has_nothing_of_kotori_for_chikas_key(
    route: Route, cast: Cast, stage: Stage, unchanged: Callable[[], bool]
) -> None:
    with scope.organization(cast.other_organization.id):
        _, key = tenants.create_api_key(cast.other_shop, "theirs", ["read", "write"], actor="test")
    for method in METHODS:
        response = _ask(Client(), method, route.address(stage.values), Authorization=f"Bearer {key}")
        assert response.status_code < 500
        if _names_a_row(route):
            assert response.status_code >= 400, f"{method} answered {response.status_code}"
            if method == "GET":
                assert response.status_code in {404, 405}
        _assert_tells_nothing(response, method)
    assert unchanged()


@pytest.mark.parametrize("route", [route for route in API if _names_a_row(route)], ids=_id)
def test_it_shows_kotori_its_own_rows(route: Route, stage: Stage) -> None:
    response = _ask(Client(), "GET", route.address(stage.values), Authorization=f"Bearer {stage.api_key}")
    assert response.status_code in {200, 405}


@pytest.mark.parametrize("route", [route for route in API if route.path not in OPEN_API], ids=_id)
def test_it_closes_with_a_revoked_key(route: Route, cast: Cast, stage: Stage) -> None:
    with scope.organization(cast.organization.id):
        tenants.revoke_api_key(stage.values["key_id"], actor="test")
    response = _ask(Client(), "GET", route.address(stage.values), Authorization=f"Bearer {stage.api_key}")
    assert response.status_code in {401, 405}


# --- public pages behind links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", [route for route in PUBLIC if route.path not in OPEN_PUBLIC], ids=_id)
def test_it_opens_with_its_own_link_only(route: Route, cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    others = [token for purpose, token in stage.tokens.items() if purpose != route.name]
    for method in METHODS:
        for wrong in [*others, "A" * 32, "x"]:
            response = _ask(Client(), method, route.address({"token": wrong}))
            assert response.status_code in {404, 405}
            _assert_tells_nothing(response, method)
    assert unchanged()


@pytest.mark.parametrize("route", [route for route in PUBLIC if route.path not in OPEN_PUBLIC], ids=_id)
def test_it_opens_for_the_customer_and_changes_nothing_by_looking(
    route: Route, cast: Cast, stage: Stage, unchanged: Callable[[], bool]
) -> None:
    for method in ("GET", "HEAD"):
        response = _ask(Client(), method, route.address({"token": stage.tokens[route.name]}))
        assert response.status_code in {200, 302}
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "no-store" in response.headers["Cache-Control"]
    assert unchanged()


@pytest.mark.parametrize("route", [route for route in PUBLIC if route.path not in OPEN_PUBLIC], ids=_id)
def test_it_refuses_a_public_form_without_its_page_token(
    route: Route, cast: Cast, stage: Stage, unchanged: Callable[[], bool]
) -> None:
    if route.name in ONE_CLICK:
        return
    response = _ask(Client(enforce_csrf_checks=True), "POST", route.address({"token": stage.tokens[route.name]}))
    assert response.status_code in {403, 405}
    assert unchanged()


# --- webhooks and probes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["webhook", "shopify", "nonsense"])
def test_it_takes_no_delivery_without_a_signature(
    source: str, cast: Cast, stage: Stage, unchanged: Callable[[], bool]
) -> None:
    for key in (cast.kotori.public_key, "nobody"):
        for method in METHODS:
            response = _ask(Client(), method, f"/hooks/{source}/{key}")
            assert response.status_code in {400, 401, 404, 405}, f"{method} answered {response.status_code}"
    assert unchanged()


def test_it_shows_figures_to_this_machine_only(settings: Settings, stage: Stage) -> None:
    settings.KAERU_METRICS_TOKEN = "figures"
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert Client().get("/metrics", **far).status_code in REFUSED
    assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}, **far).status_code in REFUSED
    assert Client().get("/metrics", headers={"Authorization": "Bearer figures"}, **far).status_code == 200
    _assert_tells_nothing(Client().get("/metrics", headers={"Authorization": "Bearer figures"}), "metrics")
