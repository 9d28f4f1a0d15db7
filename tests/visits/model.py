"""What must be so, said a second time and as plainly as can be: minute by minute, without a database, knowing nothing of the product."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Row = tuple[int, int, int]
"""Resource, from, to, in minutes since the day began on which the story begins."""
TAKING = ("held", "booked", "done")
OPENS, CLOSES, DAY = 10 * 60, 19 * 60, 24 * 60


@dataclass
class Visit:
    """One visit as it must stand."""

    id: int
    service: str
    staff: int
    chair: int | None
    start: int
    stages: list[dict[str, Any]]
    cleanup: int
    state: str
    hold_until: int | None = None
    is_nominated: bool = False
    changes: int = 0
    is_confirmed: bool = False
    story: list[str] = field(default_factory=list)
    taps: set[str] = field(default_factory=set)

    @property
    def end(self) -> int:
        """When the client leaves."""
        return self.start + length(self.stages)

    def rows(self) -> list[Row]:
        """What it takes while it takes something."""
        return rows_of(self.stages, self.cleanup, self.start, self.staff, self.chair)


def length(stages: Iterable[dict[str, Any]]) -> int:
    """Minutes from the client's coming to their going."""
    return sum(stage["minutes"] for stage in stages)


def rows_of(stages: list[dict[str, Any]], cleanup: int, start: int, staff: int, chair: int | None) -> list[Row]:
    """Minute by minute."""
    busy, at = set(), start
    for stage in stages:
        if stage["busy"]:
            busy |= set(range(at, at + stage["minutes"]))
        at += stage["minutes"]
    busy |= set(range(at, at + cleanup))
    rows = [(staff, first, last) for first, last in _runs(busy)]
    return sorted([*rows, (chair, start, at)] if chair is not None else rows)


def _runs(minutes: set[int]) -> Iterator[tuple[int, int]]:
    begin = None
    for minute in sorted(minutes):
        if begin is None or minute - 1 not in minutes:
            begin = minute
        if minute + 1 not in minutes:
            yield begin, minute + 1


@dataclass
class Book:
    """The salon's book."""

    staff: dict[int, tuple[str, ...]]
    """Who does what."""
    chairs: tuple[int, ...]
    services: dict[str, tuple[list[dict[str, Any]], int, bool]]
    """Stages, clean-up, needs a chair."""
    now: int
    notice: int
    visits: dict[int, Visit] = field(default_factory=dict)
    blocks: dict[int, Row] = field(default_factory=dict)
    away: set[tuple[int, int]] = field(default_factory=set)
    """Who does not work on which day."""
    keys: dict[str, int] = field(default_factory=dict)

    def is_dead(self, visit: Visit) -> bool:
        """A hold whose time is over."""
        return visit.state == "held" and visit.hold_until is not None and visit.hold_until <= self.now

    def taken(self, ignoring: int | None = None) -> list[Row]:
        """What nobody else can have now."""
        found = list(self.blocks.values())
        for visit in self.visits.values():
            if visit.state in TAKING and visit.id != ignoring and not self.is_dead(visit):
                found += visit.rows()
        return found

    def is_open(self, row: Row) -> bool:
        """Whether the span lies inside of a shift."""
        resource, first, last = row
        day = first // DAY
        return (resource, day) not in self.away and day * DAY + OPENS <= first and last <= day * DAY + CLOSES

    def ways(
        self, service: str, start: int, people: Iterable[int], *, is_bound: bool, kept: Visit | None = None
    ) -> tuple[set[tuple[int, int | None]], str]:
        """Every (person, chair) that could have it; when there is none, why: closed | taken."""
        stages, cleanup, needs = self.services[service]
        taken = self.taken(kept.id if kept else None)
        found: set[tuple[int, int | None]] = set()
        is_in_shifts = False
        for person in people:
            own = (kept.stages, kept.cleanup) if kept and kept.staff == person else (stages, cleanup)
            for chair in self.chairs if needs else (None,):
                rows = rows_of(own[0], own[1], start, person, chair)
                if is_bound and not all(self.is_open(row) for row in rows):
                    continue
                is_in_shifts = True
                if not any(meets(row, other) for row in rows for other in taken):
                    found.add((person, chair))
        return found, "" if found else "taken" if is_in_shifts else "closed"

    def free(self, service: str, day: int) -> dict[int, set[int]]:
        """Every start on the grid of a quarter of an hour, with who can."""
        out: dict[int, set[int]] = {}
        for start in range(day * DAY, (day + 1) * DAY, 15):
            if start < self.now + self.notice:
                continue
            people = [one for one, does in self.staff.items() if service in does]
            ways, _ = self.ways(service, start, people, is_bound=True)
            if ways:
                out[start] = {person for person, _ in ways}
        return out

    def minutes_sold(self, person: int, day: int) -> int:
        """How much of the person's day is gone."""
        begin, end = day * DAY, (day + 1) * DAY
        return sum(max(0, min(last, end) - max(first, begin)) for who, first, last in self.taken() if who == person)


def meets(one: Row, other: Row) -> bool:
    """Whether both want one resource in the same minute."""
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
