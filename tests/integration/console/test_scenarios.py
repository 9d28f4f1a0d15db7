"""The scenario builder, without a script: what is typed is never lost, and only what can be sent is published."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from kaeru.console.editor import reading
from kaeru.console.editor.widgets import Paper
from kaeru.core import scope
from kaeru.messages.models import Template
from kaeru.scenarios import queries
from kaeru.scenarios.flow import MOST_STEPS, flow_of
from kaeru.scenarios.models import Revision, Scenario
from tests import builders
from tests.cast import Cast
from tests.unit.test_editor import sent

MAIL: dict[str, Any] = {
    "kind": "message",
    "purpose": "notice",
    "texts": {
        "ja": {"subject": "ご注文{{ order.number }}", "body": "{{ customer.name }} 様\n{{ links.reorder }}"},
        "en": {"subject": "", "body": ""},
    },
}
WAIT = {"kind": "wait", "days": 1, "hours": 0, "minutes": 0}


@pytest.fixture
def scenario(cast: Cast) -> Scenario:
    """A published scenario, switched on."""
    made, _ = builders.scenario(builders.reason(cast.kotori), builders.template(cast.kotori))
    return made


def fresh(scenario: Scenario) -> Scenario:
    with scope.organization(scenario.organization_id):
        return Scenario.objects.select_related("revision", "shop").get(id=scenario.id)


def form_of(scenario: Scenario, steps: list[Any]) -> dict[str, Any]:
    """What a browser would send, with the version it has seen."""
    with scope.organization(scenario.organization_id):
        data = sent(flow_of(steps), Paper(scenario.shop.currency, scenario.shop))
    return {**data, "version": str(fresh(scenario).draft_version), "tab": "tab1"}


def send(browser: Client, scenario: Scenario, steps: list[Any], command: str, **changes: Any):  # type: ignore[no-untyped-def]
    return browser.post(f"/scenarios/{scenario.id}/", {**form_of(scenario, steps), **changes, "do": command})


def names(scenario: Scenario) -> list[str]:
    """The kinds of the draft's steps."""
    return [step["kind"] for step in fresh(scenario).draft["steps"]]


