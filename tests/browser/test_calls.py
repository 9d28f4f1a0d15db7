"""The call list on a telephone and on a desk: dial, read, tell; with and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.house import House
from tests.browser.test_console import is_well_built
from tests.browser.test_main_job import sign_in

WORDS = {
    "ja": {
        "calls": "電話",
        "order": "再注文の返事をもらった",
        "nobody": "つながらなかった",
        "promise": "この時刻にかけ直す",
        "noted": "記録しました",
        "done": "終わった電話",
        "late": "約束を",
        "close": "電話を閉じる",
        "yours": "あなたの担当",
        "call_to_make": re.compile(r"かける電話が\d+件あります"),
    },
    "en": {
        "calls": "Calls",
        "order": "Will order again",
        "nobody": "Nobody answered",
        "promise": "Promise to call then",
        "noted": "Noted",
        "done": "Done",
        "late": "promise overdue",
        "close": "Close the call",
        "yours": "yours",
        "call_to_make": re.compile(r"\d+ calls? to make"),
    },
}


@pytest.fixture(scope="module")
def calls(house: House) -> House:
    """The demo with some calls to make."""
    for _ in range(2):
        house.run("tests.browser.call_seed")
    return house


def call_list(open_page: OpenPage, screen: str, language: str, **context: object) -> Page:
    """The list, signed in."""
    page = open_page("/account/login/", screen=screen, language=language, **context)
    sign_in(page)
    page.goto("/calls/")
    return page


def test_it_shows_what_to_call_next(calls: House, open_page: OpenPage, each_screen: str, each_language: str) -> None:
    words = WORDS[each_language]
    page = call_list(open_page, each_screen, each_language)
    expect(page.get_by_role("heading", level=1)).to_have_text(str(words["calls"]))
    first = page.locator(".call").first
    expect(first.locator(".badge.bad")).to_contain_text(str(words["late"]))
    expect(first.locator("a[href^='tel:+81']")).to_be_visible()
    is_well_built(page)
    first.locator("a.who").click()
    expect(page.locator(".dialling a[href^='tel:+81']")).to_be_in_viewport()
    expect(page.locator(".script").first).not_to_contain_text("{{")
    is_well_built(page)
    page.goto("/")
    expect(page.locator("a.row").filter(has_text=words["call_to_make"])).to_be_visible()  # type: ignore[arg-type]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_it_is_told_with_one_tap(calls: House, open_page: OpenPage, each_language: str, scripts: bool) -> None:
    words = WORDS[each_language]
    page = call_list(open_page, "phone", each_language, java_script_enabled=scripts)
    card = page.locator(".call:has(a[href^='tel:'])").first
    number = card.get_attribute("id")
    card.locator("a.who").click()
    page.locator("#note").fill("明日の午後に注文するとのこと")
    page.get_by_role("button", name=str(words["order"])).click()
    expect(page.locator(".toasts")).to_contain_text(str(words["noted"]))
    expect(page.locator(f"#{number}")).to_have_count(0)
    page.get_by_role("link", name=str(words["done"])).click()
    page.locator("a.row").first.click()
    expect(page.locator(".note")).to_have_text("明日の午後に注文するとのこと")


def test_it_comes_back_when_promised(calls: House, open_page: OpenPage) -> None:
    page = call_list(open_page, "phone", "ja")
    card = page.locator(".call:has(a[href^='tel:'])").first
    number = card.get_attribute("id")
    card.locator("a.who").click()
    page.locator("input[value=hour]").check()
    page.get_by_role("button", name="この時刻にかけ直す").click()
    back = page.locator(f"section #{number}")
    expect(back).to_contain_text("あとで電話")
    expect(back).to_contain_text("あなたの担当")
    is_well_built(page)


def test_it_is_taken_by_dialling(calls: House, open_page: OpenPage) -> None:
    page = call_list(open_page, "phone", "en")
    page.evaluate(
        "addEventListener('click', event => event.target.closest('a[href^=tel]') && event.preventDefault(), true)"
    )
    card = page.locator(".call:has(form[hx-post]) ").first
    number = card.get_attribute("id")
    with page.expect_response(lambda answer: answer.url.endswith("/take/")) as taken:
        card.locator("a[href^='tel:']").click()
    assert taken.value.status == 204
    page.reload()
    expect(page.locator(f"#{number}").get_by_text("yours", exact=True)).to_be_visible()


def test_it_closes_what_nobody_can_call(calls: House, open_page: OpenPage, each_language: str) -> None:
    page = call_list(open_page, "phone", each_language)
    page.locator(".call:has(.blocked) a.who").first.click()
    expect(page.locator("a[href^='tel:']")).to_have_count(0)
    is_well_built(page)
    page.get_by_role("button", name=str(WORDS[each_language]["close"])).click()
    expect(page.locator(".toasts")).to_contain_text(str(WORDS[each_language]["noted"]))
