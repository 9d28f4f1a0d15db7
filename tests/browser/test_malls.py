"""Shops on a mall in a real browser: where they stand, the desk with the mall's clocks, what will be late, what causes it, the settings."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.house import House
from tests.browser.test_console import is_well_built
from tests.browser.test_main_job import sign_in

WORDS = {
    "ja": {
        "uncounted": "までに決めると、件数に入りません",
        "told": "Qoo10に伝える理由",
        "refuse": "モールの画面で断る",
        "refused": "モールでお断りしました",
        "screen": "QSMを開く",
        "check": "文面を確かめる",
        "fine": "ガードからの指摘はありません",
        "bad": "この返信は送れません",
        "card": "カード番号と暗証番号をご返信ください。",
        "reply": "お届け先の変更を承りました。",
    },
    "en": {
        "uncounted": "settle before",
        "told": "Reason that Qoo10 is told",
        "refuse": "Decline on the mall's screen",
        "refused": "It is refused on the mall",
        "screen": "Open QSM",
        "check": "Check the words",
        "fine": "The guard has nothing against these words",
        "bad": "This reply cannot be sent",
        "card": "ご返信でカード番号と暗証番号をお知らせください。",
        "reply": "お届け先の変更を承りました。",
    },
}
PAGES = [
    *(f"/standing/?shop={slug}" for slug in ("mitsubachi", "hidamari", "tsubame", "kotori")),
    *(f"/late/?shop={slug}" for slug in ("hidamari", "tsubame")),
    "/standing/findings/?shop=hidamari",
    "/settings/malls/?shop=hidamari",
    "/settings/desk/?shop=hidamari",
]  # fmt: skip


def signed_in(open_page: OpenPage, screen: str, language: str, **context: object) -> Page:
    """Anywhere in the console."""
    page = open_page("/account/login/", screen=screen, language=language, **context)
    sign_in(page)
    return page


def test_it_reads_well_on_every_screen(open_page: OpenPage, each_screen: str, each_language: str) -> None:
    page = signed_in(open_page, each_screen, each_language)
    for place in PAGES:
        page.goto(place)
        expect(page.locator("html")).to_have_attribute("lang", each_language)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        is_well_built(page)


@pytest.mark.parametrize(("screen", "language"), [("phone", "ja"), ("wide", "en")])
def test_it_says_until_when_a_request_does_not_count(
    house: House, open_page: OpenPage, screen: str, language: str
) -> None:
    house.run("tests.browser.mall_seed")  # the demo's own requests are as old as what other tests have skipped
    words = WORDS[language]
    page = signed_in(open_page, screen, language)
    page.goto("/desk/?show=all&kind=decide")
    is_well_built(page)
    row = page.locator("a.case").filter(has_text=words["uncounted"]).last
    expect(row.locator(".when")).to_contain_text(re.compile(r"\d+:\d\d"))
    page.locator("details", has_text="Qoo10").last.locator("summary").click()
    expect(page.locator("main")).to_contain_text("noetenbai.com")
    row.click()
    expect(page.get_by_label(words["told"])).to_be_visible()
    expect(page.locator(".mall-clocks .running").first).to_contain_text(words["uncounted"])
    expect(page.locator(".what-if")).to_be_visible()
    is_well_built(page)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_it_refuses_on_the_malls_own_screen(open_page: OpenPage, scripts: bool) -> None:
    language = "ja" if scripts else "en"
    words = WORDS[language]
    page = signed_in(open_page, "phone", language, java_script_enabled=scripts)
    page.goto("/desk/?show=all&kind=decide")
    page.locator("a.case").filter(has_text="Qoo10").last.click()
    page.locator("#deed-decline > summary").click()
    page.select_option("#ground", "other")
    page.get_by_role("button", name=words["refuse"]).click()
    expect(page.get_by_role("button", name=words["refused"])).to_be_visible()
    link = page.get_by_role("link", name=words["screen"])
    expect(link).to_have_attribute("href", re.compile(r"^https://qsm\.qoo10\.jp/"))
    expect(page.locator(".mailed")).not_to_contain_text("{{")
    is_well_built(page)
    page.get_by_role("button", name=words["refused"]).click()
    page.wait_for_load_state()
    is_well_built(page)


def test_it_checks_a_reply_before_it_is_sent(
    open_page: OpenPage, watch: Watch, each_screen: str, each_language: str
) -> None:
    words = WORDS[each_language]
    watch.expected.append("status of 422")
    page = signed_in(open_page, each_screen, each_language)
    page.goto("/desk/?show=all&kind=inquiry")
    page.locator("a.case").first.click()
    page.fill("#reply", words["card"])
    page.get_by_role("button", name=words["check"]).click()
    expect(page.get_by_role("alert")).to_contain_text(words["bad"])
    page.fill("#reply", words["reply"])
    page.get_by_role("button", name=words["check"]).click()
    expect(page.locator("#form-reply .notice")).to_contain_text(words["fine"])
    expect(page.locator("#reply")).to_have_value(words["reply"])
    is_well_built(page)
