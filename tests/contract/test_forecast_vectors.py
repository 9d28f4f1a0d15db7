"""Held to the figures that were worked out apart from this code, where they lie beside the repository."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kaeru.marketplaces.forecast.chance import p_over
from kaeru.marketplaces.forecast.lines import Bar
from kaeru.marketplaces.forecast.outlook import Outlook
from kaeru.marketplaces.rules import Few, Line, Share
from kaeru.uplift.calibration import score

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "uplift" / "vectors.json"
pytestmark = pytest.mark.skipif(
    not VECTORS.is_file(),
    reason=f"THE FORECAST IS NOT CHECKED AGAINST THE FIGURES OF OTHERS: they are not at {VECTORS}",
)


def _vectors(function: str) -> list[Any]:
    if not VECTORS.is_file():
        return [pytest.param({}, id="absent")]
    told = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    found = [pytest.param(one, id=one["id"]) for one in told if one["fn"] == function]
    assert found
    return found


def _line(limit: float) -> Line:
    share = Fraction(str(limit))
    return Line("over", share=Share(share.numerator, share.denominator))


@pytest.mark.parametrize("vector", _vectors("penalty.over_count"))
def test_it_counts_how_many_are_one_too_many(vector: dict[str, Any]) -> None:
    told = vector["input"]
    assert Bar(_line(told["limit"])).too_many(told["n"]) == vector["expect"]["smallest_count_over"]


@pytest.mark.parametrize("vector", _vectors("penalty.p_over"))
def test_it_says_the_chance_to_end_over_the_line(vector: dict[str, Any]) -> None:
    told = vector["input"]
    outlook = Outlook(
        orders=told["n"], counted=told["c"], pending=told["pend"], q=told["q_pend"], open=told["open"], r_open=told["r_open"],
        future_mean=told["future_mean"], future_size=told["future_size"], r_future=told["r_future"], a=told["a"], b=told["b"],
    )  # fmt: skip
    bar = Bar(_line(told["limit"]), Few(told["small_n"], _line(told["small_limit"])))
    assert p_over(outlook, bar) == pytest.approx(vector["expect"]["p"], abs=vector["tol"])


@pytest.mark.parametrize("vector", _vectors("calibration"))
def test_it_scores_forecasts(vector: dict[str, Any]) -> None:
    told, expected = vector["input"], vector["expect"]
    found = score(told["p"], told["y"], bins=told["bins"])
    assert found is not None
    assert found.brier == pytest.approx(expected["brier"], abs=vector["tol"])
    assert found.log_loss == pytest.approx(expected["log_loss"], abs=vector["tol"])
    assert found.ece == pytest.approx(expected["ece"], abs=vector["tol"])
    assert found.z == pytest.approx(expected["spiegelhalter_z"], abs=vector["tol"])
