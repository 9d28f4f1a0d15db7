"""A walk along the wall: every route, every method, every role. A new route is walked without anybody adding it here.

Each test walks the whole URL table and lists what it found wrong; Kotori's rows are hashed before and after.
"""

from collections.abc import Callable, Iterable

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from kaeru.core import scope
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import Shop, ShopKind
from tests.cast import Cast
from tests.integration.stage import METHODS, SECRET_WORDS, Route, Stage, fingerprint, furnish, routes

OPEN_API = {"api/v1/openapi.json", "api/v1/"}
"""Told to everybody: what the API looks like."""
OPEN_PUBLIC = {
    "brand/<slug:public_key>.css", "brand/<slug:public_key>/<str:tag>", "o/<slug:public_key>/<str:token>",
    "b/<slug:public_key>/", "liff/<slug:public_key>/", "line/link/<str:token>/", "ical/<slug:token>.ics", "f/<slug:token>",
}  # fmt: skip
"""Names a shop by its public key: its colours and logo, its menu and free times; and doors with keys of another kind: links that the
shop signs, LINE's word who it is, a calendar's feed, an offer of a freed time (tests of their own)."""
NAMES_NO_ROW = {"source", "mall", "month", "name"}
"""Parameters that name a kind, not a row of somebody."""
ABOUT_ONESELF = {"move"}
"""What everybody may choose for themselves: in which of their own organizations they are. Changes no row."""
ONE_CLICK = {"unsubscribe"}
"""Mail programs post here without a page token (RFC 8058)."""

CONSOLE = routes("console", "demo")
API = [route for route in routes("api") if route.path not in OPEN_API]
PUBLIC = [route for route in routes("public") if route.path not in OPEN_PUBLIC]
FORMS = [route for route in CONSOLE if "POST" in getattr(route.view, "methods", ())]


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
    return browser.generic(method, address, b"", "application/x-www-form-urlencoded", headers=headers)  # type: ignore[return-value]


def _said(response: HttpResponse) -> str:
    chunks = response.streaming_content if response.streaming else [response.content]  # type: ignore[attr-defined]
    return b"".join(chunks).decode(errors="replace")


class Walk:
    """Goes along the routes and notes what is wrong."""

    def __init__(self, ways: Iterable[Route], methods: Iterable[str] = METHODS) -> None:
        self.steps = [(route, method) for route in ways for method in methods]
        self.wrong: list[str] = []
        assert self.steps

    def note(self, route: Route, method: str, response: HttpResponse, *allowed: int) -> None:
        """The answer must be one of the allowed ones, and must hold nothing of Kotori's."""
        here = f"{method} /{route.path}"
        if response.status_code not in allowed:
            self.wrong.append(f"{here} answered {response.status_code}, not one of {allowed}")
        leaked = [word for word in SECRET_WORDS if word in _said(response)]
        if leaked:
            self.wrong.append(f"{here} shows Kotori's {leaked}")

    def found(self) -> str:
        """All that is wrong, a line each; empty is right."""
        return "\n".join(self.wrong)


# --- signed-in pages ---------------------------------------------------------------------------------------------------


