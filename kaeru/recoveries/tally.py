"""What is carried forward of one figure: the evidence about who came back, money, and whether treated people cancel more. Pure.

Adding units in pieces gives the same as adding them at once, so that a figure never needs its units again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import numpy as np

from kaeru.uplift.eproc import Difference, add_many
from kaeru.uplift.foretold import Counts
from kaeru.uplift.shares import Moments
from kaeru.uplift.units import Flags, Floats
from kaeru.uplift.value import Spend

MOST = 300_000
"""Minor units: what one customer counts at most in money (heavy tails would make its interval lie)."""


@dataclass(frozen=True, slots=True)
class Column:
    """Units of one figure and window that are new, in the order in which their windows ended. Money in minor units."""

    arm: Flags
    pi: Floats
    back: Flags
    value: Floats
    coupons: Floats
    sends: Floats
    lost: Floats
    again: Floats
    """Further cancellations in 30 days."""
    soon: Flags
    """Who was back within the shortest window."""

    def __len__(self) -> int:
        return len(self.arm)

    def net(self, margin_percent: int) -> Floats:
        """What each left the shop: its margin of what was bought (`worth`), less coupons and sending."""
        return worth(self.value, margin_percent) - self.coupons - self.sends


def worth(value: Floats, margin_percent: int) -> Floats:
    """The shop's margin of what was bought, capped at MOST."""
    return np.minimum(value * margin_percent / 100, MOST)


NOTHING = Moments(0, 0.0, 0.0)
UNSPENT = Spend()


@dataclass(frozen=True, slots=True)
class Money:
    """Sums over units, minor units."""

    net1: Moments = NOTHING
    """Of the treated."""
    net0: Moments = NOTHING
    """Of the held."""
    spend: Spend = UNSPENT
    """Evidence that treatment changed what anybody left at all."""
    value1: float = 0.0
    value0: float = 0.0
    """What the treated and the held bought, before our coupons."""
    coupons: float = 0.0
    sends: float = 0.0
    lost: float = 0.0
    """What their cancellations took."""
    again1: float = 0.0
    again0: float = 0.0

    def add(self, new: Column, margin_percent: int) -> "Money":
        """With these units as well."""
        net, treated = new.net(margin_percent), new.arm
        return Money(
            net1=_more(self.net1, net[treated]),
            net0=_more(self.net0, net[~treated]),
            spend=self.spend.add(new.arm, new.pi, net),
            value1=self.value1 + float(new.value[treated].sum()),
            value0=self.value0 + float(new.value[~treated].sum()),
            coupons=self.coupons + float(new.coupons.sum()),
            sends=self.sends + float(new.sends.sum()),
            lost=self.lost + float(new.lost.sum()),
            again1=self.again1 + float(new.again[treated].sum()),
            again0=self.again0 + float(new.again[~treated].sum()),
        )

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `asdict` gave."""
        known = dict(told)
        return cls(
            Moments(**known.pop("net1")), Moments(**known.pop("net0")), Spend.from_json(known.pop("spend")), **known
        )


def _more(so_far: Moments, new: Floats) -> Moments:
    return Moments(
        so_far.n + len(new), so_far.sum + float(new.sum()), so_far.squares + float((new * new).sum())
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """One figure's state."""

    evidence: Difference = field(default_factory=Difference)
    money: Money = field(default_factory=Money)
    again: Difference | None = None
    """Evidence about who cancels again; only where it is watched."""
    soon: Counts = field(default_factory=Counts)
    """How many of the very same units were back within the shortest window: back, or only sooner?"""

    def to_json(self) -> dict[str, Any]:
        """As a Figure keeps it."""
        told: dict[str, Any] = {
            "evidence": self.evidence.to_json(),
            "money": asdict(self.money),
            "soon": asdict(self.soon),
        }
        return told if self.again is None else {**told, "again": self.again.to_json()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any], *, watches: bool = False) -> Self:
        """What `to_json` gave; an empty mapping is a new figure, which `watches` who cancels again or not."""
        if not told:
            return cls(again=Difference() if watches else None)
        return cls(
            Difference.from_json(told["evidence"]),
            Money.from_json(told["money"]),
            Difference.from_json(told["again"]) if "again" in told else None,
            Counts(**told["soon"]),
        )


def grow(more: Sequence[tuple[Tally, Column, int]]) -> list[Tally]:
    """(state, new units, margin in per cent) of many figures, in one calculation; the states after them."""
    evidence = add_many([(one.evidence, new.arm, new.pi, new.back) for one, new, _ in more])
    watched = [(one.again, new.arm, new.pi, new.again > 0) for one, new, _ in more if one.again is not None]
    again = iter(add_many(watched))
    return [
        replace(
            one,
            evidence=evidence[at],
            money=one.money.add(new, margin),
            again=None if one.again is None else next(again),
            soon=one.soon.add(new.arm, new.soon),
        )
        for at, (one, new, margin) in enumerate(more)
    ]
