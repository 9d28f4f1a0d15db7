"""Pictures of the salon: the phone through remind, change and refill; the calendar wide and on a phone; clients, openings, results."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.test_line_simulator import open_chat, skip_to_offer
from tests.browser.test_main_job import sign_in

Take = Callable[[Page, str], None]
Open = Callable[[str, str], Page]
"""A page of its own: ("phone" or "wide", language)."""
SALON = "hasami"
PAGES = (
    ("calendar/", "calendar"),
    ("clients/", "clients"),
    ("openings/", "openings"),
    ("results/", "salon-results"),
    ("settings/visits/", "visits"),
)


def salons(open_page: Open, take: Take) -> None:
    """All of them; the phone goes through the whole way once."""
    phone = open_page("phone", "ja")
    open_chat(phone, "山田 はるか")
    take(phone, "line-remind-ja")
    phone.get_by_role("button", name="日時を変更する").last.click()
    phone.locator(".quick button").first.wait_for()
    take(phone, "line-change-ja")
    phone.locator(".quick button").first.click()
    phone.get_by_text("変更しました").last.wait_for()
    take(phone, "line-moved-ja")
    for language in ("ja", "en"):
        page = open_page("wide", language)
        sign_in(page)
        page.goto(f"/?shop={SALON}")
        take(page, f"today-salon-{language}")
        for path, name in PAGES:
            page.goto(f"/{path}?shop={SALON}")
            take(page, f"{name}-{language}")
        page.context.close()
    staff = open_page("wide", "ja")
    sign_in(staff)
    skip_to_offer(staff, "Hanna Lindqvist")
    open_chat(phone, "Hanna Lindqvist")
    take(phone, "line-offer-en")
    phone.locator(".press").last.click()
    phone.wait_for_timeout(1500)
    take(phone, "line-taken-en")
    sign_in(phone)
    for path, name in PAGES[:3]:
        phone.goto(f"/{path}?shop={SALON}")
        take(phone, f"{name}-phone-ja")
