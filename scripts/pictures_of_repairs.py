"""Pictures of what comes instead of a cancellation: each repair, the desk and its cases, the policy, the gate, the guard, Shopify, the look."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.test_main_job import sign_in
from tests.browser.test_repairs import ADDRESS, WORDS, begin, until

Take = Callable[[Page, str], None]
Open = Callable[[str, str], Page]
"""A page of its own: ("phone" or "wide", language)."""
FORBIDDEN = {
    "ja": "ご返金のため、口座番号と暗証番号をこのメールにご返信ください。",
    "en": "For the refund, please reply to this mail with your card number and PIN.",
}


def repairs(open_page: Open, take: Take) -> None:
    """Each reason's repair on a phone, in both languages, and how it looks when it is done."""
    for language in ("ja", "en"):
        for reason, items, show in (
            ("change_address", "MUG-1:1", _address),
            ("change_payment", "MUG-1:1", _nothing),
            ("forgot_coupon", "MUG-1:2", _coupon),
            ("shipping_fee_too_high", "POT:1,MUG-1:1", _nothing),
            ("delivery_too_late", "MUG-1:2", _nothing),
            ("mistaken_order", "MUG-1:2,POT:1,TOWEL-2:1", _lines),
        ):
            page = open_page("phone", language)
            begin(page, language, reason, items)
            show(page)
            take(page, f"repair-{reason.replace('_', '-')}-{language}")
            if reason == "change_address":
                page.locator("button[value=repair]").click()
                until(page, WORDS[language]["done"])
                take(page, f"repaired-{language}")
            page.context.close()


def _nothing(page: Page) -> None:
    page.locator(".repair").first.wait_for()


def _address(page: Page) -> None:
    page.fill("#postal_code", "110-0001")
    page.locator("#city").click()
    page.wait_for_function("document.querySelector('#city').value !== ''")
    for name, value in ADDRESS.items():
        page.fill(f"#{name}", value)


def _coupon(page: Page) -> None:
    page.fill("#code", "SUMMER2026")


def _lines(page: Page) -> None:
    page.locator("select[name^=quantity]").nth(1).select_option("0")
    page.locator("button[value=look]").click()
    page.locator(".sums-box").wait_for()


def house(open_page: Open, take: Take) -> None:
    """The pages of the shop's people."""
    page = open_page("wide", "ja")
    sign_in(page)
    page.goto("/desk/")
    take(page, "desk-ja")
    page.locator("main a[href^='/desk/']", has_text="37,400").first.click()
    take(page, "case-ja")
    page.goto("/desk/shortages/")
    page.locator("main a[href^='/desk/shortages/']:not([href$='/new/'])").first.click()
    take(page, "shortage-ja")
    for path, name in (
        ("policy/", "policy"),
        ("changes/", "gate"),
        ("connections/shopify/", "shopify"),
        ("look/", "look"),
    ):
        page.goto(f"/settings/{path}")
        take(page, f"{name}-ja")
    _guard(page, "ja")
    take(page, "guard-ja")
    phone = open_page("phone", "ja")
    sign_in(phone)
    phone.goto("/desk/")
    take(phone, "desk-phone-ja")
    phone.locator("main a[href^='/desk/']", has_text="37,400").first.click()
    take(phone, "case-phone-ja")
    english = open_page("wide", "en")
    sign_in(english)
    english.goto("/desk/")
    take(english, "desk-en")


def _guard(page: Page, language: str) -> None:
    """A scenario whose mail asks for what must never be asked for: the preview says why, and what to write."""
    page.goto("/scenarios/")
    page.locator("a.title", has_text={"ja": "週末・夜間", "en": "night"}[language]).first.click()
    body = page.locator(f"textarea[name$=':texts.{language}.body']").first
    body.evaluate("part => part.closest('details') && (part.closest('details').open = true)")
    body.fill(FORBIDDEN[language])
    page.locator("button[name=do][value^='preview:']").first.click()
    page.locator("main .notice.bad").first.wait_for()
