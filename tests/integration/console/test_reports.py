"""The pages of the monthly report and the coupon planner."""

import pytest

from kaeru.core import scope
from kaeru.recoveries import rollup
from kaeru.recoveries.models import ReportWish
from tests.cast import Cast
from tests.integration.recoveries.world import fill

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


def test_it_plans_coupons(filled: Cast) -> None:
    browser = filled.aoi.browser()
    assert browser.get("/results/planner/").status_code == 200
    assert browser.get("/results/planner/?budget=30000&basis=estimate").status_code in (200, 422)
