"""Which rooms send messages: each gives its words, and says at hand-over whether a message is still needed, is held, and
where it goes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaeru.channels.base import Button, File
from kaeru.messages.models import Message
from kaeru.messages.variables import VARIABLES

Words = Callable[[Sequence[Message]], Mapping[int, Mapping[str, Any]]]
StillNeeded = Callable[[Sequence[Message]], Mapping[int, str]]
Held = Callable[[Sequence[Message]], Mapping[int, str]]
Addresses = Callable[[Sequence[Message]], Mapping[int, str]]
Buttons = Callable[[Sequence[Message]], Mapping[int, Sequence[Button]]]
Files = Callable[[Sequence[Message]], Mapping[int, Sequence[File]]]


def _no_words(rows: Sequence[Message]) -> Mapping[int, Mapping[str, Any]]:
    return {}


def _none(rows: Sequence[Message]) -> Mapping[int, str]:
    return {}


def _no_files(rows: Sequence[Message]) -> Mapping[int, Sequence[File]]:
    return {}


def _no_buttons(rows: Sequence[Message]) -> Mapping[int, Sequence[Button]]:
    return {}


@dataclass(frozen=True, slots=True)
class Source:
    """What a room says about its messages. Each call gets many and makes a constant number of queries."""

    name: str
    words: Words = _no_words
    """Variables by message id; `shop`, `customer.name` and `links.unsubscribe` are there already."""
    still_needed: StillNeeded = _none
    """The reason to close, by message id, of those that must not go any more."""
    allowed_variables: frozenset[str] = VARIABLES
    held: Held = _none
    """The reason to hold, by message id, of those that wait for `actions.release` (their scenario is switched off)."""
    addresses: Addresses = _none
    """Where messages go that are for nobody's customer record, by message id; before the customer's own address."""
    is_internal: bool = False
    """To the shop's own people: consent, quiet hours and caps are not asked."""
    buttons: Buttons = _no_buttons
    """What the reader can press under the words, by message id; labels in the customer's language."""
    files: Files = _no_files
    """What is attached to a mail, by message id."""

    @property
    def asks_held(self) -> bool:
        """Whether the room holds messages at all."""
        return self.held is not _none


_sources: dict[str, Source] = {}


def register_source(
    name: str,
    words: Words = _no_words,
    still_needed: StillNeeded = _none,
    allowed_variables: frozenset[str] = VARIABLES,
    *,
    held: Held = _none,
    addresses: Addresses = _none,
    is_internal: bool = False,
    buttons: Buttons = _no_buttons,
    files: Files = _no_files,
) -> Source:
    """Name the room's source (`Message.source`); a second call replaces the first."""
    _sources[name] = Source(name, words, still_needed, allowed_variables, held, addresses, is_internal, buttons, files)
    return _sources[name]


def source(name: str) -> Source:
    """The source of this name; one that nobody registered has no words and is always needed."""
    return _sources.get(name) or Source(name)


def is_registered(name: str) -> bool:
    """Whether a room answers for this source."""
    return name in _sources


def names() -> list[str]:
    """The names of all registered sources."""
    return list(_sources)
