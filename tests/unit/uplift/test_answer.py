"""The answer of one comparison."""

import json

import numpy as np
import pytest

from kaeru.uplift import pull_forward, size
from kaeru.uplift.analysis import analyse, answer
from kaeru.uplift.eproc import Difference
from kaeru.uplift.units import units
from kaeru.uplift.value import Spend
from tests.unit.uplift.dice import drawn


def test_it_answers_alike_from_units_and_from_what_was_kept() -> None:
    some = drawn(900, effect=0.1)
    one, other = analyse(some), answer(Difference().add(some.arm, some.pi, some.outcome))
    assert one.verdict == other.verdict and one.uplift == other.uplift and one.needed == other.needed
    assert one.interval == pytest.approx(other.interval)
    assert one.log_e == pytest.approx(other.log_e)
    assert json.loads(json.dumps(one.to_json()))["treated"]["units"] == one.treated.units


def test_it_blocks_everything_when_the_arms_are_not_as_promised() -> None:
    some = drawn(2000, effect=0.3, pi=0.7)
    broken = analyse(units(some.arm, 0.9, some.outcome, value=np.ones(2000)))
    assert broken.is_blocked and broken.verdict == "not_yet"
    assert [broken.uplift, broken.interval, broken.money, broken.needed] == [None] * 4


def test_it_answers_before_anything_came() -> None:
    nothing = analyse(drawn(0))
    assert nothing.verdict == "not_yet" and [nothing.uplift, nothing.needed] == [None, None]
    assert nothing.interval == pytest.approx((-1, 1)) and nothing.treated.interval == pytest.approx((0, 1))


def test_it_gives_money_no_interval_before_a_hundred_are_held() -> None:
    dice = np.random.default_rng(3)
    for pi, has in ((0.9, False), (0.5, True)):
        arm = dice.random(600) < pi
        told = analyse(units(arm, pi, np.ones(600), value=dice.gamma(2, 500, 600), cost=arm * 30.0)).money
        assert told is not None and (told.interval is not None) == has
        assert told.difference == pytest.approx(told.treated - told.held)


def test_it_counts_net_of_what_was_spent() -> None:
    arm = np.array([1, 0] * 200, bool)
    told = analyse(units(arm, 0.5, np.ones(400), value=np.full(400, 1000.0), cost=arm * 300.0)).money
    assert told is not None and told.difference == pytest.approx(-300)


def test_it_keeps_spend_in_pieces() -> None:
    dice = np.random.default_rng(5)
    arm, spent = dice.random(5000) < 0.8, dice.lognormal(8, 1, 5000)
    whole, pieces = Spend().add(arm, 0.8, spent), Spend()
    for start in range(0, 5000, 700):
        part = slice(start, start + 700)
        pieces = Spend.from_json(json.loads(json.dumps(pieces.to_json()))).add(arm[part], 0.8, spent[part])
    assert pieces.log_e == pytest.approx(whole.log_e, abs=1e-6) and pieces.peak == pytest.approx(whole.peak, abs=1e-6)
    assert pieces.sd == pytest.approx(spent.std())


def test_it_sees_money_that_moved() -> None:
    dice = np.random.default_rng(6)
    arm = dice.random(2000) < 0.5
    assert Spend().add(arm, 0.5, dice.lognormal(8, 0.9, 2000) * (1 + arm)).is_changed()
    assert Spend().log_e == pytest.approx(0)


@pytest.mark.parametrize(("held", "effect", "half", "most"), [
    (1000, 0.05, 8090, 13810), (1000, 0.1, 1915, 3400), (1000, 0.2, 550, 870), (2000, 0.1, 1110, 1950), (5000, 0.1, 720, 1240), (5000, 0.2, 200, 330),
])  # fmt: skip
def test_it_foretells_how_many_units_it_takes(held: int, effect: float, half: int, most: int) -> None:
    """Against medians of simulated shops, worked out apart from this code."""
    told = size.until_proven(0.3, effect, lambda _: held)
    assert told.half == pytest.approx(half, rel=0.12) and told.most == pytest.approx(most, rel=0.12)


def test_it_foretells_months() -> None:
    assert size.until_proven(0.3, 0.2).months(50) == size.Wait(4, 9)
    assert size.until_proven(0.3, 0.0) == size.until_proven(0.3, 0.8) == size.Wait(None, None)
    assert size.until_proven(0.3, 0.0005) == size.Wait(None, None)


def test_it_needs_fewer_the_nearer_it_is() -> None:
    fresh, near = size.until_proven(0.3, 0.1), size.until_proven(0.3, 0.1, before=900, log_e=2.5)
    assert fresh.half is not None and near.half is not None and near.half < fresh.half


def test_it_knows_orders_that_only_came_sooner() -> None:
    arm = np.array([True] * 100 + [False] * 100)
    windows = {
        7: np.concatenate((np.arange(100) < 40, np.arange(100) < 20)).astype(np.int8),
        60: np.concatenate((np.arange(100) < 60, np.arange(100) < 58)).astype(np.int8),
    }
    told = pull_forward.of_units(units(arm, 0.5, windows[60], windows=windows))
    assert told.uplift == {7: pytest.approx(0.2), 60: pytest.approx(0.02)} and told.is_pulled_forward
    windows[60][100:] = np.arange(100) < 40
    assert not pull_forward.of_units(units(arm, 0.5, windows[60], windows=windows)).is_pulled_forward
    windows[60][:] = -1
    assert pull_forward.of_units(units(arm, 0.5, arm, windows=windows)).uplift[7] is None
    assert pull_forward.of_units(drawn(5)).uplift == {}
