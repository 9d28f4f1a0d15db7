"""The list of scenarios, beginning a new one, the switch, and the preview with its test to oneself."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.core import scope
from kaeru.messages.models import Message
from kaeru.scenarios import queries
from kaeru.scenarios.models import Enrollment, EnrollmentState, Scenario
from tests import builders
from tests.cast import Cast
from tests.integration.console.test_scenarios import MAIL, fresh, send


@pytest.fixture
def scenario(cast: Cast) -> Scenario:
    """A published scenario, switched on."""
    made, _ = builders.scenario(builders.reason(cast.kotori), builders.template(cast.kotori))
    return made


def test_it_lists_each_reason_with_its_steps(cast: Cast, scenario: Scenario) -> None:
    page = cast.aoi.browser().get("/scenarios/", {"lang": "en"}).content.decode()
    assert "Change the delivery address" in page or scenario.name in page
    assert "Mail → after 1 day" in page
    assert 'aria-checked="true"' in page


def test_it_lists_many_with_few_queries(
    cast: Cast, scenario: Scenario, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = cast.aoi.browser()
    for _ in range(6):
        browser.post(f"/scenarios/{scenario.id}/copy/")
    with django_assert_max_num_queries(20):
        assert browser.get("/scenarios/").content.decode().count("/copy/") == 7


def test_it_begins_with_a_ready_one(cast: Cast) -> None:
    browser = cast.aoi.browser()
    page = browser.get("/scenarios/new/").content.decode()
    names = re.findall(r'name="ready" value="(\w+)"', page)
    assert {"high_value", "changed_mind", "forgot_coupon"} <= set(names)
    for name in names:
        address = browser.post("/scenarios/new/", {"ready": name}).headers["Location"]
        assert browser.get(address).status_code == 200
    assert browser.post("/scenarios/new/", {"reason": "1"}).status_code == 404


def test_it_orders_copies_and_deletes(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    copied = int(browser.post(f"/scenarios/{scenario.id}/copy/").headers["Location"].split("/")[-2])
    with scope.organization(cast.organization.id):
        assert [one.id for one in queries.of_shop(cast.kotori.id)] == [scenario.id, copied]
        browser.post(f"/scenarios/{copied}/arrange/", {"to": "up"})
        assert [one.id for one in queries.of_shop(cast.kotori.id)] == [copied, scenario.id]
        browser.post(f"/scenarios/{copied}/arrange/", {"to": "up"})
        browser.post(f"/scenarios/{copied}/remove/")
        assert [one.id for one in queries.of_shop(cast.kotori.id)] == [scenario.id]
    revision = fresh(scenario).revision
    assert revision is not None
    builders.enrollment(revision, builders.cancellation(builders.order(cast.kotori), builders.reason(cast.kotori)))
    browser.post(f"/scenarios/{scenario.id}/remove/")
    page = browser.get("/scenarios/").content.decode()
    assert fresh(scenario).id == scenario.id
    assert f"/scenarios/{scenario.id}/remove/" not in page


def test_it_sends_a_test_to_oneself(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    said = {"at": "steps.0", "in": "ja", "name": "usual"}
    assert "aoi@example.com" in browser.get(f"/scenarios/{scenario.id}/preview/", said).content.decode()
    answer = browser.post(f"/scenarios/{scenario.id}/test/", said)
    assert "aoi@example.com" in browser.get(answer.headers["Location"]).content.decode()
    with scope.organization(cast.organization.id):
        assert Message.objects.filter(source="trial", source_id=cast.aoi.member.user_id).count() == 1
    assert cast.bunta.browser().post(f"/scenarios/{scenario.id}/test/", said).status_code == 403


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
    address = browser.post("/scenarios/new/", {"reason": str(reason.id)}).headers["Location"]
    browser.post(f"{address}switch/", {"on": "1"})
    assert "オンにする前に、シナリオを公開してください。" in browser.get(address).content.decode()
    with scope.organization(cast.organization.id):
        assert not Scenario.objects.get(reason=reason).is_on


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


@pytest.mark.parametrize("light", ["light", "dark"])
def test_it_previews_day_and_night_whatever_the_screen_is_set_to(cast: Cast, scenario: Scenario, light: str) -> None:
    query = {"at": "steps.0", "in": "ja", **({"dark": "1"} if light == "dark" else {})}
    html = cast.aoi.browser().get(f"/scenarios/{scenario.id}/preview/body/", query).content.decode()
    assert "prefers-color-scheme" not in html
    assert f'content="{light}"' in html
    assert ("@media not all" in html) == (light == "light")


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
