"""Held to the figures that were worked out apart from this code, where they lie beside the repository."""

import csv
import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kaeru.uplift import acs, assign, bandit, filling, money, pooling, rates, ratio, several, shares, size, survival
from kaeru.uplift.eproc import Difference, gains
from kaeru.uplift.foretold import Counts
from kaeru.uplift.foretold import rates as foretold
from kaeru.uplift.shares import Moments
from kaeru.uplift.units import Units
from kaeru.uplift.value import Spend
from kaeru.uplift.walk import walk
from tests.contract import confseq

BESIDE = Path(__file__).resolve().parents[3] / "shared"
VECTORS = BESIDE / "uplift" / "vectors.json"
pytestmark = pytest.mark.skipif(
    not VECTORS.is_file(),
    reason=f"EFFECTS ARE NOT CHECKED AGAINST THE FIGURES OF OTHERS: they are not at {VECTORS}",
)
OF_THE_FORECAST = {"penalty.over_count", "penalty.p_over", "calibration"}
"""Checked in test_forecast_vectors.py."""
Told = dict[str, Any]


def _flags(text: str) -> Any:
    return np.array(list(text)) == "1"


def _bucket(told: Told) -> Told:
    return {"bucket": assign.bucket(told["salt"], told["scenario"], told["unit"])}


def _share(told: Told) -> Told:
    keys = (told["unit_format"].format(i=i) for i in range(told["count"]))
    drawn = (assign.bucket(told["salt"], told["scenario"], key) for key in keys)
    return {"holdout": sum(assign.arm(one, told["holdout_bp"]) == "held" for one in drawn)}


def _ratio(told: Told) -> Told:
    found = ratio.of_counts(told["n1"], told["n0"], told["pi"], told["prior_k"])
    return {"chi2": found.chi2, "p": found.p, "log_e": found.log_e}


def _newcombe(told: Told) -> Told:
    d, low, high = shares.newcombe(told["s1"], told["n1"], told["s0"], told["n0"], told["alpha"])
    return {"diff": d, "lo": low, "hi": high, "wilson1": shares.wilson(told["s1"], told["n1"], told["alpha"])}


def _size(told: Told) -> Told:
    total = size.total_units(**told)
    return {"total": total, "ceil": ceil(total)}


def _arms(told: Told) -> tuple[Moments, Moments]:
    if "sum1" in told:
        return (
            Moments(told["n1"], told["sum1"], told["ss1"]),
            Moments(told["n0"], told["sum0"], told["ss0"]),
        )
    return shares.of_share(told["s1"], told["n1"]), shares.of_share(told["s0"], told["n0"])


def _acs(told: Told) -> Told:
    found = acs.difference(*_arms(told), told["n_star"], told["alpha"])
    low, high = found.interval
    return {
        "diff": found.difference, "lo": low, "hi": high, "p": found.p, "rho": acs.rho(told["n_star"], told["alpha"]),
    }  # fmt: skip


def _money_acs(told: Told) -> Told:
    both = {
        name: acs.difference(*_arms(told), told["n_star"], told["alpha"], is_relative=name == "relative")
        for name in ("absolute", "relative")
    }
    return {name: {"diff": one.difference, "ci": one.interval, "p": one.p} for name, one in both.items()}


def _welch(told: Told) -> Told:
    found = {}
    for name in ("absolute", "relative"):
        d, interval, p = shares.welch(*_arms(told), told["alpha"], is_relative=name == "relative")
        found[name] = {"diff": d, "ci": interval, "p": p}
    return found


def _difference(told: Told) -> Told:
    arm, came = _flags(told["a"]), _flags(told["y"])
    pi = np.full(len(arm), told["pi"])
    q1, q0 = foretold(Counts(), arm, came, told["kappa"], told["prior"])
    kept = Difference(kappa=told["kappa"], prior=told["prior"]).add(arm, pi, came)
    log_e = {}
    for d in ("0.0", "0.1", "-0.1", "0.25"):
        path = np.cumsum(gains(arm, pi, came, q1, q0, float(d)))
        assert kept.log_e(float(d)) == pytest.approx(path[-1], abs=1e-9)
        log_e[d] = {"last": path[-1], "max": max(0.0, path.max())}
    counts = kept.counts
    return {
        "log_e": log_e, "s1": counts.s1, "n1": counts.n1, "s0": counts.s0, "n0": counts.n0,
        "cs95": kept.interval(0.05), "cs_step": 0.005,
    }  # fmt: skip


def _spend(told: Told) -> Told:
    found = Spend().add(_flags(told["a"]), told["pi"], told["y"])
    return {"last": found.log_e, "max": found.peak}


def _beta_cs(told: Told) -> Told:
    low, high = rates.beta_cs(**told)
    return {"lo": low, "hi": high}


def _cuped(told: Told) -> Told:
    y1, x1, y0, x0 = (np.array(told[name]) for name in ("y1", "x1", "y0", "x0"))
    d, se, theta = shares.cuped(y1, x1, y0, x0)
    return {"diff": d, "se": se, "theta": theta, "raw_diff": y1.mean() - y0.mean()}


def _survival(told: Told) -> Told:
    t, event, arm = np.array(told["t"]), np.array(told["event"]), np.array(told["arm"]) == 1
    whole, tau = survival.curve(t, event), told["tau"]
    rmst, variance = whole.mean_away(tau)
    d, se = survival.compared(survival.curve(t[arm], event[arm]), survival.curve(t[~arm], event[~arm]), tau)
    chi2, p = survival.log_rank(t, event, arm)
    return {
        "S_tau": whole.away_at(tau), "rmst": rmst, "greenwood_var": variance,
        "rmst_diff": d, "rmst_diff_se": se, "logrank_chi2": chi2, "logrank_p": p,
    }  # fmt: skip


