"""The scenario builder in a real browser: on a phone and wide, by mouse, by keyboard alone, and without any script."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, has_no_sideways_scroll
from tests.browser.test_console import TOO_SMALL, is_well_built
from tests.browser.test_main_job import sign_in


def begin(page: Page, ready: str = "high_value") -> None:
    """A scenario of this test's own, from a ready one."""
    sign_in(page)
    page.goto("/scenarios/new/")
    page.locator(f"form:has(input[value={ready}]) button").click()
    expect(page.locator("#builder")).to_be_visible()
    page.wait_for_load_state()  # The builder is seen before its script listens.


def steps(page: Page) -> Locator:
    """The steps of the first storey."""
    return page.locator("#flow > fieldset > ol > li")


def kinds(page: Page) -> list[str]:
    """What stands in the first storey, without the numbers."""
    return [
        re.sub(r"^\S+\s+", "", text.split("\n")[0]) for text in steps(page).locator("> .hold .says").all_inner_texts()
    ]


def add(page: Page, kind: str, index: int) -> None:
    """One more step of the first storey."""
    page.locator(f"button[value='at:steps:{index}']").click()
    page.locator(f"button[value='add:{kind}:steps:{index}']").click()


def test_it_reads_well_on_every_screen(open_page: OpenPage, each_screen: str, each_language: str) -> None:
    page = open_page("/account/login/", screen=each_screen, language=each_language)
    begin(page)
    assert has_no_sideways_scroll(page)
    for card in steps(page).locator("> .hold summary").all():
        card.click()
    page.locator("#map > summary").click()
    page.locator("button[value='at:steps:0']").click()
    is_well_built(page)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_it_lets_a_condition_look_at_something_else(open_page: OpenPage, scripts: bool) -> None:
    page = open_page("/account/login/", screen="phone", language="ja", java_script_enabled=scripts)
    begin(page)
    start = page.locator("#start")
    if start.get_attribute("open") is None:
        start.locator("summary").first.click()
    chosen = start.locator("select[name='when.0:field']")
    expect(chosen).to_have_value("order.value")
    expect(start.locator("input[name='when.0:value']")).not_to_have_value("")
    chosen.select_option("customer.orders")
    other = start.locator("button[value='condition:field:when.0']")
    if scripts:
        expect(other).to_be_hidden()
    else:
        other.click()
    expect(start.locator("input[name='when.0:drawn']")).to_have_value("customer.orders")
    expect(start.locator("input[name='when.0:value']")).to_have_value("")
    expect(start.locator("select[name='when.0:op']")).to_have_value("at_least")
    if scripts:
        expect(chosen).to_be_focused()
    assert has_no_sideways_scroll(page)
    assert page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_it_builds_and_publishes_and_loses_nothing(open_page: OpenPage, scripts: bool) -> None:
    page = open_page("/account/login/", screen="phone", language="ja", java_script_enabled=scripts)
    begin(page, "changed_mind")
    before = steps(page).count()
    if steps(page).first.locator("details.step").get_attribute("open") is None:
        steps(page).first.locator("summary").first.click()
    subject = page.locator("input[name='steps.0:texts.ja.subject']")
    written = subject.input_value()
    subject.fill(written + " ☂")
    add(page, "wait", before)
    expect(steps(page)).to_have_count(before + 1)
    expect(page.locator("input[name='steps.0:texts.ja.subject']")).to_have_value(written + " ☂")
    page.locator(f"input[name='steps.{before}:days']").fill("２")
    page.locator(f"button[value='up:steps.{before}']").click()
    expect(page.locator(f"input[name='steps.{before - 1}:days']")).to_have_value("2")
    page.locator("button[value=undo]").click()
    expect(page.locator(f"input[name='steps.{before}:days']")).to_have_count(1)
    page.locator("button[value=redo]").click()
    expect(page.locator(f"input[name='steps.{before - 1}:days']")).to_have_value("2")
    page.locator(".publish > summary").click()
    page.locator("#note").fill("待つ時間を加えました")
    page.locator("button[value=publish]").click()
    expect(page.locator(".toasts .notice.good")).to_be_visible()
    expect(steps(page).nth(before - 1)).to_contain_text("2日後")
    page.get_by_role("link", name="版", exact=True).click()
    expect(page.locator("main")).to_contain_text("待つ時間を加えました")


def test_it_saves_while_one_types(open_page: OpenPage) -> None:
    page = open_page("/account/login/", screen="wide", language="ja")
    begin(page, "changed_mind")
    steps(page).first.locator("summary").first.click()
    subject = page.locator("input[name='steps.0:texts.ja.subject']")
    subject.fill("自動で保存される件名")
    expect(page.locator("#draft-state")).to_contain_text(re.compile(r"下書きを保存しました \d+:\d\d"))
    expect(subject).to_be_focused()
    page.reload()
    expect(page.locator("input[name='steps.0:texts.ja.subject']")).to_have_value("自動で保存される件名")


