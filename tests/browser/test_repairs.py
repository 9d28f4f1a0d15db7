"""Each repair on a phone, in Japanese and in English, with and without scripts: the sample shop's system really changes the order."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Watch, has_no_sideways_scroll

WORDS = {
    "ja": {
        "cancel": "この注文をキャンセルする", "doing": "変更を反映しています", "done": "ご注文を変更しました", "hand": "お店で確認しています",
        "swap": "先に新しいご注文をお願いします", "stands": "新しいご注文が確定しました", "kept": "ご注文はそのままです", "go": "お店で注文を続ける",
        "cancelled": "キャンセル",
    },
    "en": {
        "cancel": "Cancel this order", "doing": "We are making the change", "done": "Your order is changed", "hand": "The shop is looking into it",
        "swap": "Order anew first", "stands": "Your new order stands", "kept": "Your order stays as it is", "go": "Go on in the shop",
        "cancelled": "cancel",
    },
}  # fmt: skip
ADDRESS = {"name": "山田 太郎", "line1": "１－２－３ コーポ谷中", "phone": "０３−１２３４−５６７８"}


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def each_way(request: pytest.FixtureRequest) -> bool:
    """With scripts, then without."""
    return bool(request.param)


def order(page: Page, items: str) -> str:
    """Order these in the sample shop; returns the order's address there."""
    page.goto(f"/demo/shop/cart?items={items}")
    page.locator("button.go").click()
    page.wait_for_url("**/checkout*")
    page.locator("button.go").click()
    page.wait_for_url("**/orders/*")
    return page.url.split("?")[0]


def begin(page: Page, language: str, reason: str, items: str = "MUG-1:1") -> str:
    """To the page with the repair of this reason; returns the order's address in the shop."""
    shop = order(page, items)
    page.get_by_role("link", name=WORDS[language]["cancel"]).click()
    page.locator(f"input[value={reason}]").check()
    page.locator("button[value=reason]").click()
    expect(page.locator(".repair")).to_be_visible()
    expect(page.locator("button[value=cancel]")).to_be_in_viewport()
    expect(page.locator("button[value=keep]")).to_be_in_viewport()
    assert has_no_sideways_scroll(page)
    return shop


def until(page: Page, heading: str, tries: int = 12) -> None:
    """The page comes to say this; without scripts it renews itself, and so do we."""
    for _ in range(tries):
        if heading in page.locator("h1").first.inner_text():
            return
        page.wait_for_timeout(1500)
        page.reload()
    expect(page.locator("h1").first).to_have_text(heading)


def test_it_changes_the_address(open_page: OpenPage, each_language: str, each_way: bool, watch: Watch) -> None:
    watch.expected.append("status of 422")
    page = open_page("/demo/shop/", language=each_language, java_script_enabled=each_way)
    shop = begin(page, each_language, "change_address")
    page.fill("#postal_code", "１１０－０００１")
    if not each_way:
        page.locator("button[value=look]").click()
    expect(page.locator("#city")).to_have_value("台東区谷中")
    expect(page.locator("#region")).to_have_value("東京都")
    page.locator("button[value=repair]").click()
    expect(page.locator(".errors").first).to_be_visible()
    assert has_no_sideways_scroll(page)
    for name, value in ADDRESS.items():
        page.fill(f"#{name}", value)
    page.locator("button[value=repair]").click()
    until(page, WORDS[each_language]["done"])
    assert "谷中" not in page.locator("main").inner_text(), "the link may be passed on"
    page.goto(shop)
    expect(page.locator("main")).to_contain_text("コーポ谷中")


def test_it_refuses_an_address_abroad_politely(open_page: OpenPage, each_language: str, watch: Watch) -> None:
    watch.expected.append("status of 422")
    page = open_page("/demo/shop/", language=each_language)
    begin(page, each_language, "change_address")
    for name, value in {
        "name": "Hanna Weber",
        "postal_code": "SW1A 1AA",
        "city": "London",
        "line1": "10 Downing Street",
    }.items():
        page.fill(f"#{name}", value)
    page.locator("button[value=repair]").click()
    expect(page.locator("#wrong_form")).to_be_visible()
    expect(page.locator(".repair")).to_contain_text("support@kotori.example")
    expect(page.locator("button[value=cancel]")).to_be_in_viewport()


