"""A salon's day in LINE, as its clients and its staff live it in the demo: reminded, moved, freed, offered, taken."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, has_no_sideways_scroll
from tests.browser.test_main_job import house as house
from tests.browser.test_main_job import sign_in

HARUKA, HANNA, NEW, UNLINKED = "山田 はるか", "Hanna Lindqvist", "早川 つばめ", "小鳥遊 みのり"
MOST_SKIPS = 80


def open_chat(page: Page, name: str) -> None:
    """The phone of this client, at the end of the chat."""
    page.goto("/demo/line/")
    page.locator(".chats a", has_text=name).first.click()
    expect(page.locator(".phone .as")).to_have_text(name)


def skip_to_offer(staff: Page, name: str) -> None:
    """Let the demo's clock go from step to step until this client was offered something. At night nobody is asked."""
    for _ in range(MOST_SKIPS):
        staff.goto("/demo/line/")
        words = staff.locator(".chats a", has_text=name).first
        if words.locator(".unread").count():
            return
        staff.goto("/")
        staff.locator(".demo-bar button").click()
        staff.wait_for_load_state()
    raise AssertionError(f"{name} was offered nothing")


def test_it_reminds_moves_frees_and_fills_again(open_page: OpenPage) -> None:
    phone = open_page("/demo/line/", "phone", "ja")
    staff = open_page("/", "wide", "ja")
    sign_in(staff)
    open_chat(phone, HARUKA)
    assert has_no_sideways_scroll(phone)
    reminder = phone.locator(".card").last
    expect(reminder).to_contain_text("14:30")
    expect(reminder.locator(".press")).to_have_count(3)
    reminder.locator(".press").nth(1).click()
    times = phone.locator(".quick button")
    expect(times.first).to_be_visible()
    assert times.count() >= 2
    wanted = times.first.inner_text()
    times.first.click()
    expect(phone.locator(".card").last).to_contain_text(re.sub(r"\s+", " ", wanted))
    expect(times).to_have_text(["元に戻す"])

    skip_to_offer(staff, HANNA)
    open_chat(phone, HANNA)
    offer = phone.locator(".card").last
    expect(offer).to_contain_text("14:30")
    before = phone.locator(".card").count()
    offer.locator(".press").first.click()
    expect(phone.locator(".card, .row:not(.mine) .said")).not_to_have_count(before)
    expect(phone.locator(".row:not(.mine)").last).to_contain_text("14:30")

    staff.goto("/openings/?shop=hasami")
    staff.locator("main").get_by_role("link", name="終了").click()
    expect(staff.locator("main")).to_contain_text("14:30")


def test_it_stays_whole_on_a_wide_screen(open_page: OpenPage) -> None:
    phone = open_page("/demo/line/", "wide", "en")
    open_chat(phone, HARUKA)
    expect(phone.locator(".phone .bar")).to_be_in_viewport()
    expect(phone.locator(".phone .say")).to_be_in_viewport()


def test_it_can_be_played_without_a_script(open_page: OpenPage) -> None:
    phone = open_page("/demo/line/", "phone", "ja", java_script_enabled=False)
    open_chat(phone, UNLINKED)
    phone.get_by_label("メッセージ").fill("予約したいです")
    phone.get_by_role("button", name="送信").click()
    expect(phone.locator(".mine .said").last).to_have_text("予約したいです")
    expect(phone.locator(".row").last).not_to_have_class(re.compile("mine"))


def test_it_adds_the_account_blocks_it_and_lets_it_in_again(open_page: OpenPage) -> None:
    phone = open_page("/demo/line/", "phone", "ja")
    open_chat(phone, NEW)
    phone.get_by_role("button", name="友だちに追加する").click()
    expect(phone.locator(".row .said").first).to_contain_text("はさみ美容室")
    phone.get_by_role("button", name="ブロックする").click()
    expect(phone.locator(".note").last).to_contain_text("ブロックしています")
    phone.get_by_role("button", name="ブロックを解除する").click()
    expect(phone.get_by_role("button", name="ブロックする")).to_be_visible()
