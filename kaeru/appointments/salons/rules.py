"""From "Tuesdays 10 to 19, break at 13" to moments: the only place where a salon's wall clock becomes UTC. Pure.

The salon's own hours are the frame; within it everybody has weekly rules; a single day may be otherwise:

    hours of the salon (closed days: nothing)
      & rules of the person (chairs and rooms: the salon's hours themselves)
      - leave
      + extra work, also outside of the hours; chairs are open as long as somebody works extra
      - breaks

A time that the clocks jump over in spring counts as the first that exists after it; of an hour that comes twice in autumn the first
counts. A shift over midnight belongs to the day on which it begins.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kaeru.core.calendar import Calendar, at_local

Span = tuple[datetime, datetime]
"""From a moment to another (UTC), the end not included."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of somebody's week (see `ShiftRule`)."""

    resource: int
    weekday: int
    starts: time
    ends: time
    """Not later than `starts`: on the next day."""
    is_break: bool = False
    nth: int | None = None
    valid_from: date = date.min
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it holds for this day."""
        return (
            day.weekday() == self.weekday
            and self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
            and (self.nth is None or self.nth == (day.day - 1) // 7 + 1)
        )


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One day that is otherwise (see `DayException`)."""

    day: date
    kind: str
    """closed | leave | extra | break"""
    resource: int | None = None
    """None: the whole salon."""
    starts: time | None = None
    ends: time | None = None
    """Both None: all day."""


@dataclass(frozen=True, slots=True)
class Week:
    """All that decides about one salon's shifts."""

    calendar: Calendar
    staff: tuple[int, ...]
    places: tuple[int, ...]
    """Chairs and rooms."""
    rules: tuple[Rule, ...] = ()
    exceptions: tuple[Otherwise, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Laid:
    """One shift."""

    resource: int
    day: date
    starts_at: datetime
    ends_at: datetime


def shifts_of(week: Week, first: date, days: int) -> list[Laid]:
    """All shifts that begin on these days, by resource and time. Two that touch across midnight stay two."""
    by_weekday: list[list[Rule]] = [[] for _ in range(7)]
    for rule in week.rules:
        by_weekday[rule.weekday].append(rule)
    by_day: dict[date, list[Otherwise]] = {}
    for one in week.exceptions:
        by_day.setdefault(one.day, []).append(one)
    found: list[Laid] = []
    frames = [_frame(week.calendar, day, by_day.get(day, ())) for day in (first + n * _DAY for n in range(days + 1))]
    for count, day in enumerate(first + n * _DAY for n in range(days)):
        of_day = [rule for rule in by_weekday[day.weekday()] if rule.holds_on(day)]
        found += _day(week, day, of_day, by_day.get(day, ()), (frames[count], frames[count + 1]))
    return _apart(sorted(found))


def _day(
    week: Week, day: date, of_day: Sequence[Rule], otherwise: Sequence[Otherwise], frames: tuple[list[Span], list[Span]]
) -> Iterator[Laid]:
    """Shifts that begin on this day; `frames`: the salon's own hours on it and on the next."""
    zone = week.calendar.zone
    frame = frames[0]
    night = [span for span in _joined([*frame, *frames[1]]) if any(span[0] <= own[0] < span[1] for own in frame)]
    anywhere = [_span(day, one, zone) for one in otherwise if one.kind == "extra" and one.starts is not None]
    for resource in (*week.staff, *week.places):
        own = [rule for rule in of_day if rule.resource == resource]
        work = [rule for rule in own if not rule.is_break]
        at_work = [_wall(day, rule.starts, rule.ends, zone) for rule in work]
        is_person = resource in week.staff
        spans = _meet(night, at_work) if is_person else frame
        theirs = [one for one in otherwise if one.resource in {None, resource}]
        spans = _without(spans, [_span(day, one, zone) for one in theirs if one.kind == "leave"])
        extra = [_span(day, one, zone) for one in theirs if one.kind == "extra" and one.starts is not None]
        spans = _joined([*spans, *(extra if is_person else anywhere)])
        pauses = [_break(day, rule, work, zone) for rule in own if rule.is_break]
        pauses += [_span(day, one, zone) for one in theirs if one.kind == "break"]
        for start, end in _without(spans, pauses):
            yield Laid(resource, day, start, end)


def _frame(calendar: Calendar, day: date, otherwise: Iterable[Otherwise]) -> list[Span]:
    """The salon's own hours on this day."""
    if calendar.is_closed_all_day(day):
        return []
    opens, closes = calendar.hours[day.weekday()] or (time(0), time(0))
    closed = [_span(day, one, calendar.zone) for one in otherwise if one.kind == "closed" and one.resource is None]
    return _without([_wall(day, opens, closes, calendar.zone)], closed)


def _break(day: date, rule: Rule, work: Sequence[Rule], zone: str) -> Span:
    """A break; one that begins in no work of the day itself, but in the night that follows, is after midnight."""
    is_in_day = any(one.starts <= rule.starts and (rule.starts < one.ends or one.ends <= one.starts) for one in work)
    is_next = not is_in_day and any(one.ends <= one.starts and rule.starts < one.ends for one in work)
    return _wall(day + _DAY if is_next else day, rule.starts, rule.ends, zone)


def _span(day: date, one: Otherwise, zone: str) -> Span:
    if one.starts is None or one.ends is None:  # all day, and the night of a shift that begins on it
        return at_local(day, time(0), zone), at_local(day + 2 * _DAY, time(0), zone)
    return _wall(day, one.starts, one.ends, zone)


def _wall(day: date, starts: time, ends: time, zone: str) -> Span:
    return at_local(day, starts, zone), at_local(day if ends > starts else day + _DAY, ends, zone)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as possible, in order; empty ones are left out."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _meet(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What is in both."""
    rest = list(others)
    return _joined((max(a, c), min(b, d)) for a, b in some for c, d in rest)


def _without(spans: Iterable[Span], gone: Iterable[Span]) -> list[Span]:
    """What is left."""
    left = _joined(spans)
    for start, end in _joined(gone):
        left = [part for a, b in left for part in ((a, min(b, start)), (max(a, end), b)) if part[0] < part[1]]
    return left


def _apart(found: list[Laid]) -> list[Laid]:
    """Shifts of one resource do not overlap: one that reaches into the next day's ends where that begins."""
    kept: list[Laid] = []
    for one in found:
        if kept and kept[-1].resource == one.resource and kept[-1].ends_at > one.starts_at:
            if one.ends_at <= kept[-1].ends_at:
                continue
            kept[-1] = Laid(one.resource, kept[-1].day, kept[-1].starts_at, one.starts_at)
            if kept[-1].starts_at == kept[-1].ends_at:
                kept.pop()
        kept.append(one)
    return kept