def _break_even(told: Told) -> Told:
    return {"uplift": money.Coupon(told["p0"], told["margin"], told["coupon"]).break_even}


def _allocate(told: Told) -> Told:
    segments = [
        money.Segment(one["id"], one["n"], one["uplift"], money.Coupon(one["p0"], one["margin"], one["coupon"]))
        for one in told["segments"]
    ]
    found = money.allocate(segments, told["budget"])
    return {"units": found.units, "expected_gain": found.gain, "expected_spend": found.spend}


def _delayed(told: Told) -> Told:
    seen = bandit.truncated_exponential(np.array(told["elapsed_days"]), told["mean"], told["window"])
    a, b = bandit.learned(told["successes"], seen, told["a"], told["b"])
    return {"a": a, "b": b, "n_eff": seen.sum()}


def _pool(told: Told) -> Told:
    found = pooling.paule_mandel(told["y"], told["v"])
    drawn, se = found.shrunk(told["y"], told["v"])
    return {"mu": found.mu, "tau2": found.tau2, "shrunk": drawn, "shrunk_se": se}


def _hillstrom(told: Told) -> Told:
    raw = (BESIDE / "data" / "hillstrom" / told["file"]).read_bytes()
    assert sha256(raw).hexdigest() == told["sha256"] or sha256(gzip.decompress(raw)).hexdigest() == told["sha256"]
    rows = list(csv.DictReader(gzip.decompress(raw).decode().splitlines()))
    arms = {name: [row for row in rows if row["segment"] == told[name]] for name in ("treated", "holdout")}
    found: Told = {}
    for outcome in ("visit", "conversion"):
        mean = {name: sum(int(row[outcome]) for row in rows) / len(rows) for name, rows in arms.items()}
        d = mean["treated"] - mean["holdout"]
        se = sum(mean[name] * (1 - mean[name]) / len(rows) for name, rows in arms.items()) ** 0.5
        found[outcome] = {**mean, "diff": d, "ci": (d - shares.z_of(0.05) * se, d + shares.z_of(0.05) * se)}
    return found


ASKED: dict[str, Callable[[Told], Told]] = {
    "assign.bucket": _bucket,
    "assign.share": _share,
    "srm": _ratio,
    "diff.newcombe": _newcombe,
    "size.total_units": _size,
    "acs.diff": _acs,
    "diff.welch": _welch,
    "revenue.welch": _welch,
    "revenue.acs": _money_acs,
    "confseq.normal_mixture": lambda told: confseq.normal_mixture(**told),
    "confseq.bernoulli": lambda told: {"ci": confseq.bernoulli(**told)},
    "eproc.diff": _difference,
    "eproc.value": _spend,
    "rate.beta_cs": _beta_cs,
    "ebh": lambda told: {"reject": several.ebh(told["e"], told["alpha"])},
    "bh": lambda told: {"reject": several.bh(told["p"], told["q"])},
    "cuped": _cuped,
    "survival": _survival,
    "coupon.break_even": _break_even,
    "coupon.allocate": _allocate,
    "bandit.p_best": lambda told: {"p": bandit.p_best([bandit.Way(1.0, a=a, b=b) for a, b in told["beta"]])},
    "bandit.floor": lambda told: {"w": bandit.floored(np.array(told["weights"]), told["floor"])},
    "bandit.delayed_beta": _delayed,
    "pool.paule_mandel": _pool,
    "salon.fill": lambda told: {"p": filling.fill(told["accept"], told["reach"])},
    "salon.invites": lambda told: {"k": filling.invites(told["accept"], told["target"])},
    "real.hillstrom": _hillstrom,
}


def _vectors() -> list[Any]:
    if not VECTORS.is_file():
        return [pytest.param({}, id="absent")]
    told = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    assert len(told) == 47
    return [pytest.param(one, id=one["id"]) for one in told if one["fn"] not in OF_THE_FORECAST]


def _same(found: Any, expected: Any, tol: float, at: str) -> None:
    if isinstance(expected, dict):
        for key, value in expected.items():
            _same(found[key], value, tol, f"{at}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), at
        for place, value in enumerate(expected):
            _same(found[place], value, tol, f"{at}[{place}]")
    elif tol:
        assert found == pytest.approx(expected, abs=tol, rel=0), at
    else:
        assert found == expected, at


@pytest.mark.parametrize("vector", _vectors())
def test_it_gives_the_figures_of_others(vector: Told) -> None:
    _same(ASKED[vector["fn"]](vector["input"]), vector["expect"], vector["tol"], vector["id"])


def test_it_keeps_its_promise_to_whoever_looks_every_day() -> None:
    """The property "peek_null" as it is described there."""
    told = {one["name"]: one for one in json.loads(VECTORS.read_text("utf-8"))["properties"]}["peek_null"]
    assert told["how"].startswith("4,000 streams, base 30%, pi .9, 3,650 units")
    dice, pi = np.random.default_rng(31), np.full(3650, 0.9)
    proven = 0
    for _ in range(4000):
        arm, came = dice.random(3650) < 0.9, dice.random(3650) < 0.3
        proven += float(walk(Units(arm, pi, came)).path.max()) >= np.log(20)
    assert proven / 4000 <= told["max"]
