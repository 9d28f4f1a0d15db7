"""The pair of rates with a given difference that is nearest to what was predicted.

For predictions q1, q0 (treated, held), the probability of treatment pi and a difference d: the p0 for which

    pi KL(q1 || p0 + d) + (1 - pi) KL(q0 || p0)

is least. The ratio of the prediction to (p0 + d, p0) is then an e-value of "the rates differ by d", whatever they are
(Turner, Ly, Grünwald: k-sample e-values, arXiv 2106.02693; Turner, Grünwald: intervals, arXiv 2203.09785). The derivative is zero where

    pi (p1 - q1) / (p1 (1 - p1)) + (1 - pi) (p0 - q0) / (p0 (1 - p0)) = 0,   p1 = p0 + d.

Multiplied out that is a cubic in p0, negative below and positive above the solution, with one root on each side of where both p0 and p1
are probabilities: the solution is the middle one of three real roots, which has a closed form (Viète's, with sines).
"""

import numpy as np

from kaeru.uplift.units import Floats

LEAST = 1e-15


def held_rate(q1: Floats, q0: Floats, pi: Floats, d: float | Floats) -> Floats:
    """p0 for each unit, 0 < p0 < 1 and 0 < p0 + d < 1; arrays that broadcast together, -1 < d < 1."""
    # p0^3 + b p0^2 + c p0 + e = 0
    b = (1 - pi) * (2 * d - q0 - 1) - pi * (1 + q1 - d)
    c = pi * (q1 - d) + (1 - pi) * (q0 * (1 - 2 * d) - d * (1 - d))
    e = (1 - pi) * q0 * (d * (1 - d))
    # p0 = x - b/3 with x^3 + p x + q = 0; x = r sin(f), r^2 = -4 p / 3, sin(3 f) = 4 q / r^3
    shift = b / 3
    r2 = np.maximum((4 / 3) * (b * shift - c), LEAST)
    r = np.sqrt(r2)
    q = shift * (2 * shift * shift - c) + e
    root = r * _sine(np.arcsin(np.clip(4 * q / (r2 * r), -1, 1)) / 3) - shift
    # One step of Newton's takes away what the sine left out (8e-9) and what was rounded.
    slope = (3 * root + 2 * b) * root + c
    root = root - (((root + b) * root + c) * root + e) / np.where(np.abs(slope) < LEAST, -LEAST, slope)
    low, high = np.maximum(0, -d) + LEAST, np.minimum(1, 1 - np.asarray(d)) - LEAST
    found: Floats = np.clip(root, low, high)
    return found


def _sine(f: Floats) -> Floats:
    """Four terms of its series, for -pi/6 to pi/6: a fifth of the time of the whole sine."""
    f2 = f * f
    return f * (1 - f2 / 6 * (1 - f2 / 20 * (1 - f2 / 42)))
