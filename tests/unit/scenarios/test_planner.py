"""The planner: which coupons pay by what is proven, which are refused, and what that saves. Pure."""

from typing import Any

import pytest
from django.utils import translation

from kaeru.scenarios import planner
from kaeru.scenarios.proofs import Known


def flow(**fields: Any) -> dict[str, Any]:
    step = {
        "id": "c",
        "kind": "coupon",
        "coupon": "amount",
        "value": 500,
        "days": 14,
        "minimum": 0,
        "budget": 30_000,
        **fields,
    }
    return {"steps": [{"id": "s", "kind": "split", "weight_a": 50, "weight_b": 50, "a": [step], "b": []}]}


def known(verdict: str = "", low: float | None = None, high: float | None = None, **more: Any) -> Known:
    told: dict[str, Any] = {
        "p0": 0.62,
        "is_measured": bool(verdict),
        "margin": 1500,
        "order_value": 3000,
        "monthly": 100,
    }
    return Known(**{**told, **more}, verdict=verdict, low=low, high=high)


def test_it_needs_what_the_facts_say() -> None:
    """Margin 1,500, coupon 500, 62 % by themselves: 31 points."""
    [one] = planner.worths(flow(), known())
    assert one.break_even == pytest.approx(0.31)
    assert one.path == "steps.0.a.0"


@pytest.mark.parametrize(
    ("told", "saves"),
    [
        (known(), 0),
        (known("not_yet", -0.2, 0.5), 0),
        (known("proven", 0.32, 0.5), 0),
        (known("proven", 0.04, 0.5), 27_000),  # (0.62 + 0.04) x 1000 - 0.62 x 1500 = -270 for each of 100
        (known("not_yet", -0.2, 0.1), 21_000),  # even the most it can be does not pay
        (known("harmful", -0.2, -0.1), 41_000),
        (known("blocked"), 0),
    ],
)  # fmt: skip
def test_it_refuses_what_loses_by_what_is_proven(told: Known, saves: int) -> None:
    [one] = planner.worths(flow(), told)
    assert one.saves == saves
    assert [problem.path for problem in planner.problems(flow(), told, "JPY")] == (["steps.0.a.0"] if saves else [])


def test_it_counts_a_percentage_of_an_average_order_and_free_shipping_as_its_fee() -> None:
    [one] = planner.worths(flow(coupon="percent", percent=10), known())
    assert one.coupon.coupon == 300
    [one] = planner.worths(flow(coupon="free_shipping"), known(shipping_fee=600))
    assert one.coupon.coupon == 600


def test_it_says_when_a_coupon_can_never_pay() -> None:
    told = known("proven", 0.3, 0.4)
    [one] = planner.worths(flow(value=1500), told)
    assert "never pay" in one.words("JPY") or "割に合う" in one.words("JPY")
    assert one.saves == 93_000


@pytest.mark.parametrize(("value", "is_out_of_reach"), [(560, False), (580, True), (1499, True)])
def test_it_names_no_more_customers_than_can_come_back(value: int, is_out_of_reach: bool) -> None:
    """Of 100 customers 62 come by themselves: more than 38 more cannot be asked for."""
    told = known("not_yet", -0.2, 0.1)
    [one] = planner.worths(flow(value=value), told)
    assert one.is_out_of_reach is is_out_of_reach
    with translation.override("en"):
        [problem] = planner.problems(flow(value=value), told, "JPY")
        for said in (problem.message, one.words("JPY")):
            assert ("Even if every customer came back" in said) is is_out_of_reach


@pytest.mark.parametrize("value", [None, "500", True])
def test_it_leaves_half_written_steps_alone(value: Any) -> None:
    assert planner.worths(flow(value=value), known()) == []
