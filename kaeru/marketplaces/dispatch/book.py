"""What malls say about late parcels: `malls/*.toml`, dated data with their sources, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Effect = Literal["mail", "points", "stop", "buyer_may_cancel", "auto_cancel", "late_share"]
COSTLY: frozenset[str] = frozenset({"points", "stop", "buyer_may_cancel", "auto_cancel", "late_share"})
"""All but a mall's reminder."""


@dataclass(frozen=True, slots=True)
class Step:
    """One consequence: what is sent within so many days is safe from it."""

    within: int
    falls: int
    """On which day it falls, counted alike."""
    effect: Effect
    points: int = 0
    """What is taken off the shop's points."""
    rate_at_most: int | None = None
    """It falls only where at most so many percent of the orders of those days were sent."""
    share_under: int | None = None
    """The mall wants the share of late parcels under so many percent."""
    lasts_days: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """How a mall counts one kind of parcels."""

    id: str
    starts: date
    ends: date | None
    """The first day on which it counts no more; None: it still does."""
    parcels: Literal["general", "reserved", "every"]
    counts_from: Literal["paid_at", "placed_at", "dispatch_by"]
    counts: Literal["business_days", "calendar_days"]
    steps: tuple[Step, ...]
    source: str
    certainty: Literal["official", "two_sources", "one_source"]
    while_state: frozenset[str] = frozenset()
    """Only while the order is in one of these of the mall's own states; empty: always."""

    def is_in_force(self, day: date) -> bool:
        """Whether it counts parcels whose time begins on this day."""
        return self.starts <= day and (self.ends is None or day < self.ends)


@dataclass(frozen=True, slots=True)
class Mall:
    """The rules of one mall; without any, only what was promised is watched, and the page says that the rest is unknown."""

    programme: str
    name: str
    rules: tuple[Rule, ...] = ()


@cache
def malls() -> Mapping[str, Mall]:
    """All that have a file, by programme."""
    folder = files("kaeru.marketplaces.dispatch") / "malls"
    found = [_mall(tomllib.loads(one.read_text("utf-8"))) for one in folder.iterdir() if one.name.endswith(".toml")]
    return {one.programme: one for one in sorted(found, key=lambda one: one.programme)}


def mall(programme: str) -> Mall | None:
    """The mall of a programme, or None: an own shop, or a mall of which nothing is known."""
    return malls().get(programme)


def _mall(told: Mapping[str, Any]) -> Mall:
    return Mall(told["programme"], told["name"], tuple(_rule(one) for one in told.get("rule", ())))


def _rule(told: Mapping[str, Any]) -> Rule:
    return Rule(
        id=told["id"],
        starts=told["from"],
        ends=told.get("until"),
        parcels=told["for"],
        counts_from=told["counts_from"],
        counts=told["counts"],
        steps=tuple(Step(**one) for one in told["steps"]),
        source=told["source"],
        certainty=told["certainty"],
        while_state=frozenset(told.get("while_state", ())),
    )
