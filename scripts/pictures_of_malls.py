"""Pictures of shops on a mall: safe, near and over the line; the desk with the mall's clocks; late parcels, findings, settings."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.test_main_job import sign_in

Take = Callable[[Page, str], None]
Open = Callable[[str, str], Page]
"""A page of its own: ("phone" or "wide", language)."""
SHOPS = {"safe": "mitsubachi", "near": "hidamari", "over": "tsubame"}


def malls(open_page: Open, take: Take) -> None:
    """All of them, in both languages; on a phone in Japanese."""
    for language in ("ja", "en"):
        page = open_page("wide", language)
        sign_in(page)
        for name, slug in SHOPS.items():
            page.goto(f"/standing/?shop={slug}")
            take(page, f"standing-{name}-{language}")
        page.goto("/desk/")
        take(page, f"desk-malls-{language}")
        _case(page)
        take(page, f"case-mall-{language}")
        for path, name in (("late", "late"), ("standing/findings", "findings"), ("settings/malls", "malls")):
            page.goto(f"/{path}/?shop={SHOPS['near']}")
            take(page, f"{name}-{language}")
        page.context.close()
    phone = open_page("phone", "ja")
    sign_in(phone)
    for name, slug in SHOPS.items():
        phone.goto(f"/standing/?shop={slug}")
        take(phone, f"standing-{name}-phone-ja")
    phone.goto("/desk/")
    take(phone, "desk-malls-phone-ja")
    _case(phone)
    take(phone, "case-mall-phone-ja")
    phone.goto("/late/?shop=hidamari")
    take(phone, "late-phone-ja")


def _case(page: Page) -> None:
    """A request that counts, with what each answer makes of the standing."""
    page.locator("a.case", has_text="59010002").first.click()
    page.locator(".what-if").wait_for()
