"""All passes of the house: each room lists its own, this finds them."""

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from kaeru.core import clock, sql
from kaeru.core.passes import Pass

log = logging.getLogger(__name__)


@cache
def passes() -> tuple[Pass, ...]:
    """Every room's passes, lower rooms first."""
    found: list[Pass] = []
    for room in apps.get_app_configs():
        if room.name.startswith("kaeru.") and find_spec(f"{room.name}.passes"):
            found += import_module(f"{room.name}.passes").PASSES
    return tuple(found)


def of_lane(lane: str) -> tuple[Pass, ...]:
    """The passes that turn one after another in this lane."""
    return tuple(one for one in passes() if one.lane == lane)


def named(name: str) -> Pass:
    """The pass of this name. Raises KeyError."""
    return {one.name: one for one in passes()}[name]


def next_due() -> datetime | None:
    """When the earliest waiting row of any pass is due."""
    dues = (one.next_due() for one in passes() if one.next_due)
    return min((due for due in dues if due is not None), default=None)


def turn(which: Iterable[Pass] | None = None) -> int:
    """Run each pass once; returns how many rows moved. A pass that fails is logged and does not stop the others."""
    moved = 0
    for one in passes() if which is None else which:
        try:
            moved += one.run(one.limit)
        except sql.LOST as failure:
            log.error(
                "pass %s: the database failed (%s); it goes on with the next turn", one.name, type(failure).__name__
            )
        except Exception:
            log.exception("pass %s failed", one.name)
    return moved


def drain(most_turns: int = 1000) -> int:
    """Run all passes until nothing that is due moves any more; returns how many rows moved."""
    total = 0
    for _ in range(most_turns):
        moved = turn([one for one in passes() if not one.every_seconds])
        total += moved
        if not moved:
            break
    return total


def skip_to_next_step(due: datetime | None = None) -> datetime | None:
    """For demos: put the clock forward to `due`, else to the next due row, and run what is due then; None when nothing waits."""
    due = due or next_due()
    if due is not None:
        clock.skip_to(due)
        drain()
    return due
