"""The scenario editor, without a script: what is typed is never lost, and only what can be sent is published."""

import html
import re

import pytest
from django.test import Client

from kaeru.core import scope
from kaeru.messages.models import Template
from kaeru.scenarios.models import Enrollment, EnrollmentState, Revision, Scenario
from tests import builders
from tests.cast import Cast
from tests.unit.test_editor import fields

MAIL = {
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
        return Scenario.objects.select_related("revision").get(id=scenario.id)


def send(browser: Client, scenario: Scenario, steps: list, command: str, **changes: str):  # type: ignore[no-untyped-def, type-arg]
    return browser.post(f"/scenarios/{scenario.id}/", {**fields(steps), **changes, "do": command})


def test_it_lists_each_reason_with_its_steps(cast: Cast, scenario: Scenario) -> None:
    page = cast.aoi.browser().get("/scenarios/", {"lang": "en"}).content.decode()
    assert "Change the delivery address" in page
    assert "Mail → after 1 d" in page
    assert 'aria-checked="true"' in page


def test_it_keeps_what_was_typed_with_every_button(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    answer = send(browser, scenario, [MAIL, WAIT], "add:coupon:steps")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("?open=steps.2#steps-2")
    draft = fresh(scenario).draft
    assert [step["kind"] for step in draft] == ["message", "wait", "coupon"]
    assert draft[0]["texts"]["ja"] == MAIL["texts"]["ja"]  # type: ignore[index]
    send(browser, scenario, draft, "up:steps.2")
    send(browser, scenario, fresh(scenario).draft, "remove:steps.0")
    assert [step["kind"] for step in fresh(scenario).draft] == ["coupon", "wait"]


def test_it_draws_the_form_that_brings_the_draft_back(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    branch = {"kind": "branch", "on": "order_value", "at_least": 8000, "then": [MAIL], "else": [WAIT]}
    send(browser, scenario, [MAIL, branch], "save")
    page = browser.get(f"/scenarios/{scenario.id}/").content.decode()
    sent = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input[^>]* name="(steps[^"]*)" value="([^"]*)"', page)
    }
    sent |= {
        name: html.unescape(value)
        for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', page, re.S)
    }
    chosen = re.findall(r'<select[^>]*name="([^"]*)".*?<option value="([^"]*)" selected', page, re.S)
    assert {**sent, **dict(chosen)} == fields([MAIL, branch])


def test_it_publishes_a_new_version_and_leaves_the_old_one_alone(cast: Cast, scenario: Scenario) -> None:
    before = fresh(scenario).revision
    assert before is not None
    send(cast.aoi.browser(), scenario, [MAIL], "publish")
    after = fresh(scenario).revision
    assert after is not None
    assert (after.number, after.published_by) == (before.number + 1, f"member:{cast.aoi.member.id}")
    with scope.organization(scenario.organization_id):
        assert Revision.objects.get(id=before.id).steps == before.steps
        assert Template.objects.get(id=int(after.program[0]["template_id"])).texts["ja"] == MAIL["texts"]["ja"]  # type: ignore[index]


def test_it_shows_each_problem_at_its_step_and_loses_nothing(cast: Cast, scenario: Scenario) -> None:
    before = fresh(scenario).revision
    broken = {
        **MAIL,
        "texts": {"ja": {"subject": "件名", "body": "{{ customer.nmae }} 様"}, "en": {"subject": "", "body": ""}},
    }
    answer = send(cast.aoi.browser(), scenario, [WAIT, broken], "publish")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "{{ customer.nmae }} 様" in page
    assert 'id="steps-1-ja_body-wrong"' in page
    assert page.count("aria-invalid") == 1
    assert fresh(scenario).revision == before
    assert fresh(scenario).draft[1]["texts"]["ja"]["body"] == "{{ customer.nmae }} 様"


def test_it_keeps_a_number_that_is_none(cast: Cast, scenario: Scenario) -> None:
    answer = send(cast.aoi.browser(), scenario, [WAIT], "publish", **{"steps.0:days": "あした"})
    assert answer.status_code == 422
    assert 'value="あした"' in answer.content.decode()


def test_it_goes_back_to_the_published_version(cast: Cast, scenario: Scenario) -> None:
    send(cast.aoi.browser(), scenario, [WAIT], "save")
    send(cast.aoi.browser(), scenario, [WAIT], "discard")
    now = fresh(scenario)
    assert now.revision is not None
    assert now.draft == now.revision.steps


def test_it_switches_off_and_holds_who_is_on_the_way(cast: Cast, scenario: Scenario) -> None:
    revision = fresh(scenario).revision
    assert revision is not None
    way = builders.enrollment(
        revision, builders.cancellation(builders.order(cast.kotori), builders.reason(cast.kotori))
    )
    browser = cast.aoi.browser()
    for on, is_on, state in (
        ("0", False, EnrollmentState.HELD),
        ("0", False, EnrollmentState.HELD),
        ("1", True, EnrollmentState.WAITING),
    ):
        assert browser.post(f"/scenarios/{scenario.id}/switch/", {"on": on}).status_code == 302
        assert fresh(scenario).is_on is is_on
        with scope.organization(cast.organization.id):
            assert Enrollment.objects.get(id=way.id).state == state


def test_it_does_not_switch_on_what_was_never_published(cast: Cast) -> None:
    reason = builders.reason(cast.kotori, "own")
    browser = cast.aoi.browser()
    address = browser.post(f"/scenarios/new/{reason.id}/").headers["Location"]
    again = browser.post(f"/scenarios/new/{reason.id}/").headers["Location"]
    assert address == again
    browser.post(f"{address}switch/", {"on": "1"})
    assert "オンにする前に、シナリオを公開してください。" in browser.get(address).content.decode()
    with scope.organization(cast.organization.id):
        assert not Scenario.objects.get(reason=reason).is_on


@pytest.mark.parametrize("name", ["bunta", "mei"])
def test_it_is_for_reading_only_without_the_permission(cast: Cast, scenario: Scenario, name: str) -> None:
    browser = getattr(cast, name).browser()
    page = browser.get(f"/scenarios/{scenario.id}/").content.decode()
    assert 'name="do" value="publish"' not in page
    assert "<fieldset" in page
    assert " disabled>" in page
    assert send(browser, scenario, [WAIT], "publish").status_code == 403
    assert fresh(scenario).draft != [WAIT]


@pytest.mark.parametrize("name", ["usual", "long", "rare", "emoji", "html", "empty", "nonsense"])
def test_it_previews_a_mail_with_the_worst_names(cast: Cast, scenario: Scenario, name: str) -> None:
    browser = cast.aoi.browser()
    query = {"at": "steps.0", "name": name, "in": "ja"}
    page = browser.get(f"/scenarios/{scenario.id}/preview/", query)
    assert page.status_code == 200
    assert "<iframe" in page.content.decode()
    assert "sandbox" in page.content.decode()
    body = browser.get(f"/scenarios/{scenario.id}/preview/body/", query)
    assert body.status_code == 200
    assert "<script" not in body.content.decode().lower()
    policy = body.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("at", ["", "steps.9", "steps.1", "x", "steps.0.then.0"])
def test_it_previews_nothing_where_no_mail_is(cast: Cast, scenario: Scenario, at: str) -> None:
    assert cast.aoi.browser().get(f"/scenarios/{scenario.id}/preview/", {"at": at}).status_code == 404


def test_it_says_what_is_wrong_with_a_mail_that_cannot_be_put_together(cast: Cast, scenario: Scenario) -> None:
    broken = {**MAIL, "texts": {"ja": {"subject": "件名", "body": "{% if %}"}, "en": {"subject": "", "body": ""}}}
    browser = cast.aoi.browser()
    answer = send(browser, scenario, [broken], "preview:steps.0")
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
