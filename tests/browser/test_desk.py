"""The desk on a telephone and on a wide screen: by keyboard, by thumb, and without scripts."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.house import House
from tests.browser.test_console import is_well_built
from tests.browser.test_main_job import sign_in

WORDS = {
    "ja": {"desk": "受付", "decline": "断って送る", "take_back": "元に戻す", "back": "元に戻しました", "clock": "締め"},
    "en": {
        "desk": "Desk",
        "decline": "Decline and send",
        "take_back": "Take it back",
        "back": "Taken back",
        "clock": "cut-off",
    },
}
DECIDE = re.compile(r"/decide/$")
PROPOSAL = re.compile("提案|Proposed")


@pytest.fixture(scope="module")
def desk(house: House) -> House:
    """The demo with cases of several clocks."""
    house.run("tests.browser.desk_seed")
    return house


def at_desk(open_page: OpenPage, screen: str, language: str, **context: object) -> Page:
    """The queue, signed in."""
    page = open_page("/account/login/", screen=screen, language=language, **context)
    sign_in(page)
    page.goto("/desk/")
    return page


def test_it_shows_whose_waiting_costs_first(
    desk: House, open_page: OpenPage, each_screen: str, each_language: str
) -> None:
    words = WORDS[each_language]
    page = at_desk(open_page, each_screen, each_language)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["desk"])
    first = page.locator("a.case").first
    expect(first.locator(".when.bad")).to_contain_text(words["clock"])
    expect(first.locator(".badge")).to_contain_text(PROPOSAL)
    is_well_built(page)
    first.click()
    expect(page.locator(".mailed").first).to_be_visible()
    expect(page.locator(".mailed").first).not_to_contain_text("{{")
    is_well_built(page)
    page.goto("/desk/shortages/")
    is_well_built(page)
    page.locator("a.row").filter(has=page.locator(".title")).last.click()
    is_well_built(page)


def test_it_is_driven_by_keys(desk: House, open_page: OpenPage, each_language: str) -> None:
    words = WORDS[each_language]
    page = at_desk(open_page, "wide", each_language)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("a.case").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/\d+/"))
    page.keyboard.press("s")
    expect(page.locator("#deed-substitute")).to_have_attribute("open", "")
    page.locator("h1").click()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("d")
    expect(page.locator("#deed-decline")).to_have_attribute("open", "")
    expect(page.locator("#ground")).to_be_focused()
    with page.expect_response(DECIDE):
        page.select_option("#ground", "shipped")
    expect(page.locator("#form-decline .mailed")).to_contain_text(re.compile("発送しているため|already been shipped"))
    decided = page.url
    page.locator("#form-decline [data-send]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"undo="))
    expect(page.get_by_role("button", name=words["take_back"])).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator(".toasts")).to_contain_text(words["back"])
    assert page.url.split("?")[0] == decided.split("?")[0]


def test_it_decides_without_scripts_on_a_phone(desk: House, open_page: OpenPage) -> None:
    page = at_desk(open_page, "phone", "ja", java_script_enabled=False)
    page.locator("a.case").filter(has_text="提案").first.click()
    number = page.url
    page.locator("#deed-decline > summary").click()
    page.select_option("#ground", "too_late")
    page.locator("#form-decline button[value=preview]").click()
    expect(page.locator("#form-decline .mailed")).to_contain_text("お時間が経っている")
    page.get_by_role("button", name=WORDS["ja"]["decline"]).click()
    expect(page.locator(".undo")).to_be_visible()
    assert page.url.split("?")[0] != number


def test_it_leaves_the_hand_where_it_is_while_the_letter_is_written_anew(desk: House, open_page: OpenPage) -> None:
    page = at_desk(open_page, "wide", "ja")
    page.locator("a.case").filter(has_text="提案").first.click()
    page.locator("#deed-decline > summary").click()
    asked: list[Route] = []
    page.route(DECIDE, lambda route: asked.append(route))  # a function of its own: Playwright marks it
    with page.expect_request(DECIDE):
        page.select_option("#ground", "too_late")
    page.locator("#form-decline [data-send]").focus()
    with page.expect_response(DECIDE):
        asked[0].continue_()
    expect(page.locator("#form-decline .mailed")).to_contain_text("お時間が経っている")
    expect(page.locator("#form-decline [data-send]")).to_be_focused()
