"""What every answer carries: headers that no view may forget, the reader's language, and failures in plain words."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from kaeru.core import failures
from kaeru.core.headers import POLICY, SecurityHeaders
from tests.cast import Cast

PAGES = [
    "/account/login/",
    "/nowhere/",
    "/healthz",
    "/api/v1/openapi.json",
    "/api/v1/shop",
    "/c/wrong",
    "/hooks/webhook/nobody",
]


@pytest.mark.parametrize("path", PAGES)
def test_it_carries_the_policy_everywhere(path: str) -> None:
    answer = Client().get(path)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.get("X-Frame-Options", "DENY") == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_allows_no_inline_script_or_style() -> None:
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY


def test_it_lets_a_view_keep_a_stricter_policy() -> None:
    def preview(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    assert (
        SecurityHeaders(preview)(RequestFactory().get("/")).headers["Content-Security-Policy"] == "default-src 'none'"
    )


def test_it_speaks_japanese_until_somebody_switches() -> None:
    browser = Client()
    assert browser.get("/account/login/").headers["Content-Language"] == "ja"
    assert browser.get("/account/login/", {"lang": "en"}).headers["Content-Language"] == "en"
    assert browser.get("/account/login/").headers["Content-Language"] == "en"
    assert browser.get("/account/login/", {"lang": "ja"}).headers["Content-Language"] == "ja"
    assert browser.get("/account/login/").headers["Content-Language"] == "ja"


@pytest.mark.parametrize("asked", ["fr", "", "ja-JP", "../../etc", "EN", "x" * 5000])
def test_it_ignores_languages_it_does_not_speak(asked: str) -> None:
    browser = Client()
    answer = browser.get("/account/login/", {"lang": asked})
    assert answer.headers["Content-Language"] == "ja"
    assert "kaeru_language" not in answer.cookies


def test_it_keeps_the_switch_for_a_year_and_from_scripts() -> None:
    cookie = Client().get("/account/login/", {"lang": "en"}).cookies["kaeru_language"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (31_536_000, True, "Lax")


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "このページは見つかりません"), ("en", "There is nothing at this address")]
)
def test_it_says_in_plain_words_that_there_is_nothing(language: str, words: str) -> None:
    answer = Client().get("/nowhere/", {"lang": language})
    assert answer.status_code == 404
    assert words in answer.content.decode()


def test_it_answers_machines_in_json() -> None:
    answer = Client().get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (failures.bad_request, 400),
        (failures.forbidden, 403),
        (failures.csrf, 403),
        (failures.not_found, 404),
        (failures.server_error, 500),
    ],
)
def test_it_has_a_page_and_a_document_for_each_failure(view: object, status: int) -> None:
    assert callable(view)
    page, document = view(RequestFactory().get("/somewhere/")), view(RequestFactory().get("/api/v1/shop"))
    assert page.status_code == document.status_code == status
    assert "text/html" in page.headers["Content-Type"]
    assert "application/json" in document.headers["Content-Type"]


def test_it_shows_no_traceback(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("geheim")

    monkeypatch.setattr("kaeru.console.doors._visit", broken)
    browser = cast.aoi.browser()
    browser.raise_request_exception = False
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "geheim" not in answer.content.decode()
    assert "<h1" in answer.content.decode()


def test_it_logs_in_and_out_by_form_only(cast: Cast) -> None:
    cast.aoi.member.user.set_password("kotori-no-uta-3")
    cast.aoi.member.user.save()
    browser = Client()
    wrong = browser.post("/account/login/", {"login": "aoi@example.com", "password": "wrong"})
    assert wrong.status_code in (200, 422)
    assert browser.get("/").status_code == 302
    right = browser.post("/account/login/", {"login": "aoi@example.com", "password": "kotori-no-uta-3"})
    assert right.status_code == 302
    assert browser.get("/").status_code == 200
    browser.get("/account/logout/")
    assert browser.get("/").status_code == 200, "a GET must not log anybody out"
    browser.post("/account/logout/")
    assert browser.get("/").status_code == 302


def test_it_lets_nobody_sign_up(cast: Cast) -> None:
    form = {"email": "new@example.com", "password1": "kotori-no-uta-3", "password2": "kotori-no-uta-3"}
    Client().post("/account/signup/", form)
    from kaeru.tenants.models import User

    assert not User.objects.filter(email="new@example.com").exists()


def test_it_slows_down_who_guesses_passwords(cast: Cast) -> None:
    browser = Client()
    answers = [
        browser.post("/account/login/", {"login": "aoi@example.com", "password": f"guess-{n}"}) for n in range(12)
    ]
    said = answers[-1].content.decode()
    assert answers[-1].status_code == 429 or said != answers[0].content.decode(), (
        "the twelfth guess is answered like the first"
    )


def test_it_sends_old_members_away_at_once(cast: Cast) -> None:
    browser = cast.aoi.browser()
    assert browser.get("/").status_code == 200
    cast.aoi.member.user.is_active = False
    cast.aoi.member.user.save()
    assert browser.get("/").status_code == 302
