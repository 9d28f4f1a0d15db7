"""The malls' clocks and screens as they are written down in `malls/*.toml`, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from kaeru.core import wording
from kaeru.marketplaces.desk.rules import CERTAINTIES, MEANS, STARTS, Rule


@dataclass(frozen=True, slots=True)
class Screen:
    """A page of the mall's own system on which a person does what the mall lets nobody else do."""

    url: str
    name: Mapping[str, str]
    certainty: str


@dataclass(frozen=True, slots=True)
class Mall:
    """What the desk knows of one mall."""

    code: str
    name: Mapping[str, str]
    rules: tuple[Rule, ...]
    screens: Mapping[str, Screen]
    """cancellations | inquiries"""

    def called(self, language: str) -> str:
        """Its name."""
        return wording.pick(dict(self.name), language)


@cache
def malls() -> Mapping[str, Mall]:
    """All malls by code. Raises ValueError for a file that cannot be right."""
    folder = resources.files("kaeru.marketplaces.desk") / "malls"
    read = (
        _mall(tomllib.loads(one.read_text(encoding="utf-8"))) for one in folder.iterdir() if one.name.endswith(".toml")
    )
    return {mall.code: mall for mall in sorted(read, key=lambda mall: mall.code)}


def find(code: str) -> Mall | None:
    """The mall of this code (a programme's name), or None: then it has no clocks."""
    return malls().get(code)


def _mall(told: Mapping[str, Any]) -> Mall:
    screens = {
        name: Screen(one["url"], dict(one["name"]), _one_of(one["certainty"], CERTAINTIES))
        for name, one in told.get("screens", {}).items()
    }
    rules = tuple(_rule(told, one) for one in told.get("clock", ()))
    return Mall(told["mall"], dict(told["name"]), rules, screens)


def _rule(mall: Mapping[str, Any], told: Mapping[str, Any]) -> Rule:
    return Rule(
        mall=mall["mall"],
        code=told["code"],
        means=_one_of(told["means"], MEANS),
        starts=_one_of(told["starts"], STARTS),
        minutes=int(told.get("minutes", 0)),
        since=told.get("since"),
        until=told.get("until"),
        zone=mall["zone"],
        certainty=_one_of(told["certainty"], CERTAINTIES),
        sources=tuple(told["sources"]),
        seen=mall["seen"],
        says=dict(told["says"]),
    )


def _one_of(said: str, known: tuple[Any, ...]) -> Any:
    """`said`, when it is known. Raises ValueError."""
    for one in known:
        if one == said:
            return one
    raise ValueError(f"{said!r} is none of {', '.join(map(str, known))}")
