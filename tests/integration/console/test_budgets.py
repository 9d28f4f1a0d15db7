"""This month's budgets: each step that gave coupons, what they have cost and what is left."""

import time
from datetime import UTC, date, datetime

import pytest

from kaeru.core import clock, scope
from kaeru.offers.models import Budget
from kaeru.scenarios import actions
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop
from tests import builders
from tests import drafts as flows
from tests.cast import Cast, Person
from tests.integration.console.test_cancellations import seen

NOVEMBER = date(2026, 11, 1)
STEPS = [
    flows.message(),
    flows.wait(days=1),
    flows.coupon(500) | {"id": "c"},
    flows.message("advertisement", coupon=True),
]


@pytest.fixture
def scenario(cast: Cast) -> Scenario:
    """A published one with a coupon, in November."""
    clock.set_clock(clock.Clock(real=time.time(), shown=datetime(2026, 11, 24, 1, tzinfo=UTC), speed=1e-9))
    with scope.organization(cast.organization.id):
        made = actions.begin(cast.kotori, actor="test", reason=builders.reason(cast.kotori), flow=flow_of(STEPS))
        actions.publish(made.id, actor="test")
    return made


def budget(shop: Shop, key: str, spent: int, limit: int | None = 30_000, month_on: date = NOVEMBER) -> None:
    with scope.organization(shop.organization_id):
        Budget.objects.create(
            organization_id=shop.organization_id, shop=shop, key=key, month_on=month_on, limit=limit, spent=spent
        )


def page(who: Person, language: str = "en") -> str:
    return seen(who.browser().get("/settings/budgets/", {"lang": language}).content)


def test_it_says_what_to_do_while_there_is_nothing(cast: Cast, scenario: Scenario) -> None:
    budget(cast.kotori, f"{scenario.id}:c", 500, month_on=date(2026, 10, 1))
    assert "No coupon has been issued this month Add a coupon step to a scenario and publish it." in page(cast.aoi)
    assert "今月はまだクーポンを発行していません" in page(cast.aoi, "ja")


def test_it_lists_steps_with_spent_and_limit(cast: Cast, scenario: Scenario) -> None:
    budget(cast.kotori, f"{scenario.id}:c", 4500)
    said = page(cast.mei)
    assert "From Sun 1 Nov to Mon 30 Nov" in said
    assert "Change the delivery address Coupon: ¥500 off ¥4,500 / ¥30,000 ¥25,500 left" in said
    assert "配送先を変更したい クーポン：500円引き 4,500円 / 30,000円 残り25,500円" in page(cast.mei, "ja")
    assert "What the coupons of one step may cost in a month." in said


@pytest.mark.parametrize(
    ("spent", "limit", "tone", "left"),
    [(25_000, 30_000, "clock", "¥5,000 left"), (30_000, 30_000, "bad", "used up"), (500, 400, "bad", "used up"), (5, None, "", "without a limit")],
)  # fmt: skip
def test_it_says_how_much_is_left(
    cast: Cast, scenario: Scenario, spent: int, limit: int | None, tone: str, left: str
) -> None:
    budget(cast.kotori, f"{scenario.id}:c", spent, limit)
    drawn = cast.aoi.browser().get("/settings/budgets/", {"lang": "en"}).content.decode()
    assert f'<span class="badge {tone}">{left}</span>' in drawn


def test_it_keeps_what_was_spent_by_steps_and_scenarios_that_are_gone(cast: Cast, scenario: Scenario) -> None:
    budget(cast.kotori, f"{scenario.id}:gone", 100)
    budget(cast.kotori, "7:c", 200)
    said = page(cast.aoi)
    assert "Change the delivery address A step of an earlier version ¥100" in said
    assert said.index("A step of an earlier version") < said.index("A scenario that was deleted")


def test_it_shows_a_stranger_nothing(cast: Cast, scenario: Scenario) -> None:
    budget(cast.kotori, f"{scenario.id}:c", 4500)
    assert "4,500" not in page(cast.chika)
    assert "4,500" not in seen(cast.chika.browser().get("/settings/budgets/?shop=kotori").content)
