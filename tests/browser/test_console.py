"""The owner's pages in a real browser: reading the day, editing a scenario, with and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENS, OpenPage, has_no_sideways_scroll
from tests.browser.test_main_job import sign_in

PLACES = [
    "/", "/cancellations/", "/cancellations/?span=all", "/cancellations/?span=hand", "/scenarios/", "/scenarios/new/", "/waiting/", "/settings/look/",
    "/settings/", "/settings/shop/", "/settings/reasons/", "/settings/reasons/new/", "/settings/connections/",
    "/settings/members/", "/settings/budgets/",
]  # fmt: skip
TOO_SMALL = """() => [...document.querySelectorAll('button, a.button, .nav a, summary, input:not([type=hidden]), select, label.check')]
  .filter(part => part.checkVisibility() && !part.closest('.hide') && !part.classList.contains('hide'))
  .filter(part => part.type !== 'checkbox' && part.type !== 'radio')
  .filter(part => part.getBoundingClientRect().height < 43.5)
  .map(part => `${part.tagName} ${part.textContent.trim() || part.name}`)"""
TINY_TEXT = """() => [...document.querySelectorAll('main *, nav *')]
  .filter(part => part.checkVisibility() && [...part.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(part => parseFloat(getComputedStyle(part).fontSize) < 14)
  .map(part => part.textContent.trim())"""
EDITED = "delivery_too_late"
LABEL = {"ja": "配送予定日が遅い", "en": "It arrives too late"}


def is_well_built(page: Page) -> None:
    """Fits its screen, thumbs fit its buttons, eyes its letters."""
    assert has_no_sideways_scroll(page)
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate(TINY_TEXT) == []


def test_it_reads_well_on_every_screen(open_page: OpenPage, each_screen: str, each_language: str) -> None:
    page = open_page("/account/login/", screen=each_screen, language=each_language)
    sign_in(page)
    for place in PLACES:
        page.goto(place)
        expect(page.locator("html")).to_have_attribute("lang", each_language)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert has_no_sideways_scroll(page), place
        assert page.evaluate(TOO_SMALL) == [], place
        assert page.evaluate(TINY_TEXT) == [], place


def test_it_tells_a_story_with_its_yen(open_page: OpenPage, each_language: str) -> None:
    page = open_page("/account/login/", screen="phone", language=each_language, color_scheme="dark")
    sign_in(page)
    page.goto("/cancellations/?span=all")
    page.locator("a.row").filter(
        has=page.locator(".badge.good", has_text={"ja": "回復", "en": "came back"}[each_language])
    ).last.click()  # the demo's own: those of other tests are newer
    story = page.locator(".timeline")
    expect(story.locator(".big")).to_have_text(re.compile(r"[\d,]+円|¥[\d,]+"))
    expect(story.get_by_text({"ja": "再注文", "en": "Ordered again"}[each_language], exact=True)).to_be_visible()
    assert has_no_sideways_scroll(page)
    story.get_by_role("link", name={"ja": "メールを読む", "en": "Read the mail"}[each_language]).first.click()
    expect(page.locator(".letter")).not_to_be_empty()


@pytest.mark.parametrize(
    ("screen", "scripts"), [("wide", True), ("phone", False)], ids=["with scripts", "without scripts"]
)
def test_it_tags_a_customer_where_their_story_is(open_page: OpenPage, screen: str, scripts: bool) -> None:
    page = open_page("/account/login/", screen=screen, language="ja", java_script_enabled=scripts)
    sign_in(page)
    page.goto("/cancellations/?span=all")
    page.locator("a.row").nth(2).click()
    tags, name = page.locator("#tags"), f"電話が苦手 {screen} {scripts}"
    tags.get_by_label("新しいタグ").fill(name)
    tags.get_by_role("button", name="タグを付ける").click()
    expect(page.locator(".toasts")).to_contain_text("タグを付けました")
    expect(tags).to_contain_text(name)
    assert has_no_sideways_scroll(page)
    assert page.evaluate(TOO_SMALL) == []
    tags.get_by_role("button", name=f"タグ「{name}」を外す").click()
    expect(tags).not_to_contain_text(name)


def open_editor(page: Page, language: str) -> None:
    """The scenario that these tests look at."""
    sign_in(page)
    page.goto("/scenarios/")
    page.get_by_role("link", name=LABEL[language], exact=True).click()


def test_it_switches_a_scenario_off_and_on(open_page: OpenPage) -> None:
    page = open_page("/account/login/", screen="phone", language="ja")
    open_editor(page, "ja")
    switch = page.get_by_role("switch")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.press("Enter")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")


def test_it_can_be_walked_with_the_keyboard(open_page: OpenPage) -> None:
    page = open_page("/account/login/", screen="wide", language="en")
    sign_in(page)
    page.goto("/cancellations/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".tabs a").first).to_be_focused()
    outline = page.locator(".tabs a").first.evaluate("part => getComputedStyle(part).outlineStyle")
    assert outline != "none"


@pytest.mark.parametrize("shop", ["kotori", "hasami"])
def test_it_leads_to_every_place_on_a_phone_too(open_page: OpenPage, shop: str) -> None:
    page = open_page("/account/login/", screen="phone", language="ja")
    sign_in(page)
    page.goto(f"/?shop={shop}")
    bar = page.locator("nav.nav a:not(.home)")
    hidden = [link.get_attribute("href") for link in bar.all() if not link.is_visible()]
    assert any("/results/" in str(href) for href in hidden)
    for href in hidden:
        expect(page.locator(f"main a[href='{href}']").first).to_be_visible()
    page.set_viewport_size(SCREENS["wide"])  # type: ignore[arg-type]
    expect(page.locator(".narrow-only")).to_be_hidden()


def test_it_logs_out(open_page: OpenPage) -> None:
    page = open_page("/account/login/", screen="phone", language="ja")
    sign_in(page)
    page.goto("/settings/")
    page.locator("main").get_by_role("button", name="ログアウト").click()
    expect(page).to_have_url(re.compile("/account/login/"))
    page.goto("/")
    expect(page).to_have_url(re.compile("/account/login/"))
