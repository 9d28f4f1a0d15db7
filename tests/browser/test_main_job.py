"""The whole main job, as a person does it in the demo: an order is cancelled, answered, won back, and the owner sees it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, has_no_sideways_scroll
from tests.browser.house import House, demo

LOGIN, PASSWORD = "demo@kaeru.example", "kotori-no-kaeru"
BUYER = {"ja": "haruka@mail.example", "en": "hanna@mail.example"}
WORDS = {
    "ja": {
        "cancel": "この注文をキャンセルする",
        "cancelled": "キャンセル",
        "again": "もう一度注文する",
        "order": "注文を確定する",
        "thanks": "ご注文ありがとうございます",
        "coupon": "クーポン",
    },
    "en": {
        "cancel": "Cancel this order",
        "cancelled": "cancel",
        "again": "Order again",
        "order": "Place the order",
        "thanks": "Thank you for your order",
        "coupon": "coupon",
    },
}
MOST_STEPS = 6
MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def house(past: Path) -> Iterator[House]:
    """A demo of its own: whoever skips days and nights would leave another day to the other tests."""
    with demo(past) as running:
        yield running


def order_a_mug(page: Page, language: str) -> str:
    """Order from the shelf, in two taps from the cart; returns the order's address."""
    page.goto("/demo/shop/products/MUG")
    page.locator("form button.go").click()
    page.locator("button.go").click()
    page.locator("button.go").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language]["thanks"])
    return page.url.split("?")[0]