def test_it_sends_everybody_to_the_log_in(stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, nobody = Walk(CONSOLE), Client()
    for route, method in walk.steps:
        response = _ask(nobody, method, route.address(stage.values))
        walk.note(route, method, response, 302, 401, 403, 405)
        if response.status_code == 302 and not response.headers["Location"].startswith("/account/login/"):
            walk.wrong.append(f"{method} /{route.path} leads to {response.headers['Location']}")
    assert walk.found() == ""
    assert unchanged()


def test_it_has_nothing_of_kotori_for_chika(cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, chika = Walk(CONSOLE), cast.chika.browser()
    for route, method in walk.steps:
        response = _ask(chika, method, route.address(stage.values))
        # 400: the form was looked at before the row; the next test says that the answer tells nothing.
        allowed = (400, 404, 405) if _names_a_row(route) else tuple(range(200, 500))
        walk.note(route, method, response, *allowed)
    assert walk.found() == ""
    assert unchanged()


def test_it_answers_chika_exactly_as_if_there_were_no_such_row(cast: Cast, stage: Stage) -> None:
    walk, chika = Walk(filter(_names_a_row, CONSOLE)), cast.chika.browser()
    nowhere = {name: 7 if isinstance(value, int) else "nowhere" for name, value in stage.values.items()}
    for route, method in walk.steps:
        there, not_there = (_ask(chika, method, route.address(values)) for values in (stage.values, nowhere))
        if (there.status_code, _said(there)) != (not_there.status_code, _said(not_there)):
            walk.wrong.append(f"{method} /{route.path} tells whether the row exists")
    assert walk.found() == ""


def test_it_opens_for_the_owner(cast: Cast, stage: Stage) -> None:
    """Otherwise Chika's 404 above would prove nothing. Each step is taken back, so that the next finds everything as it was."""
    walk, aoi = Walk(CONSOLE), cast.aoi.browser()
    walk.steps = [(route, method) for route in CONSOLE for method in getattr(route.view, "methods", ("GET",))]
    for route, method in walk.steps:
        expected = {200, 302, 303, 400, 409, 422} | ({404} if route.door == "demo" else set())
        with transaction.atomic():
            response = _ask(aoi, method, route.address(stage.values))
            if response.status_code == 404:  # a page about salons
                with scope.organization(cast.organization.id):
                    Shop.objects.filter(id=cast.kotori.id).update(kind=ShopKind.SALON)
                response = _ask(aoi, method, route.address(stage.values))
            transaction.set_rollback(True)
        if response.status_code not in expected:
            walk.wrong.append(f"{method} /{route.path} answered {response.status_code} to the owner")
    assert walk.found() == ""


def test_it_lets_a_viewer_change_nothing(cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, mei = Walk(FORMS, ["POST"]), cast.mei.browser()
    for route, method in walk.steps:
        response = _ask(mei, method, route.address(stage.values))
        if response.status_code not in (403, 404) and route.name not in ABOUT_ONESELF:
            walk.wrong.append(f"{method} /{route.path} answered {response.status_code} to a viewer")
    assert walk.found() == ""
    assert unchanged()


def test_it_masks_people_for_a_viewer(cast: Cast, stage: Stage) -> None:
    walk, mei = Walk(CONSOLE, ["GET"]), cast.mei.browser()
    for route, method in walk.steps:
        said = _said(_ask(mei, method, route.address(stage.values)))
        if any(word in said for word in ("秘田 密子", "himitsu@example.com")):
            walk.wrong.append(f"{method} /{route.path} shows a customer's name or address to a viewer")
    assert walk.found() == ""


def test_it_refuses_a_form_without_its_page_token(cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, aoi = Walk(FORMS, ["POST"]), cast.aoi.browser(csrf=True)
    for route, method in walk.steps:
        if _ask(aoi, method, route.address(stage.values)).status_code != 403:
            walk.wrong.append(f"{method} /{route.path} took a form without a token")
    assert walk.found() == ""
    assert unchanged()


def test_it_changes_nothing_by_looking(cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, aoi = Walk(CONSOLE, ["GET", "HEAD"]), cast.aoi.browser()
    for route, method in walk.steps:
        _ask(aoi, method, route.address(stage.values))
    assert unchanged()


def test_it_speaks_both_languages(cast: Cast, stage: Stage) -> None:
    walk = Walk(CONSOLE, ["GET"])
    for language in ("ja", "en"):
        aoi = cast.aoi.browser()
        aoi.cookies["kaeru_language"] = language
        for route, method in walk.steps:
            response = _ask(aoi, method, route.address(stage.values))
            if response.status_code == 200 and response.headers["Content-Language"] != language:
                walk.wrong.append(f"{method} /{route.path} does not answer in {language}")
    assert walk.found() == ""


def test_it_names_a_permission_for_every_page() -> None:
    bare = [route.path for route in CONSOLE if not hasattr(route.view, "permission")]
    assert bare == [], "every page of the console goes through @page(permission)"


# --- the API ----------------------------------------------------------------------------------------------------------


def test_it_asks_for_a_key(stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, nobody = Walk(API), Client()
    for route, method in walk.steps:
        for headers in ({}, {"Authorization": "Bearer kaeru_wrong"}, {"Authorization": "Basic YTpi"}):
            walk.note(route, method, _ask(nobody, method, route.address(stage.values), **headers), 401, 405)
    assert walk.found() == ""
    assert unchanged()


def test_it_has_nothing_of_kotori_for_chikas_key(cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    with scope.organization(cast.other_organization.id):
        _, key = tenants.create_api_key(cast.other_shop, "theirs", ["read", "write"], actor="test")
    walk, system = Walk(API), Client()
    for route, method in walk.steps:
        allowed = tuple(range(200, 500))
        if _names_a_row(route):
            allowed = (404, 405) if method == "GET" else tuple(range(400, 500))
        response = _ask(system, method, route.address(stage.values), Authorization=f"Bearer {key}")
        walk.note(route, method, response, *allowed)
    assert walk.found() == ""
    assert unchanged()


def test_it_shows_kotori_its_own_rows(stage: Stage) -> None:
    walk, system = Walk(filter(_names_a_row, API), ["GET"]), Client()
    for route, method in walk.steps:
        response = _ask(system, method, route.address(stage.values), Authorization=f"Bearer {stage.api_key}")
        if response.status_code not in (200, 405):
            walk.wrong.append(f"{method} /{route.path} answered {response.status_code} to its own shop")
    assert walk.found() == ""


def test_it_lets_a_reading_key_write_nothing(cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    with scope.organization(cast.organization.id):
        _, key = tenants.create_api_key(cast.kotori, "reports", ["read"], actor="test")
    before = fingerprint(cast.organization.id)
    walk, system = Walk(API, ["POST", "PUT", "PATCH", "DELETE"]), Client()
    for route, method in walk.steps:
        response = _ask(system, method, route.address(stage.values), Authorization=f"Bearer {key}")
        if response.status_code not in (403, 405):
            walk.wrong.append(f"{method} /{route.path} answered {response.status_code} to a reading key")
    assert walk.found() == ""
    assert fingerprint(cast.organization.id) == before


def test_it_closes_with_a_revoked_key(cast: Cast, stage: Stage) -> None:
    with scope.organization(cast.organization.id):
        tenants.revoke_api_key(stage.values["key_id"], actor="test")
    walk, system = Walk(API), Client()
    for route, method in walk.steps:
        walk.note(
            route,
            method,
            _ask(system, method, route.address(stage.values), Authorization=f"Bearer {stage.api_key}"),
            401,
            405,
        )
    assert walk.found() == ""


# --- public pages behind links -----------------------------------------------------------------------------------------


def test_it_opens_with_its_own_link_only(stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, nobody = Walk(PUBLIC), Client()
    for route, method in walk.steps:
        others = [token for purpose, token in stage.tokens.items() if purpose != route.name]
        for wrong in [*others, "A" * 32, "x"]:
            walk.note(route, method, _ask(nobody, method, route.address({"token": wrong})), 404, 405)
    assert walk.found() == ""
    assert unchanged()


def test_it_opens_for_the_customer_and_changes_nothing_by_looking(stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, customer = Walk(PUBLIC, ["GET", "HEAD"]), Client()
    for route, method in walk.steps:
        response = _ask(customer, method, route.address({"token": stage.tokens[route.name]}))
        kept_quiet = "noindex" in response.headers["X-Robots-Tag"] and "no-store" in response.headers["Cache-Control"]
        if response.status_code not in (200, 302) or not kept_quiet:
            walk.wrong.append(f"{method} /{route.path} answered {response.status_code} {dict(response.headers)}")
    assert walk.found() == ""
    assert unchanged()


def test_it_refuses_a_public_form_without_its_page_token(stage: Stage, unchanged: Callable[[], bool]) -> None:
    walk, customer = (
        Walk([route for route in PUBLIC if route.name not in ONE_CLICK], ["POST"]),
        Client(enforce_csrf_checks=True),
    )
    for route, method in walk.steps:
        if _ask(customer, method, route.address({"token": stage.tokens[route.name]})).status_code not in (403, 405):
            walk.wrong.append(f"{method} /{route.path} took a form without a token")
    assert walk.found() == ""
    assert unchanged()


# --- webhooks and probes -----------------------------------------------------------------------------------------------


def test_it_takes_no_delivery_without_a_signature(cast: Cast, stage: Stage, unchanged: Callable[[], bool]) -> None:
    nobody = Client()
    for source in ("webhook", "shopify", "nonsense"):
        for key in (cast.kotori.public_key, "nobody"):
            for method in METHODS:
                response = _ask(nobody, method, f"/hooks/{source}/{key}")
                assert response.status_code in {400, 401, 404, 405}, (
                    f"{method} {source} answered {response.status_code}"
                )
    assert unchanged()


def test_it_shows_figures_to_this_machine_only(settings: Settings, stage: Stage) -> None:
    settings.KAERU_METRICS_TOKEN = "figures"
    far = Client(REMOTE_ADDR="203.0.113.9")
    assert _ask(far, "GET", "/metrics").status_code in (401, 403, 404)
    assert _ask(far, "GET", "/metrics", Authorization="Bearer wrong").status_code in (401, 403, 404)
    shown = _ask(far, "GET", "/metrics", Authorization="Bearer figures")
    assert shown.status_code == 200
    assert not [word for word in SECRET_WORDS if word in _said(shown)]


def test_it_knows_every_door() -> None:
    assert {route.door for route in routes()} <= {"console", "demo", "api", "public", "hook", "probe", "account"}
