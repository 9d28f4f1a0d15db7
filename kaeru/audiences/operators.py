"""What can be asked of each type of field, and how an answer is found. Pure.

An answer is True, False, or None: not known, because the value is missing or is of another kind than what is asked. `None` is
never turned into a yes by a "not" (see `rules.holds`).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Answer = bool | None
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""A weekday is written as a word, so that a file reviews well; Monday is 0 for `datetime`."""

_NUMBERS = ("is", "at_least", "at_most", "more_than", "less_than", "between")
OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "money": _NUMBERS,
    "number": _NUMBERS,
    "count": _NUMBERS,
    "choice": ("is", "is_not", "one_of", "none_of"),
    "tags": ("has_any", "has_all", "has_none"),
    "yes": ("is",),
    "time": ("between", "from", "before"),
    "weekday": ("one_of", "none_of"),
}
"""The operators of each type, the one offered first in front."""

LISTS: Final = frozenset({"one_of", "none_of", "has_any", "has_all", "has_none"})
"""Operators that take a list of texts."""

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def is_time(value: Any) -> bool:
    """Whether it is a time of day as conditions write it: 08:30, always five characters."""
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def is_whole(value: Any) -> bool:
    """Whether it is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(value: Any) -> frozenset[str] | None:
    if not isinstance(value, (tuple, list, set, frozenset)):
        return None
    return frozenset(value) if all(isinstance(part, str) for part in value) else None


def _is(known: Any, wanted: Any) -> Answer:
    if is_whole(known) and is_whole(wanted):
        return bool(known == wanted)
    for kind in (bool, str):
        if isinstance(known, kind) and isinstance(wanted, kind):
            return known == wanted
    return None


def _ordered(compare: Callable[[int, int], bool]) -> Callable[[Any, Any], Answer]:
    return lambda known, wanted: compare(known, wanted) if is_whole(known) and is_whole(wanted) else None


def _between(known: Any, wanted: Any) -> Answer:
    """Numbers: both ends count. Times: from the first up to, not at, the second; over midnight when the second is earlier."""
    if not isinstance(wanted, (tuple, list)) or len(wanted) != 2:
        return None
    low, high = wanted
    if is_whole(known) and is_whole(low) and is_whole(high):
        return bool(low <= known <= high)
    if is_time(known) and is_time(low) and is_time(high):
        return bool(low <= known < high) if low <= high else bool(known >= low or known < high)
    return None


def _time(compare: Callable[[str, str], bool]) -> Callable[[Any, Any], Answer]:
    return lambda known, wanted: compare(known, wanted) if is_time(known) and is_time(wanted) else None


def _one_of(known: Any, wanted: Any) -> Answer:
    texts = _texts(wanted)
    return known in texts if texts is not None and isinstance(known, str) else None


def _tags(compare: Callable[[frozenset[str], frozenset[str]], bool]) -> Callable[[Any, Any], Answer]:
    def answer(known: Any, wanted: Any) -> Answer:
        had, asked = _texts(known), _texts(wanted)
        return compare(had, asked) if had is not None and asked is not None else None

    return answer


def _opposite(ask: Callable[[Any, Any], Answer]) -> Callable[[Any, Any], Answer]:
    def answer(known: Any, wanted: Any) -> Answer:
        found = ask(known, wanted)
        return None if found is None else not found

    return answer


_ANSWERS: Final[Mapping[str, Callable[[Any, Any], Answer]]] = {
    "is": _is,
    "is_not": _opposite(_is),
    "at_least": _ordered(lambda known, wanted: known >= wanted),
    "at_most": _ordered(lambda known, wanted: known <= wanted),
    "more_than": _ordered(lambda known, wanted: known > wanted),
    "less_than": _ordered(lambda known, wanted: known < wanted),
    "between": _between,
    "from": _time(lambda known, wanted: known >= wanted),
    "before": _time(lambda known, wanted: known < wanted),
    "one_of": _one_of,
    "none_of": _opposite(_one_of),
    "has_any": _tags(lambda had, asked: bool(had & asked)),
    "has_all": _tags(lambda had, asked: asked <= had),
    "has_none": _tags(lambda had, asked: not had & asked),
}


def answer(op: str, known: Any, wanted: Any) -> Answer:
    """Whether `known op wanted`; None when that cannot be said. Never raises."""
    ask = _ANSWERS.get(op)
    return None if ask is None or known is None else ask(known, wanted)