def cancel(page: Page, language: str, reason: str) -> None:
    """From the order's page through the shop's answer to the thanks."""
    page.get_by_role("link", name=WORDS[language]["cancel"]).click()
    expect(page.locator(f"input[value={reason}]")).to_be_visible()
    assert has_no_sideways_scroll(page)
    page.locator(f"input[value={reason}]").check()
    page.locator("button[value=reason]").click()
    expect(page.locator("button[value=cancel]")).to_be_in_viewport()
    expect(page.locator("button[value=keep]")).to_be_in_viewport()
    page.locator("button[value=cancel]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(WORDS[language]["cancelled"])


def mail_of(page: Page, to: str, subject: str, number: str = "") -> str:
    """Wait for a mail to this person whose subject says so; returns its address."""
    for _ in range(40):
        page.goto(f"/demo/inbox/?to={to}")
        found = page.locator("ol.mails a").filter(has_text=subject).filter(has_text=number)
        if found.count():
            return str(found.first.get_attribute("href"))
        page.wait_for_timeout(250)
    raise AssertionError(f"no mail about {subject} {number} to {to}")


def sign_in(page: Page) -> None:
    """As the demo's owner."""
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(LOGIN)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button").first.click()
    page.wait_for_url(re.compile(r"/$"))


def recovered(owner: Page) -> int:
    """The yen that came back, as the shop's results say."""
    owner.goto("/results/?shop=kotori")
    return int(re.sub(r"\D", "", owner.locator(".stat .figure a[href*='span=back']").inner_text()))


def newest_offer(page: Page, to: str, subject: str) -> str:
    """The address of the newest mail to this person when it is an offer, else empty."""
    page.goto(f"/demo/inbox/?to={to}")
    first = page.locator("ol.mails a").first
    return str(first.get_attribute("href")) if first.filter(has_text=subject).count() else ""


def skip_until_offer(page: Page, number: str, to: str, subject: str) -> str:
    """On the page of the cancellation press "skip to the next step" until the coupon mail has come; returns the mail's address."""
    for _ in range(MOST_STEPS):
        page.goto("/cancellations/")
        page.get_by_text(number).first.click()
        page.wait_for_url(re.compile(r"/cancellations/\d+/"))
        page.locator(".demo-bar button").click(timeout=60_000)  # a day of every shop passes
        page.wait_for_load_state()
        if found := newest_offer(page, to, subject):
            return found
    raise AssertionError("the coupon mail never came")


@pytest.mark.parametrize(("language", "reason"), [("ja", "mistaken_order"), ("en", "forgot_coupon")])
def test_it_brings_a_cancelled_order_back(open_page: OpenPage, house: House, language: str, reason: str) -> None:
    words, to = WORDS[language], BUYER[language]
    shopper = open_page("/demo/shop/", screen="phone", language=language)
    address = order_a_mug(shopper, language)
    number = "K-" + address.rsplit("/", 1)[1]
    cancel(shopper, language, reason)

    shopper.goto(mail_of(shopper, to, number, words["cancelled"]))
    expect(shopper.frame_locator("iframe").get_by_role("link", name=words["again"])).to_be_visible()
    shopper.goto(address)
    expect(shopper.locator(".state.gone")).to_be_visible()

    owner = open_page("/account/login/", screen="wide", language=language)
    sign_in(owner)
    offer = skip_until_offer(owner, number, to, words["coupon"])

    shopper.goto(offer)
    shopper.frame_locator("iframe").get_by_role("link", name=words["again"]).click()
    expect(shopper).to_have_url(re.compile(r"/r/[-\w]{32}"))
    code = shopper.locator(".coupon .code").inner_text()
    assert has_no_sideways_scroll(shopper)
    shopper.locator("a.button.primary").click()
    expect(shopper.locator("input[name=coupon]").first).to_have_value(code)
    expect(shopper.locator(".total .off")).to_be_visible()
    before = recovered(owner)
    shopper.locator("button.go").click()
    shopper.get_by_role("button", name=re.compile(words["order"])).click()
    expect(shopper.get_by_role("heading", level=1)).to_have_text(words["thanks"])
    paid = int(re.sub(r"\D", "", shopper.locator(".total .sum dd").inner_text()))
    again = "K-" + shopper.url.split("?")[0].rsplit("/", 1)[1]

    owner.goto("/cancellations/")
    owner.get_by_text(number).first.click()
    for _ in range(20):
        if owner.get_by_text(again).count():
            break
        owner.wait_for_timeout(250)
        owner.reload()
    expect(owner.get_by_text(again).first).to_be_visible()
    assert recovered(owner) == before + paid


def test_it_works_without_javascript(open_page: OpenPage, each_language: str) -> None:
    page = open_page("/demo/shop/", language=each_language, java_script_enabled=False)
    address = order_a_mug(page, each_language)
    cancel(page, each_language, "change_address")
    page.locator("a[href^='/r/']").click()
    page.locator("a.button.primary").click()
    expect(page.locator(".lines li")).to_have_count(1)
    for _ in range(60):  # Kaeru tells the shop by a pass, a moment after the buyer's page
        page.goto(address)
        if page.locator(".state.gone").count():
            return
        page.wait_for_timeout(250)
    raise AssertionError("the shop never heard of the cancellation")


def test_it_lets_the_buyer_keep_the_order(open_page: OpenPage) -> None:
    page = open_page("/demo/shop/")
    address = order_a_mug(page, "ja")
    page.get_by_role("link", name=WORDS["ja"]["cancel"]).click()
    page.locator("input[value=delivery_too_late]").check()
    page.locator("button[value=reason]").click()
    page.locator("button[value=keep]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ご注文はそのままです")
    page.goto(address)
    expect(page.locator(".state.gone")).to_have_count(0)


def test_it_weighs_at_most_60_kilobytes(open_page: OpenPage, each_screen: str) -> None:
    page = open_page("/demo/shop/orders", screen=each_screen)
    order_a_mug(page, "ja")
    link = page.get_by_role("link", name=WORDS["ja"]["cancel"]).get_attribute("href")
    page.context.clear_cookies()
    fresh = page.context.browser.new_context(viewport=page.viewport_size).new_page()  # type: ignore[union-attr]
    loaded = []
    fresh.on("requestfinished", lambda request: loaded.append(request.sizes()))
    fresh.goto(str(link), wait_until="networkidle")
    weight = sum(sizes["responseBodySize"] + sizes["responseHeadersSize"] for sizes in loaded)
    fresh.context.close()
    assert len(loaded) > 3
    assert weight <= MOST_BYTES, f"{weight} bytes in {len(loaded)} answers"
