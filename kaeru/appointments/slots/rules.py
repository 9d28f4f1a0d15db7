"""Which starts are free: the salon's time in steps of five minutes, one bit for each. Pure.

A day is 288 bits, two weeks of one person are one whole number of 504 bytes, and "free for 90 minutes" is a handful of shifts and
ands. A stage in which the stylist is not needed costs nothing: it is simply not asked for.

    free  = shift & ~taken
    run n = the bits from which n free ones follow (log2 n steps)
    start = and over the busy stages of (run of the stage, shifted back by when it begins) and one chair throughout
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.core.calendar import at_local

STEP_MINUTES = 5
STEP_SECONDS = STEP_MINUTES * 60
GRIDS = (5, 10, 15, 20, 30, 60)
"""Minutes between two starts that a salon can offer: those that divide the hour."""
LONGEST_MINUTES = 12 * 60
"""A visit takes at most so long, with its clean-up."""
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)

Span = tuple[int, int]
"""From a step to a step (it not included): seconds since 1970 in UTC, divided by STEP_SECONDS."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one visit takes of the staff member and of the chair, in steps after its start."""

    busy: tuple[Span, ...]
    """In order, neither touching nor overlapping."""
    chair: int
    """How long the chair is taken from the start on; 0: none is needed."""
    kind: str = ""
    """chair | room | empty."""


def need(stages: Sequence[dict[str, Any]], cleanup_minutes: int, kind: str) -> Need:
    """The need of a service's stages (see `Service.stages`). Stages that are no multiple of five minutes take the steps they touch."""
    busy: list[Span] = []
    at = 0
    for stage in [*stages, {"minutes": cleanup_minutes, "busy": True}]:
        until = at + stage["minutes"]
        if stage.get("busy", True) and until > at:
            span = at // STEP_MINUTES, -(-until // STEP_MINUTES)
            if busy and busy[-1][1] >= span[0]:
                busy[-1] = busy[-1][0], span[1]
            else:
                busy.append(span)
        at = until
    chair = -(-(at - cleanup_minutes) // STEP_MINUTES) if kind else 0
    return Need(tuple(busy), chair, kind)


def step_of(moment: datetime) -> int:
    """The step in which this moment lies."""
    return int((moment - _UNIX).total_seconds() // STEP_SECONDS)


def step_after(moment: datetime) -> int:
    """The first step that does not begin before this moment."""
    return -int(-(moment - _UNIX).total_seconds() // STEP_SECONDS)


def moment_of(step: int) -> datetime:
    """When the step begins (UTC)."""
    return datetime.fromtimestamp(step * STEP_SECONDS, UTC)


@lru_cache(maxsize=50_000)
def midnight(day: date, zone: str) -> int:
    """The first step of this day on the wall clock of the zone."""
    return step_after(at_local(day, time(0), zone))


def bits(spans: Iterable[Span]) -> int:
    """The number with a bit for each step of these spans, none of which begins below 0."""
    found = 0
    for start, end in spans:
        found |= (1 << end) - (1 << start)
    return found


def run(free: int, length: int) -> int:
    """The bits from which `length` set ones follow, themselves included."""
    have = 1
    while have < length:
        step = min(have, length - have)
        free &= free >> step
        have += step
    return free


def fitting(free: int, busy: Iterable[Span]) -> int:
    """The starts at which every busy stage falls into free time."""
    found = -1
    for start, end in busy:
        found &= run(free, end - start) >> start
    return found if found >= 0 else free


def seated(chairs: Iterable[int], length: int) -> int:
    """The starts at which one of these chairs is free throughout."""
    found = 0
    for free in chairs:
        found |= run(free, length)
    return found


@lru_cache(maxsize=4096)
def grid(base: int, count: int, minutes: int, zone: str) -> int:
    """The steps among `count` from `base` at which the wall clock of the zone shows a multiple of `minutes` after the hour."""
    found = 0
    place = ZoneInfo(zone)
    start = base
    while start < base + count:
        shift = _offset(start, place)
        end = base + count
        if _offset(end, place) != shift:  # the clocks change somewhere in between
            end = _change(start, end, place)
        found |= _even_grid(start, end, minutes, shift) << (start - base)
        start = end
    return found


def _even_grid(start: int, end: int, minutes: int, shift: int) -> int:
    """The grid between two steps while the wall clock is `shift` seconds ahead of UTC."""
    every = minutes // STEP_MINUTES
    first = -(start + shift // STEP_SECONDS) % every
    count = -(-(end - start - first) // every)
    if count <= 0 or shift % STEP_SECONDS:
        return 0
    return (((1 << (every * count)) - 1) // ((1 << every) - 1)) << first


def _offset(step: int, place: ZoneInfo) -> int:
    told = moment_of(step).astimezone(place).utcoffset()
    return 0 if told is None else int(told.total_seconds())


def _change(start: int, end: int, place: ZoneInfo) -> int:
    """The first step after `start` at which the clock is another one; at most one day further, so that two changes are seen."""
    shift = _offset(start, place)
    high = start
    while high < end and _offset(high, place) == shift:
        start, high = high, min(high + 288, end)
    while high - start > 1:
        middle = (start + high) // 2
        if _offset(middle, place) == shift:
            start = middle
        else:
            high = middle
    return high


def set_bits(number: int) -> Iterator[int]:
    """Positions of the set bits, in order."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def days_of(first: date, days: int, zone: str) -> list[tuple[date, int, int]]:
    """Each day with its first step and the first of the next."""
    edges = [midnight(first + timedelta(days=count), zone) for count in range(days + 1)]
    return [(first + timedelta(days=count), edges[count], edges[count + 1]) for count in range(days)]


def fairest(people: Sequence[int], sold: dict[int, int], day: date) -> list[int]:
    """Who has least to do on this day first; among equals another one each day."""
    turn = day.toordinal() % max(1, len(people))
    turned = [*people[turn:], *people[:turn]]
    return sorted(turned, key=lambda one: sold[one])
