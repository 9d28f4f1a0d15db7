"""The part of a scenario's page that says who is held back for comparison, and the story of such a customer."""

import pytest

from kaeru.core import scope
from kaeru.core.models import AuditEntry
from kaeru.scenarios import actions
from kaeru.scenarios.models import Scenario, StepLog
from tests import builders
from tests.cast import Cast

COUPON = {"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 0, "budget": 30_000}
WHY = "何もしなくても再注文される"


@pytest.fixture
def scenario(cast: Cast, holdout_by_itself: None) -> Scenario:
    with scope.organization(cast.organization.id):
        made = actions.begin(cast.kotori, actor="test", name="おわび", flow={"steps": [COUPON]})
        actions.publish(made.id, actor="test")
    return made


def test_it_says_why_and_how_many_and_takes_another_share(cast: Cast, scenario: Scenario) -> None:
    page, aoi = f"/scenarios/{scenario.id}/", cast.aoi.browser()
    first = aoi.get(page).content.decode()
    assert WHY in first
    assert "新しいお客様の 50% が比較用です" in first
    aoi.post(f"{page}comparison/", {"choice": "own", "share": "15"})
    assert "新しいお客様の 15% が比較用です" in aoi.get(page).content.decode()
    aoi.post(f"{page}comparison/", {"choice": "off", "share": "15"})
    assert "このシナリオの効果は分かりません" in aoi.get(page).content.decode()
    with scope.organization(cast.organization.id):
        told = [row.detail for row in AuditEntry.objects.filter(verb="scenario.held_back").order_by("id")]
    assert told == [{"before": "tapered", "after": "15"}, {"before": "15", "after": "off"}]


@pytest.mark.parametrize("share", ["", "0", "51", "off", "十", "9999999"])
def test_it_takes_no_share_that_is_none(cast: Cast, scenario: Scenario, share: str) -> None:
    answer = cast.aoi.browser().post(
        f"/scenarios/{scenario.id}/comparison/", {"choice": "own", "share": share}, follow=True
    )
    assert "1 から 50 までの整数" in answer.content.decode()
    with scope.organization(cast.organization.id):
        assert Scenario.objects.get(id=scenario.id).holdout == ""


def test_it_is_nobody_elses(cast: Cast, scenario: Scenario) -> None:
    address = f"/scenarios/{scenario.id}/comparison/"
    assert cast.chika.browser().post(address, {"choice": "off"}).status_code == 404
    assert cast.bunta.browser().post(address, {"choice": "off"}).status_code == 403


def test_it_says_when_everybody_gets_the_same(cast: Cast, holdout_by_itself: None) -> None:
    with scope.organization(cast.organization.id):
        made, _ = builders.scenario(builders.reason(cast.kotori), builders.template(cast.kotori))
    assert "比較用にする方はいません" in cast.aoi.browser().get(f"/scenarios/{made.id}/").content.decode()


def test_it_tells_the_story_of_who_is_held_back(cast: Cast, scenario: Scenario) -> None:
    with scope.organization(cast.organization.id):
        scenario.refresh_from_db()
        assert scenario.revision
        order = builders.order(cast.kotori, builders.customer(cast.kotori))
        wish = builders.cancellation(order)
        way = builders.enrollment(scenario.revision, wish, arm="held", state="ended", end_reason="finished")
        StepLog.objects.create(
            organization_id=cast.organization.id, enrollment_id=way.id, position=0, kind="coupon", outcome="skipped", reason="held",
            at=way.entered_at,
        )  # fmt: skip
    story = cast.aoi.browser().get(f"/cancellations/{wish.id}/").content.decode()
    assert "比較用のお客様のため、ご案内をお送りしません" in story
    assert "シナリオの効果を測るため" in story
