"""What statsmodels and lifelines say of the same figures."""

import numpy as np
import pytest

from kaeru.uplift import pooling, rates, shares, survival
from kaeru.uplift.foretold import Counts


@pytest.fixture(scope="module")
def times() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dice = np.random.default_rng(21)
    arm = dice.random(300) < 0.7
    away = np.round(dice.exponential(np.where(arm, 9.0, 12.0)), 1) + 0.1
    watched = np.round(dice.uniform(3, 40, 300), 1)
    return np.minimum(away, watched), away <= watched, arm


@pytest.mark.parametrize(
    ("s1", "n1", "s0", "n0"), [(320, 900, 28, 100), (0, 12, 3, 9), (40, 40, 7, 11), (5, 1000, 1, 100)]
)
def test_it_agrees_on_shares(s1: int, n1: int, s0: int, n0: int) -> None:
    from statsmodels.stats import proportion

    told = proportion.confint_proportions_2indep(s1, n1, s0, n0, method="newcomb", compare="diff")
    assert shares.newcombe(s1, n1, s0, n0)[1:] == pytest.approx(told, abs=1e-9)
    assert shares.wilson(s1, n1) == pytest.approx(proportion.proportion_confint(s1, n1, method="wilson"), abs=1e-9)


def test_it_agrees_on_means() -> None:
    from statsmodels.stats.weightstats import CompareMeans

    dice = np.random.default_rng(22)
    y1, y0 = dice.lognormal(8, 0.9, 90), dice.lognormal(8.2, 0.7, 40)
    d, interval, p = shares.welch(shares.moments(y1), shares.moments(y0))
    told = CompareMeans.from_data(y1, y0)
    assert interval == pytest.approx(told.tconfint_diff(usevar="unequal"))
    assert p == pytest.approx(told.ttest_ind(usevar="unequal")[1]) and d == pytest.approx(y1.mean() - y0.mean())


def test_it_agrees_on_pooling() -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    dice = np.random.default_rng(23)
    v = dice.uniform(0.005, 0.03, 12)
    y = dice.normal(0.1, np.sqrt(0.006 + v))
    pool, told = pooling.paule_mandel(y, v), combine_effects(y, v, method_re="iterated")
    assert pool.tau2 == pytest.approx(told.tau2, abs=1e-5) and pool.mu == pytest.approx(told.mean_effect_re, abs=1e-5)
    assert pool.se == pytest.approx(told.sd_eff_w_re, abs=1e-4)


def test_it_agrees_on_false_discoveries() -> None:
    from statsmodels.stats.multitest import multipletests

    from kaeru.uplift.several import bh

    p = np.random.default_rng(24).beta(0.4, 1.5, 40)
    assert bh(p.tolist(), 0.1) == np.flatnonzero(multipletests(p, 0.1, "fdr_bh")[0]).tolist()


def test_it_agrees_on_when_people_come_back(times: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from lifelines.utils import restricted_mean_survival_time

    time, came, arm = times
    fitted, curve = KaplanMeierFitter().fit(time, came), survival.curve(time, came)
    for day in (0.0, 1.0, 7.0, 30.0):
        assert curve.away_at(day) == pytest.approx(float(fitted.predict(day)))
    assert curve.mean_away(14)[0] == pytest.approx(restricted_mean_survival_time(fitted, t=14))
    told = logrank_test(time[arm], time[~arm], came[arm], came[~arm])
    assert survival.log_rank(time, came, arm) == pytest.approx((told.test_statistic, told.p_value))


def test_it_finds_nothing_in_no_time() -> None:
    assert survival.log_rank([1, 2], [0, 0], [1, 0]) == (0, 1)
    assert survival.curve([1, 2], [0, 0]).mean_away(5) == (5, 0)


def test_it_draws_small_shops_to_their_like() -> None:
    """Many shops, few cancellations each: the drawn figures are far nearer to the truth than their own."""
    dice = np.random.default_rng(25)
    true = dice.normal(0.08, 0.06, 400)
    some = []
    for effect in true:
        n1, n0 = int(dice.integers(15, 60)), int(dice.integers(2, 6))
        some.append(Counts(n1, int(dice.binomial(n1, 0.4 + effect)), n0, int(dice.binomial(n0, 0.4))))
    y, v = pooling.estimates(some)
    drawn, se = pooling.paule_mandel(y, v).shrunk(y, v)
    assert np.sqrt(((drawn - true) ** 2).mean()) < 0.085 < 0.2 < np.sqrt(((y - true) ** 2).mean())
    assert se.max() < 0.12
    _, low, high = pooling.paule_mandel(y, v).intervals(y, v)
    assert ((low <= true) & (true <= high)).mean() >= 0.95


def test_it_gives_a_shop_without_figures_what_its_like_see() -> None:
    y, v = pooling.estimates([Counts(50, 30, 20, 8), Counts(40, 22, 10, 5), Counts(4, 1, 0, 0)])
    pool = pooling.paule_mandel(y[:2], v[:2])
    drawn, _ = pool.shrunk(y, v)
    assert v[2] == np.inf and drawn[2] == pytest.approx(pool.mu) and pool.interval[0] < pool.mu < pool.interval[1]
    with pytest.raises(ValueError, match="two estimates"):
        pooling.paule_mandel([0.1], [0.2])


def test_it_knows_a_share_at_every_look() -> None:
    low, high = rates.beta_cs(30, 100)
    once = shares.wilson(30, 100)
    assert low < once[0] < once[1] < high and rates.beta_cs(0, 0) == (0, 1)
    assert rates.beta_cs(5, 5)[1] == 1
