"""The exact evidence: its parts, its pieces, its promise."""

import json
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from kaeru.uplift.eproc import GRID, Difference, add_many
from kaeru.uplift.foretold import Counts, rates
from kaeru.uplift.nearest import held_rate
from kaeru.uplift.units import units
from kaeru.uplift.walk import walk
from tests.unit.uplift.dice import drawn

SHARES = st.floats(0.001, 0.999)


@settings(max_examples=200)
@given(SHARES, SHARES, st.floats(0.01, 0.99), st.integers(-199, 199))
def test_it_finds_the_nearest_pair_of_rates(q1: float, q0: float, pi: float, step: int) -> None:
    d = step * 0.005
    found = float(held_rate(np.array([q1]), np.array([q0]), np.array([pi]), d)[0])

    def slope(p0: float) -> float:
        p1 = p0 + d
        return pi * (p1 - q1) / (p1 * (1 - p1)) + (1 - pi) * (p0 - q0) / (p0 * (1 - p0))

    expected = optimize.brentq(slope, max(0.0, -d) + 1e-13, min(1.0, 1 - d) - 1e-13, xtol=1e-15)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-10)


@settings(max_examples=200)
@given(SHARES, SHARES, st.floats(0.01, 0.99), st.integers(-199, 199), st.floats(0, 1))
def test_it_expects_no_gain_of_any_pair_with_the_difference(
    q1: float, q0: float, pi: float, step: int, at: float
) -> None:
    """What makes it an e-value: for every pair of true rates that differ by d, the mean of the factor is one at most."""
    d = step * 0.005
    p0 = float(held_rate(np.array([q1]), np.array([q0]), np.array([pi]), d)[0])
    low, high = max(0.0, -d), min(1.0, 1 - d)
    true0 = low + at * (high - low)
    mean = 0.0
    for share, true, q, p in ((pi, true0 + d, q1, p0 + d), (1 - pi, true0, q0, p0)):
        mean += share * (true * q / p + (1 - true) * (1 - q) / (1 - p))
    assert mean <= 1 + 1e-6


def test_it_foretells_from_earlier_units_only() -> None:
    arm, came = np.array([1, 1, 0, 1], bool), np.array([1, 0, 1, 1], bool)
    q1, q0 = rates(Counts(), arm, came)
    assert q1[0] == q0[0] == 0.5  # (0 + 1) / (0 + 2)
    assert q1[1] == pytest.approx((1 + 10 * 2 / 3) / 11) and q0[1] == pytest.approx(2 / 3)
    changed = rates(Counts(), arm, ~came)
    assert changed[0][0] == q1[0]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from([0.5, 0.8, 0.9])), max_size=60), st.integers(1, 20)
)
def test_it_adds_in_pieces_as_at_once(rows: list[tuple[bool, bool, float]], size: int) -> None:
    columns = [np.array([row[at] for row in rows]) for at in (0, 2, 1)]
    whole, pieces = Difference().add(*columns), Difference()
    for start in range(0, len(rows), size):
        kept = json.loads(json.dumps(pieces.to_json()))
        pieces = Difference.from_json(kept).add(*(column[start : start + size] for column in columns))
    assert pieces.counts == whole.counts and pieces.verdict() == whole.verdict()
    assert pieces.interval() == whole.interval()
    np.testing.assert_allclose(pieces.grid, whole.grid, atol=1e-9)
    assert pieces.ratio.log_e == pytest.approx(whole.ratio.log_e, abs=1e-9)


def test_it_adds_to_many_as_to_each() -> None:
    some = [drawn(number, seed=number) for number in (0, 3, 40, 1)]
    states = [Difference().add([1, 0], 0.5, [1, 1]), Difference(), Difference(prior=(0.4, 0.3)), Difference()]
    together = add_many([(state, one.arm, one.pi, one.outcome) for state, one in zip(states, some, strict=True)])
    for state, one, found in zip(states, some, together, strict=True):
        alone = state.add(one.arm, one.pi, one.outcome)
        assert found.counts == alone.counts
        np.testing.assert_allclose(found.grid, alone.grid, atol=1e-9)


