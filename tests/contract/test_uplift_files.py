"""A real trial gives its published figures, and a famous file that was no trial is refused; both lie beside the repository."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kaeru.uplift.claim import claim
from kaeru.uplift.files import Pi, Read, Reading, read_path
from kaeru.uplift.units import units
from kaeru.uplift.walk import walk

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HILLSTROM = DATA / "hillstrom" / "hillstrom.csv.gz"
VISITS = DATA / "medical_noshow" / "KaggleV2-May-2016.csv.gz"
pytestmark = pytest.mark.skipif(
    not (HILLSTROM.is_file() and VISITS.is_file()),
    reason=f"EFFECTS ARE NOT CHECKED AGAINST A REAL TRIAL: no files of trials under {DATA}",
)
MENS, WOMENS, NOBODY = "Mens E-Mail", "Womens E-Mail", "No E-Mail"
KNOWN_BEFORE = ("recency", "history", "mens", "womens", "zip_code", "newbie", "channel")
PUBLISHED = {
    ("mens", "visit"): (7.66, 7.00, 8.32),
    ("womens", "visit"): (4.52, 3.89, 5.16),
    ("any", "visit"): (6.09, 5.54, 6.63),
    ("between", "visit"): (3.14, 2.43, 3.84),
    ("mens", "conversion"): (0.681, 0.501, 0.864),
    ("womens", "conversion"): (0.311, 0.150, 0.475),
    ("any", "conversion"): (0.496, 0.351, 0.633),
    ("between", "conversion"): (0.369, 0.175, 0.566),
    ("mens", "spend"): (0.770, 0.485, 1.055),
    ("womens", "spend"): (0.424, 0.169, 0.680),
    ("any", "spend"): (0.597, 0.376, 0.817),
    ("between", "spend"): (0.345, 0.033, 0.658),
}
ARMS: dict[str, tuple[set[str], set[str], float]] = {
    "mens": ({MENS}, {NOBODY}, 0.5),
    "womens": ({WOMENS}, {NOBODY}, 0.5),
    "any": ({MENS, WOMENS}, {NOBODY}, 2 / 3),
    "between": ({MENS}, {WOMENS}, 0.5),
}


@cache
def _read(arms: str) -> Read:
    """Conversions; visits as their window of 7 days."""
    treated, held, pi = ARMS[arms]
    mapping = {"arm": "segment", "outcome_30": "conversion", "outcome_7": "visit", "value": "spend"}
    return read_path(HILLSTROM, Reading(mapping=mapping, treated=treated, held=held, pi=pi, checks=KNOWN_BEFORE))


def _of(arms: str, outcome: str) -> Read:
    told = _read(arms)
    came = told.units.windows[7] == 1 if outcome == "visit" else told.units.outcome
    return replace(told, units=replace(told.units, outcome=came))


@cache
def _visits() -> Read:
    mapping = {"unit": "AppointmentID", "arm": "SMS_received", "outcome": "No-show"}
    return read_path(VISITS, Reading(mapping=mapping))


@pytest.mark.parametrize("arms", ARMS)
def test_it_gives_the_published_effects(arms: str) -> None:
    for outcome in ("visit", "conversion"):
        told = claim(_of(arms, outcome))
        assert told["causal"] and min(told["balance"].values()) > 0.05
        share, spend = told["one_look"]["share"], told["one_look"]["value"]
        found = tuple(100 * share[name] for name in ("difference", "low", "high"))
        assert found == pytest.approx(PUBLISHED[arms, outcome], abs=0.006 if outcome == "visit" else 0.0006)
        assert tuple(spend[name] for name in ("difference", "low", "high")) == pytest.approx(
            PUBLISHED[arms, "spend"], abs=0.0006
        )
        low, high = told["interval"]
        assert low <= share["low"] and share["high"] <= high, "who may look daily knows less"
        assert (told["answer"]["verdict"], told["answer"]["uplift"] > 0) == ("proven", True)


def test_it_is_not_sure_of_money_where_the_interval_holds_nothing() -> None:
    """Men's against women's mail: 3 cents to 66 for whoever looks once, not shown for whoever looks daily."""
    money = claim(_of("between", "conversion"))["answer"]["money"]
    assert money["interval"][0] < 0 < money["difference"] < money["interval"][1]


def test_it_shows_nothing_among_customers_who_all_got_nothing() -> None:
    """The 21,306 without mail, cut by a made-up lot: the exact evidence may be wrong once in twenty, here in 40 lots."""
    told: Any = _of("mens", "visit").units
    came, spent = told.outcome[~told.arm], told.value[~told.arm]
    dice = np.random.default_rng(17)
    shown = 0
    for _ in range(40):
        walked = walk(units(dice.random(len(came)) < 0.9, 0.9, came, value=spent))
        shown += float(walked.path.max()) >= np.log(20)
    assert shown <= 5


@pytest.mark.parametrize(
    ("pi", "told", "why"), [("none", 0.5, "not_randomised"), ("given", 0.321, "ratio"), ("sizes", 0.3210, "ratio")]
)
def test_it_refuses_reminders_that_nobody_drew_lots_for(pi: Pi, told: float, why: str) -> None:
    """Those who got a message missed their visit more often (27.6 % against 16.7 %): they had booked long before.

    Even who says that a lot decided is refused: the share of those who got one changes along the file.
    """
    as_read = _visits()
    assert as_read.pi == "none"
    share = as_read.units.arm.mean() if pi == "sizes" else told
    found = claim(replace(as_read, pi=pi, units=replace(as_read.units, pi=np.full(len(as_read.units), share))))
    assert (found["causal"], found["why"]) == (False, why)
    rates = found["rates_not_causal"]
    assert (rates["treated"]["rate"], rates["held"]["rate"]) == pytest.approx((0.276, 0.167), abs=0.001)
    assert "answer" not in found
