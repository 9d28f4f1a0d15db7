"""What a published scenario is for the engine: a flat list of operations, so that one number says where an enrolment stands. Pure.

An operation looks at the facts of one enrolment and says its turn: go on, rest until a moment, jump, end, and which effect
is to be written. Each step kind (`scenarios.kinds`) brings its own operations and effects; nothing here knows them by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from kaeru.audiences.rules import Condition, parse
from kaeru.core.calendar import Calendar
from kaeru.offers.rules import Ask


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known of an enrolment to decide. What no step ahead asks for is left at its default: equal cases stay equal."""

    now: datetime
    end: str = ""
    """Why nothing more is needed: reordered, shipped, restored, …; empty: it still is."""
    calendar: Calendar | None = None
    """The shop's, where a step ahead asks for local days or opening hours."""
    values: tuple[tuple[str, Any], ...] = ()
    """Of the conditions ahead, by key of `audiences.rules.needs`."""
    ways: frozenset[str] = frozenset()
    """Channels by which the customer can be told something."""
    ad_ways: frozenset[str] = frozenset()
    """Channels on which they agreed to advertisements, and which are not closed."""
    rest_until: datetime | None = None
    """It was woken before its rest is over, and heard nothing: go on only if something ends it."""
    awaiting: str = ""
    """Of such a rest: the event it waits for."""
    heard: str = ""
    """The event that ended the wait for one; empty when its time ran out."""
    seed: int = 0
    """Stable for the customer: the only source of chance."""
    has_coupon: bool = False
    """A coupon was given on the way."""
    refused: str = ""
    """Why the coupon that was decided on cannot be given after all: budget_spent, had_incentive."""
    can_call: bool = False
    """There is a telephone number that may be called."""
    shares: tuple[tuple[str, tuple[float, ...]], ...] = ()
    """Of the learning splits ahead, by their key: the share of each way, parts of one."""
    is_held: bool = False
    """Held back for comparison: gets only what everybody is owed."""


class Effect(ABC):
    """Something to be written for many enrolments at once. Subclasses are frozen dataclasses."""

    __slots__ = ()
    kind: ClassVar[str]

    def asks(self, row: Any, moment: datetime) -> Ask | None:
        """What must be granted first (budget, one incentive in N weeks); None: nothing."""
        return None

    def after(self, facts: Facts) -> Facts:
        """What the steps after it in the same turn know: the facts, with what it has changed in them."""
        return facts

    @classmethod
    @abstractmethod
    def write(cls, told: Sequence[tuple[Any, Sequence[Any]]], moment: datetime) -> None:
        """Write (effect, claimed rows) pairs with one statement for each table."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What an operation makes of the facts."""

    to: int | None = None
    """The next position; None: the one after."""
    until: datetime | None = None
    """Rest there until then."""
    awaiting: str = ""
    """While it rests: the event that ends the rest early."""
    end: str = ""
    effect: Effect | None = None
    outcome: str = "done"
    """For the log: done | skipped | then | else | …; empty: not worth a line."""
    reason: str = ""


def skip_held(to: int | None = None) -> Turn:
    """The turn of who is held back for comparison and gets nothing here."""
    return Turn(to=to, outcome="skipped", reason="held")


class Op(ABC):
    """One operation. Subclasses are frozen dataclasses, named for the store by `name`."""

    __slots__ = ()
    name: ClassVar[str]

    @abstractmethod
    def run(self, here: int, facts: Facts) -> Turn:
        """The turn of an enrolment at position `here`."""

    def run_held(self, here: int, facts: Facts) -> Turn:
        """The turn of somebody held back for comparison: what it would do to a customer is left out, unless it is owed."""
        turn = self.run(here, facts)
        return turn if turn.effect is None else skip_held(turn.to)

    def holds(self) -> bool:
        """Whether somebody held back for comparison misses something here: an operation with an effect that is not owed says so."""
        return False

    def goes(self, here: int) -> tuple[int, ...]:
        """Where it may go on without a rest."""
        return (here + 1,)

    def rests(self) -> bool:
        """Whether every way on from here begins with a rest."""
        return False

    def needs(self) -> frozenset[str]:
        """Facts it asks for: calendar, ways, ad_ways, seed, coupon, phone, value:KEY for a condition's value, learn:KEY for a split's."""
        return frozenset()


OPS: dict[str, type[Op]] = {}


OpType = TypeVar("OpType", bound=type[Op])


def op(cls: OpType) -> OpType:
    """Make an operation known under its name, so that it can be stored."""
    OPS[cls.name] = cls
    return cls


@op
@dataclass(frozen=True, slots=True)
class Jump(Op):
    """Go on at `to`."""

    name = "jump"
    to: int

    def run(self, here: int, facts: Facts) -> Turn:
        """Go."""
        return Turn(to=self.to, outcome="")

    def goes(self, here: int) -> tuple[int, ...]:
        """There."""
        return (self.to,)


def _stored(value: Any) -> Any:
    if isinstance(value, Condition):
        return {"condition": value.to_json()}
    return [_stored(part) for part in value] if isinstance(value, tuple) else value


def _read(value: Any) -> Any:
    if isinstance(value, Mapping):
        return parse(value["condition"])
    return tuple(_read(part) for part in value) if isinstance(value, list) else value


def to_json(ops: Sequence[Op]) -> list[dict[str, Any]]:
    """The program as a Revision keeps it."""
    return [{"op": one.name, **{f.name: _stored(getattr(one, f.name)) for f in fields(one)}} for one in ops]  # type: ignore[arg-type]


def from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Op, ...]:
    """The program again. Raises KeyError for an operation that this version does not know."""
    return tuple(
        OPS[entry["op"]](**{name: _read(value) for name, value in entry.items() if name != "op"}) for entry in stored
    )


@dataclass(frozen=True, slots=True)
class Program:
    """A revision for the engine."""

    ops: tuple[Op, ...]
    places: tuple[str, ...]
    """For each position the id of the step it came from; one more than `ops`, the last is empty."""
    when: Condition | None = None
    """Who starts."""
    exit_when: Condition | None = None
    """Who leaves, asked before each turn."""
    needs: tuple[frozenset[str], ...] = ()
    """For each position the facts that may be asked for before the next rest."""

    def holds(self) -> bool:
        """Whether anything in it is held back for comparison; else both sides would get the same, and nobody is divided."""
        return any(op.holds() for op in self.ops)


def needs_of(ops: Sequence[Op], step: int) -> frozenset[str]:
    """Facts that any way from `step` to the next rest may ask for."""
    needs: set[str] = set()
    waiting, seen = [step], set()
    while waiting:
        at = waiting.pop()
        if at >= len(ops) or at in seen:
            continue
        seen.add(at)
        needs |= ops[at].needs()
        if not ops[at].rests():
            waiting += ops[at].goes(at)
    return frozenset(needs)
