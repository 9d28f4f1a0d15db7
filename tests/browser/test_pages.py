"""Every page of the demo opens without a complaint, on a phone and on a wide screen, in Japanese and in English."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, has_no_sideways_scroll

OPEN_PAGES = ["/demo/shop/", "/demo/inbox/", "/account/login/"]


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_it_opens_for_everybody(open_page: OpenPage, each_screen: str, each_language: str, path: str) -> None:
    page = open_page(path, screen=each_screen, language=each_language)
    expect(page.locator("html")).to_have_attribute("lang", each_language)
    expect(page.locator("h1").first).to_be_visible()
    assert has_no_sideways_scroll(page)
