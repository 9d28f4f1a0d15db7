"""How a day is drawn and when a visit no longer fits. Pure: moments go in, places on the paper come out.

Places are counted in ticks of five minutes on the salon's wall clock, so that 10:00 stands where 10:00 is printed, on every day of the
year; a visit after midnight stands below the 24:00 of the day it belongs to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from kaeru.appointments.bookings.rules import Span, covers, spans

TICK = 5
"""Minutes."""
HOUR = 60 // TICK
MOST_HOURS = 36
"""A day's paper is never longer: a shift over midnight ends on the next noon at the latest."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a visit on the staff member's column."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    """busy | gap (the client is there, the staff member free for others) | cleanup"""
    name: str = ""


def pieces(stages: Sequence[Mapping[str, Any]], cleanup_minutes: int, starts_at: datetime) -> list[Piece]:
    """The parts in order; busy stages that follow each other are one part, named after the first."""
    found: list[Piece] = []
    at = starts_at
    told = [(one["minutes"], "busy" if one.get("busy", True) else "gap", one.get("name", "")) for one in stages]
    for minutes, kind, name in [*told, (cleanup_minutes, "cleanup", "")]:
        until = at + timedelta(minutes=minutes)
        if minutes <= 0:
            continue
        if found and found[-1].kind == kind:
            found[-1] = Piece(found[-1].starts_at, until, kind, found[-1].name)
        else:
            found.append(Piece(at, until, kind, name))
        at = until
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands on a day's paper: ticks from its top, ticks long, and which lane of how many."""

    top: int
    length: int
    lane: int = 0
    lanes: int = 1

    @property
    def classes(self) -> str:
        """As the style sheet of the calendar knows places: no style is written into the page."""
        start, long = divmod(self.top, HOUR), divmod(self.length, HOUR)
        return f"placed a{start[0]} b{start[1]} c{long[0]} d{long[1]} k{self.lane} n{self.lanes}"


def ticks(at: datetime, day: date, zone: tzinfo) -> int:
    """Ticks from the day's midnight to what the clock shows at `at`; beyond a day for the next day."""
    local = at.astimezone(zone)
    return (local.date() - day).days * 24 * HOUR + (local.hour * 60 + local.minute) // TICK


def hours_of(marks: Iterable[tuple[int, int]], default: tuple[int, int]) -> tuple[int, int]:
    """(first, last) full hour of a paper on which all of these ticks have a place, within `MOST_HOURS`."""
    known = list(marks)
    if not known:
        return default
    first = max(0, min(start for start, _ in known) // HOUR)
    last = min(MOST_HOURS, -(-max(end for _, end in known) // HOUR))
    return first, max(last, first + 1)


def place(start: int, end: int, hours: tuple[int, int], lane: int = 0, lanes: int = 1) -> Place | None:
    """The part of it that is on the paper; None when nothing is."""
    top, bottom = hours[0] * HOUR, hours[1] * HOUR
    start, end = max(start, top), min(end, bottom)
    return Place(start - top, end - start, lane, lanes) if end > start else None


def lanes(marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(lane, lanes) of each, in order: what meets stands side by side, what meets nothing has the whole width."""
    found: list[tuple[int, int]] = [(0, 1)] * len(marks)
    order = sorted(range(len(marks)), key=lambda one: marks[one])
    group: list[int] = []
    ends: list[int] = []

    def close() -> None:
        for one in group:
            found[one] = (found[one][0], len(ends))

    for one in order:
        start, end = marks[one]
        if group and start >= max(ends):
            close()
            group, ends = [], []
        free = next((lane for lane, until in enumerate(ends) if until <= start), len(ends))
        if free == len(ends):
            ends.append(end)
        else:
            ends[free] = end
        found[one] = (free, 1)
        group.append(one)
    close()
    return found


def why_unfit(
    stages: Sequence[Mapping[str, Any]],
    cleanup_minutes: int,
    starts_at: datetime,
    shifts: Sequence[Span],
    away: Sequence[Span],
    *,
    is_active: bool,
) -> str:
    """Why a visit no longer fits: gone (works here no more) | away (leave or a closed day) | shift (nobody works then) | "" when it does.

    `shifts`: when the staff member works, as laid out now; `away`: leave and closed days.
    """
    if not is_active:
        return "gone"
    taken = spans(stages, cleanup_minutes, starts_at).staff
    if all(covers(shifts, part) for part in taken):
        return ""
    return "away" if any(part.overlaps(one) for part in taken for one in away) else "shift"


def joined(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same ticks in as few spans as it takes, in order."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def load(open_ticks: Iterable[tuple[int, int]], taken_ticks: Iterable[tuple[int, int]]) -> float | None:
    """Which part of the opening ticks is taken, 0 to 1; None when there are none."""
    opened = joined(open_ticks)
    whole = sum(end - start for start, end in opened)
    if not whole:
        return None
    taken = sum(
        max(0, min(end, stop) - max(start, begin)) for start, end in joined(taken_ticks) for begin, stop in opened
    )
    return taken / whole
