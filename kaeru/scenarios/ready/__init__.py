"""Scenarios to start from まずはここから: one YAML file each in this folder, written as a considerate shop would, lawful as they stand.

A file holds the scenario's document (see `scenarios.flow`) and says in both languages what it is called, what it does and for whom.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import get_language

from kaeru.cancellations.models import Reason
from kaeru.core import wording
from kaeru.scenarios import actions, queries
from kaeru.scenarios.flow import Flow, flow_of
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop

Both = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """One scenario to start from. `title`, `sentence` and `whom` are {"ja": …, "en": …}."""

    name: str
    title: Both
    sentence: Both
    whom: Both
    rank: int
    """Of several that fit a cancellation, the smaller one should be asked first."""
    reason: str
    """Code of the reason that it is for; empty: any."""
    flow: Flow


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue, in the reader's language."""

    name: str
    title: str
    sentence: str
    whom: str


@cache
def everything() -> dict[str, Ready]:
    """All of them by name, the most special first."""
    found = [
        _read(entry.name.removesuffix(".yaml"), yaml.safe_load(entry.read_text("utf-8")))
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".yaml")
    ]
    return {one.name: one for one in sorted(found, key=lambda one: one.rank)}


def _read(name: str, told: dict[str, Any]) -> Ready:
    head = {key: told.pop(key) for key in ("title", "sentence", "for", "rank")}
    reason, steps = told.pop("reason", ""), told.pop("steps")
    flow = flow_of(steps, **told)
    return Ready(name, head["title"], head["sentence"], head["for"], head["rank"], reason, flow)


def catalogue(language: str) -> list[Entry]:
    """What one can start from, in this language."""
    return [
        Entry(one.name, *(wording.pick(part, language) for part in (one.title, one.sentence, one.whom)))
        for one in everything().values()
    ]


@transaction.atomic
def add(shop: Shop, name: str, actor: str) -> Scenario:
    """Begin this scenario at the shop, switched off and not published, before all that are less special.

    Raises KeyError for a name that there is none of. Without its reason at the shop it is for any reason.
    """
    one = everything()[name]
    reason = Reason.objects.filter(shop=shop, code=one.reason).first() if one.reason else None
    title = wording.pick(one.title, wording.language_of(get_language()))
    before = [_rank(row) for row in queries.of_shop(shop.id)]
    made = actions.begin(shop, actor=actor, reason=reason, name=title, flow=one.flow)
    place = next((index for index, rank in enumerate(before) if rank > one.rank), len(before))
    if place < len(before):
        actions.arrange(made.id, by=place - len(before), actor=actor)
        made.refresh_from_db()
    return made


def _rank(row: Scenario) -> int:
    """How special a scenario of the shop is, by its name where it began here, else by what it asks."""
    known = next((one.rank for one in everything().values() if row.name in one.title.values()), None)
    if known is not None:
        return known
    return 50 if row.draft.get("when") else 70 if row.reason_id else 100
