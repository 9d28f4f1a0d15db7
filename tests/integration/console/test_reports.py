"""The pages of the monthly report and the coupon planner."""

import pytest

from kaeru.core import scope
from kaeru.recoveries import rollup
from kaeru.recoveries.models import ReportWish
from kaeru.scenarios.models import Scenario
from tests import builders, drafts
from tests.cast import Cast
from tests.integration.recoveries.world import fill, scenarios

pytestmark = pytest.mark.integration


@pytest.fixture
def filled(cast: Cast) -> Cast:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 60, seed=3)
        rollup.roll_shops([cast.kotori.id])
    return cast


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_shows_the_last_month_and_gives_the_same_as_a_file(filled: Cast, language: str) -> None:
    browser = filled.mei.browser()
    page = browser.get(f"/results/reports/?lang={language}")
    assert page.status_code == 200
    assert ("月次レポート" if language == "ja" else "Monthly report") in page.content.decode()
    href = page.content.decode().split("/pdf/")[0].rpartition('"')[2] + "/pdf/"
    file = browser.get(href)
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF")


@pytest.mark.parametrize("month", ["2099-01", "2026-13", "x", "1999-01"])
def test_it_has_no_report_of_what_is_no_month_or_not_over(cast: Cast, month: str) -> None:
    assert cast.aoi.browser().get(f"/results/reports/{month}/").status_code == 404


def test_it_lets_owners_say_no_and_nobody_else(cast: Cast) -> None:
    assert cast.mei.browser().post("/settings/report/", {"mail": "on"}).status_code == 403
    assert cast.aoi.browser().post("/settings/report/", {}).status_code == 302
    with scope.organization(cast.organization.id):
        assert [row.is_on for row in ReportWish.objects.all()] == [False]
    assert "checked" not in cast.aoi.browser().get("/settings/report/").content.decode().split("<main")[1]


def test_it_spends_the_budget_only_on_coupons_that_can_pay(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 800, seed=3, rate1=0.8, rate0=0.3)
        pays, never = scenarios(cast.kotori)
        for scenario, value in ((pays, 300), (never, 3900)):
            for _ in range(12):
                builders.cancellation(builders.order(cast.kotori), scenario.reason)
            steps = [{**drafts.coupon(value), "id": "c"}]
            Scenario.objects.filter(pk=scenario.pk).update(revision=None, draft={"steps": steps})
        rollup.roll_shops([cast.kotori.id])
    browser = cast.aoi.browser()
    shown = browser.get("/results/planner/").context["coupons"]
    assert [one["scenario"].pk for one in shown] == [pays.pk, never.pk]
    assert "100" in shown[0]["break_even"]
    assert shown[1]["break_even"] == "–"
    assert shown[1]["saves"]
    for basis in ("proven", "estimate"):
        page = browser.get(f"/results/planner/?budget=30000&basis={basis}")
        assert page.status_code == 200
        assert [row["units"] for row in page.context["plan"]["rows"]] == [12]


@pytest.mark.parametrize("typed", ["budget=0", "budget=", "budget=viel", "budget=30000&basis=hope"])
def test_it_says_what_is_wrong_with_a_budget(filled: Cast, typed: str) -> None:
    page = filled.aoi.browser().get(f"/results/planner/?{typed}")
    assert page.status_code == 422
    assert page.context["form"].errors
    assert page.context["plan"] is None
