"""A condition says whom something is for: "order value at least 10,000 yen, and a first order". Pure.

Written as JSON: {"all": […]} | {"any": […]} | {"not": …} | {"field": "order.value", "op": "at_least", "value": 10000}, with "days" for
what is counted over the last N days. Evaluated in three values: what is not known (a guest has no tags; an order in another
currency has no comparable value) is neither yes nor no, and a condition holds only when it is certainly true. So `not` over
something unknown does not hold either, and nobody gets an advertisement because we know too little of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any as Value
from typing import ClassVar, NamedTuple, TypeAlias

from kaeru.audiences.checks import MOST_DEPTH, Problem, check
from kaeru.audiences.operators import Answer, answer

_NAME = re.compile(r"[a-z_.]{1,60}")

__all__ = [
    "All",
    "Any",
    "Condition",
    "Not",
    "Problem",
    "Subject",
    "Test",
    "check",
    "holds",
    "key",
    "needs",
    "parse",
    "questions",
    "unpack",
    "weigh",
]


class Subject(NamedTuple):
    """Who or what is asked about, and at which moment (aware UTC). What is None cannot be asked."""

    organization_id: int
    shop_id: int
    customer_id: int | None
    order_id: int | None
    cancellation_id: int | None
    at: datetime


class NotACondition(ValueError):
    """The JSON is no condition; `check` says where and why."""


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the parts holds."""

    parts: tuple["Condition", ...]

    def to_json(self) -> dict[str, Value]:
        return {"all": [part.to_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of the parts holds."""

    parts: tuple["Condition", ...]

    def to_json(self) -> dict[str, Value]:
        return {"any": [part.to_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class Not:
    """The part certainly does not hold."""

    part: "Condition"

    def to_json(self) -> dict[str, Value]:
        return {"not": self.part.to_json()}


@dataclass(frozen=True, slots=True)
class Test:
    """One question to one field."""

    __test__: ClassVar[bool] = False  # for pytest: not a class of tests
    field: str
    op: str
    value: Value
    """Text, whole number, True/False, or a tuple of texts or numbers."""
    days: int | None = None
    """Counted over so many days before the moment; None: ever."""

    def to_json(self) -> dict[str, Value]:
        told = {
            "field": self.field,
            "op": self.op,
            "value": list(self.value) if isinstance(self.value, tuple) else self.value,
        }
        return told if self.days is None else {**told, "days": self.days}


Condition: TypeAlias = All | Any | Not | Test


def parse(told: Value) -> Condition:
    """The condition that checked JSON describes. Raises NotACondition for JSON that `check` would refuse for its shape."""
    return _parse(told, 0)


def _parse(told: Value, depth: int) -> Condition:
    if not isinstance(told, Mapping) or depth > MOST_DEPTH:
        raise NotACondition("not a condition")
    for word, group in (("all", All), ("any", Any)):
        if word in told:
            if len(told) != 1 or not isinstance(told[word], (list, tuple)):
                raise NotACondition(f"{word} takes a list and stands alone")
            return group(tuple(_parse(part, depth + 1) for part in told[word]))
    if "not" in told:
        if len(told) != 1:
            raise NotACondition("not stands alone")
        return Not(_parse(told["not"], depth + 1))
    field, op, days, value = told.get("field"), told.get("op"), told.get("days"), told.get("value")
    if (
        not isinstance(field, str)
        or not _NAME.fullmatch(field)
        or not isinstance(op, str)
        or not (days is None or type(days) is int)
    ):
        raise NotACondition("a question has a field and an operator")
    if isinstance(value, list):
        value = tuple(value)
    if not all(isinstance(part, (str, int)) for part in (value if isinstance(value, tuple) else (value,))):
        raise NotACondition("a question has texts, whole numbers, yes or no for its value")
    return Test(field, op, value, days)


def key(test: Test) -> str:
    """What the answer is looked up by: the field, with days where they are said: `customer.cancellations/30`."""
    return test.field if test.days is None else f"{test.field}/{test.days}"


def unpack(need: str) -> tuple[str, int | None]:
    """Field and days of a key."""
    field, _, days = need.partition("/")
    return field, int(days) if days else None


def questions(condition: Condition) -> Iterator[Test]:
    """Every question in the condition, in order."""
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from questions(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from questions(part)


def needs(condition: Condition) -> frozenset[str]:
    """The keys of all values that the condition looks at."""
    return frozenset(key(test) for test in questions(condition))


def holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    """Whether the condition is certainly true of somebody with these values, by key. Never raises."""
    return weigh(condition, values) is True


def weigh(condition: Condition, values: Mapping[str, Value]) -> Answer:
    """True, False, or None when what is known does not decide it."""
    match condition:
        case Test():
            return answer(condition.op, values.get(key(condition)), condition.value)
        case Not(part):
            found = weigh(part, values)
            return None if found is None else not found
        case All(parts):
            return _joined(parts, values, stop=False)
        case Any(parts):
            return _joined(parts, values, stop=True)


def _joined(parts: tuple[Condition, ...], values: Mapping[str, Value], *, stop: bool) -> Answer:
    """`stop` decides the whole by itself; else one unknown leaves the whole unknown."""
    whole: Answer = not stop
    for part in parts:
        found = weigh(part, values)
        if found is stop:
            return stop
        if found is None:
            whole = None
    return whole
