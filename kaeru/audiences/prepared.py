"""A condition made ready to be asked of many: the same answers as `rules.weigh`, several times as fast. Pure.

What of a question does not depend on who is asked is done once. Values of another kind than the usual (a number that is no number)
go the long way, so that both ways always agree; a test holds them together.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any as Value
from typing import Final

from kaeru.audiences.operators import Answer, answer, is_whole
from kaeru.audiences.rules import All, Any, Condition, Not, Test, key

Ask = Callable[[Mapping[str, Value]], Answer]

_COMPARE: Final[Mapping[str, Callable[[Value, Value], bool]]] = {
    "at_least": operator.ge, "at_most": operator.le, "more_than": operator.gt, "less_than": operator.lt,
}  # fmt: skip


def prepare(condition: Condition) -> Ask:
    """A function that answers for values by key: True, False, or None when what is known does not decide it. Never raises."""
    match condition:
        case Test():
            return _test(condition)
        case Not(part):
            return _opposite(prepare(part))
        case All(parts):
            return _joined(tuple(map(prepare, parts)), stop=False)
        case Any(parts):
            return _joined(tuple(map(prepare, parts)), stop=True)


def _opposite(ask: Ask) -> Ask:
    def opposite(values: Mapping[str, Value]) -> Answer:
        found = ask(values)
        return None if found is None else not found

    return opposite


def _joined(asks: tuple[Ask, ...], *, stop: bool) -> Ask:
    def joined(values: Mapping[str, Value]) -> Answer:
        whole: Answer = not stop
        for ask in asks:
            found = ask(values)
            if found is stop:
                return stop
            if found is None:
                whole = None
        return whole

    return joined


def _test(test: Test) -> Ask:
    name, op, wanted = key(test), test.op, test.value
    if op in _COMPARE and is_whole(wanted):
        return _number(name, op, wanted)
    if op in ("is", "is_not") and type(wanted) in (int, bool, str):
        return _same(name, op, wanted, is_equal=op == "is")
    if isinstance(wanted, tuple) and all(isinstance(word, str) for word in wanted):
        if op in ("one_of", "none_of"):
            return _among(name, op, wanted, is_in=op == "one_of")
        if op in ("has_any", "has_none"):
            return _tagged(name, op, wanted, has=op == "has_any")
    return lambda values: answer(op, values.get(name), wanted)


def _number(name: str, op: str, wanted: int) -> Ask:
    compare = _COMPARE[op]

    def ask(values: Mapping[str, Value]) -> Answer:
        known = values.get(name)
        return compare(known, wanted) if type(known) is int else answer(op, known, wanted)

    return ask


def _same(name: str, op: str, wanted: Value, *, is_equal: bool) -> Ask:
    kind = type(wanted)

    def ask(values: Mapping[str, Value]) -> Answer:
        known = values.get(name)
        return (known == wanted) is is_equal if type(known) is kind else answer(op, known, wanted)

    return ask


def _among(name: str, op: str, wanted: tuple[str, ...], *, is_in: bool) -> Ask:
    words = frozenset(wanted)

    def ask(values: Mapping[str, Value]) -> Answer:
        known = values.get(name)
        return (known in words) is is_in if type(known) is str else answer(op, known, wanted)

    return ask


def _tagged(name: str, op: str, wanted: tuple[str, ...], *, has: bool) -> Ask:
    words = frozenset(wanted)

    def ask(values: Mapping[str, Value]) -> Answer:
        known = values.get(name)
        if type(known) is frozenset:  # a set of tags holds words and nothing else
            return words.isdisjoint(known) is not has
        return answer(op, known, wanted)

    return ask
