"""The cancellation policy on a telephone and on a desk: start, move, try, save; with and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_console import is_well_built
from tests.browser.test_main_job import sign_in

WORDS = {
    "ja": {"orders": "過去90日の注文", "saved": "版として保存しました", "in_use": "使用中"},
    "en": {"orders": "of the last 90 days", "saved": "Saved as version", "in_use": "counts now"},
}


@pytest.mark.parametrize(
    ("screen", "language", "has_scripts"), [("phone", "ja", False), ("wide", "en", True)], ids=["phone-ja", "wide-en"]
)
def test_it_is_written_moved_tried_and_saved(
    open_page: OpenPage, screen: str, language: str, has_scripts: bool
) -> None:
    words = WORDS[language]
    page = open_page("/account/login/", screen=screen, language=language, java_script_enabled=has_scripts)
    sign_in(page)
    page.goto("/settings/policy/")
    while page.locator("button[value='remove:0']").count():
        page.locator("button[value='remove:0']").click()
    page.locator("button[value='ready:before_cutoff']").click()
    page.locator("button[value='add']").click()
    page.locator("select[name='rules.2.when:new']").select_option("order.value")
    page.locator("button[value='condition:add:rules.2.when']").click()
    page.locator("input[name='rules.2.when.0:value']").fill("10000")
    if has_scripts:
        page.locator("button[value='up:2']").focus()
        page.keyboard.press("ArrowUp")
    else:
        page.locator("button[value='up:2']").click()
    expect(page.locator("input[name='rules.1.when.0:value']")).to_have_value("10000")
    if has_scripts:
        is_well_built(page)
    page.locator(".sticky button[value='try']").click()
    expect(page.locator("#trial")).to_contain_text(words["orders"])
    page.locator(".sticky button[value='save']").click()
    expect(page.locator(".toasts")).to_contain_text(words["saved"])
    expect(page.locator("#versions + ul")).to_contain_text(words["in_use"])
