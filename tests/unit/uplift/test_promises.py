"""What is promised to whoever looks every day, on few streams; `bench.uplift_peek` has thousands."""

from math import log

import numpy as np
import pytest

from kaeru.uplift.eproc import gains
from kaeru.uplift.units import Flags, Floats, units
from kaeru.uplift.value import Spend
from kaeru.uplift.walk import walk

STREAMS, UNITS = 200, 1500
PROVEN = log(20)


def _steady(dice: np.random.Generator, base: float, held: float) -> tuple[Flags, Floats, Flags]:
    return dice.random(UNITS) >= held, np.full(UNITS, 1 - held), dice.random(UNITS) < base


def _drift(dice: np.random.Generator) -> tuple[Flags, Floats, Flags]:
    return dice.random(UNITS) >= 0.1, np.full(UNITS, 0.9), dice.random(UNITS) < np.linspace(0.1, 0.7, UNITS)


def _tilted(dice: np.random.Generator) -> tuple[Flags, Floats, Flags]:
    """The share that is treated grows with the base: whoever forgets pi sees an effect."""
    pi = np.linspace(0.2, 0.9, UNITS)
    return dice.random(UNITS) < pi, pi, dice.random(UNITS) < np.linspace(0.1, 0.7, UNITS)


WORLDS = {
    "30 %, 10 % held": lambda dice: _steady(dice, 0.3, 0.1),
    "30 %, 50 % held": lambda dice: _steady(dice, 0.3, 0.5),
    "5 %, 10 % held": lambda dice: _steady(dice, 0.05, 0.1),
    "drift": _drift,
    "allocation that follows a drift": _tilted,
}


@pytest.mark.parametrize("world", WORLDS)
def test_it_seldom_shows_what_is_not_there(world: str) -> None:
    dice = np.random.default_rng(11)
    shown = blocked = 0
    for _ in range(STREAMS):
        walked = walk(units(*WORLDS[world](dice)))
        shown += float(walked.path.max()) >= PROVEN
        blocked += walked.ratio().is_broken
    assert shown / STREAMS <= 0.05 + 0.02  # two in a hundred for the dice
    assert blocked <= 2


@pytest.mark.parametrize(("base", "effect", "held"), [(0.3, 0.1, 0.1), (0.3, 0.1, 0.5), (0.6, -0.05, 0.2)])
def test_it_seldom_refutes_the_true_effect(base: float, effect: float, held: float) -> None:
    dice = np.random.default_rng(12)
    refuted = 0
    for _ in range(STREAMS):
        arm = dice.random(UNITS) >= held
        walked = walk(units(arm, 1 - held, dice.random(UNITS) < base + effect * arm))
        one = walked.units
        path = np.cumsum(gains(one.arm, one.pi, one.outcome, walked.q1, walked.q0, effect))
        refuted += float(path.max()) >= PROVEN
    assert refuted / STREAMS <= 0.05 + 0.02


def test_it_seldom_sees_money_that_did_not_move() -> None:
    dice = np.random.default_rng(13)
    changed = 0
    for _ in range(STREAMS):
        spent = np.where(dice.random(UNITS) < 0.3, dice.lognormal(8, 0.9, UNITS), 0)
        changed += Spend().add(dice.random(UNITS) < 0.9, 0.9, spent).is_changed()
    assert changed / STREAMS <= 0.05


def test_it_sees_a_large_effect_in_most_shops() -> None:
    dice = np.random.default_rng(14)
    shown = 0
    for _ in range(50):
        arm = dice.random(800) < 0.8
        shown += float(walk(units(arm, 0.8, dice.random(800) < 0.3 + 0.2 * arm)).path.max()) >= PROVEN
    assert shown >= 45
