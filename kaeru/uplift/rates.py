"""One share with an interval that is valid at every look: Robbins' beta mixture (Annals of Mathematical Statistics 41, 1970).

All p for which  ln B(a + s, b + n - s) - ln B(a, b) - s ln p - (n - s) ln(1 - p) < ln(1 / alpha).
"""

from math import log

from scipy import optimize, special

from kaeru.uplift.shares import Interval

LEAST = 1e-15


def beta_cs(s: int, n: int, alpha: float = 0.05, a: float = 0.5, b: float = 0.5) -> Interval:
    """Of s out of n; (0, 1) when n is 0."""
    if not n:
        return 0.0, 1.0
    mixed = float(special.betaln(a + s, b + n - s) - special.betaln(a, b)) + log(alpha)

    def refuted(p: float) -> float:
        return mixed - float(special.xlogy(s, p)) - float(special.xlog1py(n - s, -p))

    seen = s / n
    low = float(optimize.brentq(refuted, LEAST, seen, xtol=1e-13)) if s else 0.0
    high = float(optimize.brentq(refuted, seen, 1 - LEAST, xtol=1e-13)) if s < n else 1.0
    return low, high
