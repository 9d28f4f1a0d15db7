"""Who is held back for comparison 比較用: a small part of the customers goes through a scenario without its offers, so that the
shop sees what came back because of it and not by itself. Pure.

Decided for each customer of a scenario once, by a stable hash: the same person stays on the same side. What people are owed
(notices about their order, refunds, the law's own mails) goes to everybody. The rule and its figures: docs/explanation/holdout.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kaeru.uplift.assign import TAPER, arm, bucket, probability, taper

TREATED, HELD = "treated", "held"
BY_ITSELF = ""
"""Half of the first 200 customers, a fifth up to 600, then a tenth: what a new scenario does."""
OFF = "off"
LEAST_SHARE, MOST_SHARE = 1, 50
"""Per cent of an own share. More than half would teach nothing more."""
TAPER_ENDS = TAPER[-1][0]
"""Customers after which the share does not change any more."""

usual = BY_ITSELF
"""The setting of a scenario that nobody decided about."""


def usual_setting() -> str:
    """For new scenarios."""
    return usual


def of_share(per_cent: int) -> str:
    """The setting that holds back this share. Raises ValueError outside of 1 to 50 %."""
    if not LEAST_SHARE <= per_cent <= MOST_SHARE:
        raise ValueError(per_cent)
    return str(per_cent * 100)


def share_of(setting: str) -> int | None:
    """Per cent of an own share; None: by itself, or off."""
    return int(setting) // 100 if setting not in (BY_ITSELF, OFF) else None


def read(told: object) -> str:
    """A setting as people and files write it: tapered | off | 1 to 50 (per cent). Raises ValueError."""
    if told in ("tapered", "", None):
        return BY_ITSELF
    if told == OFF:
        return OFF
    text = str(told).strip().removesuffix("%").strip()
    if isinstance(told, bool) or not text.isascii() or not text.isdigit() or len(text) > 3:
        raise ValueError(told)
    return of_share(int(text))


def write(setting: str) -> str | int:
    """The setting as files and the API show it: tapered | off | per cent. Raises ValueError for what is no setting."""
    share = share_of(setting)
    if share is None:
        return OFF if setting == OFF else "tapered"
    if of_share(share) != setting:
        raise ValueError(setting)
    return share


def basis_points(setting: str, units_before: int) -> int:
    """The part of 10,000 that is held back after so many customers."""
    if setting == OFF:
        return 0
    return taper(units_before) if setting == BY_ITSELF else int(setting)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A customer's side in one scenario."""

    arm: str
    pi: float
    """Probability of being treated when it was decided."""
    bucket: int


@dataclass(slots=True)
class Draw:
    """The customers of one scenario, in the order in which they come."""

    scenario: str
    """Its id as text: part of the hash."""
    salt: str
    setting: str
    units: int = 0
    """Customers decided about before."""
    known: Mapping[int, str] = field(default_factory=dict)
    """Arm of those who were decided about before."""
    drawn: dict[int, Drawn] = field(default_factory=dict)
    """Those decided about now."""

    def take(self, customer: int | None) -> str:
        """The customer's arm: the one they have, or the one that is decided now. Nobody known is treated and never counted."""
        if customer is None or self.setting == OFF:
            return TREATED
        if customer in self.known:
            return self.known[customer]
        if customer not in self.drawn:
            held = basis_points(self.setting, self.units)
            number = bucket(self.salt, self.scenario, str(customer))
            self.drawn[customer] = Drawn(arm(number, held), probability(held), number)
            self.units += 1
        return self.drawn[customer].arm
