"""Pictures of what came back because of the shop: the results, coupons that pay within a budget, the month on one page."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.test_main_job import sign_in

Take = Callable[[Page, str], None]
Open = Callable[[str, str], Page]
"""A page of its own: ("phone" or "wide", language)."""
SHOP = "kotori"
BUDGET = "10000"


def results(open_page: Open, take: Take) -> None:
    """All of them; the plan stands on today's estimates, as little is proven yet."""
    for screen, language, name in (("wide", "ja", "ja"), ("wide", "en", "en"), ("phone", "ja", "phone-ja")):
        page = open_page(screen, language)
        sign_in(page)
        page.goto(f"/results/?shop={SHOP}")
        take(page, f"results-{name}")
        page.goto(f"/results/reports/?shop={SHOP}")
        take(page, f"report-{name}")
        page.goto(f"/results/planner/?shop={SHOP}")
        page.locator("input[name=budget]").fill(BUDGET)
        page.locator("input[name=basis][value=estimate]").check()
        page.locator("main form button.primary").click()
        page.locator("input[name=budget]").scroll_into_view_if_needed()
        take(page, f"planner-{name}")