@pytest.mark.parametrize(
    ("number", "pi", "effect"), [(0, 0.9, 0), (1, 0.9, 0), (60, 0.5, 0.3), (900, 0.8, -0.2), (5000, 0.9, 0.05)]
)
def test_it_finds_the_same_interval_from_all_units(number: int, pi: float, effect: float) -> None:
    some = drawn(number, effect=effect, pi=pi, seed=3)
    kept, walked = Difference().add(some.arm, some.pi, some.outcome), walk(some)
    assert kept.interval() == pytest.approx(walked.interval())
    assert (kept.peak_up, kept.peak_down) == pytest.approx(walked.peaks if number else (-np.inf, -np.inf))
    low, high = walked.fine_interval()
    assert kept.interval()[0] - 1e-9 <= low <= high <= kept.interval()[1] + 1e-9


def test_it_knows_nothing_at_first() -> None:
    nothing = Difference.from_json({})
    assert nothing.interval() == (-1.0, 1.0) and nothing.verdict() == "not_yet" and nothing.log_e() == 0


@pytest.mark.parametrize(("effect", "verdict"), [(0.3, "proven"), (-0.25, "harmful"), (0.0, "not_yet")])
def test_it_says_which_way(effect: float, verdict: str) -> None:
    some = drawn(1500, effect=effect, pi=0.8, seed=5)
    found = Difference().add(some.arm, some.pi, some.outcome)
    assert found.verdict() == verdict
    low, high = found.interval()
    assert low <= effect <= high
    assert (low > 0, high < 0) == (verdict == "proven", verdict == "harmful")


def test_it_stays_proven_though_the_effect_goes_away() -> None:
    some = drawn(800, effect=0.3, pi=0.5, seed=2)
    proven = Difference().add(some.arm, some.pi, some.outcome)
    worse = drawn(4000, effect=-0.12, pi=0.5, seed=8)
    after = proven.add(worse.arm, worse.pi, worse.outcome)
    assert proven.verdict() == "proven" and after.peak_up >= proven.peak_up
    assert after.log_e() != proven.log_e()


def test_it_adds_up_over_shops() -> None:
    """Log e-values of independent shops may be added: a small effect that no shop shows is shown by all of them."""
    shops = [drawn(400, effect=0.12, pi=0.5, seed=seed) for seed in range(30)]
    each = [Difference().add(one.arm, one.pi, one.outcome).log_e() for one in shops]
    assert sum(each) > log(20) > sorted(each)[len(each) // 2]


def test_it_gains_from_what_others_learned() -> None:
    gained = 0.0
    for seed in range(20):
        some = drawn(300, effect=0.15, pi=0.9, seed=seed)
        gained += Difference(prior=(0.45, 0.3)).add(some.arm, some.pi, some.outcome).log_e()
        gained -= Difference().add(some.arm, some.pi, some.outcome).log_e()
    assert gained > 0


def test_it_refuses_what_is_no_lot() -> None:
    for pi in (0.0, 1.0, -0.1):
        with pytest.raises(ValueError, match="strictly between"):
            Difference().add([1], pi, [1])
    with pytest.raises(ValueError, match="length"):
        Difference().add([1, 0], 0.5, [1])
    with pytest.raises(ValueError, match="grid"):
        Difference().log_e(0.0026)
    with pytest.raises(ValueError, match="0 or 1"):
        units([2], 0.5, [1])
    assert len(GRID) == 399


def test_it_tells_an_interval_when_all_is_refuted() -> None:
    """Rates that drift can refute every difference: the least refuted one is told, not nothing."""
    state = Difference(grid=np.abs(GRID - 0.1) * 10 + 50)
    assert state.interval() == pytest.approx((0.095, 0.105))
