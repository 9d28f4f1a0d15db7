"""What a rehearsal says: figures, reasons, days, and who would have got what. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kaeru.scenarios.rehearsal.stage import Case

MASK = "•••"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that would have happened to one person."""

    case: int
    """Which of the cases, by its place in time."""
    at: datetime
    what: str
    """start | message | coupon | call | notify | tag | webhook | end, or a step kind's own effect"""
    outcome: str
    """done | sent | deferred | closed | skipped | ended"""
    reason: str = ""
    step: str = ""
    """The step's id."""
    channel: str = ""
    purpose: str = ""
    cost: int = 0
    until: datetime | None = None
    """Put off until then; of a call: its deadline."""


@dataclass(slots=True)
class Rehearsal:
    """The outcome of one run."""

    start: datetime
    until: datetime
    currency: str
    considered: int = 0
    """Cancellations of the span with the scenario's reason."""
    taken_before: int = 0
    """Of those, how many another scenario takes, which comes before this one in the shop's order."""
    not_fitting: int = 0
    """Of those, to how many the scenario's condition does not apply."""
    enrolled: int = 0
    held: int = 0
    """Of those, how many are held back for comparison."""
    waiting: int = 0
    """Still on their way when the span ended."""
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(channel, purpose) -> how many."""
    notes: int = 0
    deferred: Counter[str] = field(default_factory=Counter)
    """reason -> how often a message was put off."""
    blocked: Counter[str] = field(default_factory=Counter)
    """reason -> how many messages, coupons and calls were not made."""
    ends: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    """Effects of other kinds: tag, webhook, …"""
    coupons: int = 0
    coupons_cost: int = 0
    messages_cost: int = 0
    messages_by_day: Counter[date] = field(default_factory=Counter)
    calls_by_day: Counter[date] = field(default_factory=Counter)
    coupons_by_day: Counter[date] = field(default_factory=Counter)
    cases: dict[int, Case] = field(default_factory=dict)
    """Those whose happenings are kept, by place."""
    rows: list[Happening] = field(default_factory=list)
    marks: dict[int, int] = field(default_factory=dict)
    """By cancellation: a number that is equal when a person gets exactly the same."""
    seconds: float = 0.0

    @property
    def calls(self) -> int:
        """Calls that would have been asked for."""
        return self.calls_by_day.total()

    @property
    def calls_peak(self) -> int:
        """The most of one day."""
        return max(self.calls_by_day.values(), default=0)

    @property
    def cost(self) -> int:
        """Minor units: what the coupons may cost at most, and the channels."""
        return self.coupons_cost + self.messages_cost

    def keep_only(self, cancellations: Collection[int]) -> None:
        """Of the rows, those of these cancellations."""
        self.rows = [row for row in self.rows if self.cases[row.case].id in cancellations]
        self.cases = {place: case for place, case in self.cases.items() if case.id in cancellations}

    def as_json(self, *, is_masked: bool, most_rows: int | None = None) -> dict[str, Any]:
        """The document of `kaeru rehearse --json`."""
        rows = self.rows if most_rows is None else self.rows[:most_rows]
        return {
            **self.figures(),
            "ends": dict(self.ends),
            "messages_by": [
                {"channel": channel, "purpose": purpose, "count": count}
                for (channel, purpose), count in sorted(self.messages.items())
            ],
            "deferred_by": dict(self.deferred.most_common()),
            "blocked_by": dict(self.blocked.most_common()),
            "others": dict(self.others),
            "messages_by_day": _days(self.messages_by_day),
            "coupons_by_day": _days(self.coupons_by_day),
            "calls_by_day": _days(self.calls_by_day),
            "currency": self.currency,
            "from": self.start.isoformat(),
            "to": self.until.isoformat(),
            "people_shown": len(self.cases),
            "rows_shown": len(rows),
            "rows": [row_json(self.cases[row.case], row, is_masked=is_masked) for row in rows],
        }

    def figures(self) -> dict[str, int]:
        """The plain numbers."""
        return {
            "enrolled": self.enrolled,
            "messages": self.messages.total(),
            "deferred": self.deferred.total(),
            "blocked": self.blocked.total(),
            "coupons": self.coupons,
            "calls": self.calls,
            "cost": self.cost,
            "coupons_cost": self.coupons_cost,
            "calls_peak": self.calls_peak,
            "notes": self.notes,
            "considered": self.considered,
            "taken_before": self.taken_before,
            "not_fitting": self.not_fitting,
            "waiting": self.waiting,
            "held": self.held,
        }


def _days(counted: Counter[date]) -> dict[str, int]:
    return {day.isoformat(): counted[day] for day in sorted(counted)}


def masked(name: str) -> str:
    """A name as those see it who may not see people."""
    return f"{name[0]}{MASK}" if name else ""


def row_json(case: Case, row: Happening, *, is_masked: bool) -> dict[str, Any]:
    """One happening with the person it is about."""
    return {
        "cancellation": str(case.id),
        "order": case.number,
        "customer": masked(case.person.name) if is_masked else case.person.name,
        "at": row.at.isoformat(),
        "what": row.what,
        "outcome": row.outcome,
        "reason": row.reason,
        "step": row.step,
        "channel": row.channel,
        "purpose": row.purpose,
        "cost": row.cost,
        "until": row.until.isoformat() if row.until else None,
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs over the same past, side by side."""

    figures: list[tuple[str, int, int]]
    """(name, first, second), the equal ones included."""
    differing: frozenset[int]
    """Cancellations after which somebody gets something else."""
    only_first: int
    """Started by the first only."""
    only_second: int

    def as_json(self) -> dict[str, Any]:
        """For `--against`."""
        return {
            "figures": {name: {"first": first, "second": second} for name, first, second in self.figures},
            "people_differing": len(self.differing),
            "only_first": self.only_first,
            "only_second": self.only_second,
        }


def compare(first: Rehearsal, second: Rehearsal) -> Difference:
    """Where they differ."""
    ours, theirs = first.figures(), second.figures()
    both = first.marks.keys() & second.marks.keys()
    alone, other = first.marks.keys() - both, second.marks.keys() - both
    changed: Iterable[int] = (key for key in both if first.marks[key] != second.marks[key])
    return Difference(
        [(name, ours[name], theirs[name]) for name in ours],
        frozenset({*changed, *alone, *other}),
        len(alone),
        len(other),
    )