def test_it_keeps_what_was_typed_with_every_button(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    answer = send(browser, scenario, [MAIL, WAIT], "add:coupon:steps:2")
    assert answer.status_code == 303
    draft = fresh(scenario).draft["steps"]
    key = draft[2]["id"]
    assert answer.headers["Location"].endswith(f"?open={key}&look={key}#step-{key}")
    assert [step["kind"] for step in draft] == ["message", "wait", "coupon"]
    assert draft[0]["texts"]["ja"] == MAIL["texts"]["ja"]
    send(browser, scenario, draft, "up:steps.2")
    send(browser, scenario, fresh(scenario).draft["steps"], "remove:steps.0")
    assert names(scenario) == ["coupon", "wait"]


CONTROL = re.compile(
    r'<input(?=[^>]*name="([^"]+)")(?=[^>]*value="([^"]*)")(?:(?=[^>]*type="(checkbox)"))?([^>]*)>'
    r'|<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>'
    r'|<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>',
    re.S,
)


def controls(page: str) -> dict[str, list[str]]:
    """What a browser would send of the page's form."""
    found: dict[str, list[str]] = {}
    for one in CONTROL.finditer(page):
        name, value, checkbox, rest, area, text, choice, options = one.groups()
        if name and (not checkbox or " checked" in rest):
            found.setdefault(html.unescape(name), []).append(html.unescape(value))
        elif area:
            found[html.unescape(area)] = [html.unescape(text)]
        elif choice:
            found[html.unescape(choice)] = [
                html.unescape(code) for code in re.findall(r'value="([^"]*)" selected', options)
            ]
    return found


def test_it_draws_the_form_that_brings_the_draft_back(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    condition = {"field": "order.value", "op": "at_least", "value": 8000}
    branch = {"kind": "branch", "if": condition, "then": [MAIL], "else": [WAIT]}
    send(browser, scenario, [MAIL, branch, {"kind": "call", "script": {"ja": "お電話です"}}], "save")
    page = browser.get(f"/scenarios/{scenario.id}/").content.decode()
    draft = fresh(scenario).draft
    with scope.organization(scenario.organization_id):
        read = reading.read(reading.Form(controls(page[page.index('id="flow"') :])), Paper("JPY", fresh(scenario).shop))
    assert read == reading.tidy(draft)


def test_it_publishes_a_new_version_and_leaves_the_old_one_alone(cast: Cast, scenario: Scenario) -> None:
    before = fresh(scenario).revision
    assert before is not None
    send(cast.aoi.browser(), scenario, [MAIL], "publish", note="件名を短く")
    after = fresh(scenario).revision
    assert after is not None
    assert (after.number, after.published_by) == (before.number + 1, f"member:{cast.aoi.member.id}")
    assert after.note == "件名を短く"
    with scope.organization(scenario.organization_id):
        assert Revision.objects.get(id=before.id).flow == before.flow
        [[_channel, template_id]] = after.program[0]["templates"]
        assert Template.objects.get(id=template_id).texts["ja"] == MAIL["texts"]["ja"]


def test_it_shows_each_problem_at_its_step_and_loses_nothing(cast: Cast, scenario: Scenario) -> None:
    before = fresh(scenario).revision
    broken = {**MAIL, "texts": {"ja": {"subject": "件名", "body": "{{ customer.nmae }} 様"}}}
    answer = send(cast.aoi.browser(), scenario, [WAIT, broken], "publish")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "{{ customer.nmae }} 様" in page
    assert 'id="f-steps-1-texts-ja-body-wrong"' in page
    assert page.count("aria-invalid") == 1
    assert fresh(scenario).revision == before
    assert fresh(scenario).draft["steps"][1]["texts"]["ja"]["body"] == "{{ customer.nmae }} 様"


def test_it_keeps_a_number_that_is_none(cast: Cast, scenario: Scenario) -> None:
    answer = send(cast.aoi.browser(), scenario, [WAIT], "publish", **{"steps.0:days": "あした"})
    assert answer.status_code == 422
    assert 'value="あした"' in answer.content.decode()


def test_it_goes_back_to_the_published_version(cast: Cast, scenario: Scenario) -> None:
    send(cast.aoi.browser(), scenario, [WAIT], "save")
    send(cast.aoi.browser(), scenario, [WAIT], "discard")
    now = fresh(scenario)
    assert now.revision is not None
    assert reading.essence(now.draft) == reading.essence(now.revision.flow)


def test_it_takes_edits_back_and_does_them_again(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()

    def press(command: str) -> None:
        send(browser, scenario, fresh(scenario).draft["steps"], command)

    press("undo")
    assert names(scenario) == ["message", "wait"]
    press("add:exit:steps:2")
    press("add:coupon:steps:0")
    press("undo")
    assert names(scenario) == ["message", "wait", "exit"]
    press("undo")
    press("undo")
    assert names(scenario) == ["message", "wait"]
    press("redo")
    press("redo")
    press("redo")
    assert names(scenario) == ["coupon", "message", "wait", "exit"]
    press("undo")
    press("remove:steps.0")
    press("redo")
    assert names(scenario) == ["wait", "exit"]


def test_it_counts_typing_in_one_field_as_one_edit(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    for days in (3, 33, 333):
        draft = fresh(scenario).draft["steps"]
        send(browser, scenario, [draft[0], {**draft[1], "days": days}], "save", typed="steps.1:days")
    send(browser, scenario, fresh(scenario).draft["steps"], "undo")
    assert fresh(scenario).draft["steps"][1]["days"] == 1


def test_it_overwrites_nobody_in_silence(cast: Cast, scenario: Scenario) -> None:
    aoi, other = cast.aoi.browser(), cast.aoi.browser()
    old = form_of(scenario, [MAIL])
    assert send(other, scenario, [MAIL, WAIT, WAIT], "save", tab="tab2").status_code == 303
    page = aoi.post(f"/scenarios/{scenario.id}/", {**old, "do": "save"})
    assert page.status_code == 409
    assert "青井 葵" in page.content.decode()
    assert names(scenario) == ["message", "wait", "wait"]
    aoi.post(f"/scenarios/{scenario.id}/", {**old, "do": "mine"})
    assert names(scenario) == ["message"]
    send(aoi, scenario, [MAIL], "undo")
    assert names(scenario) == ["message", "wait", "wait"]


def test_it_takes_the_others_and_keeps_mine_within_reach(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    old = form_of(scenario, [MAIL])
    send(browser, scenario, [WAIT, WAIT], "save", tab="tab2")
    browser.post(f"/scenarios/{scenario.id}/", {**old, "do": "theirs"})
    assert names(scenario) == ["wait", "wait"]
    send(browser, scenario, fresh(scenario).draft["steps"], "undo")
    assert names(scenario) == ["message"]


def test_it_is_not_in_its_own_way(cast: Cast, scenario: Scenario) -> None:
    """A page whose last save is still on its way presses the next button with the old version."""
    browser = cast.aoi.browser()
    old = form_of(scenario, [MAIL])
    assert send(browser, scenario, [MAIL, WAIT, WAIT], "save").status_code == 303
    assert browser.post(f"/scenarios/{scenario.id}/", {**old, "do": "save"}).status_code == 303


def test_it_loses_no_steps_to_a_form_that_came_in_part(cast: Cast, scenario: Scenario) -> None:
    before = fresh(scenario).draft["steps"]
    cast.aoi.browser().post(f"/scenarios/{scenario.id}/", {"do": "save", "start:name": "x"})
    assert fresh(scenario).draft["steps"] == before


def test_it_asks_which_step_and_adds_it_there(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    answer = send(browser, scenario, [MAIL, WAIT], "at:steps:1")
    page = browser.get(answer.headers["Location"].partition("#")[0]).content.decode()
    assert page.count('value="add:call:steps:1"') == 1


def test_it_answers_the_pages_script_with_the_builder_alone(cast: Cast, scenario: Scenario) -> None:
    data = {**form_of(scenario, [MAIL]), "do": "copy:steps.0"}
    page = cast.aoi.browser().post(f"/scenarios/{scenario.id}/", data, headers={"X-Kaeru-Part": "builder"})
    assert page.status_code == 200
    assert page.content.decode().lstrip().startswith('<div id="builder"')
    assert names(scenario) == ["message", "message"]


def test_it_edits_conditions_wherever_they_are(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    send(browser, scenario, [{"kind": "branch"}], "condition:add:when", **{"when:new": "order.value"})
    assert fresh(scenario).draft["when"]["field"] == "order.value"
    send(browser, scenario, [{"kind": "branch"}], "condition:remove:steps.0.if.0")
    assert fresh(scenario).draft["steps"][0]["if"] is None


def test_it_offers_the_staff_where_a_step_is_somebodys(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    call = {"kind": "call", "script": {"ja": "お電話です"}, "assignee": "bunta@example.com"}
    send(browser, scenario, [call], "save")
    page = browser.get(f"/scenarios/{scenario.id}/").content.decode()
    assert '<option value="bunta@example.com" selected>文太</option>' in page
    assert 'value="chika@example.com"' not in page
    send(browser, scenario, [{**call, "assignee": ""}], "save")
    assert fresh(scenario).draft["steps"][0]["assignee"] == ""


def test_it_gives_a_name_and_a_reason(cast: Cast, scenario: Scenario) -> None:
    data = {"start:name": "高額のご注文", "start:reason": ""}
    send(cast.aoi.browser(), scenario, [MAIL], "save", **data)
    assert (fresh(scenario).name, fresh(scenario).reason_id) == ("高額のご注文", None)


def test_it_takes_the_largest_scenario_in_one_form(
    cast: Cast, scenario: Scenario, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    question = {"field": "order.value", "op": "at_least", "value": 8000}
    steps = [{"kind": "branch", "if": {"all": [question] * 5}, "then": [], "else": []} for _ in range(MOST_STEPS)]
    data = form_of(scenario, steps)
    assert len(data) > 1000
    browser = cast.aoi.browser()
    assert browser.post(f"/scenarios/{scenario.id}/", {**data, "do": "save"}).status_code == 303
    assert len(names(scenario)) == MOST_STEPS
    with django_assert_max_num_queries(25):
        assert browser.get(f"/scenarios/{scenario.id}/").status_code == 200


def test_it_counts_who_waits_at_each_step(cast: Cast, scenario: Scenario) -> None:
    revision = fresh(scenario).revision
    assert revision is not None
    for step in (2, 2, 0):
        order = builders.order(cast.kotori)
        builders.enrollment(revision, builders.cancellation(order, builders.reason(cast.kotori)), step=step)
    with scope.organization(cast.organization.id):
        mail, wait = (step["id"] for step in revision.flow["steps"])
        assert queries.waiting_by_step(scenario.id) == {wait: 2, mail: 1}
    page = cast.aoi.browser().get(f"/scenarios/{scenario.id}/").content.decode()
    assert re.search(r'<g class="count">.*?<text[^>]*>2</text>', page, re.S)


@pytest.mark.parametrize("name", ["bunta", "mei"])
def test_it_is_for_reading_only_without_the_permission(cast: Cast, scenario: Scenario, name: str) -> None:
    browser = getattr(cast, name).browser()
    page = browser.get(f"/scenarios/{scenario.id}/").content.decode()
    assert 'name="do" value="publish"' not in page
    assert "<fieldset" in page
    assert " disabled>" in page
    before = fresh(scenario).draft
    assert send(browser, scenario, [WAIT], "publish").status_code == 403
    assert fresh(scenario).draft == before


def test_it_is_not_there_for_strangers(cast: Cast, scenario: Scenario) -> None:
    browser = cast.chika.browser()
    assert browser.get(f"/scenarios/{scenario.id}/").status_code == 404
    assert send(browser, scenario, [WAIT], "save").status_code == 404
