"""The salon's calendar in a real browser: read on every screen, dragged by mouse and by finger, and used without scripts."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_console import is_well_built
from tests.browser.test_main_job import sign_in

SALON = "/calendar/?shop=hasami"
WORDS = {
    "ja": {"calendar": "カレンダー", "moved": "移しました", "book": "予約を入れる", "booked": "予約を入れました", "cancel": "予約をキャンセルする"},
    "en": {"calendar": "Calendar", "moved": "Moved to", "book": "Book it", "booked": "Booked.", "cancel": "Cancel the visit"},
}  # fmt: skip


def at_calendar(open_page: OpenPage, screen: str, language: str, path: str = SALON, **context: object) -> Page:
    """The calendar, signed in, on a day from tomorrow on that has visits."""
    page = open_page("/account/login/", screen=screen, language=language, **context)
    sign_in(page)
    page.goto(path)
    return page


def full_day(page: Page) -> str:
    """Address of the next day with a visit that can be moved. Tomorrow is left to the clients who are reminded of it."""
    page.goto(SALON)
    for days in range(1, 10):
        page.locator(".cal-day > a").last.click()
        page.wait_for_load_state("load")
        if days > 1 and page.locator("#board a[data-id]").count() > 3:
            return page.url
    raise AssertionError("the demo has no visits in the coming days")


def test_it_reads_well_on_every_screen(open_page: OpenPage, each_screen: str, each_language: str) -> None:
    page = at_calendar(open_page, each_screen, each_language)
    day = full_day(page)
    is_well_built(page)
    chair = day + "&by=chair"
    for path in (chair, SALON + "&view=week", "/calendar/new/?shop=hasami", "/calendar/leave/?shop=hasami", "/calendar/clashes/?shop=hasami",
                 "/calendar/feeds/?shop=hasami"):  # fmt: skip
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        is_well_built(page)
    page.goto(SALON + "&view=week")
    page.locator(".week-table tbody th a").first.click()
    expect(page.locator("#board .col")).to_have_count(7)
    is_well_built(page)
    page.goto(day)
    page.locator("#board a[data-id]").first.click()
    expect(page.locator("#move")).to_be_visible()
    is_well_built(page)


def test_it_shows_a_salon_no_mall_and_a_shop_no_calendar(open_page: OpenPage) -> None:
    page = at_calendar(open_page, "wide", "ja")
    nav = page.locator("nav.nav")
    expect(nav.get_by_role("link", name="カレンダー")).to_have_attribute("aria-current", "page")
    expect(nav.get_by_role("link", name="モール")).to_have_count(0)
    page.goto("/settings/?shop=kotori")
    expect(nav.get_by_role("link", name="カレンダー")).to_have_count(0)


def free_place(page: Page, visit: Locator) -> tuple[float, float, str] | None:
    """Where to drop the visit: a place in another column that is open and long enough. (x, y, column's key); None: there is none."""
    found: tuple[float, float, str] | None = page.evaluate(
        """(visit) => {
          const board = document.getElementById('board'), ticks = Number(board.dataset.hours);
          for (const column of [...board.querySelectorAll('.col[data-staff]')].filter(one => one !== visit.closest('.col'))) {
            const body = column.querySelector('.body'), box = body.getBoundingClientRect(), tick = box.height / ticks;
            const need = Number(visit.dataset.length) * tick;
            const taken = [...body.querySelectorAll('.placed:not(.open, .now)')].map(part => part.getBoundingClientRect());
            for (const open of body.querySelectorAll('.open')) {
              const span = open.getBoundingClientRect();
              for (let top = span.top; top + need <= span.bottom; top += 3 * tick)
                if (!taken.some(one => one.top < top + need && one.bottom > top))
                  return [box.left + box.width / 2, top - board.getBoundingClientRect().top, column.id];
            }
          }
        }""",
        visit.element_handle(),
    )
    return found


def test_it_is_dragged_to_another_person(open_page: OpenPage, each_language: str) -> None:
    page = at_calendar(open_page, "wide", each_language)
    page.set_viewport_size({"width": 1600, "height": 1600})
    full_day(page)
    for visit in page.locator("#board a[data-id]").all():
        found = free_place(page, visit)
        if not found:
            continue
        box, board = visit.bounding_box(), page.locator("#board").bounding_box()
        assert box and board
        key = visit.get_attribute("data-id")
        page.mouse.move(box["x"] + 20, box["y"] + 4)
        page.mouse.down()
        page.mouse.move(box["x"] + 30, box["y"] + 20, steps=3)
        page.mouse.move(found[0], board["y"] + found[1] + 4, steps=8)
        page.mouse.up()
        expect(page.locator("#moving")).to_be_visible()
        page.locator("#moving .button:not(.primary)").click()
        expect(page.locator("#moving")).to_be_hidden()
        page.mouse.move(box["x"] + 20, box["y"] + 4)
        page.mouse.down()
        page.mouse.move(found[0], board["y"] + found[1] + 4, steps=12)
        page.mouse.up()
        page.locator("#moving .button.primary").click()
        page.wait_for_load_state("load")
        if WORDS[each_language]["moved"] in page.locator(".toasts").inner_text():
            expect(page.locator(f"#{found[2]} #v-{key}")).to_be_visible()
            return
    raise AssertionError("no visit could be moved")


def test_it_begins_a_visit_where_the_paper_is_empty(open_page: OpenPage, each_language: str) -> None:
    words = WORDS[each_language]
    page = at_calendar(open_page, "phone", each_language)
    day = re.search(r"day=([\d-]+)", full_day(page))
    assert day
    page.goto(f"/calendar/new/?shop=hasami&day={day[1]}")
    page.locator("#times input[type=radio]").last.check()
    page.get_by_label({"ja": "名前", "en": "Name"}[each_language], exact=True).fill("𠮷田 髙子")
    page.get_by_role("button", name=words["book"], exact=True).click()
    expect(page.locator(".toasts")).to_contain_text(words["booked"])
    visit = page.locator("#board a.visit", has_text="𠮷田 髙子").last
    visit.click()
    page.locator("summary", has_text=words["cancel"]).click()
    page.select_option("#reason", "mistake")
    page.get_by_role("button", name=words["cancel"]).click()
    expect(page.locator("h1 + .badge")).to_have_text({"ja": "キャンセル", "en": "Visit cancelled"}[each_language])


def test_it_swipes_from_person_to_person_on_a_phone(open_page: OpenPage) -> None:
    page = at_calendar(open_page, "phone", "ja")
    full_day(page)
    tabs = page.locator(".thumbs a")
    tabs.nth(2).click()
    expect(tabs.nth(2)).to_have_attribute("aria-current", "true")
    expect(page.locator("#board .col").nth(2)).to_be_in_viewport()
    expect(page.locator("#board .col").nth(4)).not_to_be_in_viewport()


@pytest.mark.parametrize("screen", ["phone", "wide"])
def test_it_moves_and_books_without_scripts(open_page: OpenPage, screen: str) -> None:
    page = at_calendar(open_page, screen, "ja", java_script_enabled=False)
    full_day(page)
    page.locator("#board a[data-id]").first.click()
    page.locator("#move form button.start").last.click()
    expect(page.locator(".toasts")).to_contain_text("移しました")
    page.goto("/calendar/new/?shop=hasami")
    page.get_by_role("button", name="空きを見る").click()
    expect(page.locator("#times")).to_be_visible()
    page.goto(SALON)
    page.locator(".cal-jump:visible input[type=date], .cal-more > summary").first.click()
    expect(page.get_by_role("button", name="この日を見る").first).to_be_visible()