def test_it_says_what_is_wrong_at_the_step(open_page: OpenPage) -> None:
    page = open_page("/account/login/", screen="wide", language="en")
    begin(page, "changed_mind")
    steps(page).first.locator("summary").first.click()
    text = page.locator("textarea[name='steps.0:texts.ja.body']")
    text.fill(text.input_value() + "{{ customer.nmae }}")
    page.locator("button[value=check]").click()
    expect(page.locator("#problems")).to_contain_text("customer.name")
    expect(page.locator("#f-steps-0-texts-ja-body-wrong")).to_contain_text("customer.name")
    expect(page.locator("#map a.wrong")).to_have_count(1)
    page.locator("#problems a").first.click()
    expect(steps(page).first.locator("summary").first).to_be_focused()
    expect(text).to_have_value(re.compile(r"customer\.nmae"))


def test_it_is_worked_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page("/account/login/", screen="wide", language="ja")
    begin(page, "high_value")
    before = kinds(page)
    summary = steps(page).first.locator("summary").first
    summary.focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(steps(page).nth(1).locator("summary").first).to_be_focused()
    assert kinds(page) == [before[1], before[0], *before[2:]]
    page.keyboard.press("Alt+ArrowUp")
    expect(steps(page).first.locator("summary").first).to_be_focused()
    assert kinds(page) == before
    outline = steps(page).first.locator("summary").first.evaluate("part => getComputedStyle(part).outlineStyle")
    assert outline != "none"
    page.locator("button[value='at:steps:1']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#choose .kind").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("button[value='at:steps:1']")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_count(len(before) + 1)
    expect(steps(page).nth(1).locator("summary").first).to_be_focused()
    expect(steps(page).nth(1).locator("details.step")).to_have_attribute("open", "")
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(len(before))


def test_it_moves_a_step_by_dragging(open_page: OpenPage) -> None:
    page = open_page("/account/login/", screen="wide", language="ja")
    begin(page, "high_value")
    before = kinds(page)
    page.locator("#draft").scroll_into_view_if_needed()
    grip, goal = steps(page).nth(1).locator(".grip").first, steps(page).first.locator(".grip").first
    grip.hover()
    page.mouse.down()
    box = goal.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 30, steps=6)
    page.mouse.move(box["x"] + 10, box["y"] - 6, steps=12)
    page.mouse.up()
    expect(page.locator("#draft-state")).to_contain_text("移動しました")
    assert kinds(page)[:2] == [before[1], before[0]]
    page.reload()
    assert kinds(page)[:2] == [before[1], before[0]]


def test_it_asks_only_what_counts(open_page: OpenPage) -> None:
    page = open_page("/account/login/", screen="phone", language="ja")
    begin(page, "changed_mind")
    add(page, "wait", 0)
    expect(page.locator("input[name='steps.0:days']")).to_be_visible()
    expect(page.locator("input[name='steps.0:at']")).to_be_hidden()
    page.locator("select[name='steps.0:mode']").select_option("clock")
    expect(page.locator("input[name='steps.0:days']")).to_be_hidden()
    expect(page.locator("input[name='steps.0:at']")).to_be_visible()


def test_its_map_follows_and_leads(open_page: OpenPage, each_screen: str) -> None:
    page = open_page("/account/login/", screen=each_screen, language="en", color_scheme="dark")
    begin(page, "high_value")
    drawn = page.locator("#map svg a").count()
    add(page, "tag", 1)
    expect(page.locator("#map svg a")).to_have_count(drawn + 1)
    if each_screen == "phone":
        page.locator("#map > summary").click()
    page.locator("#map svg a").nth(0).click()
    expect(steps(page).first.locator("details.step")).to_have_attribute("open", "")
    expect(steps(page).first.locator("summary").first).to_be_focused()
    assert has_no_sideways_scroll(page)


def test_it_overwrites_nobody_in_silence(open_page: OpenPage, watch: object) -> None:
    watch.expected.append("status of 409")  # type: ignore[attr-defined]
    page = open_page("/account/login/", screen="wide", language="ja")
    begin(page, "changed_mind")
    other = page.context.new_page()
    other.goto(page.url)
    add(other, "exit", 1)
    expect(steps(other)).to_have_count(2)
    steps(page).first.locator("summary").first.click()
    page.locator("input[name='steps.0:texts.ja.subject']").fill("わたしの件名")
    expect(page.locator("#clash")).to_contain_text("小鳥 葵")
    expect(page.locator("input[name='steps.0:texts.ja.subject']")).to_have_value("わたしの件名")
    page.locator("button[value=mine]").click()
    expect(page.locator("#clash")).to_have_count(0)
    expect(steps(page)).to_have_count(1)
    page.locator("button[value=undo]").click()
    expect(steps(page)).to_have_count(2)


def test_it_previews_in_both_languages_and_lights(open_page: OpenPage, each_language: str) -> None:
    page = open_page("/account/login/", screen="phone", language=each_language)
    begin(page, "high_value")
    steps(page).first.locator("summary").first.click()
    page.locator("button[value='preview:steps.0']").click()
    expect(page.locator("iframe")).to_have_count(2)
    for address in page.locator(".tabs").nth(1).locator("a").evaluate_all("links => links.map(link => link.href)"):
        page.goto(address)
        expect(page.frame_locator("iframe").first.locator("body")).to_contain_text("小鳥雑貨店")
        assert has_no_sideways_scroll(page)
    page.locator(".back").click()
    expect(steps(page).first.locator("details.step")).to_have_attribute("open", "")
