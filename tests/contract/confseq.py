"""Two bounds of the confseq library, for its vectors only: the product uses neither (it has Robbins' beta mixture and the exact evidence).

Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49, 2021.
"""

from math import log, sqrt

from scipy import optimize, special


def _tuned(v: float, alpha: float) -> float:
    return v / (2 * log(1 / alpha) + log(1 + 2 * log(1 / alpha)))


def normal_mixture(s: float, v: float, alpha: float, v_opt: float, alpha_opt: float, v_min: float) -> dict[str, float]:
    """The two-sided normal mixture's bound and log supermartingale at (s, v), and the polynomial stitched bound."""
    rho = _tuned(v_opt, alpha_opt)
    growth, power = 2.0, 1.4
    ell = power * log(log(growth * max(v, v_min) / v_min)) + log(
        float(special.zeta(power)) / (alpha * log(growth) ** power)
    )
    return {
        "bound": sqrt((v + rho) * (log(1 + v / rho) + 2 * log(1 / alpha))),
        "logmix": 0.5 * log(rho / (v + rho)) + s * s / (2 * (v + rho)),
        "poly": sqrt((growth**0.25 + growth**-0.25) ** 2 / 2 * max(v, v_min) * ell),
    }


def bernoulli(s: int, n: int, alpha: float, t_opt: float) -> tuple[float, float]:
    """All p that a beta-binomial mixture around p, tuned for t_opt units, does not refute."""
    weight = _tuned(t_opt, 0.05) - 1

    def refuted(p: float) -> float:
        a, b = weight * p, weight * (1 - p)
        return float(
            special.betaln(a + s, b + n - s) - special.betaln(a, b) - s * log(p) - (n - s) * log(1 - p) - log(1 / alpha)
        )

    return float(optimize.brentq(refuted, 1e-9, s / n)), float(optimize.brentq(refuted, s / n, 1 - 1e-9))
