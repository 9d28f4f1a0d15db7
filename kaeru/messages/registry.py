"""Which rooms send messages: each gives its words, and says at hand-over whether a message is still needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaeru.messages.models import Message
from kaeru.messages.variables import VARIABLES

Words = Callable[[Sequence[Message]], Mapping[int, Mapping[str, Any]]]
StillNeeded = Callable[[Sequence[Message]], Mapping[int, str]]


def _no_words(rows: Sequence[Message]) -> Mapping[int, Mapping[str, Any]]:
    return {}


def _always(rows: Sequence[Message]) -> Mapping[int, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Source:
    """What a room says about its messages. Each call gets many and makes a constant number of queries."""

    name: str
    words: Words = _no_words
    """Variables by message id; `shop`, `customer.name` and `links.unsubscribe` are there already."""
    still_needed: StillNeeded = _always
    """The reason to close, by message id, of those that must not go any more."""
    allowed_variables: frozenset[str] = VARIABLES


_sources: dict[str, Source] = {}


def register_source(
    name: str,
    words: Words = _no_words,
    still_needed: StillNeeded = _always,
    allowed_variables: frozenset[str] = VARIABLES,
) -> Source:
    """Name the room's source (`Message.source`); a second call replaces the first."""
    _sources[name] = Source(name, words, still_needed, allowed_variables)
    return _sources[name]


def source(name: str) -> Source:
    """The source of this name; one that nobody registered has no words and is always needed."""
    return _sources.get(name) or Source(name)


def is_registered(name: str) -> bool:
    """Whether a room answers for this source."""
    return name in _sources
