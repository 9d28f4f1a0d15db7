"""Are the arms as large as the lot made them?"""

import numpy as np
import pytest

from kaeru.uplift.ratio import Ratio, of_counts
from tests.unit.uplift.dice import drawn


def test_it_is_the_closed_form_where_pi_is_constant() -> None:
    some = drawn(700, pi=0.8)
    walked, told = Ratio().add(some.arm, some.pi), of_counts(int(some.arm.sum()), int((~some.arm).sum()), 0.8)
    assert walked.log_e == pytest.approx(told.log_e, abs=1e-9)
    assert walked.chi2 == pytest.approx(told.chi2)


def test_it_passes_a_tapered_lot() -> None:
    dice = np.random.default_rng(4)
    pi = np.repeat([0.5, 0.8, 0.9], [200, 400, 3000])
    assert not Ratio().add(dice.random(len(pi)) < pi, pi).is_broken


def test_it_finds_lost_units() -> None:
    """One in three of the held out has gone missing."""
    some = drawn(12_000, pi=0.9)
    lost = ~some.arm & (np.arange(len(some)) % 3 == 0)
    kept = some.where(~lost)
    assert not Ratio().add(some.arm, some.pi).is_broken
    assert Ratio().add(kept.arm, kept.pi).is_broken


def test_it_stays_broken() -> None:
    broken = Ratio().add(np.ones(300, bool), np.full(300, 0.9))
    mended = broken.add(drawn(20_000).arm, drawn(20_000).pi)
    assert broken.is_broken and mended.is_broken


def test_it_says_nothing_of_nothing() -> None:
    assert Ratio().chi2 == 0 and Ratio().p == 1 and Ratio().add(np.zeros(0, bool), np.zeros(0)) == Ratio()
