"""The salon of bench/slots: eight people, six chairs, shifts with breaks and days off, 60 % of two weeks sold, in local minutes.

Pure and without Django, so that a peer in an environment of its own builds the same salon.
"""

import random
from dataclasses import dataclass, field

STAFF, CHAIRS, DAYS = 8, 6, 14
OPENS, CLOSES = 10 * 60, 20 * 60
SOLD = 0.6
STEP = 15
PACKED = 0.5
Segments = tuple[tuple[int, int], ...]
MENU: tuple[tuple[Segments, int], ...] = (
    (((0, 45), (75, 115)), 105), (((0, 70),), 60), (((0, 100),), 90), (((0, 40),), 30), (((0, 30), (60, 100)), 90),
)  # fmt: skip
"""What is sold: when the stylist is busy (clean-up included), and how long the chair is taken, in minutes after the start."""


@dataclass
class World:
    """One salon; days are counted from the first, minutes from midnight on its wall clock."""

    off: list[set[int]] = field(default_factory=list)
    """Weekdays on which each person is off."""
    starts: list[int] = field(default_factory=list)
    """When each begins: an early and a late shift of nine hours."""
    breaks: list[int] = field(default_factory=list)
    """When each pauses for an hour."""
    staff: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Sold: (person, day, from, to)."""
    chairs: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Sold: (chair, day, from, to)."""

    def shift(self, who: int, day: int, weekday: int) -> list[tuple[int, int]]:
        """When this person can be booked on this day."""
        if (weekday + day) % 7 in self.off[who]:
            return []
        start, pause = self.starts[who], self.breaks[who]
        return [(start, pause), (pause + 60, start + 540)]


def build(weekday: int, seed: int = 7) -> World:
    """The world; `weekday` is the first day's (0 is Monday)."""
    chance = random.Random(seed)
    world = World()
    for who in range(STAFF):
        world.off.append(set(chance.sample(range(7), 2)))
        world.starts.append(OPENS if who % 2 else OPENS + 60)
        world.breaks.append(13 * 60 + 30 * (who % 3))
    free = {
        (who, day): {m for a, b in world.shift(who, day, weekday) for m in range(a, b, 5)}
        for who in range(STAFF)
        for day in range(DAYS)
    }
    seats = {(chair, day): set(range(OPENS, CLOSES, 5)) for chair in range(CHAIRS) for day in range(DAYS)}
    for day in range(DAYS):
        mine = [(who, day) for who in range(STAFF)]
        busy = SOLD * (2 / 3 if day % 3 else 5 / 3)  # quiet days and full ones
        left = sum(len(free[key]) for key in mine) * max(0.05, 1 - busy)
        for _ in range(2_000):
            if sum(len(free[key]) for key in mine) <= left:
                break
            _sell(world, chance, day, free, seats)
    return world


def _sell(
    world: World,
    chance: random.Random,
    day: int,
    free: dict[tuple[int, int], set[int]],
    seats: dict[tuple[int, int], set[int]],
) -> None:
    """Try to sell one visit on this day."""
    who = chance.randrange(STAFF)
    if not free[who, day]:
        return
    segments, stay = chance.choice(MENU)
    is_packed = chance.random() < PACKED  # most clients take what is next to another visit
    start = -(-min(free[who, day]) // STEP) * STEP if is_packed else chance.randrange(OPENS, CLOSES, STEP)
    asked = {m for a, b in segments for m in range(start + a, start + b, 5)}
    sitting = range(start, start + stay, 5)
    chair = next((c for c in range(CHAIRS) if seats[c, day].issuperset(sitting)), None)
    if chair is None or not free[who, day].issuperset(asked):
        return
    free[who, day] -= asked
    seats[chair, day].difference_update(sitting)
    world.staff += [(who, day, start + a, start + b) for a, b in segments]
    world.chairs.append((chair, day, start, start + stay))


def oracle(world: World, weekday: int, segments: Segments, stay: int) -> set[tuple[int, int]]:
    """All (day, minute) at which somebody can begin, found with fingers; `stay` 0 needs no chair."""
    found = set()
    for day in range(DAYS):
        seats = [
            set(range(OPENS, CLOSES, 5))
            - {m for c, d, a, b in world.chairs if (c, d) == (chair, day) for m in range(a, b, 5)}
            for chair in range(CHAIRS)
        ]
        for who in range(STAFF):
            free = {m for a, b in world.shift(who, day, weekday) for m in range(a, b, 5)}
            free -= {m for w, d, a, b in world.staff if (w, d) == (who, day) for m in range(a, b, 5)}
            for start in range(OPENS, CLOSES, STEP):
                asked = {m for a, b in segments for m in range(start + a, start + b, 5)}
                if asked <= free and (not stay or any(one.issuperset(range(start, start + stay, 5)) for one in seats)):
                    found.add((day, start))
    return found