def test_it_changes_quantities_and_variants_and_says_what_comes_back(
    open_page: OpenPage, each_language: str, each_way: bool
) -> None:
    page = open_page("/demo/shop/", language=each_language, java_script_enabled=each_way)
    begin(page, each_language, "mistaken_order", "MUG-1:2,POT:1,TOWEL-2:1")
    page.locator("select[name^=quantity]").nth(1).select_option("0")
    page.locator("select[name^=variant]").first.select_option(index=1)
    page.locator("button[value=look]").click()
    expect(page.locator(".sums-box")).to_contain_text("6,160")
    expect(page.locator(".sums-box")).to_contain_text("4,730")
    assert has_no_sideways_scroll(page)
    page.locator("button[value=repair]").click()
    until(page, WORDS[each_language]["done"])
    expect(page.locator(".order .total")).to_contain_text("6,160")


def test_it_closes_the_gap_to_free_delivery_in_one_tap(open_page: OpenPage, each_language: str, each_way: bool) -> None:
    page = open_page("/demo/shop/", language=each_language, java_script_enabled=each_way)
    begin(page, each_language, "shipping_fee_too_high", "POT:1,MUG-1:1")
    expect(page.locator(".repair h2")).to_contain_text("740")
    assert 1 <= page.locator("button[name=add]").count() <= 3
    page.locator("button[name=add]").first.click()
    until(page, WORDS[each_language]["done"])
    assert page.locator(".order .items li").count() == 3


def test_it_takes_a_forgotten_coupon_to_the_shop_when_it_is_not_known(
    open_page: OpenPage, each_language: str, each_way: bool
) -> None:
    page = open_page("/demo/shop/", language=each_language, java_script_enabled=each_way)
    begin(page, each_language, "forgot_coupon")
    page.fill("#code", "summer-2026")
    page.locator("button[value=look]").click()
    page.locator("button[value=repair]").click()
    expect(page.locator("h1")).to_have_text(WORDS[each_language]["hand"])
    expect(page.locator("main")).to_contain_text("SUMMER2026")
    page.locator("button[value=cancel]").click()
    expect(page.locator("h1")).to_contain_text(re.compile(WORDS[each_language]["cancelled"]))


def test_it_asks_the_shop_for_an_earlier_delivery(open_page: OpenPage, each_language: str, each_way: bool) -> None:
    page = open_page("/demo/shop/", language=each_language, java_script_enabled=each_way)
    begin(page, each_language, "delivery_too_late", "MUG-1:2")
    page.locator("input[value=part]").check()
    page.locator("button[value=repair]").click()
    expect(page.locator("h1")).to_have_text(WORDS[each_language]["hand"])
    expect(page.locator("button[value=cancel]")).to_be_in_viewport()


def test_it_swaps_the_order_to_pay_another_way_and_takes_it_back(
    open_page: OpenPage, each_language: str, each_way: bool
) -> None:
    page = open_page("/demo/shop/", language=each_language, java_script_enabled=each_way)
    begin(page, each_language, "change_payment")
    page.locator("button[value=repair]").click()
    here = page.url
    expect(page.locator("h1")).to_have_text(WORDS[each_language]["swap"])
    expect(page.locator("button[value=cancel]")).to_be_in_viewport()
    page.get_by_role("link", name=WORDS[each_language]["go"]).click()
    page.wait_for_url("**/demo/shop/**")
    if "/checkout" not in page.url:
        page.locator("button.go").click()
        page.wait_for_url("**/checkout*")
    page.locator("button.go").click()
    page.wait_for_url("**/orders/*")
    page.goto(here)
    until(page, WORDS[each_language]["stands"])
    assert has_no_sideways_scroll(page)
    page.locator("button[value=undo]").click()
    expect(page.locator("h1")).to_have_text(WORDS[each_language]["kept"])
