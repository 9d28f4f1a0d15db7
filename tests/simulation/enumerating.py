"""One plain recovery, killed at each of its boundaries: whatever the moment, nothing is lost and nothing happens twice.

The story is lived once. At each boundary the machine splits in two: on one the process dies there, is started again, and the
story goes on to its end, where everything is checked; the other goes on to the next boundary. So each boundary is met by
exactly the state that leads to it, and none is left out.
"""

import json
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from kaeru.channels.base import Letter
from tests.simulation import deeds, sabotage
from tests.simulation.chance import Chance
from tests.simulation.deeds import Act
from tests.simulation.host import Host
from tests.simulation.life import Group, Lived
from tests.simulation.world import World, begin

MOST_SHOWN = 20
NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
LEFT = ("enrolments ", "step ", "coupons", "webhooks ", "recoveries", "redeemed", "messages", "news")
"""Figures that no kill may change."""


class Story(Group):
    """An order is cancelled; a notice at once, a coupon and its message a day later; the buyer comes back with it."""

    def __init__(self) -> None:
        super().__init__(0, range(1), 0)
        self.host = self.outside.host = Host(NOON, Chance("host", "story"))
        self.kills, self.outside.deadly = False, 0.0
        self.outside.weather = dict.fromkeys(self.outside.weather, "still")
        self.splitting: Splitting | None = None

    def _sixty_days(self) -> None:
        world = begin(0, 1, is_plain=True)
        self.worlds.append(world)
        self.witness.worlds[world.shop.id] = world
        self._drain()
        self._recover(world)
        for hours in (1, 24):
            self.host.passes(hours * 3600)
            self._drain()

    def _recover(self, world: World) -> None:
        bought = world.bought[0]
        self._meet(world, deeds.cancel(world, bought, "change_address", is_told=False))
        world.change(bought, cancelled_at=bought.record.updated_at, cancel_side="customer")
        self._meet(world, world.tell(bought))
        for hours in (1, 24, 1):
            self.host.passes(hours * 3600)
            self._meet(world)
        self._meet(world, deeds.come_back(world, bought.person, brings_coupon=True))

    def _ambush(self, letter: Letter) -> None:
        """Nobody comes between; the place stays one to die at."""
        self.host.boundary()

    def _meet(self, world: World, act: Act | None = None) -> None:
        """This happens, and all that follows from it at once; any of its boundaries may be the last."""
        self.host.doom = self.splitting if self.splitting and not self.splitting.is_copy else None
        if act is not None:
            self._do(world, act)
        self._drain()
        if self.splitting and self.splitting.is_copy:
            self._drain()  # who died left it half done; what is told next finds everything done, as it does without a kill
        self.host.doom = None


@dataclass
class Splitting:
    """Asked at each boundary: the copy of the machine on which it is True dies there."""

    story: Story
    every: int
    first: int
    processes: int
    told: IO[str]
    number: int = 0
    is_copy: bool = False
    copies: set[int] = field(default_factory=set)

    def __call__(self) -> bool:
        self.number += 1
        if self.number % self.every != self.first % self.every:
            return False
        while len(self.copies) >= self.processes:
            self.wait()
        copy = os.fork()
        if copy:
            self.copies.add(copy)
            return False
        self.is_copy, self.story.host.doom = True, None
        return True

    def wait(self) -> None:
        """For one of the copies."""
        self.copies.discard(os.wait()[0])

    def say(self, lived: Lived | None, wrong: str = "") -> None:
        """A copy's last word: where it was killed, and what was found then."""
        line = {
            "boundary": self.number,
            "place": next(iter(self.story.host.deaths), ""),
            "findings": [*lived.findings, wrong] if lived and wrong else lived.findings if lived else [wrong],
            "figures": dict(lived.figures) if lived else {},
        }
        os.write(self.told.fileno(), (json.dumps(line, ensure_ascii=False) + "\n").encode())


def enumerate_kills(every: int = 1, first: int = 1, processes: int = 1, broken: str = "") -> int:
    """Live the story, killed at each boundary (or each `every`th, from `first`); say what was seen; the exit code."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryFile("a+") as told, sabotage.broken(broken):
        story = Story()
        story.splitting = splitting = Splitting(story, every, first, processes, told)
        try:
            lived, wrong = story.live(), ""
        except Exception as failure:
            if not splitting.is_copy:
                raise
            lived, wrong = None, f"it broke: {failure!r}"
        if splitting.is_copy:
            splitting.say(lived, wrong)
            os._exit(0)
        while splitting.copies:
            splitting.wait()
        told.seek(0)
        return _tell(lived, splitting.number, [json.loads(line) for line in told])


def _left(figures: Mapping[str, int]) -> Counter[str]:
    """What is left of a run; a letter in whose very hand-over the process died is shown to a person, and never sent again."""
    found: Counter[str] = Counter()
    for name, count in figures.items():
        if name.startswith(LEFT):
            found["messages" if name in ("messages sent", "messages unknown no_proof") else name] += count
    return found


def _tell(whole: Lived | None, boundaries: int, copies: list[dict[str, Any]]) -> int:
    assert whole is not None
    wanted = _left(whole.figures)
    findings = [f"not killed at all: {finding}" for finding in whole.findings]
    for copy in sorted(copies, key=lambda copy: int(copy["boundary"])):
        told, left = f"killed at boundary {copy['boundary']} ({copy['place']})", _left(copy["figures"])
        findings += [f"{told}: {finding}" for finding in copy["findings"]]
        if copy["figures"] and left != wanted:
            findings.append(f"{told}: left are {dict(left - wanted)} instead of {dict(wanted - left)}")
    places = {str(copy["place"]) for copy in copies}
    rooms = Counter(str(copy["place"]).removeprefix("kaeru.").partition(".")[0] for copy in copies)
    unproven = sum(copy["figures"].get("messages unknown no_proof", 0) for copy in copies)
    print(
        f"a recovery with {boundaries} boundaries, killed at {len(copies)} of them, at {len(places)} places of the product"
    )
    print(", ".join(f"{room} {count}" for room, count in sorted(rooms.items())))
    print(f"left each time: {', '.join(f'{name} {count}' for name, count in sorted(wanted.items()))}")
    print(f"{unproven} times nobody could prove that a letter was sent, and it was shown")
    for finding in findings[:MOST_SHOWN]:
        print(f"FOUND  {finding}")
    print(f"{len(findings)} findings" if findings else "nothing found")
    return 1 if findings else 0
