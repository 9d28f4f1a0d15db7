"""What a visit takes of whom, who can have it, and which deed follows which state. Pure: moments go in, moments come out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Stages = Sequence[Mapping[str, Any]]
"""As `Service.stages`: [{"minutes": 45, "busy": true, …}, …]."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a moment to another, the end not included: two that touch do not overlap."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        """Whether some moment is in both."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Spans:
    """What a visit takes."""

    staff: tuple[Span, ...]
    """Of the staff member: stages in which they are busy, with the clean-up; neighbours are one span."""
    whole: Span
    """Of the chair or room: from the first stage to the last, while the client is there."""

    @property
    def reach(self) -> Span:
        """From the first moment of either to the last."""
        last = max((span.ends_at for span in self.staff), default=self.whole.ends_at)
        return Span(self.whole.starts_at, max(last, self.whole.ends_at))


def spans(stages: Stages, cleanup_minutes: int, starts_at: datetime) -> Spans:
    """What a visit of these stages takes when it starts at `starts_at`. Raises ValueError when the stages take no time at all."""
    at, busy = starts_at, []
    for stage in stages:
        until = at + timedelta(minutes=stage["minutes"])
        if stage.get("busy", True) and until > at:
            busy.append(Span(at, until))
        at = until
    if at <= starts_at:
        raise ValueError("a visit takes some time")
    if cleanup_minutes:
        busy.append(Span(at, at + timedelta(minutes=cleanup_minutes)))
    return Spans(_joined(busy), Span(starts_at, at))


def _joined(parts: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in as few spans as it takes, in order."""
    out: list[Span] = []
    for part in sorted(parts):
        if out and part.starts_at <= out[-1].ends_at:
            out[-1] = Span(out[-1].starts_at, max(out[-1].ends_at, part.ends_at))
        else:
            out.append(part)
    return tuple(out)


def covers(open_spans: Iterable[Span], span: Span) -> bool:
    """Whether the whole of `span` is inside of them; two shifts that touch are one."""
    return any(one.starts_at <= span.starts_at and span.ends_at <= one.ends_at for one in _joined(open_spans))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could do it, and what it would take of them."""

    staff_id: int
    stages: Stages
    takes: Spans


Times = Mapping[int, Sequence[Span]]
"""By resource."""


def possible(
    candidates: Sequence[Candidate], chairs: Sequence[int] | None, open_spans: Times | None, taken: Times
) -> tuple[list[tuple[Candidate, int | None]], str]:
    """Who could do it on which chair, in the order of `candidates` and `chairs`; when nobody, why: closed | staff | chair.

    `chairs` None: the service needs none. `open_spans` None: shifts do not bind.
    """
    why = "closed"
    found: list[tuple[Candidate, int | None]] = []
    for one in candidates:
        if open_spans is not None and not all(
            covers(open_spans.get(one.staff_id, ()), part) for part in one.takes.staff
        ):
            continue
        if _meets(taken.get(one.staff_id, ()), one.takes.staff):
            why = "staff" if why == "closed" else why
            continue
        if chairs is None:
            found.append((one, None))
            continue
        usable = [chair for chair in chairs if open_spans is None or covers(open_spans.get(chair, ()), one.takes.whole)]
        if usable:
            why = "chair"
        found += [(one, chair) for chair in usable if not _meets(taken.get(chair, ()), (one.takes.whole,))]
    return found, "" if found else why


def _meets(taken: Sequence[Span], asked: Sequence[Span]) -> bool:
    return any(one.overlaps(part) for one in taken for part in asked)


def minutes_taken(taken: Sequence[Span], day: Span) -> int:
    """How much of somebody's day is gone, in minutes: the one with the least gets the next visit."""
    parts = (min(one.ends_at, day.ends_at) - max(one.starts_at, day.starts_at) for one in taken if one.overlaps(day))
    return sum(int(part.total_seconds()) // 60 for part in parts)


AFTER: Mapping[str, tuple[frozenset[str], str]] = {
    "settle": (frozenset({"held", "lapsed"}), "booked"),
    "release": (frozenset({"held"}), "lapsed"),
    "lapse": (frozenset({"held"}), "lapsed"),
    "move": (frozenset({"held", "booked"}), ""),
    "confirm": (frozenset({"booked"}), ""),
    "cancel": (frozenset({"booked"}), "cancelled"),
    "done": (frozenset({"booked"}), "done"),
    "no_show": (frozenset({"booked", "done"}), "no_show"),
    "undo": (frozenset({"cancelled", "done", "no_show"}), "booked"),
}
"""Each deed: from which states it may be done, and where it leads ("": the state stays)."""
TAKING = frozenset({"held", "booked", "done"})
"""States in which a visit has its time: one that is done keeps it, as the client may still sit there."""
EARLY = timedelta(hours=2)
"""So long before its start a visit can be marked as done: clients come early, but not a day early."""


def refusal(state: str, deed: str) -> str:
    """Why the deed cannot be done in this state (see `errors.NotAllowed`); empty when it can, or when it is done already."""
    allowed, leads_to = AFTER[deed]
    if state in allowed or (leads_to and state == leads_to):
        return ""
    if deed == "undo":
        return "open"
    return {"held": "held", "lapsed": "lapsed", "booked": "open"}.get(state, "ended")
