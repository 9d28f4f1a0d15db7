"""A coupon that loses money by what was measured is not published; while it is written the page says what it needs."""

from collections.abc import Iterator
from typing import Any

import pytest

from kaeru.core import clock, scope
from kaeru.recoveries.models import Figure
from kaeru.scenarios import actions
from kaeru.scenarios.errors import NotPublishable
from kaeru.scenarios.models import Scenario
from tests import builders
from tests.cast import Cast

COUPON = {"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 0, "budget": 30_000}


@pytest.fixture(autouse=True)
def _scope(cast: Cast) -> Iterator[None]:
    with scope.organization(cast.organization.id):
        yield


@pytest.fixture
def scenario(cast: Cast) -> Scenario:
    for _ in range(3):
        builders.cancellation(builders.order(cast.kotori, builders.customer(cast.kotori, email=None), total=1500))
    return actions.begin(cast.kotori, actor="test", name="おわび", flow={"steps": [COUPON]})


def measured(of: Scenario, **answer: Any) -> None:
    told = {"causal": True, "held": {"units": 100, "rate": 0.62}, **answer}
    Figure.objects.create(
        organization_id=of.organization_id, shop=of.shop, key=f"scenario:{of.id}", scenario=of, window=30, answer=told, units=500,
        computed_at=clock.now(),
    )  # fmt: skip


def test_it_refuses_a_coupon_that_loses_by_what_is_proven(scenario: Scenario) -> None:
    measured(scenario, verdict="proven", low=0.04, high=0.12)
    with pytest.raises(NotPublishable) as refused:
        actions.publish(scenario.id, actor="test")
    [problem] = refused.value.problems
    assert (problem.path, problem.code) == ("steps.0", "coupon_loses")
    assert "810" in problem.message  # 270 yen for each of three cancellations a month


def test_it_lets_a_coupon_pass_that_may_pay_or_is_not_known_yet(scenario: Scenario) -> None:
    assert actions.publish(scenario.id, actor="test").number == 1
    measured(scenario, verdict="not_yet", low=-0.2, high=0.5)
    assert actions.publish(scenario.id, actor="test").number == 2


def test_it_refuses_nothing_while_the_comparison_is_broken(scenario: Scenario) -> None:
    measured(scenario, causal=False, verdict="blocked", low=None, high=None)
    assert actions.publish(scenario.id, actor="test").number == 1


def test_it_shows_what_a_coupon_needs_while_it_is_written(cast: Cast, scenario: Scenario) -> None:
    page = cast.aoi.browser().get(f"/scenarios/{scenario.id}/").content.decode()
    assert "25 人増えると元が取れます" in page
    measured(scenario, verdict="not_yet", low=-0.2, high=0.5)
    page = cast.aoi.browser().get(f"/scenarios/{scenario.id}/").content.decode()
    assert "31 人増えると元が取れます（何もしなくても 62 人が戻り" in page
