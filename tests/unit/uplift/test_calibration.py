"""How right forecasts were."""

from random import Random

import pytest

from kaeru.uplift.calibration import recalibration, score


def _forecasts(number: int, *, bend: float = 1.0) -> tuple[list[float], list[int]]:
    dice = Random(9)
    said, came = [], []
    for _ in range(number):
        p = dice.random()
        true = p**bend / (p**bend + (1 - p) ** bend)
        said.append(p)
        came.append(int(dice.random() < true))
    return said, came


def test_it_finds_true_chances_true() -> None:
    said, came = _forecasts(5000)
    found = score(said, came)
    assert found is not None and found.is_calibrated
    assert found.ece < 0.03
    intercept, slope = recalibration(said, came)
    assert intercept == pytest.approx(0, abs=0.12) and slope == pytest.approx(1, abs=0.08)


def test_it_finds_who_is_too_sure() -> None:
    said, came = _forecasts(5000, bend=0.5)
    found = score(said, came)
    assert found is not None and not found.is_calibrated
    assert recalibration(said, came)[1] == pytest.approx(0.5, abs=0.06)


def test_it_says_nothing_of_nothing_and_little_of_a_few() -> None:
    assert score([], []) is None
    few = score([0.2, 0.9], [0, 1])
    assert few is not None and few.is_calibrated is None


def test_it_bears_forecasts_that_were_sure() -> None:
    found = score([0.0, 1.0, 1.0], [0, 1, 0])
    assert found is not None
    assert found.brier == pytest.approx(1 / 3)
    assert found.log_loss > 5
    assert found.z == 0.0
    recalibration([0.0, 1.0], [1, 1])
