"""Pictures of the salon: a client's phone through remind, change and refill; the calendar wide and on a phone; the results."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_line_simulator import HANNA, HARUKA, open_chat, skip_to_offer
from tests.browser.test_main_job import sign_in

Take = Callable[[Page, str], None]
Open = Callable[[str, str], Page]
"""A page of its own: ("phone" or "wide", language)."""
SALON = "hasami"
LATE = "髙﨑 𠮷之助😀"


def salons(open_page: Open, take: Take) -> None:
    """All of them; the phone goes through the whole way once."""
    _calendar(open_page, take)
    phone = open_page("phone", "ja")
    open_chat(phone, HARUKA)
    take(phone, "line-remind-ja")
    phone.locator(".card").last.locator(".press").nth(1).click()
    expect(phone.locator(".quick button").first).to_be_visible()
    take(phone, "line-change-ja")
    phone.locator(".quick button").first.click()
    expect(phone.locator(".quick button")).to_have_text(["元に戻す"])
    take(phone, "line-moved-ja")
    staff = open_page("wide", "ja")
    sign_in(staff)
    skip_to_offer(staff, HANNA)
    open_chat(phone, HANNA)
    take(phone, "line-offer-en")
    _press(phone)
    take(phone, "line-taken-en")
    skip_to_offer(staff, LATE)
    open_chat(phone, LATE)
    _press(phone)
    take(phone, "line-late-ja")
    for language in ("ja", "en"):
        page = open_page("wide", language)
        sign_in(page)
        page.goto(f"/results/?shop={SALON}")
        take(page, f"salon-results-{language}")


def _press(phone: Page) -> None:
    """The first button of what came last, until the answer is there."""
    before = phone.locator(".row").count()
    phone.locator(".card").last.locator(".press").first.click()
    expect(phone.locator(".row")).not_to_have_count(before)
    expect(phone.locator(".row").last).not_to_have_class(re.compile("mine"))


def _calendar(open_page: Open, take: Take) -> None:
    """The day of which the clients were reminded; today may be a day off."""
    for screen, language, name in (("wide", "ja", "ja"), ("wide", "en", "en"), ("phone", "ja", "phone-ja")):
        page = open_page(screen, language)
        sign_in(page)
        page.goto(f"/calendar/?shop={SALON}")
        page.locator(".cal-day a.square").last.click()
        expect(page.locator(".board")).to_be_visible()
        take(page, f"calendar-{name}")
        page.context.close()
