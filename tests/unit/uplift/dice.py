"""Streams of units drawn from a seed."""

import numpy as np

from kaeru.uplift.units import Units, units


def drawn(number: int, base: float = 0.3, effect: float = 0.0, pi: float = 0.9, seed: int = 1) -> Units:
    """Units of a steady world, without money."""
    dice = np.random.default_rng(seed)
    arm = dice.random(number) < pi
    return units(arm, pi, dice.random(number) < base + effect * arm)
