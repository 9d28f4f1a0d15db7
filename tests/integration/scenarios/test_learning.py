"""A split that learns which of its ways earns most: choices with their probabilities, shares by net yen, the comparison left alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kaeru.core import clock, ids, scope
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios import enrolling, learning
from kaeru.scenarios.enrolling import Start
from kaeru.scenarios.models import Assignment, Enrollment, Scenario, SplitChoice, SplitLesson, StepLog
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast

TEXTS = {"ja": {"subject": "お知らせ", "body": "いつもありがとうございます。"}}
SAY = {"kind": "message", "purpose": "advertisement", "texts": TEXTS}
SPLIT: dict[str, Any] = {"kind": "split", "mode": "learn", "weight_a": 70, "weight_b": 30, "a": [SAY], "b": [SAY]}


@pytest.fixture(autouse=True)
def _scope(cast: Cast) -> Iterator[None]:
    with scope.organization(cast.organization.id):
        yield


def begun(cast: Cast, setting: str = "off") -> Scenario:
    flow = {"trigger": "order.delayed", "steps": [SPLIT]}
    made = scenarios.begin(cast.kotori, actor="test", name="学ぶ", flow=flow)
    scenarios.hold_back(made.id, setting=setting, actor="test")
    scenarios.publish(made.id, actor="test")
    scenarios.switch(made.id, is_on=True, actor="test")
    return Scenario.objects.get(id=made.id)


def enter(cast: Cast, count: int) -> None:
    crowd = [builders.customer(cast.kotori, email=None) for _ in range(count)]
    enrolling.start(
        [Start("order.delayed", cast.organization.id, cast.kotori.id, ids.new_id(), clock.now(), customer_id=one.id) for one in crowd]
    )  # fmt: skip
    registry.drain()


def chosen(cast: Cast, way: str, count: int, *, back: int = 0, days: int = 40, cost: int = 0) -> None:
    """Choices of some days ago; the first `back` of those customers ordered two days later, with a coupon where it cost."""
    key = SplitLesson.objects.get().key
    at = clock.now() - timedelta(days=days)
    for number in range(count):
        buyer = builders.customer(cast.kotori, email=None)
        row = SplitChoice.objects.create(
            organization_id=cast.organization.id, shop=cast.kotori, customer=buyer, enrollment_id=ids.new_id(), key=key, way=way,
            shares=[0.5, 0.5], at=at,
        )  # fmt: skip
        if number < back:
            builders.order(cast.kotori, buyer, placed_at=at + timedelta(days=2))
            if cost:
                builders.coupon(cast.kotori, buyer, enrollment_id=row.enrollment_id, cost=cost, redeemed_at=at)


def test_it_begins_with_the_shares_of_the_shop_and_keeps_each_choice_with_them(cast: Cast) -> None:
    begun(cast)
    enter(cast, 12)
    rows = list(SplitChoice.objects.all())
    assert len(rows) == 12
    assert {tuple(row.shares) for row in rows} == {(0.7, 0.3)}
    ways = dict(StepLog.objects.filter(kind="split").values_list("enrollment_id", "outcome"))
    assert {row.enrollment_id: row.way for row in rows} == ways


def test_it_goes_by_what_it_has_learned(cast: Cast) -> None:
    begun(cast)
    SplitLesson.objects.update(weights=[0.0, 1.0])
    enter(cast, 8)
    assert set(SplitChoice.objects.values_list("way", flat=True)) == {"b"}


def test_it_learns_net_yen_and_never_the_share_that_comes_back(cast: Cast) -> None:
    """The way with the coupon brings more people back, and less money."""
    begun(cast)
    chosen(cast, "a", 30, back=18, cost=1000)
    chosen(cast, "b", 30, back=15)
    assert learning.learn(10) == 1
    lesson = SplitLesson.objects.get()
    assert lesson.weights[1] > 0.9
    assert sum(lesson.weights) == pytest.approx(1, abs=1e-5)
    assert [(one["way"], one["units"], one["back"]) for one in lesson.told] == [("a", 30, 18), ("b", 30, 15)]
    assert learning.learn(10) == 0, "not before the hour is over"


def test_it_does_not_take_yesterday_for_a_no(cast: Cast) -> None:
    begun(cast)
    chosen(cast, "a", 20, back=6)
    chosen(cast, "b", 20, back=6)
    chosen(cast, "b", 60, days=0)
    learning.learn(10)
    assert SplitLesson.objects.get().weights[1] > 0.3


def test_it_counts_no_order_after_the_window_nor_a_customer_twice(cast: Cast) -> None:
    begun(cast)
    chosen(cast, "a", 2, days=90)
    first = SplitChoice.objects.order_by("id").first()
    assert first
    builders.order(cast.kotori, first.customer, placed_at=first.at + timedelta(days=31))
    SplitChoice.objects.create(
        organization_id=cast.organization.id, shop=cast.kotori, customer=first.customer, enrollment_id=ids.new_id(), key=first.key, way="b",
        shares=[0.5, 0.5], at=first.at + timedelta(days=30, hours=1),
    )  # fmt: skip
    learning.learn(10)
    assert [(one["units"], one["back"]) for one in SplitLesson.objects.get().told] == [(2, 0), (0, 0)]


def test_it_leaves_the_comparison_alone(cast: Cast) -> None:
    begun(cast, "5000")
    SplitLesson.objects.update(weights=[0.05, 0.95])
    enter(cast, 30)
    held = set(Assignment.objects.filter(arm="held").values_list("customer_id", flat=True))
    assert 0 < len(held) < 30
    assert set(SplitChoice.objects.values_list("customer_id", flat=True)).isdisjoint(held)
    assert Enrollment.objects.filter(arm="held", state="ended").count() == len(held)


def test_it_goes_on_with_what_it_knows_when_the_scenario_is_published_again(cast: Cast) -> None:
    made = begun(cast)
    SplitLesson.objects.update(weights=[0.2, 0.8])
    scenarios.publish(made.id, actor="test")
    assert SplitLesson.objects.get().weights == [0.2, 0.8]
    steps = [{**made.draft["steps"][0], "weight_b": 20, "weight_c": 10, "c": [SAY]}]
    scenarios.save_draft(made.id, {**made.draft, "steps": steps}, actor="test")
    scenarios.publish(made.id, actor="test")
    assert SplitLesson.objects.get().weights == [0.7, 0.2, 0.1]


def test_it_shows_what_it_has_learned(cast: Cast) -> None:
    made = begun(cast)
    page = cast.aoi.browser().get(f"/scenarios/{made.id}/").content.decode()
    assert "まだ何も学んでいません" in page
    told = [{"way": "a", "units": 30, "back": 18, "net": 690}, {"way": "b", "units": 31, "back": 15, "net": 900}]
    SplitLesson.objects.update(weights=[0.12, 0.88], told=told)
    page = cast.aoi.browser().get(f"/scenarios/{made.id}/").content.decode()
    assert "A 12%（30人、1人あたり690円）" in page
