"""Take the pictures of the README from the running demo: `python -m scripts.pictures`. Needs the browser of the tests."""

from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scripts import pictures_of_malls, pictures_of_repairs, pictures_of_results, pictures_of_salons
from scripts.browser import find
from tests.browser.conftest import FLAGS
from tests.browser.house import House, demo
from tests.browser.test_main_job import order_a_mug, sign_in

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1120, "height": 1010}
WIDE = {"width": 1280, "height": 940}

MOST_SKIPS, FEW_CALLS = 200, 5


def _page(browser: Browser, house: House, size: dict[str, int], language: str, scale: float, **more: str) -> Page:
    context = browser.new_context(base_url=house.url, viewport=size, device_scale_factor=scale, **more)  # type: ignore[arg-type]
    context.add_cookies([{"name": "kaeru_language", "value": language, "url": house.url}])
    return context.new_page()


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png")


def _shopper(page: Page) -> None:
    order_a_mug(page, "ja")
    page.get_by_role("link", name="この注文をキャンセルする").click()
    page.locator("input[value=change_address]").check()
    _take(page, "cancel-page-ja")
    page.locator("button[value=reason]").click()
    page.locator("button[value=cancel]").click()
    page.wait_for_timeout(3000)
    page.goto("/demo/inbox/")
    _take(page, "inbox-ja")


def _owner(page: Page) -> None:
    sign_in(page)
    _take(page, "dashboard-ja")
    page.goto("/cancellations/?span=back")
    page.locator("a.row").nth(2).click()
    _take(page, "story-ja")


def _calls(page: Page, house: House, name: str) -> None:
    """The call list and one call, at a time of day when people call."""
    sign_in(page)
    page.goto("/calls/")
    for _ in range(MOST_SKIPS):
        if not page.locator("#calls > .notice").count():
            break
        page.locator(".demo-bar button").click()
        page.goto("/calls/")
    if page.locator(".call").count() < FEW_CALLS:
        house.run("tests.browser.call_seed")
        page.reload()
    _take(page, f"calls-{name}")
    page.locator(".call:has(.badge.clock) a.who").first.click()
    _take(page, f"call-{name}")


def _builder(page: Page, name: str, show: str) -> None:
    """A scenario with ways, wait and call, its map beside it; on a phone the steps or the map (`show`)."""
    sign_in(page)
    page.goto("/scenarios/")
    page.locator("a.title", has_text={"ja": "クーポンの利用を忘れた", "en": "coupon"}[name[-2:]]).first.click()
    page.locator("#builder").scroll_into_view_if_needed()
    if show == "map":
        page.locator("#map > summary").click()
    target = "#map" if show == "map" else "#draft" if show == "steps" else ".head"
    page.locator(target).first.evaluate("part => scrollTo(0, part.getBoundingClientRect().top + scrollY - 8)")
    _take(page, f"builder-{name}")


def _rehearsal(page: Page, name: str) -> None:
    """What the last ninety days would have been with this scenario, and the way of one customer through it."""
    sign_in(page)
    page.goto("/scenarios/")
    page.locator("a.title", has_text={"ja": "クーポンの利用を忘れた", "en": "coupon"}[name[-2:]]).first.click()
    page.locator("a[href$='/rehearsal/']").first.click()
    page.locator("main form button.primary").first.click()
    page.locator("main h2").first.wait_for()
    _take(page, f"rehearsal-{name}")
    page.goto("/waiting/")
    page.locator("main a[href*='/cancellations/']").first.click()
    page.locator(".timeline").first.evaluate("part => scrollTo(0, part.getBoundingClientRect().top + scrollY - 80)")
    _take(page, f"timeline-{name}")


def _repairs(browser: Browser, house: House) -> None:
    def open_page(screen: str, language: str) -> Page:
        size, scale = (PHONE, 1.5) if screen == "phone" else (WIDE, 1)
        return _page(browser, house, size, language, scale)

    pictures_of_results.results(open_page, _take)
    pictures_of_malls.malls(open_page, _take)
    pictures_of_salons.salons(open_page, _take)
    pictures_of_repairs.repairs(open_page, _take)
    pictures_of_repairs.house(open_page, _take)


def main() -> None:
    """All of them."""
    IMAGES.mkdir(exist_ok=True)
    with demo() as house, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        _repairs(browser, house)
        _shopper(_page(browser, house, PHONE, "ja", 1.5))
        _owner(_page(browser, house, DESK, "ja", 1))
        _calls(_page(browser, house, PHONE, "ja", 1.5), house, "ja")
        _calls(_page(browser, house, DESK, "en", 1), house, "wide-en")
        _builder(_page(browser, house, WIDE, "ja", 1), "ja", "all")
        _builder(_page(browser, house, WIDE, "en", 1, color_scheme="dark"), "dark-en", "all")
        _builder(_page(browser, house, PHONE, "ja", 1.5), "phone-ja", "steps")
        _builder(_page(browser, house, PHONE, "en", 1.5), "map-phone-en", "map")
        _rehearsal(_page(browser, house, WIDE, "ja", 1), "ja")
        _rehearsal(_page(browser, house, PHONE, "ja", 1.5), "phone-ja")
        browser.close()


if __name__ == "__main__":
    main()
