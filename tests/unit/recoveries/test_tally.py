"""What is carried forward of a figure, and what it says."""

import json
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kaeru.recoveries.answers import answer, pulled_forward
from kaeru.recoveries.tally import MOST, Column, Tally, grow
from kaeru.uplift.analysis import analyse
from kaeru.uplift.units import Units


def world(
    seed: int, count: int, *, rate1: float = 0.5, rate0: float = 0.4, again1: float = 0.1, pi: float = 0.8
) -> Column:
    draw = np.random.default_rng(seed)
    arm = draw.random(count) < pi
    back = draw.random(count) < np.where(arm, rate1, rate0)
    value = np.where(back, draw.integers(1000, 9000, count), 0).astype(np.float64)
    coupons = np.where(arm & back, 300.0, 0.0)
    again = (draw.random(count) < np.where(arm, again1, 0.1)).astype(np.float64)
    sends, lost = np.where(arm, 3.0, 0.0), np.full(count, 4000.0)
    return Column(arm, np.full(count, pi), back, value, coupons, sends, lost, again, back & (draw.random(count) < 0.5))


def part(of: Column, chosen: slice) -> Column:
    return Column(*(getattr(of, name)[chosen] for name in Column.__slots__))


@settings(max_examples=15, deadline=None)
@given(some.integers(0, 60), some.integers(0, 5))
def test_it_gives_the_same_in_pieces_as_at_once(cut: int, seed: int) -> None:
    units = world(seed, 60)
    [whole] = grow([(Tally.from_json({}, watches=True), units, 40)])
    [first] = grow([(Tally.from_json({}, watches=True), part(units, slice(cut)), 40)])
    kept = Tally.from_json(json.loads(json.dumps(first.to_json())))
    [second] = grow([(kept, part(units, slice(cut, None)), 40)])
    one, other = answer(whole, 30, "JPY", 40), answer(second, 30, "JPY", 40)
    assert one["treated"] == other["treated"]
    assert one["verdict"] == other["verdict"]
    assert one["log_e"] == pytest.approx(other["log_e"], abs=1e-9)
    assert one["money"] == pytest.approx(other["money"])
    assert one["again"] == pytest.approx(other["again"])
    assert one["soon"] == pytest.approx(other["soon"])


def test_it_says_what_the_analysis_of_all_units_says() -> None:
    units = world(1, 3000, rate1=0.55)
    [tally] = grow([(Tally(), units, 100)])
    told = answer(tally, 30, "JPY")
    once = analyse(Units(units.arm, units.pi, units.back, units.value, units.coupons + units.sends))
    assert told["verdict"] == once.verdict == "proven"
    assert told["uplift"] == pytest.approx(once.uplift)
    assert (told["low"], told["high"]) == once.interval
    assert told["log_e"] == pytest.approx(once.log_e)
    assert once.money is not None
    assert told["money"]["per_cancellation"] == pytest.approx(once.money.difference)
    assert (told["money"]["low"], told["money"]["high"]) == pytest.approx(once.money.interval)
    assert told["money"]["low"] < told["money"]["per_cancellation"] < told["money"]["high"]


def test_it_shows_no_interval_of_money_with_few_held() -> None:
    [tally] = grow([(Tally(), world(2, 300, pi=0.9), 100)])
    told = answer(tally, 30, "JPY")
    assert told["held"]["units"] < 100
    assert told["money"]["low"] is None


def test_it_says_nothing_of_a_broken_comparison() -> None:
    """Held customers were lost on the way: the arms are not what the lot made them."""
    units = world(3, 3000)
    lost = units.arm | (np.arange(3000) % 3 == 0)
    [tally] = grow([(Tally(), Column(*(getattr(units, name)[lost] for name in Column.__slots__)), 100)])
    told = answer(tally, 30, "JPY")
    assert (told["verdict"], told["causal"]) == ("blocked", False)
    assert [told[name] for name in ("uplift", "low", "high", "log_e", "money", "again")] == [None] * 6
    assert told["treated"]["rate"] is not None, "rates are shown as rates"


def test_it_knows_that_nobody_was_held_back() -> None:
    units = part(world(4, 1), slice(0))
    [tally] = grow([(Tally(), units, 100)])
    assert answer(tally, 30, "JPY")["verdict"] == "no_holdout"


def test_it_sounds_the_alarm_when_cancelling_pays() -> None:
    """Treated people cancel again far more often than held ones."""
    quiet, loud = (
        grow([(Tally.from_json({}, watches=True), world(5, 4000, again1=rate), 100)])[0] for rate in (0.1, 0.25)
    )
    assert answer(quiet, 30, "JPY")["again"]["alarm"] is False
    told = answer(loud, 30, "JPY")["again"]
    assert told["alarm"] is True
    assert told["treated"] > told["held"]
    assert told["log_e"] > log(20)


def test_it_caps_what_one_customer_counts_in_money() -> None:
    units = world(6, 4)
    giant = Column(
        units.arm,
        units.pi,
        units.back,
        np.full(4, 1e9),
        units.coupons * 0,
        units.sends * 0,
        units.lost,
        units.again,
        units.soon,
    )
    assert list(giant.net(100)) == [MOST] * 4


def test_it_warns_of_people_who_only_came_sooner() -> None:
    assert pulled_forward({60: {"soon": 0.15, "uplift": 0.01}})
    assert not pulled_forward({60: {"soon": 0.15, "uplift": 0.12}})
    assert not pulled_forward({60: {"soon": -0.15, "uplift": -0.2}})
    assert not pulled_forward({60: {"soon": 0.004, "uplift": 0.0}}), "less than a point is no gain to compare with"
    assert not pulled_forward({7: {"uplift": 0.15}}), "nobody's sixty days are over"
    assert not pulled_forward({7: {"uplift": 0.9}, 60: {"soon": 0.1, "uplift": 0.1}}), (
        "younger customers are not compared"
    )
